"""ReferenceCheck: objects that a stored version refers to and the store does not have."""

from __future__ import annotations

from collections.abc import Iterator

from archive.messages.catalogue import tr
from archive.store import keys
from archive.store.api import ObjectStore
from archive.store.integrity import INTEGRITY_ERRORS, read_whole
from archive.store.keys import ChainKey
from archive.store.verify.finding import Finding
from archive.store.verify.scratch_database import ScratchDatabase, unpack_chain, unpack_reading

_CONTENT = """
SELECT r.digest, r.chain, r.version, r.what FROM content_ref r LEFT JOIN content c ON c.digest = r.digest
WHERE c.digest IS NULL GROUP BY r.digest, r.chain, r.version
"""
_READINGS = """
SELECT r.key, r.digest, r.chain, r.version FROM reading_ref r LEFT JOIN reading k ON k.key = r.key
WHERE k.digest IS NULL OR k.digest <> r.digest
"""
_CHAINS = """
SELECT r.target, MIN(r.chain), r.version FROM chain_ref r
WHERE NOT EXISTS (SELECT 1 FROM head h WHERE h.chain = r.target)
  AND NOT EXISTS (SELECT 1 FROM lost l WHERE l.chain = r.target) GROUP BY r.target
"""
_ORPHANS = """
SELECT (SELECT COUNT(*) FROM content c WHERE NOT EXISTS (SELECT 1 FROM content_ref r WHERE r.digest = c.digest))
     + (SELECT COUNT(*) FROM reading k WHERE NOT EXISTS (SELECT 1 FROM reading_ref r WHERE r.key = k.key))
"""
_UNREFERENCED = """
SELECT 0, c.digest FROM content c
WHERE c.digest <> x'' AND NOT EXISTS (SELECT 1 FROM content_ref r WHERE r.digest = c.digest)
UNION ALL SELECT 1, k.key FROM reading k WHERE NOT EXISTS (SELECT 1 FROM reading_ref r WHERE r.key = k.key)
LIMIT ?
"""

# Kinds of references, by their slug in the scratch database.
_REFERENCES = {
    "original": tr("finding.reference.original"),
    "scan": tr("finding.reference.scan"),
    "given": tr("finding.reference.given"),
    "sealed": tr("finding.reference.sealed"),
    "body": tr("finding.reference.body"),
}


class ReferenceCheck:
    """Compares references with the listed objects, and lists missing ones again: an import may have added them."""

    def __init__(self, store: ObjectStore, database: ScratchDatabase) -> None:
        self._store = store
        self._database = database

    def run(self) -> Iterator[Finding]:
        """Yield a finding for each referenced object that is missing. Raises StoreUnavailable."""
        for digest, chain, version, what in self._database.ask(_CONTENT):
            lost = keys.content_key(digest.hex())
            if not is_there(self._store, lost):
                message = tr("finding.is_not_in_the_store_restore", what=_REFERENCES[what], digest=digest.hex()[:12])
                yield Finding("missing", unpack_chain(chain, version).key, message, lost)
        for key, digest, chain, version in self._database.ask(_READINGS):
            if self._is_reading(unpack_reading(key), digest.hex()):
                continue
            message = tr("finding.its_reading_is_missing_or_another")
            yield Finding("missing", unpack_chain(chain, version).key, message, unpack_reading(key), digest.hex())
        for target, chain, version in self._database.ask(_CHAINS):
            lost_entry = unpack_chain(target, 1)
            if not is_there(self._store, lost_entry.key):
                self._database.add("lost", target, lost_entry.version)
                yield Finding("missing", unpack_chain(chain, version).key, _lost(lost_entry), lost_entry.key)

    def _is_reading(self, key: str, digest: str) -> bool:
        """Return True when the reading under ``key`` has this digest."""
        try:
            return keys.digest_of(read_whole(self._store, key)) == digest
        except INTEGRITY_ERRORS:
            return False

    def orphans(self) -> int:
        """Return the number of objects without a reference."""
        row = self._database.one(_ORPHANS)
        return int(row[0]) if row else 0

    def unreferenced(self, most: int) -> Iterator[str]:
        """Yield the keys of at most ``most`` objects without a reference, content first."""
        for is_reading, name in self._database.ask(_UNREFERENCED, most):
            yield unpack_reading(name) if is_reading else keys.content_key(name.hex())


def is_there(store: ObjectStore, key: str) -> bool:
    """Return True when the store lists exactly this key."""
    return next(store.keys(key), None) == key


def _lost(entry: ChainKey) -> str:
    if entry.space == "records":
        return tr("finding.record_is_not_in_the_store", id=entry.id[:12])
    return tr("finding.its_batch_is_not_in_the_store", id=entry.id[:12])
