"""Streams of files that raise our errors: each OSError is translated once, at the read that meets it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from archive.errors import ArchiveError

_BUFFER = 1 << 16


class _File(io.FileIO):
    def __init__(self, path: Path, translate: Callable[[OSError], ArchiveError]) -> None:
        super().__init__(path)
        self._translate = translate

    def readinto(self, buffer: Any) -> int:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise self._translate(error) from error

    def readall(self) -> bytes:
        try:
            return super().readall()
        except OSError as error:
            raise self._translate(error) from error


def open_translated(path: Path, translate: Callable[[OSError], ArchiveError]) -> BinaryIO:
    """Open ``path`` for reading. Raises OSError; what is read later raises what ``translate`` makes of an OSError."""
    return io.BufferedReader(_File(path, translate), _BUFFER)
