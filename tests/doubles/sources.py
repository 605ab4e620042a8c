"""Sources of bytes that do something while they are read."""

from __future__ import annotations

import io
from collections.abc import Callable


class Meeting(io.BytesIO):
    """A source during whose last piece something happens."""

    def __init__(self, data: bytes, happens: Callable[[], object]) -> None:
        super().__init__(data)
        self._happens = happens

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        if not chunk:
            self._happens()
            self._happens = lambda: None
        return chunk
