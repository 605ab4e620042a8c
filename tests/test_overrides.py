"""What a person may let in: a scan of which not all was screened, and a false alarm; nothing is counted twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive.errors import PageUnreadable, RequestRefused, StoreUnavailable
from archive.ingest.raster.document import ImageDocument
from archive.model.counting import CountQuery
from archive.model.image import PageImage
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import PageText, ScreenAnswer
from archive.model.results import Actor
from archive.model.search import Query
from archive.model.sign_off import SignOff
from archive.ocr.stamps.reader import StampReader
from archive.pipeline.context import Override
from archive.services.imports.folders import walk
from archive.services.imports.run import Intake, RunSummary
from archive.store.backends.folder import FolderStore
from archive.store.keys import digest_of
from archive.store.vault import Vault
from archive.store.verify.check import Check
from tests import makers
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.screens import GuiltyScreen
from tests.doubles.stores import FullStore
from tests.doubles.whole_import import EchoEngine, draw_page, intake_over, make_context, run_import
from tests.services.secrecy.test_withholding import Home
from tests.test_screening import HeadedEngine

IMPORTER, OTHER = Actor("os:thu"), Actor("os:lan")
LATER = "2026-03-06T08:00:00Z"
UNSCREENED, FALSE_ALARM = Override(unscreened=True), Override(false_alarm="con dấu nhập kho, không phải độ mật")
BOTH = Override(unscreened=True, false_alarm="con dấu nhập kho")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(FolderStore(tmp_path / "home" / "vault"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scan of two pages, whose second is guilty (it lies on its long side), and an innocent one."""
    folder = tmp_path / "scans"
    folder.mkdir()
    draw_page(1).save(folder / "guilty.tif", dpi=(50, 50), save_all=True, append_images=[draw_page(2, (585, 413))])
    draw_page(3).save(folder / "innocent.png", dpi=(50, 50))
    return folder


@dataclass(frozen=True)
class HalfEngine(EchoEngine):
    """Gives up on upright pages."""

    @property
    def identity(self) -> str:
        """Name the reader."""
        return "half-1"

    def read(self, image: PageImage) -> PageText:
        """Read, or give up."""
        if image.height > image.width:
            raise PageUnreadable("gave up")
        return EchoEngine.read(self, image)


def intake(
    home: Path,
    vault: Vault,
    stamps: StampReader,
    actor: Actor = IMPORTER,
    at: str = makers.AT,
    engine: EchoEngine | None = None,
) -> Intake:
    context = make_context(home / "home", vault.store, InlineWorkers(), engine or EchoEngine())
    tools = replace(context.tools, stamps=stamps)
    return intake_over(home / "home", replace(context, tools=tools, actor=actor, now=lambda: at))


def let_in(
    importing: Intake, folder: Path, override: Override, name: str = "guilty.tif", retry: bool = False
) -> RunSummary:
    """Import a folder with an override for one of its files."""
    files = [
        replace(one, override=override) if one.path == name else one for one in walk(folder, folder.parent / "no-home")
    ]
    *_, summary = importing.run("Hộp 1", files, {}, retry)
    assert isinstance(summary, RunSummary)
    return summary


def lines(vault: Vault) -> dict[str, LedgerLine]:
    return {line.path or "?": line for batch in vault.batches() for line in vault.lines(batch.id)}


def versions(vault: Vault) -> list[str]:
    """Return the keys of all versions of lines and records."""
    return [*vault.store.keys("ledger/"), *vault.store.keys("records/")]


def closes(summary: RunSummary, **scans: int) -> None:
    """The sums close, with these outcomes and no other."""
    assert summary.sums is not None
    assert summary.sums.closes
    assert summary.sums.scans == {ScanOutcome(name): count for name, count in scans.items()}


