"""Nothing of a sealed day or a closed batch can be altered, forged or taken away unseen."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.services.imports.batches import Batches
from archive.services.preservation.seal import Sealing
from archive.store import keys
from archive.store.format.canonical_json import encode
from archive.store.format.readings import ReadPage, encode_reading
from archive.store.keys import Announcement
from archive.store.seals.chain import Seals
from archive.store.seals.seal_list import Mark, SealedVersion, SealListDraft, day_name
from archive.store.vault import Vault
from archive.store.verify.check import Check
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill

FROZEN = Path(__file__).parent / "golden" / "vault-1.tar.gz"
CHAINS = ("records", "ledger", "batches", "seals")


def sealing(store: MemoryStore) -> Sealing:
    """Return what seals, two days from now: whatever was announced by then lies on a day that is over."""
    later = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Sealing(Vault(store), makers.ACTOR, lambda: later)


def sealed_day() -> MemoryStore:
    """Return a store with an open and a closed batch, its day sealed."""
    store = MemoryStore()
    fill(store, ("một", "hai"), "Hộp 12")
    fill(store, ("ba",), "Hộp 13")
    Batches(Vault(store), makers.ACTOR, lambda: makers.AT).close("Hộp 12")
    assert len(list(sealing(store).seal())) == 1
    return store


def closed_batch() -> MemoryStore:
    """Return a store with a closed batch, and no day sealed."""
    store = MemoryStore()
    fill(store, ("một", "hai"), "Hộp 12")
    Batches(Vault(store), makers.ACTOR, lambda: makers.AT).close("Hộp 12")
    return store


def adopted() -> MemoryStore:
    """Return the archive that the first release wrote, adopted and sealed."""
    store = MemoryStore()
    with tarfile.open(FROZEN) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member) if member.isfile() else None
            _, _, key = member.name.partition("/vault/")
            if file is not None and key:
                store.objects[key] = file.read()
    assert sealing(store).adopt() is not None
    list(sealing(store).seal())
    return store


MAKERS: dict[str, Callable[[], MemoryStore]] = {"sealed day": sealed_day, "adopted": adopted}


@pytest.fixture(scope="module", params=MAKERS)
def whole(request: pytest.FixtureRequest) -> MemoryStore:
    store = MAKERS[request.param]()
    assert list(Check(store).run()) == []
    return store


def copy_of(store: MemoryStore) -> MemoryStore:
    other = MemoryStore()
    other.objects.update(store.objects)
    return other


def is_found(store: MemoryStore) -> bool:
    return any(finding.is_damage for finding in Check(store).run())


def announcements(store: MemoryStore, key: str) -> list[Announcement]:
    said = map(keys.announcement, store.keys("feed/"))
    return [one for one in said if one is not None and one.entry.key == key]


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :] if data else b"x"


@pytest.mark.parametrize("part", [0.0, 0.5, 1.0])
def test_a_flipped_bit_of_any_object_is_found(part: float, whole: MemoryStore) -> None:
    unseen = []
    for key, data in whole.objects.items():
        store = copy_of(whole)
        store.objects[key] = flipped(data, int(part * (len(data) - 1)))
        unseen += [] if is_found(store) else [key]

    assert unseen == []


def test_any_object_that_is_taken_away_is_missed(whole: MemoryStore) -> None:
    unseen = []
    for key in whole.objects:
        store = copy_of(whole)
        del store.objects[key]
        unseen += [] if is_found(store) else [key]

    assert unseen == []


def forged(key: str, data: bytes) -> dict[str, bytes]:
    """Return what someone puts in the place of an object who knows the format well."""
    space = key.split("/", 1)[0]
    if space in CHAINS:
        head = json.loads(data)
        return {key: encode({**head, "actor": {**head["actor"], "identity": "os:kẻ gian"}})}
    if space == "readings":
        scan, entry = key.split("/")[3], makers.page(1)
        return {key: encode_reading(scan, {"engine": "fixed"}, [ReadPage(entry)])}
    if space == "feed":
        said = keys.announcement(key)
        assert said is not None
        return {said._replace(digest="ab" * 32).key: b""}
    return {key: data + b" "}


def test_any_object_that_is_replaced_by_a_well_formed_one_is_found(whole: MemoryStore) -> None:
    unseen = []
    for key, data in whole.objects.items():
        store = copy_of(whole)
        del store.objects[key]
        store.objects.update(forged(key, data))
        unseen += [] if is_found(store) else [key]

    assert unseen == []


def altered_members(data: bytes) -> Iterator[bytes]:
    """Yield a head with one member after the other being something else, or gone."""
    head = json.loads(data)
    for name in head:
        for value in (None, 0, 99, "x", [], ["x"], {}, {"x": "y"}):
            if head[name] != value:
                yield encode({**head, name: value})
        yield encode({other: value for other, value in head.items() if other != name})


@pytest.mark.parametrize("space", CHAINS)
def test_whatever_a_member_is_made_to_say_is_found_and_stops_no_check(space: str, whole: MemoryStore) -> None:
    key = list(whole.keys(f"{space}/"))[-1]
    unseen = []
    for data in altered_members(whole.objects[key]):
        store = copy_of(whole)
        store.objects[key] = data
        unseen += [] if is_found(store) else [data]

    assert unseen == []


@pytest.mark.parametrize("announced", ["with its announcements", "without them"])
def test_any_chain_that_is_taken_away_is_missed(announced: str, whole: MemoryStore) -> None:
    unseen = []
    for prefix in sorted({key.rpartition("/")[0] + "/" for key in whole.objects if key.split("/")[0] in CHAINS[:3]}):
        store = copy_of(whole)
        for key in list(store.keys(prefix)):
            if announced == "with its announcements":
                for said in announcements(store, key):
                    del store.objects[said.key]
            del store.objects[key]
        unseen += [] if is_found(store) else [prefix]

    assert unseen == []


def test_any_version_that_is_forged_with_its_announcement_is_found(whole: MemoryStore) -> None:
    """What the paper root is for: who may write anything can make a head and its witness agree, and not the seal."""
    unseen = []
    for key, data in whole.objects.items():
        if key.split("/")[0] in CHAINS[:3]:
            store = copy_of(whole)
            store.objects.update(forged(key, data))
            for said in announcements(store, key):
                del store.objects[said.key]
                store.objects[said._replace(digest=keys.digest_of(store.objects[key])).key] = b""
            unseen += [] if is_found(store) else [key]

    assert unseen == []


def test_of_a_closed_batch_nothing_goes_unseen_before_its_day_is_sealed() -> None:
    whole = closed_batch()
    assert list(Check(whole).run()) == []
    unseen = []
    for key in whole.objects:
        for damage in (None, flipped(whole.objects[key], 0)):
            store = copy_of(whole)
            if damage is None:
                del store.objects[key]
            else:
                store.objects[key] = damage
            unseen += [] if list(Check(store).run()) else [key]

    assert unseen == []


def test_only_paper_tells_of_seals_that_were_taken_away_and_of_what_was_forged_under_them() -> None:
    store = sealed_day()
    (sealed,) = sealing(store).seal()
    for key in list(store.keys("seals/")):
        for said in announcements(store, key):
            del store.objects[said.key]
        del store.objects[key]
    assert not is_found(store)
    assert sealing(store).check(sealed.seal.root).holds, "the seals themselves are not needed"

    key = list(store.keys("records/"))[-1]
    store.objects.update(forged(key, store.objects[key]))
    (said,) = announcements(store, key)
    del store.objects[said.key]
    store.create(said._replace(digest=keys.digest_of(store.objects[key])).key, io.BytesIO(b""))
    assert not sealing(store).check(sealed.seal.root).holds


def put_unannounced(store: MemoryStore) -> str:
    """Put a record of another archive into ``store`` as its forger would, and return its key."""
    other = MemoryStore()
    fill(other, ("bốn",), "Hộp 14")
    for key, data in other.objects.items():
        if not key.startswith("feed/"):
            store.objects.setdefault(key, data)
    return next(other.keys("records/"))


def test_a_second_adoption_vouches_for_nothing() -> None:
    store = sealed_day()
    key = put_unannounced(store)
    assert is_found(store)

    entry, vault = keys.parse_chain_key(key), Vault(store)
    with SealListDraft(day_name(None)) as draft:
        for other in (entry, *(entry_ for space in CHAINS[1:3] for entry_ in vault.chain_keys(space))):
            draft.add(SealedVersion(Mark.ADOPTED, other, keys.digest_of(store.objects[other.key])))
        last = list(Seals(vault).all())[-1]
        seal = replace(last, version=2, day=None, count=draft.count, empty=0, root=draft.root(), list=draft.keep(vault))
    Seals(vault).append(seal)

    codes = {(finding.code, finding.key) for finding in Check(store).run()}
    assert ("unwitnessed", key) in codes
    assert ("altered", keys.ChainKey("seals", "", keys.seal_id(), 2).key) in codes


def test_what_is_written_after_its_day_was_sealed_without_it_is_said() -> None:
    store = closed_batch()
    other = MemoryStore()
    fill(other, ("bốn",), "Hộp 14")
    store.objects.update({key: data for key, data in other.objects.items() if key.startswith("feed/")})
    list(sealing(store).seal())
    assert not list(Check(store).run()), "announced, and the seal says that it was not there"

    store.objects.update(other.objects)

    late = {finding.key for finding in Check(store).run() if finding.code == "late"}
    assert late == {key for key in other.objects if key.split("/")[0] in CHAINS[:3]}
