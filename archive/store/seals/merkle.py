"""Merkle root: one digest that stands for a list of any length, computed in one pass.

As in RFC 6962, section 2.1: a leaf is hashed after a zero byte, a node after a one byte, so that a node can never
pass as a leaf of another list.
"""

from __future__ import annotations

import hashlib

_LEAF = b"\0"
_NODE = b"\1"


class MerkleTree:
    """Adds leaves in order; holds one digest for each level, whatever the length."""

    def __init__(self) -> None:
        self.leaves = 0
        self._peaks: list[bytes] = []  # of full subtrees, largest first: one for each bit set in the length

    def add(self, leaf: bytes) -> None:
        """Add the next leaf."""
        digest = hashlib.sha256(_LEAF + leaf).digest()
        rest = self.leaves
        while rest & 1:
            digest = _node(self._peaks.pop(), digest)
            rest >>= 1
        self._peaks.append(digest)
        self.leaves += 1

    def root(self) -> str:
        """Return the root in hex; of no leaves it is the SHA-256 of nothing."""
        if not self._peaks:
            return hashlib.sha256().hexdigest()
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = _node(peak, root)
        return root.hex()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
