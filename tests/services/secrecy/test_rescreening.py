"""What is kept is looked at again with a better screen: a mark withholds at once, and nothing is looked at twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive.errors import RequestRefused
from archive.model.ledger import LedgerLine
from archive.model.limits import Limits
from archive.model.pages import PageEntry, ScreenAnswer, Screening
from archive.model.results import Actor, RecordState, ResultRecord
from archive.model.sign_off import SignOff
from archive.ocr.stamps.reader import StampReader
from archive.pipeline.context import ReadingTools
from archive.pipeline.reading_fingerprint import WORDS_SCREEN
from archive.services.imports.batches import Batches
from archive.services.secrecy.rescreen import Rescreened, Rescreening, RescreenProgress, Verdict
from archive.services.secrecy.rescreen_log import RescreenLog
from archive.sources import local_copies
from archive.store import keys
from archive.work.api import Workers
from archive.work.local.pool import ProcessWorkers
from tests import makers
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.screens import GuiltyScreen
from tests.doubles.whole_import import EchoEngine, draw_page, make_intake, run_import
from tests.services.secrecy.test_withholding import LAN, MINH, THU, Home

PORTRAIT, LANDSCAPE = (413, 585), (585, 413)


@dataclass(frozen=True)
class Kept:
    """An archive with two batches: ``guilty`` has a scan of three pages, the second one lies on its long side."""

    home: Home
    guilty: str
    innocent: str

    def again(
        self,
        stamps: StampReader | None = None,
        actor: Actor = THU,
        batch: str | None = None,
        workers: Workers | None = None,
        limits: Limits | None = None,
    ) -> tuple[list[Rescreened], RescreenProgress]:
        """Look at all again; return what was found and how much was gone through."""
        home = self.home
        tools = ReadingTools(EchoEngine(), stamps or GuiltyScreen(), limits or Limits())
        service = Rescreening(
            home.vault,
            Batches(home.vault, actor, lambda: makers.AT),
            home.of(actor),
            tools,
            RescreenLog(home.home / "looked-at.sqlite"),
        )
        events = list(service.run(workers or InlineWorkers(), batch))
        *_, progress = (event for event in events if isinstance(event, RescreenProgress))
        return [event for event in events if isinstance(event, Rescreened)], progress


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """Scans that were taken in with a screen that saw nothing, and noted nothing."""
    local_copies._LOCAL_COPIES.clear()  # originals that an earlier test had at hand
    home = Home(tmp_path / "home")
    ids = {}
    for name, middle in (("guilty", LANDSCAPE), ("innocent", PORTRAIT)):
        file = tmp_path / name / "a.tif"
        file.parent.mkdir()
        pages = [draw_page(hash_of(name) + n, size) for n, size in enumerate((PORTRAIT, middle, PORTRAIT))]
        pages[0].save(file, dpi=(50, 50), save_all=True, append_images=pages[1:])
        run_import(make_intake(home.home, home.vault.store), file.parent, f"Hộp {name}")
        ids[name] = keys.result_id(keys.digest_of(file.read_bytes()), 1)
    return Kept(home, ids["guilty"], ids["innocent"])


def hash_of(name: str) -> int:
    """Return a seed for a scan's pages."""
    return 100 * len(name)


def verdicts(found: list[Rescreened]) -> dict[str, Verdict]:
    return {one.record: one.verdict for one in found}


def test_a_mark_that_a_better_screen_sees_withholds_at_once_and_says_where(kept: Kept) -> None:
    found, progress = kept.again()

    assert verdicts(found) == {kept.guilty: Verdict.WITHHELD, kept.innocent: Verdict.CLEAR}
    (one,) = (one for one in found if one.verdict is Verdict.WITHHELD)
    assert (one.batch, one.pages) == ("Hộp guilty", (2,))
    record = kept.home.record(kept.guilty)
    assert record.state is RecordState.WITHHELD
    assert [(one.code, one.page) for one in record.problems if one.code == "secret_kept"] == [("secret_kept", 2)]
    assert record.provenance.reason == f"guilty-see {WORDS_SCREEN} saw a mark of state secrecy on page 2"
    assert kept.guilty not in kept.home.found()
    assert kept.innocent in kept.home.found()
    assert (progress.records, progress.pages, progress.passed_over) == (2, 6, 0)


def test_what_this_screen_has_looked_at_is_passed_over(kept: Kept) -> None:
    kept.again()
    found, progress = kept.again()

    assert found == []
    assert (progress.records, progress.passed_over) == (0, 2)
    assert kept.home.record(kept.innocent).version == 1, "a clear record gets no version"


def test_another_screen_looks_again(kept: Kept) -> None:
    kept.again(GuiltyScreen("overlook"))
    found, _ = kept.again(GuiltyScreen("see"))

    assert verdicts(found) == {kept.guilty: Verdict.WITHHELD, kept.innocent: Verdict.CLEAR}


def test_what_was_found_clear_by_this_screen_at_its_import_is_passed_over(kept: Kept) -> None:
    line = line_of(kept, kept.innocent)
    clear = Screening(ScreenAnswer.CLEAR, ("guilty-see", WORDS_SCREEN))
    kept.home.vault.append_line(
        replace(line, version=2, pages=tuple(replace(page, screening=clear) for page in line.pages))
    )
    found, progress = kept.again()

    assert verdicts(found) == {kept.guilty: Verdict.WITHHELD}
    assert progress.passed_over == 1


def test_without_its_memory_all_is_looked_at_once_more_and_nothing_is_withheld_twice(kept: Kept) -> None:
    kept.again()
    (kept.home.home / "looked-at.sqlite").unlink()
    found, progress = kept.again()

    assert verdicts(found) == {kept.innocent: Verdict.CLEAR}
    assert progress.passed_over == 1
    assert kept.home.record(kept.guilty).version == 2


