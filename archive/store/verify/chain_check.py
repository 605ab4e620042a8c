"""ChainCheck: versions 1, 2, 3 … of one thing, each holding the digest of the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archive.messages.catalogue import tr
from archive.store.keys import ChainKey
from archive.store.verify.finding import Finding


class ChainCheck:
    """Checks versions in key order. Holds only the last one."""

    def __init__(self) -> None:
        self._prefix = ""
        self._version = 0
        self._digest: str | None = None

    def check(self, entry: ChainKey, digest: str, head: dict[str, Any]) -> Iterator[Finding]:
        """Yield findings of the next version; ``digest`` is that of its bytes, ``head`` its decoded head."""
        key = entry.key
        if entry.prefix != self._prefix:
            self._prefix, self._version, self._digest = entry.prefix, 0, None
        before = entry._replace(version=max(1, entry.version - 1)).key
        if entry.version != self._version + 1:
            lost = entry._replace(version=self._version + 1)
            yield Finding(
                "chain", key, tr("finding.version_is_missing_restore_it_from", version=lost.version), lost.key
            )
            self._digest = head["previous"]  # reported once; continue from here
        if (head["id"], head["version"]) != (entry.id, entry.version):
            yield Finding("chain", key, tr("finding.it_says_that_it_is_another"), key)
        if head["previous"] != self._digest:
            yield Finding("chain", key, tr("finding.the_version_before_it_was_altered"), before)
        self._version, self._digest = entry.version, digest
