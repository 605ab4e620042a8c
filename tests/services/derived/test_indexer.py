"""Publishing: what is true becomes findable and countable, if not now then at the next catch-up."""

from __future__ import annotations

import datetime as real
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive.errors import IndexUnavailable, SettingsError
from archive.index.embedded.page_table import SqlitePageTable
from archive.index.embedded.search import EmbeddedIndex
from archive.index.page_table_api import TableEntry
from archive.index_entries.from_record import index_entry_for
from archive.model.counting import CountQuery
from archive.model.ledger import Batch, LedgerLine
from archive.model.results import Part, RecordState, ResultRecord
from archive.model.search import IndexEntry, Query
from archive.pipeline.context import GivenScan, ScanReport
from archive.services.derived import indexer
from archive.services.derived import run_locks as running
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.indexer import Indexer
from archive.services.derived.run_locks import Runs
from archive.services.preservation.verify import Maintenance
from archive.sources.source import FileSource
from archive.store import keys
from archive.store.format.readings import ReadPage, encode_reading, pack_text
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore


class Index(EmbeddedIndex):
    """An index that another process may hold."""

    locked = False
    revoked = False

    def put(self, entries: Iterable[IndexEntry]) -> None:
        """Put, unless it is locked."""
        if self.locked:
            raise IndexUnavailable("the search index is being written by another process; try again later")
        if self.revoked:
            raise SettingsError("the search server refused our credentials (401); mend elastic.api_key")
        super().put(entries)


class Table(SqlitePageTable):
    """A page table that another process may hold."""

    locked = False

    def put(self, entries: Iterable[TableEntry]) -> None:
        """Put, unless it is locked."""
        if self.locked:
            raise IndexUnavailable("the page table is being written by another process; try again later")
        super().put(entries)


@dataclass
class Office:
    """A vault with what is derived from it."""

    vault: Vault
    index: Index
    table: Table
    folder: Path
    batch: Batch

    @property
    def catch_up(self) -> CatchUp:
        return CatchUp(self.vault, self.index, self.table, self.folder / "caught-up")

    def publisher(self, every: int = 100) -> Indexer:
        return Indexer(self.index, self.table, self.batch, every)

    def settle(self, name: str) -> ScanReport:
        """Append record and ledger line of a one-page scan."""
        scan = keys.digest_of(name.encode())
        page = ReadPage(makers.page(), (), pack_text(makers.text("Giấy phép", name)))
        reading = self.vault.keep_reading(scan, "0" * 16, 0, encode_reading(scan, {"engine": "fixed"}, [page]))
        path = keys.path_id(self.batch.id, name)
        line = replace(makers.line(), id=keys.line_id(path, 0), path_id=path, path=name, sha256=scan)
        line = replace(line, record=keys.result_id(scan, 1), pages=(makers.page(),))
        part = Part(scan, name, 10, (1,), "0" * 16, 0, reading.sha256)
        record = replace(makers.record(), id=keys.result_id(scan, 1), parts=(part,))
        record = replace(record, provenance=replace(record.provenance, line=line.id))
        given = GivenScan(FileSource(Path(name)), name, path, makers.batch())
        line, record = self.vault.append_line(line), self.vault.append_record(record)
        return ScanReport(given, line, record, fresh=True, entry=index_entry_for(record, self.vault))

    def again(self, report: ScanReport, **changes: object) -> LedgerLine:
        """Append the next version of a line, without publishing it."""
        return self.vault.append_line(replace(report.line, version=report.line.version + 1, **changes))  # type: ignore[arg-type]  # stands in for the real one

    @property
    def found(self) -> int:
        return self.index.search(Query()).total

    def counted(self, as_of: str | None = None) -> int:
        return sum(tally.pages for tally in self.table.tally(CountQuery(as_of=as_of)))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    vault = Vault(MemoryStore())
    batch = vault.append_batch(makers.batch())
    return Office(vault, Index(tmp_path / "search"), Table(tmp_path / "pages.sqlite"), tmp_path, batch)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type:
    """A calendar that tests turn: for the feed and for whoever catches up with it."""

    class Calendar(real.datetime):
        today_is = "2026-03-05"

        @classmethod
        def now(cls, tz: real.tzinfo | None = None) -> real.datetime:  # type: ignore[override]  # no subclass needed
            return real.datetime.fromisoformat(cls.today_is + "T12:00:00").replace(tzinfo=tz)

    monkeypatch.setattr("archive.store.version_chains.datetime", Calendar)
    monkeypatch.setattr("archive.services.derived.catch_up.datetime", Calendar)
    return Calendar


