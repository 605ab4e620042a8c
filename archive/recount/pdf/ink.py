"""Ink that a page or one of its images shows when poppler renders it; used when headers do not suffice.

Poppler, because the import renders with pdfium.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pdf2image
import pikepdf

from archive.recount.pdf.image import has_all_data
from archive.recount.pdf.placement import Bounds

DARK = 160  # grey below this is ink
HALF = 128
PIXELS = 900  # of the longer side: letters stay separate
MAX_PIXELS = 200_000_000  # of an image that is rendered
MAX_SECONDS = 60

_Grey = npt.NDArray[np.uint8]


def share_within(pdf: pikepdf.Pdf, page: pikepdf.Page, page_box: Bounds, areas: Sequence[Bounds]) -> float:
    """Return the share (0 to 1) of the ink on ``page`` within ``areas`` (page units); 0 for a page without ink.

    ``page_box`` is the page's visible box. Raises any Exception when the page cannot be rendered.
    """
    with pikepdf.new() as alone:
        copy = pikepdf.Dictionary(
            {name: value for name, value in page.obj.items() if name not in ("/Parent", "/Rotate")}
        )
        alone.pages.append(pikepdf.Page(alone.copy_foreign(pdf.make_indirect(copy))))
        if "/OCProperties" in pdf.Root:
            alone.Root.OCProperties = alone.copy_foreign(pdf.make_indirect(pdf.Root.OCProperties))
        ink = _drawn(alone) < DARK
    if not ink.any():
        return 0.0
    left, bottom, right, top = page_box
    down, across = ink.shape
    inside = np.zeros_like(ink)
    for area in areas:
        columns = [round((side - left) / (right - left) * across) for side in (area[0], area[2])]
        rows = [round((top - side) / (top - bottom) * down) for side in (area[3], area[1])]
        inside[max(0, rows[0]) : max(0, rows[1]), max(0, columns[0]) : max(0, columns[1])] = True
    return float((ink & inside).sum() / ink.sum())


def picture_ink(image: pikepdf.Object) -> float:
    """Return the share (0 to 1) of an image, without its masks, that is ink. Damage raises any Exception."""
    return float((_alone(image, as_mask=False) < DARK).mean())


def mask_ink(mask: pikepdf.Object) -> float:
    """Return the smaller of the two shares (0 to 0.5) into which a mask divides an image. Damage raises Exception."""
    share = float((_alone(mask, as_mask=True) < HALF).mean())
    return min(share, 1 - share)


def _alone(image: pikepdf.Object, as_mask: bool) -> _Grey:
    width, height = int(image["/Width"]), int(image["/Height"])
    if not 0 < width * height <= MAX_PIXELS:
        raise ValueError("a picture too large to be drawn")
    if not has_all_data(image):
        raise ValueError("a picture of which a part would be drawn white")
    scale = 500 / max(width, height)
    sides = max(1.0, width * scale), max(1.0, height * scale)
    with pikepdf.new() as alone:
        copy = alone.copy_foreign(image)
        for name in ("/SMask", "/Mask", "/OC", "/Matte", *(("/Decode",) if as_mask else ())):
            if name in copy:
                del copy[name]
        page = alone.add_blank_page(page_size=sides)
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=copy))
        page.Contents = alone.make_stream(b"%f 0 0 %f 0 0 cm /Im Do" % sides)
        return _drawn(alone)


def _drawn(pdf: pikepdf.Pdf) -> _Grey:
    file = io.BytesIO()
    pdf.save(file, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    (picture,) = pdf2image.convert_from_bytes(
        file.getvalue(), size=PIXELS, grayscale=True, use_cropbox=True, timeout=MAX_SECONDS
    )
    return np.asarray(picture.convert("L"))