def test_what_two_people_let_in_is_named_and_left(kept: Kept) -> None:
    kept.again()
    kept.home.of(MINH).lift(kept.guilty, "a seal")
    kept.home.of(LAN).lift(kept.guilty, "a seal")
    found, _ = kept.again(Renamed())

    assert verdicts(found)[kept.guilty] is Verdict.LET_IN
    assert kept.home.record(kept.guilty).state is RecordState.KEPT


def test_what_a_person_cleared_at_its_import_is_named_and_left(kept: Kept) -> None:
    line = line_of(kept, kept.guilty)
    kept.home.vault.append_line(
        replace(line, version=2, cleared_by=SignOff("os:minh", makers.AT), cleared_because="a seal")
    )
    found, _ = kept.again()

    assert verdicts(found)[kept.guilty] is Verdict.LET_IN
    assert kept.home.record(kept.guilty).version == 1


def test_what_a_person_took_in_unscreened_is_named_as_such(kept: Kept) -> None:
    line = line_of(kept, kept.guilty)
    kept.home.vault.append_line(replace(line, version=2, unscreened_by=SignOff("os:minh", makers.AT)))
    found, _ = kept.again(GuiltyScreen("give up"))

    (one,) = (one for one in found if one.record == kept.guilty)
    assert (one.verdict, one.causes) == (Verdict.LET_IN, ("screen_failed",))


def test_one_batch_alone_is_looked_at(kept: Kept) -> None:
    found, _ = kept.again(batch="Hộp innocent")

    assert verdicts(found) == {kept.innocent: Verdict.CLEAR}
    with pytest.raises(RequestRefused, match="there is no batch"):
        kept.again(batch="Hộp 99")


def test_a_page_that_cannot_be_screened_is_named_each_time(kept: Kept) -> None:
    for _ in range(2):
        found, _ = kept.again(GuiltyScreen("give up"))
        (one,) = (one for one in found if one.verdict is Verdict.NOT_SCREENED)

        assert (one.record, one.pages, one.causes) == (kept.guilty, (2,), ("screen_failed",))
    assert kept.home.record(kept.guilty).state is RecordState.KEPT


def test_a_mark_among_the_words_that_were_read_is_seen_too(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.pipeline.screen.marks_in_text", lambda *_: ("a mark",))
    found, _ = kept.again(GuiltyScreen("overlook"))

    assert set(verdicts(found).values()) == {Verdict.WITHHELD}


@pytest.mark.parametrize(
    ("harm", "cause"),
    [
        (lambda vault, part: vault / keys.content_key(part.sha256), "original_lost"),
        (lambda vault, part: vault / keys.reading_key(part.sha256, part.fingerprint, part.attempt), "original_lost"),
    ],
)
def test_what_is_lost_of_one_record_keeps_no_other_from_being_looked_at(
    kept: Kept, harm: Callable[..., Path], cause: str
) -> None:
    harm(kept.home.home / "vault", kept.home.record(kept.guilty).parts[0]).unlink()
    found, _ = kept.again()

    assert verdicts(found) == {kept.guilty: Verdict.NOT_SCREENED, kept.innocent: Verdict.CLEAR}
    assert {causes for one in found for causes in one.causes} == {cause}


def test_a_record_that_is_damaged_is_named_and_the_others_are_looked_at(kept: Kept) -> None:
    head = next(path for path in (kept.home.home / "vault" / "records").rglob("*.json") if kept.guilty in str(path))
    head.chmod(0o600)
    head.write_bytes(b"not json")
    found, _ = kept.again()

    assert verdicts(found) == {kept.guilty: Verdict.NOT_SCREENED, kept.innocent: Verdict.CLEAR}


@pytest.mark.parametrize(("mood", "cause"), [("crash", "worker_lost"), ("stumble", "worker_lost")])
def test_a_worker_that_is_lost_costs_its_page_alone(kept: Kept, mood: str, cause: str) -> None:
    workers = ProcessWorkers(1)
    try:
        found, _ = kept.again(GuiltyScreen(mood), workers=workers)
    finally:
        workers.close()

    (one,) = (one for one in found if one.verdict is Verdict.NOT_SCREENED)
    assert (one.record, one.pages, one.causes) == (kept.guilty, (2,), (cause,))
    assert verdicts(found)[kept.innocent] is Verdict.CLEAR


def test_a_run_that_is_broken_off_goes_on_where_it_was(kept: Kept) -> None:
    home = kept.home
    tools = ReadingTools(EchoEngine(), GuiltyScreen(), Limits())
    memory = RescreenLog(home.home / "looked-at.sqlite")
    batches = Batches(home.vault, THU, lambda: makers.AT)
    run = Rescreening(home.vault, batches, home.of(THU), tools, memory).run(InlineWorkers())
    first = next(event for event in run if isinstance(event, Rescreened))
    run.close()  # type: ignore[attr-defined]  # a generator
    found, progress = kept.again()

    assert {first.record, *verdicts(found)} == {kept.guilty, kept.innocent}
    assert (progress.records, progress.passed_over) == (1, 1)


class Renamed(GuiltyScreen):
    """The same screen under a later name."""

    @property
    def identity(self) -> str:
        """Name it."""
        return "guilty-later"


def line_of(kept: Kept, id_: str) -> LedgerLine:
    record: ResultRecord = kept.home.record(id_)
    line = kept.home.vault.line(record.batch, record.provenance.line)
    assert line is not None
    without: tuple[PageEntry, ...] = tuple(replace(page, screening=None) for page in line.pages)
    return replace(line, pages=without)
