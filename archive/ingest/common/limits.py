"""Limits on decoding an image, checked against its header alone."""

from __future__ import annotations

from archive.errors import TooLarge
from archive.ingest.common.sizes import PixelSize
from archive.messages.catalogue import tr
from archive.model.limits import Limits

_JPEG_2000_BYTES = 16  # for each pixel in the decoder: three samples of 32 bits and the image; measured 15.5


def check_pixels(pixels: PixelSize, number: int, limits: Limits) -> None:
    """Raise TooLarge when the image of page ``number`` is over ``page_side`` or ``page_pixels``."""
    if max(pixels) > limits.page_side or pixels.area > limits.page_pixels:
        message = tr(
            "rejected.page_has_x_pixels_allowed_are",
            number=number,
            width=pixels.width,
            height=pixels.height,
            page_side=limits.page_side,
            page_pixels=limits.page_pixels,
        )
        allowed = {"side": f"{limits.page_side}", "pixels": f"{limits.page_pixels}"}
        raise TooLarge(message, "over_limit_pixels", {**_size(pixels), **allowed})


def check_jpeg_2000(pixels: PixelSize, number: int, limits: Limits) -> None:
    """Raise TooLarge when a JPEG 2000 image, which is decoded whole, would not fit into a worker's memory."""
    if pixels.area * _JPEG_2000_BYTES > limits.large_worker_mib * 2**20:
        message = tr("rejected.page_holds_a_jpeg_2000_image", number=number, width=pixels.width, height=pixels.height)
        raise TooLarge(message, "over_limit_jpeg_2000", _size(pixels))


def reduction(pixels: PixelSize, limits: Limits) -> int:
    """Return the power of two by which both sides are divided while decoding; 1 up to ``whole_pixels``.

    The aim is twice ``whole_pixels``, so that an A0 at 300 dpi keeps the 150 dpi that reading needs.
    No side stays over ``page_side``, so that no page is refused for its length alone.
    """
    if pixels.area <= limits.whole_pixels and max(pixels) <= limits.page_side:
        return 1
    divisor = 2
    while pixels.area > 2 * limits.whole_pixels * divisor**2 or max(pixels) > limits.page_side * divisor:
        divisor *= 2
    return divisor


def _size(pixels: PixelSize) -> dict[str, str]:
    return {"width": f"{pixels.width}", "height": f"{pixels.height}"}
