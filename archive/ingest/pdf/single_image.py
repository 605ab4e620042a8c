"""Rendering of one image of a PDF by itself, without the clipping and covering objects of its page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pikepdf
import pypdfium2 as pdfium

from archive.ingest.common.limits import check_jpeg_2000, check_pixels
from archive.ingest.common.sizes import PixelSize
from archive.ingest.pdf import render
from archive.ingest.pdf.images.dictionary_facts import dictionary_facts
from archive.model.image import Pixels
from archive.model.limits import Limits

_SIDE = 900  # pixels of the longer side: letters stay separate
_DARK = 160  # grey below this is ink, as on pages
_HALF = 128
_OF_THE_PAGE = ("/SMask", "/Mask", "/OC", "/Matte", "/Alternates")
_POINTS = 500.0


def image_ink(image: pikepdf.Object, limits: Limits) -> float:
    """Return the share (0 to 1) of an image's area that is ink; masks are ignored. Errors as ``render_image``."""
    return float((render_image(image, limits) < _DARK).mean())


def mask_ink(mask: pikepdf.Object, limits: Limits) -> float:
    """Return the smaller of the two shares (0 to 0.5) that a mask divides an image into. Errors as ``render_image``."""
    share = float((render_image(mask, limits, drop=(*_OF_THE_PAGE, "/Decode")) < _HALF).mean())
    return min(share, 1 - share)


def render_image(
    image: pikepdf.Object, limits: Limits, side: int = _SIDE, drop: tuple[str, ...] = _OF_THE_PAGE, grey: bool = True
) -> Pixels:
    """Render ``image`` alone on white, its longer side ``side`` pixels; shape and dtype as ``render.rendered``.

    ``drop``: entries of the image dictionary that are ignored. Raises TooLarge; a damaged image raises any Exception.
    """
    pixels = PixelSize(int(image.Width), int(image.Height))
    check_pixels(pixels, 1, limits)
    if _is_jpeg_2000(image):
        check_jpeg_2000(pixels, 1, limits)
    scale = side / max(pixels)
    size = PixelSize(max(1, round(pixels.width * scale)), max(1, round(pixels.height * scale)))
    with _single_image_page(image, pixels, drop) as page:
        for item in page.get_objects():
            if isinstance(item, pdfium.PdfImage):
                if not render.is_decodable(item):
                    raise ValueError("a picture that cannot be decoded")
                if not _is_jpeg_2000(image):
                    render.check_complete(item, _bits(image))
        return render.rendered(page, size, grey)


@contextmanager
def _single_image_page(image: pikepdf.Object, pixels: PixelSize, drop: tuple[str, ...]) -> Iterator[pdfium.PdfPage]:
    scale = _POINTS / max(pixels)
    sides = max(1.0, pixels.width * scale), max(1.0, pixels.height * scale)
    with pikepdf.new() as alone:
        copy = alone.copy_foreign(image)
        for name in drop:
            if name in copy:
                del copy[name]
        copy.Subtype = pikepdf.Name.Image  # previews of pages may lack this entry
        page = alone.add_blank_page(page_size=sides)
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=copy))
        page.Contents = alone.make_stream(b"%f 0 0 %f 0 0 cm /Im Do" % sides)
        file = io.BytesIO()
        alone.save(file, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    pdf = pdfium.PdfDocument(file.getvalue())
    try:
        opened = pdf[0]
        try:
            yield opened
        finally:
            opened.close()
    finally:
        pdf.close()


def _is_jpeg_2000(image: pikepdf.Object) -> bool:
    return "/JPXDecode" in str(image.get("/Filter"))


def _bits(image: pikepdf.Object) -> int:
    """Return the bits of a pixel that the dictionary states; 0 for unknown."""
    try:
        return dictionary_facts(image).bits
    except Exception:  # a damaged dictionary states nothing
        return 0
