"""Check that fax data (ITU-T T.4, T.6) hold all rows of their image. Decoders paint missing rows white.

libtiff leaves rows that it cannot decode unchanged, and decodes one strip after another into the same buffer.
So each strip is decoded after a strip of known rows: rows of the buffer that still hold these were not decoded.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from archive.ingest.completeness.fax_rows import rows_of

RUN_LENGTHS, GROUP_3, GROUP_4 = 2, 3, 4  # TIFF 6.0, Compression
TWO_DIMENSIONS = 1  # T4Options, bit 0
_MAX_MISSING = 8  # rows (about 1 mm): some devices state a few more than they send
_EOL_ZEROS = 11  # at least so many, then a one (T.4, 4.1.2)
_END_OF_BLOCK = "000000000001" * 2  # of group 4 data (T.6, 2.4.1.1)
_ZERO_RUN = bytes(8)  # of zeros; no code has half as many
_SHORT, _LONG = 3, 4


@dataclass(frozen=True, slots=True)
class FaxCoding:
    """The coding of rows of ``columns`` pixels. ``compression``: the number that TIFF uses."""

    columns: int
    compression: int
    t4_options: int = 0
    reversed_bits: bool = False
    aligned: bool = False  # each row begins at a byte boundary; for group 4 only in PDF (EncodedByteAlign)
    unmarked: bool = False  # group 3 without end-of-line codes; only in PDF


def check_fax_data(pieces: Sequence[bytes], rows: Sequence[int], coding: FaxCoding) -> None:
    """Raise EOFError when a piece of fax data holds less than its ``rows``, OSError when it cannot be decoded."""
    if coding.reversed_bits:
        pieces = [piece.translate(_REVERSED) for piece in pieces]
    if coding.compression == RUN_LENGTHS and any(_ZERO_RUN in piece for piece in pieces):
        raise EOFError("a hole of zeros stands in fax data")
    if coding.compression == GROUP_3 or coding.aligned:
        missing = sum(
            max(0, max_rows - _rows(piece, max_rows, coding)) for piece, max_rows in zip(pieces, rows, strict=True)
        )
    else:
        missing = _undecoded(pieces, rows, coding)
    if missing > min(_MAX_MISSING, sum(rows) // 2):
        raise EOFError(f"{missing} rows of fax data are missing")


def _rows(piece: bytes, max_rows: int, coding: FaxCoding) -> int:
    if coding.compression == GROUP_3 and not coding.unmarked:
        return _lines(piece, bool(coding.t4_options & TWO_DIMENSIONS))
    return rows_of(piece, coding.columns, max_rows, coding.aligned, coding.compression == GROUP_4)


def _lines(piece: bytes, two_dimensions: bool) -> int:
    """Count the lines in group 3 data. Each begins with an end-of-line code, which no other data contain.

    Several of them in a row end a page and begin no line.
    """
    ends = _ends_of_lines(piece)
    if not len(ends):
        return 0
    alone = _EOL_ZEROS + (2 if two_dimensions else 1)  # the code, and a bit that says how its line is coded
    return int(np.count_nonzero(np.diff(ends, append=ends[-1] + alone + 1) > alone))


def has_line_marks(data: bytes, aligned: bool) -> bool:
    """True when group 3 ``data`` have end-of-line codes; in PDF these are optional.

    Zeros before an ``aligned`` row may look like one; so such data count only when they begin with one.
    """
    ends = _ends_of_lines(data)
    return len(ends) > 0 and (not aligned or not any(data[:1]))


def _ends_of_lines(data: bytes) -> npt.NDArray[np.intp]:
    """Return the indices of the bits that end an end-of-line code."""
    ones = np.flatnonzero(np.unpackbits(np.frombuffer(data, np.uint8)))
    return ones[np.diff(ones, prepend=-1) > _EOL_ZEROS]


def _undecoded(pieces: Sequence[bytes], rows: Sequence[int], coding: FaxCoding) -> int:
    height = max(rows)
    known = _known_rows(coding, height)
    strips = [strip for piece in pieces for strip in (known.coded, piece)]
    total = 2 * height * (len(pieces) - 1) + height + rows[-1]
    picture = TiffImageFile(io.BytesIO(_tiff(strips, total, height, coding)))
    bottoms = [2 * place * height + height + max_rows for place, max_rows in enumerate(rows)]
    return sum(_still_known(picture, bottom, max_rows, known) for bottom, max_rows in zip(bottoms, rows, strict=True))


def _still_known(picture: TiffImageFile, bottom: int, max_rows: int, known: _KnownRows) -> int:
    """Count the known rows among the ``max_rows`` rows above ``bottom``; known rows stand lowest."""
    if (np.asarray(picture.crop((0, bottom - 1, picture.width, bottom)))[0] != known.row).any():
        return 0  # a decoder that fails does not continue
    rows = np.asarray(picture.crop((0, bottom - max_rows, picture.width, bottom)))
    decoded = np.flatnonzero((rows != known.row).any(axis=1))
    return max_rows - (int(decoded[-1]) + 1 if len(decoded) else 0)


@dataclass(frozen=True, slots=True)
class _KnownRows:
    """Rows that occur on no page, as coded data and as pixels."""

    coded: bytes
    row: npt.NDArray[np.bool_]


@lru_cache(maxsize=4)
def _known_rows(coding: FaxCoding, height: int) -> _KnownRows:
    """Return ``height`` equal rows: black with white dots at fixed random positions."""
    row = np.zeros(coding.columns, bool)
    row[np.random.default_rng(1847).integers(0, coding.columns, 6)] = True
    file = io.BytesIO()
    name = {RUN_LENGTHS: "tiff_ccitt", GROUP_4: "group4"}[coding.compression]
    Image.fromarray(row[None]).save(file, "TIFF", compression=name, tiffinfo={278: 1, 262: 0})
    data = file.getvalue()
    tags = TiffImageFile(io.BytesIO(data)).tag_v2
    (at,), (size,) = tags[273], tags[279]
    coded = data[at : at + size]
    shown = np.asarray(TiffImageFile(io.BytesIO(_tiff([coded], 1, 1, coding))))[0].copy()
    return _KnownRows(_repeated(coded, shown, height) if coding.compression == GROUP_4 else coded * height, shown)


def _repeated(coded: bytes, shown: npt.NDArray[np.bool_], height: int) -> bytes:
    """Return group 4 data of ``height`` rows equal to the one in ``coded``: no change of colour moves."""
    first = "".join(f"{byte:08b}" for byte in coded).rstrip("0").removesuffix(_END_OF_BLOCK)
    changes = np.count_nonzero(np.diff(shown, prepend=True)) + 1  # rows begin white; the row's end counts too
    bits = first + "1" * (changes * (height - 1)) + _END_OF_BLOCK
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def _tiff(strips: Sequence[bytes], height: int, rows: int, coding: FaxCoding) -> bytes:
    """Return a TIFF of ``strips``, each of ``rows`` rows."""
    count = len(strips)
    entries = [
        (256, _LONG, 1, coding.columns),
        (257, _LONG, 1, height),
        (258, _SHORT, 1, 1),
        (259, _SHORT, 1, coding.compression),
        (262, _SHORT, 1, 0),
        (273, _LONG, count, 0),
        (277, _SHORT, 1, 1),
        (278, _LONG, 1, rows),
        (279, _LONG, count, 0),
    ]
    directory = 2 + 12 * len(entries) + 4
    lists = 8 + directory
    first = lists + 8 * count
    sizes = [len(strip) for strip in strips]
    offsets = [first + sum(sizes[:place]) for place in range(count)] if count < 3 else _running(first, sizes)
    values = {273: offsets[0] if count == 1 else lists, 279: sizes[0] if count == 1 else lists + 4 * count}
    body = b"".join(
        struct.pack("<HHII", tag, kind, number, values.get(tag, value)) for tag, kind, number, value in entries
    )
    head = b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + bytes(4)
    return head + struct.pack(f"<{2 * count}I", *offsets, *sizes) + b"".join(strips)


def _running(first: int, sizes: Sequence[int]) -> list[int]:
    return [first, *(first + np.cumsum(sizes[:-1])).tolist()]


_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
