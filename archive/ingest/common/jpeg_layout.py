"""The layout of a JPEG file: frame header, scans, and the number of lines that a DNL segment gives.

Source: ITU-T T.81, annex B.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import mmap

Bytes = bytes | mmap

_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # no stuffed byte, no restart marker, no fill byte
_SOI, _EOI, _SOS, _DHT, _DNL = 0xD8, 0xD9, 0xDA, 0xC4, 0xDC
_TEM = 0x01
_DNL_BYTES = 2
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15 without DHT, JPG and DAC
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_PROGRESSIVE = frozenset({0xC2, 0xCA})
_COEFFICIENTS = 64
_NOTES = (*range(0xE0, 0xF0), 0xFE)  # APP0 to APP15, COM


@dataclass(slots=True)
class JpegLayout:
    """The layout of a JPEG, from its segments. Offsets are in bytes from the start of its data.

    ``lines_at``: the two bytes in which the frame header states the lines; ``end``: the end marker, or where the data
    end without one; ``zero_is_flat``: a run of zero bits means blocks of one shade, as the Huffman tables have it.
    """

    lines_at: int = 0
    stated_lines: int = 0
    width: int = 0
    lines_behind: int | None = None  # by the DNL segment behind the first scan
    components: int = 0
    sequential: bool = False  # baseline or extended, in Huffman codes
    progressive: bool = False
    data_at: int = 0  # where the data of the first scan begin
    end: int = 0
    scans: int = 0
    zero_is_flat: bool = True
    sent: set[tuple[int, int]] = field(default_factory=set)  # component and coefficient, complete to the last bit

    @property
    def all_sent(self) -> bool:
        """True when the scans carry every coefficient of every component to its last bit."""
        return len(self.sent) >= self.components * _COEFFICIENTS

    @property
    def lines(self) -> int:
        """The number of lines of the image; 0 when nothing states it."""
        return self.lines_behind or self.stated_lines


def jpeg_layout(data: Bytes) -> JpegLayout:
    """Return the layout of ``data``; for damaged data, the part that could be parsed."""
    found = JpegLayout()
    at = 2
    while (marker := _MARKER.search(data, at)) is not None:
        kind, at = data[marker.start() + 1], marker.end()
        found.end = marker.start()
        if kind == _EOI:
            return found
        if kind in (_SOI, _TEM):
            continue
        body = data[at + 2 : at + max(2, int.from_bytes(data[at : at + 2], "big"))]
        _note(found, kind, body, at + 2)
        at += 2 + len(body)
    found.end = len(data)
    return found


def segments(data: Bytes) -> Iterator[bytes]:
    """Yield the content of APPn segments and comments of ``data`` up to its end.

    Adjacent segments with the same marker are joined: a long text is split into several.
    """
    at, before, body = 2, 0, b""
    while (marker := _MARKER.search(data, at)) is not None:
        kind, at = data[marker.start() + 1], marker.end()
        if kind == _EOI:
            break
        if kind in (_SOI, _TEM):
            continue
        length = max(2, int.from_bytes(data[at : at + 2], "big"))
        if kind in _NOTES:
            if kind != before:
                yield body
                body = b""
            body += data[at + 2 : at + length]
        before = kind
        at += length
    yield body


def with_true_lines(data: Bytes, layout: JpegLayout | None = None) -> bytes | None:
    """Return ``data`` with the lines of its DNL segment in the frame header; None when the header is right already."""
    layout = layout or jpeg_layout(data)
    if layout.lines == layout.stated_lines or not layout.lines_at:
        return None
    return data[: layout.lines_at] + layout.lines.to_bytes(2, "big") + data[layout.lines_at + 2 :]


def _note(found: JpegLayout, kind: int, body: bytes, at: int) -> None:
    if kind in _FRAMES and len(body) >= 6 and not found.lines_at:
        found.lines_at, found.stated_lines = at + 1, int.from_bytes(body[1:3], "big")
        found.width, found.components = int.from_bytes(body[3:5], "big"), body[5]
        found.sequential, found.progressive = kind in _SEQUENTIAL, kind in _PROGRESSIVE
    elif kind == _SOS:
        found.scans += 1
        found.data_at = found.data_at or at + len(body)
        found.sent |= _sent(body, found.sequential)
    elif kind == _DNL and found.scans == 1 and len(body) == _DNL_BYTES:
        lines = int.from_bytes(body, "big")
        if lines and (lines < found.stated_lines or not found.stated_lines):  # a header states the maximum
            found.lines_behind = lines
    elif kind == _DHT:
        found.zero_is_flat = found.zero_is_flat and all(symbol == 0 for symbol in _first_symbols(body))


def _first_symbols(tables: bytes) -> list[int]:
    """Return the symbol of the all-zero code of each Huffman table."""
    found = []
    while len(tables) > 17:
        found.append(tables[17])
        tables = tables[17 + sum(tables[1:17]) :]
    return found


def _sent(scan: bytes, sequential: bool) -> set[tuple[int, int]]:
    """Return the coefficients, by component, that the header of a scan announces to their last bit."""
    if not scan or len(scan) < 4 + 2 * scan[0]:
        return set()
    first, last, bits = scan[1 + 2 * scan[0] : 4 + 2 * scan[0]]
    if sequential:
        first, last, bits = 0, _COEFFICIENTS - 1, 0
    if bits & 15:  # the lowest bits come with a later scan
        return set()
    return {
        (scan[1 + 2 * place], at) for place in range(scan[0]) for at in range(first, min(last, _COEFFICIENTS - 1) + 1)
    }
