"""The chain of image file directories (IFDs) of a TIFF file."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, NamedTuple

from archive.errors import TooLarge, Unreadable
from archive.messages.catalogue import tr

_SUBFILE_TYPE = 254  # NewSubfileType, TIFF 6.0 section 8
_REDUCED_OR_MASK = 0b101  # bit 0: a thumbnail of another page; bit 2: a transparency mask


class Layout(NamedTuple):
    """Offsets and field sizes of a directory in this variant of TIFF (classic or BigTIFF)."""

    order: str  # struct byte order
    offset: str  # of a directory
    number: str  # of its entries
    entry: int  # bytes of one entry
    header: int  # bytes of the file's header

    def bytes_of(self, code: str) -> int:
        """Return the size of a number, in bytes."""
        return struct.calcsize(self.order + code)

    def unpack(self, code: str, data: bytes) -> int:
        """Return the number at the beginning of ``data``. Raises struct.error."""
        return int(struct.unpack_from(self.order + code, data)[0])


_VARIANTS = {
    b"II*\x00": Layout("<", "I", "H", 12, 8),
    b"MM\x00*": Layout(">", "I", "H", 12, 8),
    b"II+\x00": Layout("<", "Q", "Q", 20, 16),  # BigTIFF
    b"MM\x00+": Layout(">", "Q", "Q", 20, 16),
}


class _Directory(NamedTuple):
    """One directory: whether it is a page, and the offset of the next."""

    is_page: bool
    following: int  # offset of the next directory; 0: none


def layout_of(head: bytes) -> Layout:
    """Return the layout of the TIFF that begins with ``head``. Raises KeyError."""
    return _VARIANTS[head[:4]]


def page_offsets(file: BinaryIO, max_pages: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the offset of each page's directory, in order and at least one, and those of all in the chain.

    A directory beyond the end of a truncated file is a page too: it fails when it is opened, but is
    counted. A cycle ends the chain. Raises TooLarge over ``max_pages`` pages, and
    Unreadable when there is no directory at all.
    """
    layout, offset = _header(file)
    found: list[int] = []
    pages: list[int] = []
    seen: set[int] = set()
    while offset and offset not in seen:
        seen.add(offset)
        directory = _read(file, layout, offset)
        found.append(offset)
        if directory.is_page:
            pages.append(offset)
        if len(found) > max_pages:
            message = tr("rejected.this_tiff_has_more_than_pages", max_pages=max_pages)
            raise TooLarge(message, "over_limit_pages")
        offset = directory.following
    if not found:
        raise Unreadable(tr("rejected.this_tiff_file_holds_no_page"), "no_pages")
    return tuple(pages or found), tuple(found)


def _header(file: BinaryIO) -> tuple[Layout, int]:
    file.seek(0)
    head = file.read(16)
    layout = _VARIANTS[head[:4]]
    where = head[layout.header - struct.calcsize(layout.offset) : layout.header]
    try:
        return layout, layout.unpack(layout.offset, where)
    except struct.error as error:
        message = tr("rejected.this_tiff_file_ends_within_its")
        raise Unreadable(message, "damaged") from error


def _read(file: BinaryIO, layout: Layout, offset: int) -> _Directory:
    try:
        file.seek(offset)
        entries = layout.unpack(layout.number, file.read(struct.calcsize(layout.number)))
        length = entries * layout.entry
        # A forged count must not cause a read of gigabytes: the sorted tags have this one among the first.
        data = file.read(min(length, 64 * layout.entry))
        file.seek(offset + struct.calcsize(layout.number) + length)
        tail = file.read(struct.calcsize(layout.offset))
        following = layout.unpack(layout.offset, tail) if tail.strip(b"\0") else 0
    except (struct.error, OverflowError, OSError, ValueError):
        return _Directory(is_page=True, following=0)
    return _Directory(_is_page(layout, data), following)


def _is_page(layout: Layout, data: bytes) -> bool:
    value_at = layout.entry - struct.calcsize(layout.offset)
    for start in range(0, len(data) - layout.entry + 1, layout.entry):
        entry = data[start : start + layout.entry]
        if layout.unpack("H", entry) == _SUBFILE_TYPE:
            return not layout.unpack("I", entry[value_at:]) & _REDUCED_OR_MASK
    return True


class SingleDirectoryFile(io.RawIOBase):
    """A TIFF file whose header points to the directory at ``offset``, so that a reader opens only that page.

    So a damaged page affects no other page, and opening the last page does not walk the whole chain.
    """

    def __init__(self, file: BinaryIO, offset: int) -> None:
        super().__init__()
        layout, _ = _header(file)
        file.seek(0)
        head = file.read(layout.header - struct.calcsize(layout.offset))
        self._head = head + struct.pack(layout.order + layout.offset, offset)
        self._file = file
        file.seek(0)

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True: directories may point to any offset."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move within the whole file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position within the whole file."""
        return self._file.tell()

    def read(self, size: int | None = -1) -> bytes:
        """Return ``size`` bytes of the file, with a header that points to this directory."""
        start = self._file.tell()
        data = self._file.read(-1 if size is None else size)
        if start >= len(self._head):
            return data
        header = self._head[start : start + len(data)]
        return header + data[len(header) :]

    def fileno(self) -> int:
        """Return the real file's descriptor: libtiff reads from it, at the offset that Pillow passes."""
        return self._file.fileno()
