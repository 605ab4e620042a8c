"""Scans made on the spot: images, TIFF chains and PDF pages with exactly the trait that a test needs."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageDraw

from archive.ingest.common.document import StoredPage
from archive.ingest.open import open_scan
from archive.model.limits import Limits

LIMITS = Limits()
A4 = (595.276, 841.89)  # points
A4_AT_100 = (827, 1169)  # pixels
FULL_PAGE = b"q %.3f 0 0 %.3f 0 0 cm /Im0 Do Q" % A4


def paper(size: tuple[int, int] = A4_AT_100, mode: str = "RGB", corner: str = "black") -> Image.Image:
    """Return white paper with lines of ink and a mark in its top left corner, so that turns and flips show."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for top in range(size[1] // 4, size[1] * 3 // 4, max(8, size[1] // 20)):
        draw.line((size[0] // 5, top, size[0] * 4 // 5, top), fill="black", width=2)
    draw.rectangle((0, 0, size[0] // 8, size[1] // 16), fill=corner)
    return image.convert(mode)


def jpeg(image: Image.Image, **options: Any) -> bytes:
    """Return ``image`` as a JPEG file."""
    return _file(image, "JPEG", quality=90, **options)


def png(image: Image.Image, **options: Any) -> bytes:
    """Return ``image`` as a PNG file."""
    return _file(image, "PNG", **options)


def tiff(images: Sequence[Image.Image], **options: Any) -> bytes:
    """Return ``images`` as the pages of one TIFF file."""
    return _file(images[0], "TIFF", save_all=True, append_images=list(images[1:]), **options)


def _file(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


class PdfMaker:
    """A PDF under construction, one page after another."""

    def __init__(self) -> None:
        self.pdf = pikepdf.new()

    def image(self, data: bytes, size: tuple[int, int], **entries: object) -> Stream:
        """Return an image dictionary; without further entries an RGB image of 8 bits."""
        usual = {"ColorSpace": Name.DeviceRGB, "BitsPerComponent": 8}
        stream = Stream(self.pdf, data)
        stream.Type, stream.Subtype = Name.XObject, Name.Image
        stream.Width, stream.Height = size
        for key, value in (usual | entries).items():
            if value is not None:
                stream[f"/{key}"] = value
        return stream

    def jpeg(self, image: Image.Image, **options: Any) -> Stream:
        """Return ``image`` as a JPEG image dictionary; ``options`` go to the JPEG encoder."""
        space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}[image.mode]
        return self.image(jpeg(image, **options), image.size, Filter=Name.DCTDecode, ColorSpace=space)

    def page(self, content: bytes, size: tuple[float, float] = A4, *images: Stream, **entries: object) -> None:
        """Add a page of ``size`` points; ``images`` are Im0, Im1 …, Helvetica is F0."""
        page = self.pdf.add_blank_page(page_size=size)
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        page.Resources = Dictionary(
            XObject=Dictionary({f"/Im{number}": image for number, image in enumerate(images)}),
            Font=Dictionary(F0=font),
        )
        page.Contents = Stream(self.pdf, content)
        for key, value in entries.items():
            if value is None:
                del page.obj[f"/{key}"]
            else:
                page.obj[f"/{key}"] = value

    def scanned(self, image: Stream, size: tuple[float, float] = A4, over: bytes = b"", **entries: object) -> None:
        """Add a page that ``image`` fills; ``over`` is content painted on it."""
        self.page(b"q %.3f 0 0 %.3f 0 0 cm /Im0 Do Q " % size + over, size, image, **entries)

    def stamp(self, number: int, rectangle: tuple[int, int, int, int], content: bytes) -> None:
        """Put a visible annotation on page ``number`` (from 1); ``content`` draws it, with Helvetica as F0."""
        left, bottom, right, top = rectangle
        look = Stream(self.pdf, content)
        look.Type, look.Subtype = Name.XObject, Name.Form
        look.BBox = Array([0, 0, right - left, top - bottom])
        look.Resources = Dictionary(Font=self.pdf.pages[number - 1].Resources.Font)
        note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array(rectangle), F=4, AP=Dictionary(N=look))
        self.pdf.pages[number - 1].obj["/Annots"] = Array([self.pdf.make_indirect(note)])

    def save(self, path: Path, **options: Any) -> Path:
        """Write the file and return its path."""
        self.pdf.save(path, **options)
        return path


def replaced(path: Path, objects: dict[int, bytes]) -> Path:
    """Append other versions of objects to the PDF at ``path``: what no library would write."""
    data = path.read_bytes()
    with pikepdf.open(path) as pdf:
        root, size = pdf.Root.objgen[0], max([int(pdf.trailer.Size), *(number + 1 for number in objects)])
    table = b"xref\n0 0\n"
    before = int(data.rsplit(b"startxref", 1)[1].split()[0])
    for number, text in objects.items():
        table += b"%d 1\n%010d 00000 n \n" % (number, len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    trailer = b"trailer\n<< /Size %d /Root %d 0 R /Prev %d >>\n" % (size, root, before)
    return written(path, data + table + trailer + b"startxref\n%d\n%%%%EOF\n" % len(data))


@dataclass(frozen=True)
class Branch:
    """A branch of a page tree as it is written: kids are positions of pages, branches, or what stands there."""

    kids: Sequence[int | bytes | Branch]
    count: int | None = None
    entries: bytes = b"/Type /Pages"


def replanted(path: Path, tree: Branch) -> Path:
    """Give the PDF at ``path`` another page tree."""
    with pikepdf.open(path) as pdf:
        pages, root = [page.obj.objgen[0] for page in pdf.pages], pdf.Root.Pages.objgen[0]
        free = iter(range(int(pdf.trailer.Size), 10_000))
    objects: dict[int, bytes] = {}

    def plant(branch: Branch, number: int) -> bytes:
        kids = [
            kid
            if isinstance(kid, bytes)
            else b"%d 0 R" % pages[kid]
            if isinstance(kid, int)
            else plant(kid, next(free))
            for kid in branch.kids
        ]
        count = b"" if branch.count is None else b"/Count %d" % branch.count
        objects[number] = b"<< %s /Kids [%s] %s >>" % (branch.entries, b" ".join(kids), count)
        return b"%d 0 R" % number

    plant(tree, root)
    return replaced(path, objects)


def words(*lines: str, left: int = 72, top: int = 760, size: int = 12, mode: int = 0) -> bytes:
    """Return content that prints ``lines`` (WinAnsi) in text rendering ``mode``."""
    shown = b" ".join(b"(%s) Tj 0 -20 Td" % line.encode("cp1252") for line in lines)
    return b"BT /F0 %d Tf %d Tr %d %d Td %s ET " % (size, mode, left, top, shown)


def written(path: Path, data: bytes) -> Path:
    """Write ``data`` and return the path."""
    path.write_bytes(data)
    return path


@contextmanager
def page_of(path: Path, number: int = 1, limits: Limits = LIMITS) -> Iterator[StoredPage]:
    """Give page ``number`` of the scan at ``path``, and close the scan."""
    with open_scan(path, limits) as scan:
        yield scan.page(number)
