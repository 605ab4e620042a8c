"""Check that all segments of a JBIG2 image are present and complete.

Source: ITU-T T.88, 7.2 (segment headers) and 7.4 (data); ISO 32000-1, 7.4.7: a PDF has no JBIG2 file header, and
segments that several pages share are in a separate stream.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_PAGE, _END_OF_STRIPE = 48, 50
# Regions that are painted at once; intermediate ones (4, 20, 36, 40) paint nothing by themselves.
_REGIONS = frozenset({6, 7, 22, 23, 38, 39, 42, 43})
_GENERIC = frozenset({36, 38, 39})
_UNKNOWN = 0xFFFFFFFF
_MMR = 1  # generic region flags, bit 0
_REGION_INFO = 17  # bytes: width, height, left, top, combination operator
_LAST_ROWS = 4  # bytes behind the data of a region of unknown length
_ZERO_RUN = bytes(32)  # of zeros, which arithmetic codes do not have


class _Segment(NamedTuple):
    kind: int
    data: bytes


def check_jbig2_data(data: bytes, height: int, shared: bytes = b"") -> None:
    """Raise EOFError when the segments of an image of ``height`` rows end early or leave rows out."""
    for _ in _segments(shared):
        pass  # the shared symbols must be complete as well
    reach, regions = 0, 0
    for kind, body in _segments(data):
        if kind == _PAGE:
            (rows,) = struct.unpack_from(">I", body, 4)
            if rows not in (_UNKNOWN, 0) and rows < height:
                raise EOFError("a JBIG2 picture has fewer rows than stated")
            reach = max(reach, 0 if rows == _UNKNOWN else rows)
        elif kind == _END_OF_STRIPE:
            reach = max(reach, struct.unpack_from(">I", body)[0] + 1)
        elif kind in _REGIONS:
            regions += 1
            rows, top = struct.unpack_from(">I4xI", body, 4)
            reach = max(reach, top + rows)
            if _ZERO_RUN in body[_REGION_INFO:].rstrip(b"\0") or body.endswith(_ZERO_RUN):
                raise EOFError("a hole of zeros stands in JBIG2 data")
    if not regions or reach < height:
        raise EOFError("JBIG2 data end before the picture does")


def _segments(data: bytes) -> Iterator[_Segment]:
    """Yield the segments. Raises EOFError when one is cut off."""
    at = 0
    try:
        while at < len(data.rstrip(b"\0")) or (at == 0 and data):
            number, flags, counted = struct.unpack_from(">IBB", data, at)
            kind, at = flags & 63, at + 5
            referred = counted >> 5
            if referred == 7:  # more than four segments: the count has four bytes, then a bit for each
                referred = struct.unpack_from(">I", data, at)[0] & 0x1FFFFFFF
                at += 4 + (referred + 8) // 8
            else:
                at += 1
            at += referred * (1 if number <= 256 else 2 if number <= 65536 else 4)
            at += 4 if flags & 64 else 1
            (length,) = struct.unpack_from(">I", data, at)
            at += 4
            if length == _UNKNOWN:
                length = _length_of_unknown(data, at, kind)
            if at + length > len(data):
                raise EOFError("a JBIG2 segment ends early")
            yield _Segment(kind, data[at : at + length])
            at += length
    except struct.error as error:
        raise EOFError("JBIG2 data end within a segment") from error


def _length_of_unknown(data: bytes, at: int, kind: int) -> int:
    """Return the length of a generic region of unknown length (T.88, 7.2.7): its data end with two known bytes."""
    if kind not in _GENERIC or at + _REGION_INFO >= len(data):
        raise EOFError("a JBIG2 segment of unknown length ends early")
    end = b"\x00\x00" if data[at + _REGION_INFO] & _MMR else b"\xff\xac"
    found = data.find(end, at + _REGION_INFO + 1)
    if found < 0:
        raise EOFError("a JBIG2 segment of unknown length ends early")
    return found + len(end) + _LAST_ROWS - at
