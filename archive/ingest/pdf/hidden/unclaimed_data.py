"""Images and data of a PDF outside its image objects: in unused streams, after the end, or unstructured.

They cannot be rendered, because no page paints them; so they are named.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Callable, Iterable
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pikepdf

from archive.ingest.pdf.content.interpreter import PageContents
from archive.ingest.pdf.hidden.earlier_versions import TooManyVersionsError, earlier_versions
from archive.ingest.raster.hidden.pictures import HIDDEN_DATA, HIDDEN_PICTURE, MIN_PICTURE, SLACK

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
_Mark = tuple[int, int, int, int]
_KNOWN_TYPES = ("/XRef", "/ObjStm", "/Metadata", "/EmbeddedFile", "/CMap")
_FONTS = ("/Type1C", "/CIDFontType0C", "/OpenType")
_MAX_UNPACKED = 64 * 2**20
_LEFT_OVER = 16 * 2**10  # bytes: tables and white space between objects
_OBJECT_BYTES = 64  # number, keywords and xref entry of an object
_MAX_EARLIER = 150 * 2**20
_MAX_PACKED = 2**20  # of filters whose decoded length cannot be limited


def unclaimed_data(
    path: Path, pdf: pikepdf.Pdf, leaves: Iterable[pikepdf.Object], painted: Callable[[pikepdf.Object], PageContents]
) -> tuple[str, ...]:
    """Return slugs of the data in ``pdf`` that no page shows. Damage raises any Exception.

    ``painted`` returns what a page paints; it is called only when some data may be painted by no page.
    """
    length, followed = _length(path)
    found = {HIDDEN_DATA} if followed or _is_left_over(path, length, pdf) else set()
    leaves = tuple(leaves)
    own = {stream.objgen for leaf in leaves for stream in _contents(leaf)}
    streams = (item for item in pdf.objects if isinstance(item, pikepdf.Stream) and item.objgen not in own)
    suspects = {item.objgen: kind for item in streams if (kind := _kind(item))}
    drawn = {number for leaf in (leaves if suspects else ()) for number in painted(leaf).drawn}
    found |= {kind for number, kind in suspects.items() if number not in drawn}
    return tuple(sorted(found))


def _length(path: Path) -> tuple[int, bool]:
    """Return the offset of the file's end by its last %%EOF, and whether more than padding follows."""
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        end = data.rfind(_END)
        if end < 0:
            return len(data), False
        rest = len(data) - end > SLACK and len(data[end + len(_END) :].strip(b"\0\r\n ")) > SLACK
        return end, rest


def _is_left_over(path: Path, length: int, pdf: pikepdf.Pdf) -> bool:
    """Return True when bytes of the file belong to no object: objects removed from the xref table stay in the file."""
    known: set[_Mark] = set()
    claimed = _claimed(pdf, known)
    if length - claimed <= _LEFT_OVER:
        return False
    with contextlib.ExitStack() as keep:
        try:
            claimed += sum(_claimed(before, known) for before in earlier_versions(path, _MAX_EARLIER, keep))
        except TooManyVersionsError:
            return True
    return length - claimed > _LEFT_OVER


def _claimed(pdf: pikepdf.Pdf, known: set[_Mark]) -> int:
    """Return the bytes of those objects of ``pdf`` that are not in ``known``, and add them to ``known``."""
    claimed = 0
    for item in pdf.objects:
        mark = _mark(item)
        if mark not in known:
            known.add(mark)
            claimed += mark[2] + mark[3] + _OBJECT_BYTES
    return claimed


def _mark(item: object) -> _Mark:
    """Return an object's number, generation, size as written, and size of its data, in bytes."""
    if not isinstance(item, pikepdf.Object):
        return (0, 0, 0, 0)  # a bare number
    if isinstance(item, pikepdf.Stream):
        return (*item.objgen, len(item.stream_dict.unparse(resolved=True)), len(item.read_raw_bytes()))
    return (*item.objgen, len(item.unparse(resolved=True)), 0)


def _contents(leaf: pikepdf.Object) -> list[pikepdf.Object]:
    found = leaf.get("/Contents")
    listed = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [one for one in listed if isinstance(one, pikepdf.Stream)]


def _kind(item: pikepdf.Object) -> str | None:
    """Return the slug of the data that a stream may hide; None when it cannot hide any."""
    if item.get("/Subtype") in ("/Image", "/XML", *_FONTS):
        return None
    if str(item.get("/Type")) in _KNOWN_TYPES or "/Length1" in item or ("/Width" in item and "/Height" in item):
        return None
    raw = bytes(item.read_raw_bytes())
    data = _unpacked(item, raw)
    if raw[:_HEAD].startswith(_FORMATS) or data[:_HEAD].startswith(_FORMATS):
        return HIDDEN_PICTURE
    return HIDDEN_PICTURE if any(_area(head[1]) >= MIN_PICTURE for head in _INLINE.finditer(data)) else None


def _unpacked(item: pikepdf.Object, raw: bytes) -> bytes:
    """Return the decoded data of a stream, or their beginning; empty when they cannot be decoded."""
    filters = item.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters or "")]
    try:
        if names in ([""], []):
            return raw
        if set(names) == {"/FlateDecode"}:
            for _ in names:  # one filter at a time, each with a size limit
                raw = zlib.decompressobj().decompress(raw, _MAX_UNPACKED)
            return raw
        return bytes(item.read_bytes()) if len(raw) <= _MAX_PACKED else b""
    except Exception:  # a page that needs the stream reports it
        return b""


def _area(head: bytes) -> int:
    """Return the number of pixels of an inline image, from its header."""
    width, height = (side.search(head) for side in _SIDES)
    return int(width[1]) * int(height[1]) if width and height else MIN_PICTURE
