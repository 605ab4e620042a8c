"""Writes page images as scanners write them: PDF, TIFF, JPEG, PNG; the same pages give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from PIL import Image, ImageChops, TiffImagePlugin

PRODUCER = "results-archive samples"


@dataclass(frozen=True)
class PageBytes:
    """One page image ready for a PDF: how it is packed, its pixels and its paper."""

    data: bytes
    filter: str  # DCTDecode or CCITTFaxDecode
    mode: str  # Pillow's
    pixels: tuple[int, int]
    points: tuple[float, float]


def jpeg(image: Image.Image, quality: int, dpi: int | None) -> bytes:
    """Return a baseline JPEG with 4:2:0 colour; ``dpi`` None leaves the density unsaid."""
    out = io.BytesIO()
    density = (dpi, dpi) if dpi else (0, 0)
    image.save(out, "JPEG", quality=quality, dpi=density, optimize=True, subsampling=2 if image.mode == "RGB" else -1)
    return out.getvalue()


def packed(image: Image.Image, dpi: int, quality: int) -> PageBytes:
    """Return an image packed for a PDF page of exactly its size: JPEG, or fax G4 for 1-bit images."""
    points = (image.width / dpi * 72, image.height / dpi * 72)
    if image.mode == "1":
        return PageBytes(_g4(image), "CCITTFaxDecode", "1", image.size, points)
    return PageBytes(jpeg(image, quality, dpi), "DCTDecode", image.mode, image.size, points)


def _g4(image: Image.Image) -> bytes:
    """Return the bare G4 data of a 1-bit image (libtiff packs it, the wrapping TIFF is dropped)."""
    out = io.BytesIO()
    # Fax codes white as 0, Pillow as 1.
    image = ImageChops.invert(image)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[278] = image.height  # RowsPerStrip: one strip holds all
    image.save(out, "TIFF", compression="group4", tiffinfo=tags)
    with Image.open(io.BytesIO(out.getvalue())) as tiff:
        assert isinstance(tiff, TiffImagePlugin.TiffImageFile)  # noqa: S101 -- narrows the type of what was just saved
        offsets, counts = tiff.tag_v2[273], tiff.tag_v2[279]
    return out.getvalue()[offsets[0] : offsets[0] + counts[0]]


def add_scanned_page(pdf: pikepdf.Pdf, page: PageBytes) -> None:
    """Append one full-page image; its bytes go in as they are."""
    width, height = page.points
    image = pikepdf.Stream(pdf, page.data)
    image.stream_dict = _image_dict(page)
    content = f"q {width:.4f} 0 0 {height:.4f} 0 0 cm /Im0 Do Q".encode()
    pdf.pages.append(
        pikepdf.Page(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Page,
                MediaBox=[0, 0, round(width, 4), round(height, 4)],
                Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=pdf.make_indirect(image))),
                Contents=pdf.make_stream(content),
            )
        )
    )


def _image_dict(page: PageBytes) -> pikepdf.Dictionary:
    grey = pikepdf.Name.DeviceGray
    found = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=page.pixels[0],
        Height=page.pixels[1],
        BitsPerComponent=1 if page.mode == "1" else 8,
        ColorSpace=pikepdf.Name.DeviceRGB if page.mode == "RGB" else grey,
        Filter=pikepdf.Name("/" + page.filter),
    )
    if page.filter == "CCITTFaxDecode":
        found.DecodeParms = pikepdf.Dictionary(K=-1, Columns=page.pixels[0], Rows=page.pixels[1], BlackIs1=False)
    return found


def save_pdf(pdf: pikepdf.Pdf, path: Path) -> None:
    """Write ``pdf`` with an id made from its content and no clock."""
    pdf.docinfo["/Producer"] = PRODUCER
    pdf.save(path, deterministic_id=True, min_version="1.4", object_stream_mode=pikepdf.ObjectStreamMode.disable)


def save_scanned_pdf(pages: Sequence[PageBytes], path: Path) -> None:
    """Write a PDF of scanned pages."""
    with pikepdf.new() as pdf:
        for page in pages:
            add_scanned_page(pdf, page)
        save_pdf(pdf, path)


def save_tiff(images: Sequence[Image.Image], path: Path, dpi: int, quality: int) -> None:
    """Write a TIFF of one or more pages: fax G4 for 1-bit images, JPEG otherwise."""
    bilevel = images[0].mode == "1"
    options = {"compression": "group4"} if bilevel else {"compression": "jpeg", "quality": quality}
    images[0].save(path, "TIFF", save_all=True, append_images=list(images[1:]), dpi=(dpi, dpi), **options)


def save_png(image: Image.Image, path: Path, dpi: int, colours: int) -> None:
    """Write a PNG of few colours, as scanner programs do to keep it small."""
    few = image.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, "PNG", optimize=True, dpi=(dpi, dpi))
