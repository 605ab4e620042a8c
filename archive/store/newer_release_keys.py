"""Keys of newer releases: those in spaces that this release does not know."""

from __future__ import annotations

from collections.abc import Iterator

from archive.concurrency.ordered import map_ordered
from archive.store import keys
from archive.store.api import ObjectStore

_LETTERS = "./0123456789abcdefghijklmnopqrstuvwxyz"  # all characters of keys, ascending


def newer_keys(store: ObjectStore) -> Iterator[str]:
    """Yield the keys that a newer release put into spaces of its own, ascending. Raises StoreUnavailable.

    Lists about 2,000 prefixes, nearly all empty, concurrently: listing the whole store would take far longer.
    """
    for found in map_ordered(_beside(), lambda prefix: [key for key in store.keys(prefix) if "/" in key]):
        yield from found


def _beside() -> list[str]:
    """Return the shortest prefixes that no key in a known space has, and every other key does."""
    known = [f"{space}/" for space in (*keys.SPACES, keys.PROBES)]
    starts = sorted({space[:length] for space in known for length in range(len(space))})
    longer = (start + letter for start in starts for letter in _LETTERS if start or letter != "/")
    return sorted(prefix for prefix in longer if not any(space.startswith(prefix) for space in known))
