"""Keys of a store outside the spaces that this release knows: those of newer releases."""

from __future__ import annotations

from collections.abc import Iterator

from archive.concurrency.ordered import map_ordered
from archive.store import keys
from archive.store.api import ObjectStore

_LETTERS = "./0123456789abcdefghijklmnopqrstuvwxyz"  # all that a key may consist of, in order


def newer_keys(store: ObjectStore) -> Iterator[str]:
    """Yield the keys that a newer release put into spaces of its own, ascending. Raises StoreUnavailable.

    Lists some 2,000 prefixes, nearly all of them empty, in parallel: listing the whole store would cost far more.
    """
    for found in map_ordered(_beside(), lambda prefix: [key for key in store.keys(prefix) if "/" in key]):
        yield from found


def _beside() -> list[str]:
    """Return the shortest prefixes that no key in a known space has, and every other key does."""
    known = [f"{space}/" for space in (*keys.SPACES, keys.PROBES)]
    starts = sorted({space[:length] for space in known for length in range(len(space))})
    longer = (start + letter for start in starts for letter in _LETTERS if start or letter != "/")
    return sorted(prefix for prefix in longer if not any(space.startswith(prefix) for space in known))