def test_groups_are_committed_when_they_are_full_and_at_the_end(office: Office) -> None:
    publisher = office.publisher(every=4)  # a line and a record for each scan
    seen = []
    for name in ("a", "b", "c"):
        publisher.add(office.settle(name))
        seen.append((office.found, office.counted()))
    publisher.flush()

    assert seen == [(0, 0), (2, 2), (2, 2)]
    assert (office.found, office.counted()) == (3, 3)


def test_what_was_settled_before_is_not_published_again(office: Office) -> None:
    publisher = office.publisher(every=1)
    publisher.add(replace(office.settle("a"), fresh=False, entry=None))

    assert (office.found, office.counted()) == (0, 0)


@pytest.mark.parametrize("held", ["index", "table"])
def test_what_a_locked_index_refused_is_caught_up_with(office: Office, held: str) -> None:
    publisher, target = office.publisher(), getattr(office, held)
    target.locked = True
    publisher.add(office.settle("a"))
    publisher.flush()
    left, behind = publisher.left_behind, (office.found, office.counted())
    with pytest.raises(IndexUnavailable):
        office.catch_up.run()
    target.locked = False
    office.catch_up.run()

    assert left == {"index": 1, "table": 2}[held]
    assert behind == {"index": (0, 1), "table": (1, 0)}[held]
    assert (office.found, office.counted()) == (1, 1)
    assert office.catch_up.run().published == 0, "everything is there now"


def test_a_key_that_is_revoked_in_the_middle_stops_no_import(office: Office) -> None:
    publisher = office.publisher(every=2)
    publisher.add(office.settle("a"))
    office.index.revoked = True
    publisher.add(office.settle("b"))

    assert (publisher.left_behind, str(publisher.why)[:26]) == (1, "the search server refused ")
    assert (office.found, office.counted()) == (1, 2)


def test_a_first_version_that_was_left_behind_is_counted_beside_the_second(office: Office) -> None:
    """Counts as of an earlier day need every version, not only the last."""
    report = office.settle("a")
    later = office.again(report, pages=(makers.page(1), makers.page(2)), at="2026-04-01T08:00:00Z")
    office.table.put([indexer.table_line(later, office.batch.name)])
    office.catch_up.run()

    assert office.counted() == 2
    assert office.counted(as_of="2026-03-31") == 1


def test_the_feed_is_read_from_the_day_before_the_last_catch_up(office: Office, clock: type) -> None:
    office.catch_up.run()
    office.settle("late in the evening")
    clock.today_is = "2026-03-06"  # type: ignore[attr-defined]  # the calendar's own
    office.settle("early in the morning")

    assert office.catch_up.run().published == 6, "two lines, two records, two entries"
    assert (office.found, office.counted()) == (2, 2)
    assert (office.folder / "caught-up").read_text() == "2026-03-06"


def test_days_long_past_are_not_read_again(office: Office, clock: type, monkeypatch: pytest.MonkeyPatch) -> None:
    office.settle("a")
    office.catch_up.run()
    clock.today_is = "2026-06-01"  # type: ignore[attr-defined]  # the calendar's own
    office.catch_up.run()
    days: list[str] = []
    feed = office.vault.feed

    def watched(day: str) -> Iterator[keys.ChainKey]:
        days.append(day)
        return feed(day)

    monkeypatch.setattr(office.vault, "feed", watched)
    office.catch_up.run()

    assert sorted(days)[:2] == ["20260531", "20260601"], "and then days ahead: clocks may be wrong"


def test_the_feed_is_read_once_a_day_and_not_before_every_import(office: Office, clock: type) -> None:
    office.settle("a")
    office.catch_up.run_daily()
    office.settle("by another machine, which was then killed")
    office.catch_up.run_daily()
    assert office.found == 1, "the other machine may still be at it"
    clock.today_is = "2026-03-06"  # type: ignore[attr-defined]  # the calendar's own
    office.catch_up.run_daily()

    assert office.found == 2


