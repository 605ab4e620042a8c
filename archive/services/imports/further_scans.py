"""Further scans: those given under names that the batch was given before with other bytes (docs/adr/0005)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from archive.concurrency.ordered import map_ordered
from archive.pipeline.accept import lines_under
from archive.services.imports.expected_outcome import other_by_bytes, other_by_size
from archive.services.imports.folders import GivenFile
from archive.store import keys
from archive.store.vault import Vault


class _Look(NamedTuple):
    """One file beside the lines of its path: how many there are, and whether its bytes are others; None: not known."""

    path: str
    lines: int
    other: bool | None
    file: GivenFile


def further_scans(vault: Vault, batch: str, files: Sequence[GivenFile], known: Counter[str]) -> Counter[str]:
    """Return how many scans must have an outcome under each path whose files are others than those given before.

    ``known``: how often each path of the batch was given. Sizes tell nearly all of them; bytes are read only where
    sizes agree and another file is known to be a further one, so that an import that goes on reads none.
    Raises StoreError.
    """
    before = ((path, one) for one in files if (path := keys.path_id(batch, one.path)) in known)
    looks = list(map_ordered(before, lambda pair: _look(vault, batch, *pair)))
    if not any(look.other for look in looks):
        return Counter()
    others = Counter(look.path for look in looks if look.other or (look.other is None and _differs(vault, batch, look)))
    lines = {look.path: look.lines for look in looks}
    return Counter({path: lines[path] + count for path, count in others.items()})


def _look(vault: Vault, batch: str, path: str, one: GivenFile) -> _Look:
    lines = list(lines_under(vault, batch, path))
    return _Look(path, len(lines), other_by_size(lines, one.source), one)


def _differs(vault: Vault, batch: str, look: _Look) -> bool:
    return other_by_bytes(list(lines_under(vault, batch, look.path)), look.file.source)
