"""Objects of withheld records: a copy leaves them out, so their absence is no damage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from archive.concurrency.ordered import map_ordered
from archive.model.results import RecordState
from archive.store.api import ObjectStore
from archive.store.format import codec
from archive.store.integrity import INTEGRITY_ERRORS, read_decoded
from archive.store.keys import ChainKey
from archive.store.version_chains import VersionChains


@dataclass(frozen=True)
class WithheldObjects:
    """Originals, bodies and readings of withheld records; not their chains, which a copy has.

    ``content``: digests of originals and bodies. ``scans``: digests of scans, for the keys of their readings.
    """

    records: frozenset[str] = frozenset()
    content: frozenset[str] = frozenset()
    scans: frozenset[str] = frozenset()

    def holds(self, key: str) -> bool:
        """Say whether the object under ``key`` belongs to a withheld record."""
        space, _, rest = key.partition("/")
        if space == "content":
            return rest.rpartition("/")[2] in self.content
        return space == "readings" and rest.split("/")[2:3] != [] and rest.split("/")[2] in self.scans


NOTHING_WITHHELD: Final = WithheldObjects()


def withheld_objects(store: ObjectStore) -> WithheldObjects:
    """Return the objects of the records that are withheld now. Raises StoreUnavailable.

    Lists all records, and reads the heads of those with several versions: no first version withholds. A chain
    that cannot be read withholds nothing here: `archive verify` reports it.
    """
    chains = VersionChains(store)
    later = (last for last in chains.lasts("records/") if last.version > 1)
    withheld = [last for last, is_one in map_ordered(later, lambda last: (last, is_withheld(store, last))) if is_one]
    heads = [head for last in withheld for head in _heads(store, chains, last)]
    scans = frozenset(part["sha256"] for head in heads for part in head["parts"])
    bodies = frozenset(head["body"] for head in heads if head["body"])
    return WithheldObjects(frozenset(last.id for last in withheld), scans | bodies, scans)


def is_withheld(store: ObjectStore, entry: ChainKey) -> bool:
    """Say whether the last version of a record says that it is withheld; one that cannot be read does not."""
    last = VersionChains(store).last(entry)
    try:
        return last is not None and codec.state_of(_head(store, last)) is RecordState.WITHHELD
    except INTEGRITY_ERRORS:
        return False


def _heads(store: ObjectStore, chains: VersionChains, last: ChainKey) -> Iterator[dict[str, Any]]:
    for entry in chains.entries(last.prefix):
        try:
            yield _head(store, entry)
        except INTEGRITY_ERRORS:
            continue


def _head(store: ObjectStore, entry: ChainKey) -> dict[str, Any]:
    return read_decoded(store, entry.key, codec.decode_record_head)