def test_a_clock_that_went_back_loses_nothing(office: Office, clock: type) -> None:
    clock.today_is = "2027-01-01"  # type: ignore[attr-defined]  # the calendar's own
    office.catch_up.run()
    clock.today_is = "2026-03-05"  # type: ignore[attr-defined]  # the calendar's own
    office.settle("a")
    office.catch_up.run()

    assert office.found == 1


@pytest.mark.parametrize("removed", ["search", "pages.sqlite", "caught-up"])
def test_what_somebody_removed_is_made_again_from_the_first_day(office: Office, clock: type, removed: str) -> None:
    office.settle("a")
    office.catch_up.run()
    clock.today_is = "2026-06-01"  # type: ignore[attr-defined]  # the calendar's own
    office.catch_up.run()
    (office.folder / removed).rename(office.folder / "away")
    index, table = Index(office.folder / "search"), Table(office.folder / "pages.sqlite")
    again = replace(office, index=index, table=table)
    again.catch_up.recover_killed_runs(Runs(office.folder / "running"))

    assert (again.found, again.counted()) == (1, 1)


def test_an_announcement_without_its_version_is_passed_over(office: Office, clock: type) -> None:
    ghost = keys.ChainKey("records", "", "f" * 32, 1)
    office.vault.store.objects[keys.feed_key("20260305", ghost, "a" * 64)] = b""  # type: ignore[attr-defined]  # in memory
    office.settle("a")
    office.catch_up.run()

    assert (office.found, office.counted()) == (1, 1)


def test_a_run_that_ended_badly_is_caught_up_with_once(office: Office) -> None:
    runs = Runs(office.folder / "running")
    office.catch_up.run()
    run = runs.register()
    run.__enter__()
    office.settle("a")
    run.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    left = runs.killed()
    office.catch_up.recover_killed_runs(runs)

    assert len(left) == 1
    assert runs.killed() == []
    assert office.found == 1


def test_a_damaged_version_keeps_nothing_else_back_and_is_remembered(office: Office) -> None:
    """Else a killed run with one bad sector would close search and import for good where there is no copy."""
    runs = Runs(office.folder / "running")
    office.catch_up.run()
    (office.folder / "running").mkdir()
    (office.folder / "running" / "dead").touch()
    bad, _ = office.settle("a"), office.settle("b")
    assert bad.record is not None
    key = keys.ChainKey("records", "", bad.record.id, 1).key
    office.vault.store.objects[key] = b"not json"  # type: ignore[attr-defined]  # in memory
    office.catch_up.recover_killed_runs(runs)
    office.catch_up.run_daily()
    office.catch_up.ensure_current(runs)

    assert [left.key for left in office.catch_up.left_out()] == [key]
    assert (office.found, office.counted()) == (1, 2), "the line of the damaged record counts its page"


def test_a_living_run_is_left_alone(office: Office) -> None:
    runs = Runs(office.folder / "running")
    with runs.register():
        assert runs.killed() == []
    assert list((office.folder / "running").iterdir()) == []


