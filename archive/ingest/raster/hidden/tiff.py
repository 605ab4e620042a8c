"""Content of a TIFF file beside its pages: thumbnails, masks, sub-directories, unreferenced bytes.

Sources: TIFF 6.0, sections 2 and 8; Adobe PageMaker 6.0 TIFF Technical Notes (SubIFDs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from mmap import mmap

import numpy as np
import numpy.typing as npt
from PIL import Image

from archive.ingest.raster.hidden.pictures import HIDDEN_DATA, HIDDEN_PICTURE, SLACK, FoundPictures
from archive.ingest.raster.tiff_directories import Layout, layout_of
from archive.model.limits import Limits

_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
_DATA = ((273, 279), (324, 325), (513, 514))  # tags of offsets and byte counts: strips, tiles, an old-style JPEG
_OLD_JPEG_TABLES = (519, 520, 521)  # tags of tables without lengths
_BELOW = 330  # SubIFDs
_LONG = 1_000  # bytes: a shorter entry holds no image
_MAX_DIRECTORIES = 20_000
_TABLE_BYTES = 1_024
_MAX_BYTES = 64 << 20  # of entries beside the images
_FILLINGS = (b"\0", b"\xff")
_Ranges = npt.NDArray[np.int64]


@dataclass
class _DirectoryWalk:
    data: mmap
    layout: Layout
    below: list[int] = field(default_factory=list)
    entries: list[bytes] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    bytes: int = 0  # of entries

    def ranges(self, offset: int) -> Iterator[_Ranges]:
        """Yield the byte ranges that the directory at ``offset`` names, shape (ranges, 2): start and end."""
        layout, width = self.layout, self.layout.bytes_of(self.layout.number)
        count = layout.unpack(layout.number, self.data[offset : offset + width])
        end = offset + width + count * layout.entry + layout.bytes_of(layout.offset)
        yield np.array([[offset, end]], np.int64)
        tags: dict[int, _Ranges] = {}
        for at in range(offset + width, min(offset + width + count * layout.entry, len(self.data)), layout.entry):
            tag, kind = (layout.unpack("H", self.data[at + two : at + two + 2]) for two in (0, 2))
            inline = layout.bytes_of(layout.offset)
            number = layout.unpack(layout.offset, self.data[at + 4 : at + 4 + inline])
            size, start = number * _TYPE_BYTES.get(kind, 1), at + 4 + inline
            if size > inline:
                start = layout.unpack(layout.offset, self.data[start : start + inline])
                yield np.array([[start, start + size]], np.int64)
            is_table = tag == _BELOW or tag in _OLD_JPEG_TABLES or any(tag in pair for pair in _DATA)
            if start in self.taken or not (is_table or size > _LONG):
                continue
            value = self.data[start : start + size]
            self.taken.add(start)
            self.bytes += len(value)
            if self.bytes > _MAX_BYTES:
                raise ValueError("more data in its entries than pages have")
            if kind in _NUMBERS and is_table:
                usable = len(value) // _TYPE_BYTES[kind] * _TYPE_BYTES[kind]
                tags[tag] = np.frombuffer(value[:usable], layout.order + _NUMBERS[kind]).astype(np.int64)
            elif size > _LONG:
                self.entries.append(value)
        self.below += tags.get(_BELOW, np.empty(0, np.int64)).tolist()
        yield from _pieces(tags)


def _pieces(tags: dict[int, _Ranges]) -> Iterator[_Ranges]:
    for starts, lengths in _DATA:
        if starts in tags and lengths in tags:
            common = min(len(tags[starts]), len(tags[lengths]))
            first = tags[starts][:common]
            yield np.stack([first, first + tags[lengths][:common]], axis=1)
    for table in _OLD_JPEG_TABLES:
        if table in tags:
            yield np.stack([tags[table], tags[table] + _TABLE_BYTES], axis=1)


def search_tiff(
    data: mmap, chain: tuple[int, ...], pages: tuple[int, ...], opened: Callable[[int], Image.Image], limits: Limits
) -> FoundPictures:
    """Return the images of the file beside ``pages``.

    ``chain``, ``pages``: offsets of directories; ``opened`` opens the image of a directory.
    """
    found_pictures = FoundPictures()
    walk = _DirectoryWalk(data, layout_of(data[:16]))
    named = [np.array([[0, walk.layout.header]], np.int64)]
    waiting, done = list(chain), set[int]()
    while waiting and len(done) < _MAX_DIRECTORIES:
        offset = waiting.pop()
        if offset in done:
            continue
        done.add(offset)
        try:
            named.append(_merged(np.concatenate(list(walk.ranges(offset)))))
        except Exception:  # a damaged directory: its bytes count as unclaimed
            found_pictures.unscreened.add(HIDDEN_PICTURE if offset not in pages else HIDDEN_DATA)
            continue
        waiting += walk.below
        walk.below.clear()
        if offset not in pages:
            _add(found_pictures, offset, opened, limits)
    for value in walk.entries:
        found_pictures.search(value, limits)
    if waiting or _is_left_over(data, _merged(np.concatenate(named))):
        found_pictures.unscreened.add(HIDDEN_DATA)
    return found_pictures


def _add(found_pictures: FoundPictures, offset: int, opened: Callable[[int], Image.Image], limits: Limits) -> None:
    try:
        image = opened(offset)
    except Exception:  # damaged tags raise various exceptions
        found_pictures.unscreened.add(HIDDEN_PICTURE)
        return
    found_pictures.add(image, limits)


def _merged(ranges: _Ranges) -> _Ranges:
    """Return ranges in ascending order, adjacent ones merged."""
    ranges = ranges[np.argsort(ranges[:, 0], kind="stable")]
    reach = np.maximum.accumulate(ranges[:, 1])
    begins = np.concatenate([[True], ranges[1:, 0] > reach[:-1]])
    ends = np.concatenate([begins[1:], [True]])
    return np.stack([ranges[begins, 0], reach[ends]], axis=1)


def _is_left_over(data: mmap, named: _Ranges) -> bool:
    """Return True when more bytes than devices leave over belong to no directory; padding does not count."""
    starts = [0, *named[:, 1].tolist()]
    ends = [*named[:, 0].tolist(), len(data)]
    left = 0
    for start, end in zip(starts, ends, strict=True):
        if end > start:
            piece = data[start:end]
            left += min(len(piece.strip(filling)) for filling in _FILLINGS)
        if left > SLACK:
            return True
    return False
