"""SpooledList: an append-only list that keeps its entries in a temporary file when it is long."""

from __future__ import annotations

import pickle
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Generic, TypeVar, cast

T = TypeVar("T")

_PORTION = 1000  # entries kept in memory, then written together


class SpooledList(Generic[T]):
    """Entries in the order of appending, with bounded memory.

    Further entries are in an unnamed temporary file, which is deleted with this object.
    """

    def __init__(self, entries: Iterable[T] = ()) -> None:
        self._recent: list[T] = []
        self._written = 0
        self._file: BinaryIO | None = None
        for entry in entries:
            self.append(entry)

    def append(self, entry: T) -> None:
        """Add an entry."""
        self._recent.append(entry)
        if len(self._recent) >= _PORTION:
            if self._file is None:
                # Mode 0600 and without a name, because entries name scans.
                self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - it stays open with us
                weakref.finalize(self, self._file.close)
            self._file.seek(0, 2)
            pickle.dump(self._recent, self._file)
            self._written += len(self._recent)
            self._recent = []

    def __len__(self) -> int:
        return self._written + len(self._recent)

    def __iter__(self) -> Iterator[T]:
        left, at = self._written, 0
        while left and self._file is not None:
            self._file.seek(at)
            portion: list[T] = pickle.load(self._file)  # noqa: S301 - our own file, which has no name
            at = self._file.tell()
            left -= len(portion)
            yield from portion
        yield from list(self._recent)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpooledList | list) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it is mutable, so it has no hash
