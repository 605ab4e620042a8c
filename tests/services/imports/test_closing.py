"""A closed batch is sealed: what it held stays as it was, what comes later is told, and nobody adds to it unawares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from archive.errors import AlreadyStored, RequestRefused, StoreUnavailable
from archive.model.ledger import LedgerLine
from archive.services.imports.batches import Batches
from archive.services.unreadable_objects import UnreadableObjects
from archive.store import keys
from archive.store.keys import ChainKey
from archive.store.vault import Vault
from archive.store.verify.check import Check
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill, line_of, record_of
from tests.doubles.whole_import import draw_batch, make_intake, run_import

NAME = "Hộp 12"


@pytest.fixture
def store() -> MemoryStore:
    """A store with one closed batch of two scans."""
    store = MemoryStore()
    fill(store, ("một", "hai"), NAME)
    batches(store).close(NAME)
    return store


def batches(store: MemoryStore) -> Batches:
    return Batches(Vault(store), makers.ACTOR, lambda: makers.AT)


def found(store: MemoryStore) -> list[tuple[str, str]]:
    return [(finding.code, finding.key) for finding in Check(store).run()]


def announcements(store: MemoryStore, key: str) -> list[str]:
    said = map(keys.announcement, store.keys("feed/"))
    return [one.key for one in said if one is not None and one.entry.key == key]


def forge(store: MemoryStore, key: str) -> None:
    """Alter a version and make it look announced: all that someone can do who knows the format."""
    for announced in announcements(store, key):
        del store.objects[announced]
    store.objects[key] = store.objects[key].replace(b"os:thu", b"os:tho")
    entry = keys.parse_chain_key(key)
    store.objects[keys.feed_key("20260305", entry, keys.digest_of(store.objects[key]))] = b""


def remove(store: MemoryStore, key: str) -> None:
    """Take a whole chain away, with all that announced it."""
    for one in list(store.keys(keys.parse_chain_key(key).prefix)):
        for announced in announcements(store, one):
            del store.objects[announced]
        del store.objects[one]


def test_a_closed_batch_says_how_many_it_held_and_that_it_is_whole(store: MemoryStore) -> None:
    sums = batches(store).sums(NAME)
    sealed = sums.batch.sealed
    assert sealed is not None

    assert (sealed.lines, sealed.records, sums.batch.action) == (2, 2, "closed")
    assert batches(store).after_closing(sums.batch) == 0
    assert found(store) == []
    assert list(batches(store).differing(None, UnreadableObjects(), deep=True)) == []


@pytest.mark.parametrize("space", ["records", "ledger"])
def test_a_forged_version_of_a_closed_batch_is_found_although_it_was_announced(space: str, store: MemoryStore) -> None:
    key = list(store.keys(f"{space}/"))[-1]
    forge(store, key)

    assert ("altered", key) in found(store)
    assert len(list(batches(store).differing(NAME, UnreadableObjects(), deep=True))) == 1


@pytest.mark.parametrize("space", ["records", "ledger"])
def test_a_chain_of_a_closed_batch_that_is_taken_away_without_a_trace_is_missed(space: str, store: MemoryStore) -> None:
    key = list(store.keys(f"{space}/"))[-1]
    remove(store, key)

    assert ("missing", key) in found(store)
    assert len(list(batches(store).differing(NAME, UnreadableObjects(), deep=True))) == 1


def test_a_count_misses_a_line_by_listings_alone(store: MemoryStore) -> None:
    remove(store, next(store.keys("ledger/")))

    assert ["is lost" in one.message for one in batches(store).differing(None, UnreadableObjects())] == [True]


def test_what_comes_later_by_verbs_that_may_is_told_and_no_finding(store: MemoryStore) -> None:
    vault = Vault(store)
    record = next(vault.heads())
    later = replace(record.provenance, action="reviewed")
    vault.append_record(replace(record, version=record.version + 1, provenance=later))

    assert found(store) == []
    assert batches(store).after_closing(batches(store).named(NAME)) == 1


def late_line(vault: Vault) -> LedgerLine:
    line = line_of("ba", NAME)
    vault.append_record(record_of("ba", vault, line))
    return vault.append_line(line)


def test_what_an_import_adds_after_closing_is_a_finding(store: MemoryStore) -> None:
    line = late_line(Vault(store))
    key = ChainKey("ledger", line.batch, line.id, 1).key

    assert {code for code, _ in found(store)} == {"after_closing"}
    assert key in {key for _, key in found(store)}
    assert ["was added" in one.message for one in batches(store).differing(NAME, UnreadableObjects())] == [True]


def test_a_record_that_an_import_read_again_after_closing_is_a_finding(store: MemoryStore) -> None:
    vault = Vault(store)
    record = next(vault.heads())
    again = replace(record.provenance, action="read_again")
    vault.append_record(replace(record, version=record.version + 1, provenance=again))

    assert [code for code, _ in found(store)] == ["after_closing"]


def test_a_retry_opens_a_closed_batch_by_a_version_of_its_own(store: MemoryStore) -> None:
    with pytest.raises(RequestRefused, match="--retry"):
        batches(store).open(NAME, {}, [])
    opened = batches(store).open(NAME, {}, [], retry=True)
    late_line(Vault(store))

    assert (opened.action, opened.closed, opened.sealed) == ("opened_again", False, None)
    assert found(store) == []
    assert batches(store).close(NAME).batch.version == opened.version + 1
    assert found(store) == []
    assert [one.action for one in batches(store).history(NAME, UnreadableObjects())] == [
        None,
        "closed",
        "opened_again",
        "closed",
    ]


def test_the_first_seal_holds_after_the_batch_was_opened_again(store: MemoryStore) -> None:
    batches(store).open(NAME, {}, [], retry=True)
    key = list(store.keys("ledger/"))[-1]
    forge(store, key)

    assert ("altered", key) in found(store)


def test_a_batch_that_a_retry_opens_meanwhile_is_not_closed(store: MemoryStore) -> None:
    batches(store).open(NAME, {}, [], retry=True)

    class Interrupted(MemoryStore):
        def read(self, key: str) -> BinaryIO:
            """Let a retry begin while the lines are counted."""
            if key.startswith("ledger/") and not self.begun:
                self.begun = True
                batches(self).open(NAME, {}, [], retry=True)
            return super().read(key)

        begun = False

    busy = Interrupted()
    busy.objects.update(store.objects)
    with pytest.raises(RequestRefused, match="was not closed"):
        batches(busy).close(NAME)
    assert not batches(busy).named(NAME).closed


def test_a_line_added_while_the_batch_is_closed_is_sealed_with_it(store: MemoryStore) -> None:
    batches(store).open(NAME, {}, [], retry=True)

    class Late(MemoryStore):
        def create(self, key: str, data: BinaryIO) -> None:
            """Let a line come in before the closing version does."""
            if key.startswith("batches/") and not self.begun:
                self.begun = True
                late_line(Vault(self))
            super().create(key, data)

        begun = False

    busy = Late()
    busy.objects.update(store.objects)
    closed = batches(busy).close(NAME).batch

    assert closed.sealed is not None
    assert closed.sealed.lines == 3
    assert found(busy) == []


class ClosedMeanwhile(MemoryStore):
    """A store whose only batch somebody closes when its first line has come."""

    closed = False

    def create(self, key: str, data: BinaryIO) -> None:
        """Create, and close the batch after the first line."""
        super().create(key, data)
        if key.startswith("ledger/") and not self.closed:
            self.closed = True
            (batch,) = Vault(self).batches()
            Vault(self).append_batch(replace(batch, version=batch.version + 1, closed=True))


def test_an_import_adds_nothing_to_a_batch_that_was_closed_meanwhile(tmp_path: Path) -> None:
    draw_batch(tmp_path / "in")
    store = ClosedMeanwhile()

    with pytest.raises(RequestRefused, match="closed while"):
        run_import(make_intake(tmp_path, store), tmp_path / "in")
    assert len(list(store.keys("ledger/"))) == 1
    run_import(make_intake(tmp_path, store), tmp_path / "in", retry=True)
    assert len(list(store.keys("ledger/"))) == 5


def test_a_store_that_refuses_a_batch_and_does_not_list_it_is_given_up_soon() -> None:
    class Blind(MemoryStore):
        tries = 0

        def create(self, key: str, data: BinaryIO) -> None:
            """Refuse every version of a batch."""
            if key.startswith("batches/"):
                self.tries += 1
                raise AlreadyStored("there")
            super().create(key, data)

    store = Blind()
    with pytest.raises(StoreUnavailable, match="does not list it"):
        batches(store).open(NAME, {}, ["a.pdf"])
    assert store.tries == 5


def test_a_closing_that_is_refused_leaves_nothing(store: MemoryStore) -> None:
    batches(store).open(NAME, {}, ["một", "hai", "ba"], retry=True)
    before = dict(store.objects)
    with pytest.raises(RequestRefused, match="no outcome yet"):
        batches(store).close(NAME)

    assert store.objects == before
