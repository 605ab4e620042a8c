"""Conversion of page pixels to the form that Tesseract takes."""

from __future__ import annotations

import cv2
import numpy as np

from archive.errors import PageUnreadable
from archive.messages.catalogue import tr
from archive.model.image import PageImage, Pixels

_MAX_SIDE = 32_767  # Tesseract keeps coordinates in 16 bits


def grey_pixels(image: PageImage) -> Pixels:
    """Return grey, contiguous pixels, shape (height, width). Raises PageUnreadable for sides Tesseract cannot take."""
    if image.pixels.size == 0 or max(image.width, image.height) > _MAX_SIDE:
        size = {"width": f"{image.width}", "height": f"{image.height}"}
        message = tr("ocr.an_image_of_x_pixels_cannot", width=image.width, height=image.height)
        raise PageUnreadable(message, "picture_beyond_reader", size)
    if image.is_colour:
        return np.ascontiguousarray(cv2.cvtColor(image.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    return np.ascontiguousarray(image.pixels)
