"""Check that the strips or tiles of a TIFF page hold all of its image.

Source: TIFF 6.0, sections 3, 11, 15 and 22; for JPEG, Adobe Photoshop TIFF Technical Notes, 2002.
"""

from __future__ import annotations

from typing import Any

from PIL.TiffImagePlugin import TiffImageFile

from archive.ingest.completeness.deflate import check_deflated
from archive.ingest.completeness.fax import GROUP_3, GROUP_4, RUN_LENGTHS, FaxCoding, check_fax_data
from archive.ingest.completeness.jpeg import check_jpeg_data

_WIDTH, _LENGTH, _COMPRESSION, _FILL_ORDER = 256, 257, 259, 266
_STRIP_OFFSETS, _SAMPLES, _ROWS_PER_STRIP, _STRIP_BYTES, _PLANAR, _T4_OPTIONS = 273, 277, 278, 279, 284, 292
_TILE_WIDTH, _TILE_LENGTH, _TILE_OFFSETS, _TILE_BYTES, _JPEG_TABLES = 322, 323, 324, 325, 347
_FAX = (RUN_LENGTHS, GROUP_3, GROUP_4)
_JPEG = 7
_DEFLATE = (8, 32946)
_SEPARATE = 2  # PlanarConfiguration: one plane of a sample after the other
_LAST_BIT_FIRST = 2  # FillOrder


def is_complete(image: TiffImageFile) -> bool:
    """False when strips or tiles of the opened, not yet loaded ``image`` are missing, incomplete or damaged."""
    try:
        check_tiff_page(image)
    except Exception:  # damaged tags raise various exceptions
        return False
    return True


def check_tiff_page(image: TiffImageFile) -> None:
    """Raise EOFError when strips or tiles of the opened, not yet loaded ``image`` are missing or incomplete.

    Data of codings other than fax and JPEG are not checked: their decoders report missing data.
    """
    tags = image.tag_v2
    tiled = _TILE_OFFSETS in tags
    offsets = tags.get(_TILE_OFFSETS if tiled else _STRIP_OFFSETS, ())
    across, rows = _grid(tags, tiled)
    planes = int(tags.get(_SAMPLES, 1)) if tags.get(_PLANAR) == _SEPARATE else 1
    if len(offsets) < across * len(rows) * planes:
        raise EOFError("strips or tiles of a TIFF are missing")
    compression = int(tags.get(_COMPRESSION, 1))
    if 0 in offsets:
        raise EOFError("strips or tiles of a TIFF are missing")
    if compression not in (*_FAX, _JPEG, *_DEFLATE):
        return
    sizes = tags.get(_TILE_BYTES if tiled else _STRIP_BYTES, (None,) * len(offsets))
    pieces = [_piece(image, at, size) for at, size in zip(offsets, sizes, strict=False)]
    if compression == _JPEG:
        tables = bytes(tags.get(_JPEG_TABLES, b""))
        for piece in pieces:
            check_jpeg_data(tables[:-2] + piece[2:] if tables else piece)
        return
    if compression in _DEFLATE:
        for piece in pieces:
            check_deflated(piece)
        return
    columns = int(tags[_TILE_WIDTH if tiled else _WIDTH])
    coding = FaxCoding(columns, compression, int(tags.get(_T4_OPTIONS, 0)), tags.get(_FILL_ORDER) == _LAST_BIT_FIRST)
    check_fax_data(pieces[: across * len(rows)], [each for each in rows for _ in range(across)], coding)


def _grid(tags: Any, tiled: bool) -> tuple[int, list[int]]:
    """Return the number of tiles side by side, and the rows of each tile or strip from top to bottom."""
    width, length = int(tags[_WIDTH]), int(tags[_LENGTH])
    if tiled:
        side, height = int(tags[_TILE_WIDTH]), int(tags[_TILE_LENGTH])
        return -(-width // side), [height] * -(-length // height)
    height = min(length, int(tags.get(_ROWS_PER_STRIP, length))) or length
    full, rest = divmod(length, height)
    return 1, [height] * full + ([rest] if rest else [])


def _piece(image: TiffImageFile, at: int, size: int | None) -> bytes:
    assert image.fp is not None  # noqa: S101 - it was opened and not loaded
    image.fp.seek(at)
    return image.fp.read(-1 if size is None else size)
