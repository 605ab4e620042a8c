"""Pixels of a PDF page: its image extracted unchanged, or the page rendered by pdfium or poppler."""

from __future__ import annotations

import ctypes
import io
import math
from pathlib import Path

import numpy as np
import pdf2image
import pypdfium2 as pdfium
import pypdfium2.raw as c
from PIL.JpegImagePlugin import JpegImageFile

from archive.errors import PageUnreadable
from archive.ingest.common.sizes import PixelSize
from archive.ingest.pdf.images.coded_size import image_file
from archive.ingest.raster.document import decoded
from archive.messages.catalogue import tr
from archive.model.image import Pixels
from archive.model.limits import Limits

_NO_INK = 250  # a darker pixel means that the page has content
_CHANNELS = {c.FPDFBitmap_Gray: 1, c.FPDFBitmap_BGR: 3, c.FPDFBitmap_BGRx: 4}


def extracted_jpeg(image: pdfium.PdfImage, limits: Limits) -> Pixels:
    """Decode a JPEG image: shape (height, width) or (height, width, 3) RGB, uint8, row-major.

    A JPEG of more than ``limits.whole_pixels`` is reduced by a whole factor while it is decoded. Raises OSError when
    its data end early, PageUnreadable as ``decoded``.
    """
    return decoded(JpegImageFile(io.BytesIO(image_file(image))), limits)


def extracted_bitmap(image: pdfium.PdfImage) -> Pixels | None:
    """Decode an image of any other filter: (height, width) or (height, width, 3) RGB, uint8, at full size.

    Return None when pdfium cannot decode it, or gives it only with an alpha channel. JPEG 2000 is decoded here too:
    Pillow does not clamp its samples, so that paper white wraps around to black.
    """
    raw = c.FPDFImageObj_GetBitmap(image)
    if not raw:
        return None
    try:
        channels = _CHANNELS.get(c.FPDFBitmap_GetFormat(raw))
        if channels is None:
            return None
        width, height, stride = c.FPDFBitmap_GetWidth(raw), c.FPDFBitmap_GetHeight(raw), c.FPDFBitmap_GetStride(raw)
        address = c.FPDFBitmap_GetBuffer(raw)
        buffer = (ctypes.c_ubyte * (stride * height)).from_address(address)
        rows = np.frombuffer(buffer, np.uint8).reshape(height, stride)[:, : width * channels]
        if channels == 1:
            return np.array(rows)
        return np.ascontiguousarray(rows.reshape(height, width, channels)[:, :, 2::-1])
    finally:
        c.FPDFBitmap_Destroy(raw)


def is_decodable(image: pdfium.PdfImage) -> bool:
    """True when pdfium can decode ``image``. The renderer skips an undecodable image without an error."""
    raw = c.FPDFImageObj_GetBitmap(image)
    if raw:
        c.FPDFBitmap_Destroy(raw)
    return bool(raw)


def check_complete(image: pdfium.PdfImage, bits: int) -> None:
    """Raise EOFError when the data of a losslessly packed image end early: the missing part would look like paper.

    ``bits``: bits per pixel, all components together. Images with other filters are not checked here.
    """
    if any(name not in pdfium.PdfImage.SIMPLE_FILTERS for name in image.get_filters()):
        return
    width, height = image.get_px_size()
    present = c.FPDFImageObj_GetImageDataDecoded(image, None, 0)
    if present < (width * bits + 7) // 8 * height:
        raise EOFError("image data end early")


def rendered(page: pdfium.PdfPage, size: PixelSize, grey: bool) -> Pixels:
    """Render ``page`` by pdfium as displayed (/Rotate applied), with annotations and form fields, on white.

    The shape is (size.height, size.width) when ``grey``, else (size.height, size.width, 3) RGB; uint8, C order.
    """
    kind = c.FPDFBitmap_Gray if grey else c.FPDFBitmap_BGR
    bitmap = pdfium.PdfBitmap.new_native(size.width, size.height, kind, rev_byteorder=not grey)
    try:
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, size.width, size.height)
        flags = c.FPDF_ANNOT | (c.FPDF_GRAYSCALE if grey else c.FPDF_REVERSE_BYTE_ORDER)
        c.FPDF_RenderPageBitmap(bitmap, page, 0, 0, size.width, size.height, 0, flags)
        if page.formenv:
            c.FPDF_FFLDraw(page.formenv, bitmap, page, 0, 0, size.width, size.height, 0, flags)
        return np.array(bitmap.to_numpy(), order="C").reshape((size.height, size.width, *(() if grey else (3,))))
    finally:
        bitmap.close()


def rendered_by_poppler(path: Path, number: int, size: PixelSize, grey: bool, seconds: float) -> Pixels:
    """Render page ``number`` (from 1) by poppler, the fallback when pdfium fails; shape and dtype as ``rendered``.

    ``seconds``: the time limit for poppler. Raises PageUnreadable when poppler gives no page, or a white one: the page
    has an image that pdfium could not decode, so a white page is a failure.
    """
    pages = pdf2image.convert_from_path(
        path,
        first_page=number,
        last_page=number,
        size=tuple(size),
        grayscale=grey,
        use_cropbox=True,
        timeout=math.ceil(seconds),
    )
    if not pages:
        message = tr("rejected.page_cannot_be_rendered_by_either", number=number)
        raise PageUnreadable(message, "not_rendered")
    pixels = np.ascontiguousarray(pages[0].convert("L" if grey else "RGB"))
    if not has_ink(pixels):
        message = tr("rejected.page_holds_an_image_that_neither", number=number)
        raise PageUnreadable(message, "picture_not_decoded")
    return pixels


def has_ink(pixels: Pixels) -> bool:
    """True when the page has pixels darker than paper."""
    return bool(pixels.min(initial=255) < _NO_INK)
