"""Reconciling: vault against index and table, batches against vault, from keys alone; and what can be mended is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from archive.index.embedded.page_table import SqlitePageTable
from archive.index.embedded.search import EmbeddedIndex
from archive.index_entries.from_record import index_entry_for
from archive.model.results import RecordState
from archive.model.search import IndexEntry, Query
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.indexer import table_line
from archive.services.preservation.reconcile import Differences, Reconciling
from archive.services.preservation.verify import Maintenance
from archive.store import keys
from archive.store.format import codec
from archive.store.keys import ChainKey
from archive.store.vault import Vault
from archive.store.verify.check import Finding
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill, line_of, record_of


class CountingStore(MemoryStore):
    """Counts what is read, by space."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: Counter[str] = Counter()

    def read(self, key: str) -> BinaryIO:
        """Read, and count."""
        self.reads[key.split("/", 1)[0]] += 1
        return super().read(key)


@dataclass
class Archive:
    """A vault, what was derived from it, and what compares the two."""

    store: CountingStore
    index: EmbeddedIndex
    table: SqlitePageTable
    folder: Path

    @property
    def vault(self) -> Vault:
        return Vault(self.store)

    @property
    def catch_up(self) -> CatchUp:
        return CatchUp(self.vault, self.index, self.table, self.folder / "caught-up")

    @property
    def maintenance(self) -> Maintenance:
        return Maintenance(self.vault, self.index, self.table, self.catch_up)

    @property
    def reconciling(self) -> Reconciling:
        return Reconciling(self.vault, self.index, self.table, self.catch_up, self.maintenance)

    def append(self, record_id: str, **changes: object) -> None:
        """Append the next version of a record, and tell nobody."""
        head = self.vault.head(record_id)
        assert head is not None
        self.vault.append_record(replace(head, version=head.version + 1, **changes))  # type: ignore[arg-type]  # any field


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Two records in one batch, everything derived."""
    archive = Archive(
        CountingStore(), EmbeddedIndex(tmp_path / "search"), SqlitePageTable(tmp_path / "pages.sqlite"), tmp_path
    )
    fill(archive.store)
    archive.catch_up.run()
    archive.store.reads.clear()
    return archive


def kinds(found: Differences) -> dict[str, int]:
    """Return how many there are of each kind that there is."""
    counts = {
        "missing": found.missing.count,
        "stale": found.stale.count,
        "orphaned": found.orphaned.count,
        "uncounted_records": found.uncounted_records.count,
        "uncounted_lines": found.uncounted_lines.count,
        "orphaned_lines": found.orphaned_lines.count,
        "unfinished": len(found.unfinished),
        "ownerless": found.ownerless.count,
        "unreadable": found.unreadable.count,
    }
    return {name: count for name, count in counts.items() if count}


def some_id(archive: Archive) -> str:
    return next(archive.vault.record_heads()).id


def test_where_all_agrees_nothing_is_found_and_no_version_is_read(archive: Archive) -> None:
    found = archive.reconciling.compare()

    assert kinds(found) == {}
    assert (found.records, found.lines, found.batches) == (2, 2, 1)
    assert archive.store.reads.keys() <= {"batches", "content"}, "a batch and its list of what was given"
    assert archive.store.reads["content"] == 1


def test_verify_compares_without_reading_versions_again(archive: Archive) -> None:
    """Verifying reads each version once, to hash it, and not once more to compare it."""
    assert [found for found in archive.maintenance.verify() if isinstance(found, Finding)] == []

    assert archive.store.reads["records"] == 4
    assert archive.store.reads["ledger"] == 2


def test_an_index_that_was_lost_is_missing_everything_and_filled_again(archive: Archive) -> None:
    archive.index = EmbeddedIndex(archive.folder / "other")
    assert kinds(archive.reconciling.compare()) == {"missing": 2}

    assert kinds(archive.reconciling.fix()) == {}


def test_a_table_that_was_lost_is_filled_again_with_every_version(archive: Archive) -> None:
    archive.table = SqlitePageTable(archive.folder / "other.sqlite")
    assert kinds(archive.reconciling.compare()) == {"uncounted_records": 4, "uncounted_lines": 2}

    assert kinds(archive.reconciling.fix()) == {}


def test_a_newer_version_that_nobody_published_is_stale_and_mended(archive: Archive) -> None:
    archive.append(some_id(archive), problems=())
    assert kinds(archive.reconciling.compare()) == {"stale": 1, "uncounted_records": 1}

    assert kinds(archive.reconciling.fix()) == {}


def test_what_the_feed_has_no_more_to_say_about_is_mended_too(archive: Archive) -> None:
    """The feed was caught up with up to today; what an index lost of long ago is put back all the same."""
    today = datetime.now(UTC).strftime("%Y%m%d")
    for key in list(archive.store.keys(f"feed/{today}/")):
        archive.store.objects[key.replace(today, "20200101")] = archive.store.objects.pop(key)
    archive.index = EmbeddedIndex(archive.folder / "other")
    archive.index.put([index_entry_for(next(archive.vault.heads()), archive.vault)])
    assert archive.catch_up.run().published == 0, "the feed brought it back by itself"
    assert kinds(archive.reconciling.compare()) == {"missing": 1}

    assert kinds(archive.reconciling.fix()) == {}


def alien() -> IndexEntry:
    """An entry of a record that no vault has."""
    return IndexEntry("f" * 32, 1, "Hộp 1", None, None, None, None, None, None, None, "giấy", "giấy")


def test_a_record_that_only_the_index_knows_goes_with_a_rebuild(archive: Archive) -> None:
    archive.index.put([alien(), replace(alien(), id="0" * 32)])
    found = archive.reconciling.compare()
    assert kinds(found) == {"orphaned": 2}
    assert found.orphaned.first == ["0" * 32, "f" * 32]

    assert kinds(archive.reconciling.fix()) == {}
    assert kinds(archive.reconciling.compare()) == {}


def test_orphans_do_not_hide_what_is_missing(archive: Archive) -> None:
    archive.index = EmbeddedIndex(archive.folder / "other")
    archive.index.put([alien(), replace(alien(), id="0" * 32)])

    assert kinds(archive.reconciling.compare()) == {"missing": 2, "orphaned": 2}


def test_a_line_that_only_the_table_knows_goes_with_a_rebuild(archive: Archive) -> None:
    lost, batch = line_of("mất"), archive.vault.batch(keys.batch_id("Hộp 12"))
    assert batch is not None
    archive.table.put([table_line(lost, batch.name), table_line(replace(lost, id="e" * 32), "Hộp 99")])
    found = archive.reconciling.compare()

    assert kinds(found) == {"orphaned_lines": 2}
    assert set(found.orphaned_lines.first) == {lost.id, "e" * 32}
    assert kinds(archive.reconciling.fix()) == {}


def destroy(archive: Archive, record_id: str) -> None:
    """Append a tombstone as the format describes it."""
    head = archive.vault.head(record_id)
    assert head is not None
    last = ChainKey("records", "", record_id, head.version)
    with archive.store.read(last.key) as stream:
        previous = keys.digest_of(stream.read())
    tombstone = replace(head, version=head.version + 1, state=RecordState.TOMBSTONE, previous=previous)
    archive.store.objects[last._replace(version=head.version + 1).key] = codec.encode_record(tombstone, None)


def test_a_destroyed_record_is_hidden_in_an_index_that_did_not_know_it(archive: Archive) -> None:
    gone = some_id(archive)
    destroy(archive, gone)
    archive.index = EmbeddedIndex(archive.folder / "other")
    left = archive.reconciling.fix()

    assert kinds(left) == {}
    assert gone not in [hit.id for hit in archive.index.search(Query()).hits]
    assert gone in [hit.id for hit in archive.index.search(Query(hidden=True)).hits]


def test_a_destroyed_record_that_can_still_be_found_is_stale_and_hidden_by_a_fix(archive: Archive) -> None:
    gone = some_id(archive)
    destroy(archive, gone)

    assert archive.reconciling.compare().stale.first == [gone]
    assert kinds(archive.reconciling.fix()) == {}
    assert gone not in [hit.id for hit in archive.index.search(Query()).hits]


def test_a_damaged_record_is_named_and_keeps_no_other_from_being_found(archive: Archive) -> None:
    archive.index = EmbeddedIndex(archive.folder / "other")
    bad, good = (entry for entry in archive.vault.record_heads())
    archive.store.objects[bad.key] = b"not json"
    left = archive.reconciling.fix()

    assert left.unreadable.first == [bad.key]
    assert left.missing.first == [bad.id]
    assert archive.index.missing({good.id: good.version}) == set()


# What only a person can mend.


def test_a_scan_without_outcome_is_for_a_person(archive: Archive) -> None:
    del archive.store.objects[next(archive.store.keys("ledger/"))]
    archive.reconciling.fix(everything=True)
    (one,) = archive.reconciling.compare().unfinished

    assert (one.name, one.scans) == ("Hộp 12", 1)
    assert one.records == (record_behind(archive),), "its record is kept"


def record_behind(archive: Archive) -> str:
    """Return the record whose line is gone."""
    there = {line.record for line in archive.vault.lines(keys.batch_id("Hộp 12"))}
    (gone,) = {entry.id for entry in archive.vault.record_heads()} - there
    return gone


def test_a_run_that_was_killed_before_it_kept_anything_left_no_record(archive: Archive) -> None:
    line = line_of("ba")
    before = archive.vault.batch(line.batch)
    assert before is not None
    given = archive.vault.keep_bytes(b'{"format":1,"paths":["' + line.path_id.encode() + b'"],"type":"given"}\n')
    archive.vault.append_batch(replace(before, version=2, given=(*before.given, given)))
    (one,) = archive.reconciling.compare().unfinished
    assert (one.scans, one.records) == (1, ())

    archive.vault.append_record(record_of("ba", archive.vault, line))
    (one,) = archive.reconciling.compare().unfinished
    assert (one.scans, len(one.records)) == (1, 1)

    archive.vault.append_line(line)
    assert archive.reconciling.compare().unfinished == []


def test_an_announced_record_that_was_never_written_is_passed_over(archive: Archive) -> None:
    del archive.store.objects[next(archive.store.keys("ledger/"))]
    record = ChainKey("records", "", "a" * 32, 1)
    day = datetime.now(UTC).strftime("%Y%m%d")
    archive.store.objects[keys.feed_key(day, record, None)] = b""
    (one,) = archive.reconciling.compare().unfinished

    assert record.id not in one.records


def test_lines_without_their_batch_are_for_a_person(archive: Archive) -> None:
    owner = keys.batch_id("Hộp 12")
    del archive.store.objects[ChainKey("batches", "", owner, 1).key]
    found = archive.reconciling.compare()

    assert found.ownerless.first == [owner]
    assert found.needs_person == 1


def test_lines_without_their_batch_do_not_count_as_missing_in_the_table(archive: Archive) -> None:
    archive.vault.append_line(replace(makers.line(), batch="c" * 32))

    assert kinds(archive.reconciling.compare()) == {"ownerless": 1}