class TestUnscreened:
    @pytest.fixture(autouse=True)
    def _attached(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every file holds another one."""
        monkeypatch.setattr(ImageDocument, "unscreened", ("attached_files:1",))

    def test_the_named_file_alone_is_taken_in(self, vault: Vault, folder: Path, tmp_path: Path) -> None:
        closes(run_import(intake(tmp_path, vault, StampReader()), folder), rejected=2)
        summary = let_in(intake(tmp_path, vault, StampReader(), OTHER, LATER), folder, UNSCREENED)
        line = lines(vault)["guilty.tif"]
        record = vault.head(line.record or "")

        closes(summary, stored=1, rejected=1)
        assert (line.version, line.outcome) == (2, ScanOutcome.STORED)
        assert line.unscreened_by == SignOff("os:lan", LATER)
        assert record is not None
        assert [(one.code, dict(one.params)) for one in record.problems if one.code == "accepted_unscreened"] == [
            ("accepted_unscreened", {"pages": "1", "causes": "attached_files:1"})
        ]
        assert summary.needs_person
        assert list(Check(vault.store).run()) == []

    def test_a_mark_that_is_seen_on_it_quarantines_it_all_the_same(
        self, vault: Vault, folder: Path, tmp_path: Path
    ) -> None:
        closes(let_in(intake(tmp_path, vault, GuiltyScreen()), folder, UNSCREENED), quarantined=1, rejected=1)
        assert not vault.has(digest_of((folder / "guilty.tif").read_bytes()))

    def test_a_scan_that_was_wholly_screened_needs_no_permit_and_shows_none(
        self, vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ImageDocument, "unscreened", ())
        let_in(intake(tmp_path, vault, StampReader()), folder, UNSCREENED)

        assert lines(vault)["guilty.tif"].unscreened_by is None

    def test_given_again_without_a_permit_it_stays_as_it_is(self, vault: Vault, folder: Path, tmp_path: Path) -> None:
        let_in(intake(tmp_path, vault, StampReader()), folder, UNSCREENED)
        before = list(vault.store.keys())
        run_import(intake(tmp_path, vault, StampReader()), folder)

        assert list(vault.store.keys()) == before

    @pytest.mark.parametrize("override", [UNSCREENED, Override()])
    def test_killed_between_record_and_line_it_is_settled_as_it_would_have_been(
        self, override: Override, vault: Vault, folder: Path, tmp_path: Path
    ) -> None:
        let_in(intake(tmp_path, vault, StampReader()), folder, UNSCREENED)
        line = lines(vault)["guilty.tif"]
        for key in vault.store.keys(f"ledger/{line.batch}/{line.id[:2]}/{line.id[2:4]}/{line.id}/"):
            (tmp_path / "home" / "vault" / key).unlink()
        let_in(intake(tmp_path, vault, StampReader(), OTHER, LATER), folder, override)
        again = lines(vault)["guilty.tif"]

        assert again.unscreened_by == line.unscreened_by
        assert (again.outcome, again.record) == (line.outcome, line.record)

    def test_killed_before_the_record_a_run_without_a_permit_keeps_nothing_of_it(
        self, vault: Vault, folder: Path, tmp_path: Path
    ) -> None:
        """The reading that was left is whole, and yet it was not screened."""
        let_in(intake(tmp_path, vault, StampReader()), folder, UNSCREENED)
        for key in [*vault.store.keys("ledger/"), *vault.store.keys("records/")]:
            (tmp_path / "home" / "vault" / key).unlink()
        summary = run_import(intake(tmp_path, vault, StampReader()), folder)

        assert summary.fresh == {ScanOutcome.REJECTED: 2}

    def test_a_retry_keeps_what_was_accepted(
        self, vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "torn.png").write_bytes((folder / "innocent.png").read_bytes()[:200])
        let_in(intake(tmp_path, vault, StampReader()), folder, UNSCREENED, "torn.png")
        accepted = lines(vault)["torn.png"]
        run_import(intake(tmp_path, vault, StampReader(), OTHER, LATER), folder, retry=True)
        again = lines(vault)["torn.png"]
        record = vault.head(again.record or "")

        assert again.unscreened_by == accepted.unscreened_by == SignOff("os:thu", makers.AT)
        assert record is not None
        assert "accepted_unscreened" in {problem.code for problem in record.problems}


class TestFalseAlarm:
    def test_another_person_lets_it_in_and_it_is_counted_once(self, vault: Vault, folder: Path, tmp_path: Path) -> None:
        closes(run_import(intake(tmp_path, vault, GuiltyScreen()), folder), stored=1, quarantined=1)
        number = lines(vault)["?"].id
        summary = let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER, LATER), folder, FALSE_ALARM)
        line = lines(vault)["guilty.tif"]
        record = vault.head(line.record or "")

        closes(summary, stored=2)
        assert summary.sums is not None
        assert summary.sums.given == 2
        assert (line.id, line.version, line.action) == (number, 2, "cleared")
        assert line.cleared_by == SignOff("os:lan", LATER)
        assert line.cleared_because == FALSE_ALARM.false_alarm
        assert [page.screening.answer for page in line.pages if page.screening] == [
            ScreenAnswer.CLEAR,
            ScreenAnswer.SEEN,
        ]
        assert record is not None
        assert record.provenance.action == "cleared"
        context = make_context(tmp_path / "home", vault.store, InlineWorkers(), EchoEngine())
        assert context.index.search(Query()).total == 2
        assert sum(tally.pages for tally in context.table.tally(CountQuery())) == 3
        assert list(Check(vault.store).run()) == []

    def test_the_importer_cannot_clear_what_he_imported(self, vault: Vault, folder: Path, tmp_path: Path) -> None:
        run_import(intake(tmp_path, vault, GuiltyScreen()), folder)
        before = list(vault.store.keys())

        with pytest.raises(RequestRefused, match="another person"):
            let_in(intake(tmp_path, vault, GuiltyScreen()), folder, FALSE_ALARM)
        assert list(vault.store.keys()) == before

    def test_a_note_makes_nobody_another_person(self, vault: Vault, folder: Path, tmp_path: Path) -> None:
        run_import(intake(tmp_path, vault, GuiltyScreen()), folder)

        with pytest.raises(RequestRefused, match="another person"):
            let_in(intake(tmp_path, vault, GuiltyScreen(), Actor("os:thu", "Lan")), folder, FALSE_ALARM)

    def test_what_was_not_quarantined_cannot_be_cleared(self, vault: Vault, folder: Path, tmp_path: Path) -> None:
        run_import(intake(tmp_path, vault, GuiltyScreen()), folder)

        with pytest.raises(RequestRefused, match="no scan of this name was quarantined"):
            let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER), folder, FALSE_ALARM, "innocent.png")

    def test_a_permit_for_one_is_none_for_another(self, vault: Vault, folder: Path, tmp_path: Path) -> None:
        draw_page(7, (585, 413)).save(folder / "other.png", dpi=(50, 50))
        run_import(intake(tmp_path, vault, GuiltyScreen()), folder)
        closes(let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER), folder, FALSE_ALARM), stored=2, quarantined=1)

    @pytest.mark.parametrize("retry", [False, True])
    @pytest.mark.parametrize("override", [FALSE_ALARM, Override()])
    @pytest.mark.parametrize("actor", [IMPORTER, OTHER])
    def test_given_again_by_anybody_it_stays_as_it_is(
        self, actor: Actor, override: Override, retry: bool, vault: Vault, folder: Path, tmp_path: Path
    ) -> None:
        run_import(intake(tmp_path, vault, GuiltyScreen()), folder)
        let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER), folder, FALSE_ALARM)
        before = versions(vault)
        let_in(intake(tmp_path, vault, GuiltyScreen(), actor, LATER), folder, override, retry=retry)

        assert versions(vault) == before

    @pytest.mark.parametrize("override", [FALSE_ALARM, Override()])
    def test_killed_between_record_and_line_it_takes_the_same_line_on(
        self, override: Override, vault: Vault, folder: Path, tmp_path: Path
    ) -> None:
        run_import(intake(tmp_path, vault, GuiltyScreen()), folder)
        let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER, LATER), folder, FALSE_ALARM)
        line = lines(vault)["guilty.tif"]
        last = f"ledger/{line.batch}/{line.id[:2]}/{line.id[2:4]}/{line.id}/000002.json"
        (tmp_path / "home" / "vault" / last).unlink()
        summary = let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER), folder, override)
        again = lines(vault)["guilty.tif"]

        closes(summary, stored=2)
        assert (again.id, again.version, again.cleared_by) == (line.id, 2, line.cleared_by)
        assert again.cleared_because == line.cleared_because == FALSE_ALARM.false_alarm

    def test_who_finishes_a_killed_run_puts_no_reason_of_his_under_the_sign_off_of_another(
        self, vault: Vault, folder: Path, tmp_path: Path
    ) -> None:
        """The record was withheld meanwhile, too: the sign-off is that of the version that was let in."""
        run_import(intake(tmp_path, vault, GuiltyScreen()), folder)
        let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER, LATER), folder, FALSE_ALARM)
        line = lines(vault)["guilty.tif"]
        last = f"ledger/{line.batch}/{line.id[:2]}/{line.id[2:4]}/{line.id}/000002.json"
        (tmp_path / "home" / "vault" / last).unlink()
        Home(tmp_path / "home").of(Actor("os:minh")).withhold(line.record or "", "names a wrong person")
        mine = Override(false_alarm="a reason of mine")
        let_in(intake(tmp_path, vault, GuiltyScreen(), Actor("os:minh")), folder, mine)
        again = lines(vault)["guilty.tif"]

        assert (again.cleared_by, again.cleared_because) == (line.cleared_by, line.cleared_because)

    def test_a_scan_that_was_not_wholly_screened_either_needs_both(
        self, vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ImageDocument, "unscreened", ("attached_files:1",))
        run_import(intake(tmp_path, vault, GuiltyScreen()), folder)
        half = let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER), folder, FALSE_ALARM)

        closes(half, quarantined=1, rejected=1)
        assert [one.path for one in half.secret] == ["guilty.tif"]
        assert "page 1 (the file holds attached files: 1 [attached_files])" in (half.secret[0].notice or "")
        assert not vault.has(digest_of((folder / "guilty.tif").read_bytes()))

        closes(let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER), folder, BOTH), stored=1, rejected=1)
        line = lines(vault)["guilty.tif"]
        assert line.cleared_by is not None
        assert line.unscreened_by is not None

    def test_a_false_alarm_that_is_kept_elsewhere_becomes_its_duplicate(
        self, vault: Vault, folder: Path, tmp_path: Path
    ) -> None:
        (folder / "twin.tif").write_bytes((folder / "guilty.tif").read_bytes())
        run_import(intake(tmp_path, vault, GuiltyScreen()), folder)
        summary = let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER), folder, FALSE_ALARM)
        twin, first = lines(vault)["twin.tif"], lines(vault)["guilty.tif"]

        closes(summary, stored=2, duplicate=1)
        assert (twin.version, twin.cleared_by) == (2, first.cleared_by)
        before = list(vault.store.keys())
        let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER, LATER), folder, FALSE_ALARM, "twin.tif")
        assert list(vault.store.keys()) == before

    def test_a_mark_on_another_page_of_a_cleared_scan_is_said(self, vault: Vault, folder: Path, tmp_path: Path) -> None:
        """A person cleared what he was shown; a page that failed then, and bears a mark now, nobody cleared."""
        run_import(intake(tmp_path, vault, GuiltyScreen(), engine=HalfEngine()), folder)
        let_in(intake(tmp_path, vault, GuiltyScreen(), OTHER, engine=HalfEngine()), folder, FALSE_ALARM)
        run_import(intake(tmp_path, vault, GuiltyScreen(), engine=HeadedEngine()), folder, retry=True)
        record = vault.head(lines(vault)["guilty.tif"].record or "")

        assert record is not None
        assert "secret_kept" in {problem.code for problem in record.problems}


@pytest.mark.parametrize("override", [UNSCREENED, BOTH], ids=["unscreened", "both"])
def test_broken_off_at_any_object_and_run_again_it_is_as_if_undisturbed(
    override: Override, vault: Vault, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was written last, the same command again ends as one that nobody disturbed."""
    monkeypatch.setattr(ImageDocument, "unscreened", ("attached_files:1",))
    stamps = GuiltyScreen() if override is BOTH else StampReader()
    undisturbed = _let_in_with_room(tmp_path / "undisturbed", folder, override, stamps, room=1000)
    for room in range(8):  # letting it in makes 8 objects
        assert _let_in_with_room(tmp_path / str(room), folder, override, stamps, room) == undisturbed


def _let_in_with_room(
    home: Path, folder: Path, override: Override, stamps: StampReader, room: int
) -> list[tuple[object, ...]]:
    """Let a scan in over a disk with room for so many objects, and again when there is more; return what is kept."""
    whole = Vault(FolderStore(home / "home" / "vault"))
    run_import(intake(home, whole, stamps), folder)
    full = Vault(FullStore(home / "home" / "vault", room))
    if room < 1000:
        with pytest.raises(StoreUnavailable):
            let_in(intake(home, full, stamps, OTHER, LATER), folder, override)
    closes(let_in(intake(home, whole, stamps, OTHER, LATER), folder, override), stored=1, rejected=1)
    assert list(Check(whole.store).run()) == []
    return [
        (line.path, line.version, line.outcome, line.action, line.unscreened_by, line.cleared_by, line.cleared_because)
        for line in sorted(lines(whole).values(), key=lambda line: line.path or "")
    ] + [(record.id, record.version, record.provenance.action, record.problems) for record in whole.heads()]
