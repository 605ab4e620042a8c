"""Pictures and data in a PDF that stand in no picture object: within drawings that no page shows, behind the end, bare.

Nobody can say what they show without drawing what no page draws; so they are named.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pikepdf

from archive.ingest.pdf_painted import Contents
from archive.ingest.within import HIDDEN_DATA, HIDDEN_PICTURE, LEAST_PICTURE, SLACK

_END = b"%%EOF"
_FORMATS = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n",
    b"II*\0",
    b"MM\0*",
    b"\0\0\0\x0cjP  ",
    b"\xff\x4f\xff\x51",
    b"%PDF-",
    b"PK\3\4",
)
_HEAD = 16
_INLINE = re.compile(rb"(?:^|\s)BI\s([^\0]{0,1000}?)\sID\s")
_SIDES = (re.compile(rb"/W(?:idth)?\s+(\d{1,9})"), re.compile(rb"/H(?:eight)?\s+(\d{1,9})"))
_KNOWN_TYPES = ("/XRef", "/ObjStm", "/Metadata", "/EmbeddedFile", "/CMap")
_FONTS = ("/Type1C", "/CIDFontType0C", "/OpenType")
_MOST_UNPACKED = 64 * 2**20
_MOST_PACKED = 2**20  # of codings whose length unpacked cannot be bounded


def beside(
    path: Path, pdf: pikepdf.Pdf, leaves: Iterable[pikepdf.Object], painted: Callable[[pikepdf.Object], Contents]
) -> tuple[str, ...]:
    """Return slugs of what ``pdf`` holds where no page shows it. Raises anything on damage.

    ``painted`` tells what a page paints; it is asked only when there is something that none may paint.
    """
    found = {HIDDEN_DATA} if _is_followed(path) else set()
    leaves = tuple(leaves)
    own = {stream.objgen for leaf in leaves for stream in _contents(leaf)}
    streams = (item for item in pdf.objects if isinstance(item, pikepdf.Stream) and item.objgen not in own)
    suspects = {item.objgen: kind for item in streams if (kind := _kind(item))}
    drawn = {number for leaf in (leaves if suspects else ()) for number in painted(leaf).drawn}
    found |= {kind for number, kind in suspects.items() if number not in drawn}
    return tuple(sorted(found))


def _is_followed(path: Path) -> bool:
    """Say whether more than padding follows the last end of the file."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        end = data.rfind(_END)
        return end >= 0 and len(data) - end > SLACK and len(data[end + len(_END) :].strip(b"\0\r\n ")) > SLACK


def _contents(leaf: pikepdf.Object) -> list[pikepdf.Object]:
    found = leaf.get("/Contents")
    listed = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [one for one in listed if isinstance(one, pikepdf.Stream)]


def _kind(item: pikepdf.Object) -> str | None:
    """Return what a stream may hide; None when it cannot."""
    if item.get("/Subtype") in ("/Image", "/XML", *_FONTS):
        return None
    if str(item.get("/Type")) in _KNOWN_TYPES or "/Length1" in item or ("/Width" in item and "/Height" in item):
        return None
    raw = bytes(item.read_raw_bytes())
    data = _unpacked(item, raw)
    if raw[:_HEAD].startswith(_FORMATS) or data[:_HEAD].startswith(_FORMATS):
        return HIDDEN_PICTURE
    return HIDDEN_PICTURE if any(_area(head[1]) >= LEAST_PICTURE for head in _INLINE.finditer(data)) else None


def _unpacked(item: pikepdf.Object, raw: bytes) -> bytes:
    """Return the data of a stream, or their beginning; nothing when they cannot be unpacked."""
    filters = item.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters or "")]
    try:
        if names in ([""], []):
            return raw
        if names == ["/FlateDecode"]:
            return zlib.decompressobj().decompress(raw, _MOST_UNPACKED)
        return bytes(item.read_bytes()) if len(raw) <= _MOST_PACKED else b""
    except Exception:  # what a page needs of it, the page misses itself
        return b""


def _area(head: bytes) -> int:
    """Return the pixels of a picture within contents whose head is given."""
    width, height = (side.search(head) for side in _SIDES)
    return int(width[1]) * int(height[1]) if width and height else LEAST_PICTURE
