"""What is kept is looked at again with a better screen: a mark withholds at once, and nothing is looked at twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from archive.errors import RequestRefused
from archive.model.ledger import LedgerLine
from archive.model.limits import Limits
from archive.model.pages import PageEntry, ScreenAnswer, Screening
from archive.model.results import Actor, RecordState, ResultRecord
from archive.model.sign_off import SignOff
from archive.ocr.stamps.reader import StampReader
from archive.pipeline.append_record import secret_pages
from archive.pipeline.context import ReadingTools
from archive.pipeline.reading_fingerprint import WORDS_SCREEN
from archive.pipeline.rescreen.override_pages import false_alarms
from archive.pipeline.rescreen.rescreen_pages import PageScreening
from archive.services.imports.batches import Batches
from archive.services.secrecy.rescreen import Rescreened, Rescreening, RescreenProgress, Verdict, _PendingRecord
from archive.services.secrecy.rescreen_log import RescreenLog
from archive.sources import local_copies
from archive.store import keys
from archive.work.api import Ending, Task, Workers
from archive.work.local.pool import ProcessWorkers
from tests import makers
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.screens import AllSeeing, GuiltyScreen
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
        service = self.service(actor, stamps or GuiltyScreen(), limits)
        events = list(service.run(workers or InlineWorkers(), batch))
        *_, progress = (event for event in events if isinstance(event, RescreenProgress))
        return [event for event in events if isinstance(event, Rescreened)], progress

    def service(self, actor: Actor, stamps: StampReader, limits: Limits | None = None) -> Rescreening:
        """Return the service as ``actor`` uses it."""
        home = self.home
        return Rescreening(
            home.vault,
            Batches(home.vault, actor, lambda: makers.AT),
            home.of(actor),
            ReadingTools(EchoEngine(), stamps, limits or Limits()),
            RescreenLog(home.home / "looked-at.sqlite"),
        )


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


def test_a_page_that_a_person_cleared_at_its_import_is_named_and_left(kept: Kept) -> None:
    cleared(kept, page=2)
    found, _ = kept.again()

    (one,) = (one for one in found if one.record == kept.guilty)
    assert (one.verdict, one.pages) == (Verdict.LET_IN, (2,))
    assert kept.home.record(kept.guilty).version == 1


def test_a_mark_on_a_page_that_nobody_cleared_withholds_the_record(kept: Kept) -> None:
    """A person cleared the first page; the second one was clear by the screen of that time."""
    cleared(kept, page=1)
    found, _ = kept.again()

    (one,) = (one for one in found if one.record == kept.guilty)
    assert (one.verdict, one.pages) == (Verdict.WITHHELD, (2,))
    assert kept.home.record(kept.guilty).state is RecordState.WITHHELD
    assert kept.guilty not in kept.home.found()


def test_of_several_marks_the_withholding_names_those_that_nobody_cleared(kept: Kept) -> None:
    cleared(kept, page=1)
    kept.again(AllSeeing())

    record = kept.home.record(kept.guilty)
    assert [(one.page, dict(one.params)) for one in record.problems if one.code == "secret_kept"] == [
        (2, {"pages": "2, 3"})
    ]
    assert record.provenance.reason == f"all-seeing {WORDS_SCREEN} saw a mark of state secrecy on page 2-3"


def test_what_was_cleared_stays_so_though_a_later_reading_saw_no_mark(kept: Kept) -> None:
    line = cleared(kept, page=2)
    pages = tuple(replace(page, screening=Screening(ScreenAnswer.CLEAR, ("stamps-2",))) for page in line.pages)
    kept.home.vault.append_line(replace(line, version=3, pages=pages))
    found, _ = kept.again()

    assert verdicts(found)[kept.guilty] is Verdict.LET_IN


@pytest.mark.parametrize(("page", "verdict"), [(2, Verdict.LET_IN), (1, Verdict.NOT_SCREENED)])
def test_a_page_that_a_person_took_in_unscreened_is_named_as_such_and_no_other(
    page: int, verdict: Verdict, kept: Kept
) -> None:
    signed(kept, page, ScreenAnswer.NOT_SCREENED, unscreened_by=SignOff("os:minh", makers.AT))
    found, _ = kept.again(GuiltyScreen("give up"))

    (one,) = (one for one in found if one.record == kept.guilty)
    assert (one.verdict, one.pages, one.causes) == (verdict, (2,), ("screen_failed",))


def test_the_lift_of_another_withholding_declares_no_false_alarm(kept: Kept) -> None:
    """It was withheld for a wrong name, and two people lifted that: nobody looked for a mark."""
    kept.home.of(THU).withhold(kept.guilty, "names a wrong person")
    lifted(kept)
    found, _ = kept.again()

    assert verdicts(found)[kept.guilty] is Verdict.WITHHELD
    assert kept.home.record(kept.guilty).state is RecordState.WITHHELD


def test_a_mark_on_another_page_than_those_that_two_people_let_in_withholds_again(kept: Kept) -> None:
    kept.again()
    lifted(kept)
    found, _ = kept.again(AllSeeing())
    (one,) = (one for one in found if one.record == kept.guilty)
    assert (one.verdict, one.pages) == (Verdict.WITHHELD, (1, 3))

    lifted(kept)
    found, _ = kept.again(Renamed())
    assert verdicts(found)[kept.guilty] is Verdict.LET_IN


def test_a_lift_that_nobody_finished_declares_nothing(kept: Kept) -> None:
    kept.again()
    kept.home.of(MINH).lift(kept.guilty, "a seal")
    kept.home.of(LAN).withhold(kept.guilty, "no, it is a mark")
    record = kept.home.record(kept.guilty)

    assert false_alarms(record, line_of(kept, kept.guilty), kept.home.vault) == frozenset()


@pytest.mark.parametrize("reason", ["it bears a mark", "names a wrong person"])
def test_what_somebody_withholds_meanwhile_is_withheld_and_the_run_goes_on(kept: Kept, reason: str) -> None:
    """The mark is told; and as a lift of that withholding does not concern it, it is looked at again then."""

    class Meanwhile(InlineWorkers):
        def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
            for ending in super().run(tasks, limit):
                if kept.home.record(kept.guilty).state is RecordState.KEPT:
                    kept.home.of(MINH).withhold(kept.guilty, reason)
                yield ending

    found, progress = kept.again(workers=Meanwhile())

    assert verdicts(found) == {kept.guilty: Verdict.WITHHELD, kept.innocent: Verdict.CLEAR}
    assert progress.records == 2
    assert kept.home.record(kept.guilty).version == 2
    lifted(kept)
    assert verdicts(kept.again()[0]) == {kept.guilty: Verdict.WITHHELD}


def test_marks_on_more_pages_than_a_reason_has_room_for_withhold_too(kept: Kept) -> None:
    seen = tuple(range(1, 400, 2))
    looking = _PendingRecord(
        kept.home.record(kept.guilty),
        looks=[PageScreening(number, Screening(ScreenAnswer.SEEN, ("a",))) for number in seen],
    )
    service = kept.service(THU, GuiltyScreen())
    with service._rescreen_log:
        assert service._settled(looking).verdict is Verdict.WITHHELD
    (problem,) = (one for one in kept.home.record(kept.guilty).problems if one.code == "secret_kept")
    assert secret_pages(problem) == frozenset(seen)


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


def signed(kept: Kept, page: int, answer: ScreenAnswer, **sign_off: Any) -> LedgerLine:
    """Append the line of the guilty scan with this answer for one page, and clear for the others."""
    line = line_of(kept, kept.guilty)
    pages = tuple(
        replace(one, screening=Screening(answer if one.number == page else ScreenAnswer.CLEAR, ("stamps-1",)))
        for one in line.pages
    )
    return kept.home.vault.append_line(replace(line, version=2, pages=pages, **sign_off))


def cleared(kept: Kept, page: int) -> LedgerLine:
    """Append the line as it is after a person cleared a mark on this page."""
    because = "a seal"
    return signed(kept, page, ScreenAnswer.SEEN, cleared_by=SignOff("os:minh", makers.AT), cleared_because=because)


def lifted(kept: Kept) -> None:
    """Two people let the guilty record be seen again."""
    kept.home.of(MINH).lift(kept.guilty, "a seal")
    kept.home.of(LAN).lift(kept.guilty, "a seal")


def line_of(kept: Kept, id_: str) -> LedgerLine:
    record: ResultRecord = kept.home.record(id_)
    line = kept.home.vault.line(record.batch, record.provenance.line)
    assert line is not None
    without: tuple[PageEntry, ...] = tuple(replace(page, screening=None) for page in line.pages)
    return replace(line, pages=without)