def test_a_run_that_just_begins_is_no_killed_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between making its file and locking it another process may look; it would take the file away later."""
    runs, seen = Runs(office.folder / "running"), []
    lock = running.fcntl.flock

    def looked_at_before(handle: int, how: int) -> None:
        monkeypatch.setattr(running.fcntl, "flock", lock)
        seen.append(runs.killed())
        lock(handle, how)

    monkeypatch.setattr(running.fcntl, "flock", looked_at_before)
    with runs.register():
        assert runs.killed() == []
        assert len(list((office.folder / "running").iterdir())) == 1
    assert seen == [[]]


def test_a_run_that_leaves_something_unpublished_says_so_to_the_next(office: Office) -> None:
    runs = Runs(office.folder / "running")
    with runs.register() as run:
        run.unpublished = True

    assert len(runs.killed()) == 1


def newest(record: ResultRecord) -> ResultRecord:
    """Return the next version of a record, of another kind."""
    return replace(makers.of_kind(record, "quyet-dinh", record.version + 1), previous=None)


def test_the_last_version_is_what_is_found(office: Office) -> None:
    report = office.settle("a")
    assert report.record is not None
    office.vault.append_record(newest(report.record))
    office.catch_up.run()

    assert office.index.search(Query(kind="quyet-dinh")).total == 1
    assert office.index.search(Query(kind="giay-phep-xay-dung")).total == 0


@pytest.mark.parametrize("state", [state for state in RecordState if state is not RecordState.KEPT])
@pytest.mark.parametrize("published", [False, True])
def test_only_what_is_kept_is_found(office: Office, state: RecordState, published: bool) -> None:
    """Whether it was found before or not, by a catch-up or a reindex; its pages stay in the count."""
    report = office.settle("a")
    assert report.record is not None
    if published:
        office.catch_up.run()
    hidden = office.vault.append_record(replace(report.record, version=2, state=state))

    office.catch_up.run()
    assert (office.found, office.counted()) == (0, 1)
    Maintenance(office.vault, office.index, office.table, office.catch_up).reindex()
    assert (office.found, office.counted()) == (0, 1)

    office.vault.append_record(replace(hidden, version=3, state=RecordState.KEPT))
    office.catch_up.run()
    assert office.found == 1


def test_making_a_removed_index_again_is_not_over_when_it_was_broken_off(
    office: Office, clock: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was put before the end is an index that is there: only the void mark says that most of it is not."""
    office.settle("in March")
    office.catch_up.run()
    clock.today_is = "2026-06-01"  # type: ignore[attr-defined]  # the calendar's own
    office.settle("in June")
    office.catch_up.run()
    (office.folder / "search").rename(office.folder / "away")
    again = replace(office, index=Index(office.folder / "search"))
    publish_ = CatchUp.publish

    def killed_after_the_first_day(catch_up: CatchUp, entries: list[keys.ChainKey]) -> int:
        publish_(catch_up, entries)
        raise KeyboardInterrupt

    monkeypatch.setattr(CatchUp, "publish", killed_after_the_first_day)
    with pytest.raises(KeyboardInterrupt):
        again.catch_up.run()
    monkeypatch.setattr(CatchUp, "publish", publish_)
    found = again.found
    again.catch_up.recover_killed_runs(Runs(office.folder / "running"))

    assert (found, again.found) == (1, 2)


@pytest.mark.parametrize("removed", ["search", "pages.sqlite"])
def test_an_index_that_vanishes_in_the_middle_of_a_run_is_not_begun_anew_with_the_rest(
    office: Office, removed: str
) -> None:
    """It would be there, and hide all that it had before; so what follows is left to a catch-up with everything."""
    publisher = office.publisher(every=1)
    publisher.add(office.settle("before"))
    office.catch_up.run()
    (office.folder / removed).rename(office.folder / "away")
    index, table = Index(office.folder / "search"), Table(office.folder / "pages.sqlite")
    publisher._index, publisher._table = index, table
    publisher.add(office.settle("after"))
    left, again = publisher.left_behind, replace(office, index=index, table=table)
    again.catch_up.run()

    assert left
    assert (again.found, again.counted()) == (2, 2)


def test_reading_never_begins_an_index_that_many_homes_share(office: Office) -> None:
    runs = Runs(office.folder / "running")
    shared = CatchUp(office.vault, office.index, office.table, office.folder / "caught-up", shared=True)
    shared.ensure_current(runs)
    office.settle("a")

    with pytest.raises(IndexUnavailable, match="archive reindex"):
        shared.ensure_current(runs)
    assert not office.index.there()
    shared.run()
    shared.ensure_current(runs)
    assert office.found == 1


def test_a_new_home_reads_no_feed_before_it_searches_an_index_that_is_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.settle("a")
    office.catch_up.run()
    monkeypatch.setattr(office.vault, "feed", lambda day: pytest.fail(f"read {day}"))
    fresh = CatchUp(office.vault, office.index, office.table, office.folder / "new-home", shared=True)
    fresh.ensure_current(Runs(office.folder / "running"))

    assert office.found == 1


def test_a_rebuild_leaves_out_what_is_damaged_and_names_it(office: Office) -> None:
    kept, lost = office.settle("a"), office.settle("b")
    assert lost.record is not None
    damaged = keys.ChainKey("records", "", lost.record.id, 1).key
    office.vault.store.objects[damaged] = b"{}"  # type: ignore[attr-defined]  # in memory
    rebuilt = Maintenance(office.vault, office.index, office.table, office.catch_up).reindex()

    assert [(one.key, one.why.value) for one in rebuilt.unreadable] == [(damaged, "damaged")]
    assert kept.record is not None
    assert [hit.id for hit in office.index.search(Query()).hits] == [kept.record.id]
    assert office.counted() == 2, "its ledger line is whole"
