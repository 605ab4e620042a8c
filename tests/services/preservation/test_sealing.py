"""A sealed day has one root, which the archive gives again as long as nothing of that day is altered or lost."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

import pytest

from archive.errors import ObjectCorrupt, RequestRefused
from archive.services.preservation.copy import Copying
from archive.services.preservation.repair import Repair
from archive.services.preservation.seal import Sealed, Sealing
from archive.store import keys
from archive.store.keys import Announcement, ChainKey
from archive.store.seals.merkle import MerkleTree
from archive.store.vault import Vault
from archive.store.verify.check import Check, Finding
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill


class Calendar:
    """A day that tests turn: for the feed and for whoever seals it."""

    def __init__(self, day: str) -> None:
        self.moment = datetime.fromisoformat(f"{day}T12:00:00+00:00")

    def now(self, tz: object = None) -> datetime:
        """Return the moment that it is."""
        return self.moment

    def turn(self, day: str, hour: int = 12) -> None:
        """Make it another day."""
        self.moment = datetime.fromisoformat(f"{day}T{hour:02d}:00:00+00:00")


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    calendar = Calendar("2026-03-05")
    monkeypatch.setattr("archive.store.version_chains.datetime", calendar)
    return calendar


@pytest.fixture
def store(calendar: Calendar) -> MemoryStore:
    """A store with something on the fifth and on the seventh of March; it is the ninth."""
    store = MemoryStore()
    fill(store, ("một", "hai"), "Hộp 12")
    calendar.turn("2026-03-07")
    fill(store, ("ba",), "Hộp 13")
    calendar.turn("2026-03-09")
    return store


def sealing(store: MemoryStore, calendar: Calendar) -> Sealing:
    return Sealing(Vault(store), makers.ACTOR, lambda: calendar.moment.strftime("%Y-%m-%dT%H:%M:%SZ"))


def codes(store: MemoryStore) -> list[tuple[str, bool]]:
    return [(finding.code, finding.is_damage) for finding in Check(store).run()]


def of(made: list[Sealed]) -> list[tuple[int, str | None, bool]]:
    return [(one.seal.version, one.seal.day, one.fresh) for one in made]


def test_every_day_that_is_over_and_holds_something_is_sealed_once(store: MemoryStore, calendar: Calendar) -> None:
    made = list(sealing(store, calendar).seal())
    again = list(sealing(store, calendar).seal())

    assert of(made) == [(1, "2026-03-05", True), (2, "2026-03-07", True)]
    assert of(again) == [(2, "2026-03-07", False)]
    assert made[1].before == made[0].seal
    assert made[1].seal.previous == made[0].seal.digest
    assert codes(store) == []


def test_seals_are_no_part_of_what_is_sealed(store: MemoryStore, calendar: Calendar) -> None:
    list(sealing(store, calendar).seal())
    calendar.turn("2026-03-12")

    assert of(list(sealing(store, calendar).seal())) == [(2, "2026-03-07", False)], "the ninth holds seals alone"


@pytest.mark.parametrize(("hour", "over"), [(0, False), (1, True)])
def test_a_day_is_sealed_when_it_is_over_by_an_hour(
    hour: int, over: bool, store: MemoryStore, calendar: Calendar
) -> None:
    calendar.turn("2026-03-08", hour)
    wanted = sealing(store, calendar).seal(date(2026, 3, 7))

    if over:
        assert of(list(wanted)) == [(1, "2026-03-07", True)]
    else:
        with pytest.raises(RequestRefused, match="not over"):
            list(wanted)


def test_a_root_is_found_again_with_and_without_the_seals(store: MemoryStore, calendar: Calendar) -> None:
    first, second = (one.seal for one in sealing(store, calendar).seal())
    checked = sealing(store, calendar)
    assert (checked.check(first.root).day, checked.check(first.root).holds) == ("2026-03-05", True)
    assert second.digest is not None
    assert checked.check(second.digest).holds, "the seal's own digest stands for all before it"
    for key in list(store.keys("seals/")):
        del store.objects[key]

    assert checked.check(first.root) == replace(checked.check(first.root), day="2026-03-05", seal=None, holds=True)
    assert checked.check(second.root, date(2026, 3, 7)).holds
    assert not checked.check(second.root, date(2026, 3, 5)).holds


def test_a_root_that_is_none_is_refused(store: MemoryStore, calendar: Calendar) -> None:
    with pytest.raises(RequestRefused, match="64 digits"):
        sealing(store, calendar).check("abc")


def test_what_was_announced_and_not_there_when_the_day_was_sealed_is_no_finding_any_more(
    store: MemoryStore, calendar: Calendar
) -> None:
    ghost = Announcement("20260305", ChainKey("records", "", keys.result_id("0" * 64, 1), 1), "ab" * 32)
    store.create(ghost.key, io.BytesIO(b""))
    assert codes(store) == [("announced_only", False)]
    made = list(sealing(store, calendar).seal())

    assert made[0].seal.empty == 1
    assert codes(store) == []


def test_what_was_there_when_the_day_was_sealed_must_stay(store: MemoryStore, calendar: Calendar) -> None:
    list(sealing(store, calendar).seal())
    key = list(store.keys("ledger/"))[-1]
    del store.objects[key]

    assert ("missing", True) in codes(store)


def test_no_seal_vouches_for_what_was_altered(store: MemoryStore, calendar: Calendar) -> None:
    key = next(store.keys("records/"))
    store.objects[key] = store.objects[key].replace(b"os:thu", b"os:tho")

    with pytest.raises(ObjectCorrupt, match=key):
        list(sealing(store, calendar).seal())
    assert list(store.keys("seals/")) == []


def test_a_lost_race_over_midnight_is_sealed_as_lost(store: MemoryStore, calendar: Calendar) -> None:
    said = next(filter(None, map(keys.announcement, store.keys("feed/20260307/"))))
    store.create(said._replace(day="20260308", digest="ab" * 32).key, io.BytesIO(b""))
    made = list(sealing(store, calendar).seal())

    assert [one.seal.empty for one in made] == [0, 0, 1]
    assert codes(store) == []


def test_what_is_announced_on_a_sealed_day_needs_a_person_and_the_day_is_sealed_again(
    store: MemoryStore, calendar: Calendar
) -> None:
    first = next(iter(sealing(store, calendar).seal(date(2026, 3, 5)))).seal
    calendar.turn("2026-03-05")  # a clock that is four days behind
    fill(store, ("bốn",), "Hộp 14")
    calendar.turn("2026-03-09")
    assert set(codes(store)) == {("late", False)}
    (again,) = sealing(store, calendar).seal(date(2026, 3, 5))

    assert (again.fresh, again.other) == (True, first.root)
    assert codes(store) == []
    assert not sealing(store, calendar).check(first.root).holds


def test_two_machines_that_seal_at_once_make_one_chain(store: MemoryStore, calendar: Calendar) -> None:
    class Raced(MemoryStore):
        raced = False

        def create(self, key: str, data: object) -> None:  # type: ignore[override]  # a stream
            """Let another machine seal another day first."""
            if key.startswith("seals/") and not self.raced:
                self.raced = True
                list(sealing(self, calendar).seal(date(2026, 3, 7)))
            super().create(key, data)  # type: ignore[arg-type]  # a stream

    raced = Raced()
    raced.objects.update(store.objects)
    (made,) = sealing(raced, calendar).seal(date(2026, 3, 5))

    assert (made.seal.version, made.seal.day) == (2, "2026-03-05")
    assert codes(raced) == []


def test_nothing_is_adopted_where_every_version_has_its_witness(store: MemoryStore, calendar: Calendar) -> None:
    assert sealing(store, calendar).adopt() is None
    list(sealing(store, calendar).seal())
    with pytest.raises(RequestRefused, match="seals already"):
        sealing(store, calendar).adopt()


def of_format_1(store: MemoryStore) -> None:
    for key in list(store.keys("feed/")):
        said = keys.announcement(key)
        assert said is not None
        del store.objects[key]
        store.objects[said._replace(digest=None).key] = b""


def test_an_older_archive_is_one_finding_until_it_is_adopted(store: MemoryStore, calendar: Calendar) -> None:
    of_format_1(store)
    (finding,) = Check(store).run()
    assert (finding.code, finding.key, "archive seal --adopt" in finding.message) == ("unwitnessed", "", True)
    with pytest.raises(RequestRefused, match="--adopt"):
        list(sealing(store, calendar).seal())
    adopted = sealing(store, calendar).adopt()

    assert adopted is not None
    assert codes(store) == []
    assert sealing(store, calendar).check(adopted.seal.root).holds
    assert of(list(sealing(store, calendar).seal())) == [(2, "2026-03-05", True), (3, "2026-03-07", True)]
    assert codes(store) == []
    key = next(store.keys("records/"))
    store.objects[key] = store.objects[key].replace(b"os:thu", b"os:tho")
    assert not sealing(store, calendar).check(adopted.seal.root).holds


def test_no_day_is_sealed_before_an_older_archive_is_adopted(store: MemoryStore, calendar: Calendar) -> None:
    """A seal of a day of the new release, or of an empty one, would refuse the adoption for ever."""
    of_format_1(store)
    fill(store, ("bốn",), "Hộp 14")  # by the new release, on the ninth
    calendar.turn("2026-03-11")
    for day in (date(2026, 3, 9), date(2026, 3, 1)):
        with pytest.raises(RequestRefused, match="--adopt"):
            list(sealing(store, calendar).seal(day))

    assert sealing(store, calendar).adopt() is not None
    assert of(list(sealing(store, calendar).seal(date(2026, 3, 9)))) == [(2, "2026-03-09", True)]


def test_a_damaged_version_is_not_adopted(store: MemoryStore, calendar: Calendar) -> None:
    of_format_1(store)
    key = next(store.keys("ledger/"))
    store.objects[key] = b"{"

    with pytest.raises(ObjectCorrupt, match=key):
        sealing(store, calendar).adopt()


def root_of(leaves: Iterable[bytes]) -> str:
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def test_a_root_is_that_of_rfc_6962() -> None:
    """The values of section 2.1.3's example tree and of the certificate transparency test vectors."""
    leaves = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        bytes(range(0x60, 0x70)),
    ]

    assert root_of([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_of(leaves[:1]) == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root_of(leaves[:3]) == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert root_of(leaves[:7]) == "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"
    assert root_of(leaves) == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_a_tree_grows_as_a_whole_one_is_made() -> None:
    tree = MerkleTree()
    for count in range(1, 40):
        tree.add(str(count).encode())
        assert tree.root() == root_of(str(one).encode() for one in range(1, count + 1))


def copied(store: MemoryStore, target: MemoryStore) -> list[Finding]:
    return [event for event in Copying(store, target).run(check=True) if isinstance(event, Finding)]


def test_a_copy_holds_feed_and_seals_and_gives_the_same_roots(store: MemoryStore, calendar: Calendar) -> None:
    made = list(sealing(store, calendar).seal())
    target = MemoryStore()

    assert copied(store, target) == []
    assert target.objects == store.objects
    assert codes(target) == []
    assert all(sealing(target, calendar).check(one.seal.root).holds for one in made)
    assert copied(store, target) == []


@pytest.mark.parametrize("space", ["seals", "feed", "content", "ledger"])
def test_what_is_lost_of_a_sealed_archive_comes_back_from_a_copy(
    space: str, store: MemoryStore, calendar: Calendar
) -> None:
    list(sealing(store, calendar).seal())
    other = MemoryStore()
    other.objects.update(store.objects)
    key = list(store.keys(f"{space}/"))[-1]
    del store.objects[key]
    repair = Repair(store, other)
    findings = list(Check(store).run())
    found = [finding for finding in findings if finding.is_damage]
    found += [one for one in repair.lost() if one.lacks not in {finding.lacks for finding in found}]
    results = list(repair.run(found))

    assert found
    assert [result.key for result in results if not result.mended] == []
    assert store.objects == other.objects


def test_an_altered_last_version_comes_back_as_it_was_announced(store: MemoryStore, calendar: Calendar) -> None:
    other = MemoryStore()
    other.objects.update(store.objects)
    key = list(store.keys("ledger/"))[-1]
    store.objects[key] = store.objects[key].replace(b"os:thu", b"os:tho")
    repair = Repair(store, other)

    assert [(one.key, one.mended) for one in repair.run(list(Check(store).run()))] == [(key, True)]
    assert store.objects == other.objects
    store.objects[key] = store.objects[key].replace(b"os:thu", b"os:tho")
    other.objects[key] = store.objects[key]
    (result,) = Repair(store, other).run(list(Check(store).run()))
    assert not result.mended, "a copy that was altered alike is not believed"


def test_who_goes_on_from_what_was_altered_on_the_disk_is_found(store: MemoryStore, calendar: Calendar) -> None:
    """The second version vouches for the first as it lies there; the announcement of the first does not."""
    vault = Vault(store)
    key = next(store.keys("ledger/"))
    store.objects[key] = store.objects[key].replace(b"os:thu", b"os:tho")
    entry = keys.parse_chain_key(key)
    line = vault.line(entry.owner, entry.id)
    assert line is not None
    vault.append_line(replace(line, version=2))

    assert codes(store) == [("altered", True)]


def test_a_sealed_version_that_somebody_deleted_is_one_finding_of_the_seal(
    store: MemoryStore, calendar: Calendar
) -> None:
    list(sealing(store, calendar).seal())
    record = next(store.keys("records/"))
    for key in list(store.keys(record.rpartition("/")[0])):
        del store.objects[key]
    findings = list(Check(store).run())

    assert {(finding.code, finding.key == finding.lacks) for finding in findings} == {("missing", True)}
    assert len(findings) == 2, "one for each version of the record"
