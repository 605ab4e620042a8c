"""Conversion of Pillow images of any mode to page pixels: grey or RGB, uint8, transparency on white."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from PIL.ImagePalette import ImagePalette

from archive.errors import PageUnreadable
from archive.ingest.common.sizes import Resolution
from archive.messages.catalogue import tr
from archive.model.image import Pixels
from archive.model.pages import Colour

_STRIP_PIXELS = 2_000_000  # converted at a time, so that a large image is never in memory twice
_OPAQUE = 255
_SQUARE_SLACK = 0.01
_GREY_MODES = ("L", "LA", "La", "I;16", "I;16L", "I;16B", "I;16N")
_MODES_OF_32_BITS = ("I", "F")
_MINIMUM_IS_WHITE, _MINIMUM_IS_BLACK = 0, 1  # TIFF PhotometricInterpretation
_PHOTOMETRIC = 262
_COMPRESSION = 259
_OLD_JPEG = 6
_BITS_PER_SAMPLE = 258


def colour_of(image: Image.Image) -> Colour:
    """Return the colour of ``image`` (colour, grey, bilevel) from its mode, tags and palette alone."""
    if image.mode == "1":
        return Colour.BILEVEL
    if image.mode in (*_GREY_MODES, *_MODES_OF_32_BITS) or _is_old_grey_jpeg(image):
        return Colour.GREY
    if image.mode in ("P", "PA"):
        return _palette_colour(image)
    return Colour.COLOUR


def _is_old_grey_jpeg(image: Image.Image) -> bool:
    """True for a grey page of old-style JPEG (TIFF 6.0, section 22), which Pillow always reads as colour."""
    tags = getattr(image, "tag_v2", {})
    return tags.get(_COMPRESSION) == _OLD_JPEG and tags.get(_PHOTOMETRIC) in (_MINIMUM_IS_WHITE, _MINIMUM_IS_BLACK)


def _palette_colour(image: Image.Image) -> Colour:
    if image.palette is None:
        return Colour.GREY
    colours = _palette(image.palette)
    if np.ptp(colours, axis=1).max(initial=0) > 0:
        return Colour.COLOUR
    return Colour.BILEVEL if np.isin(colours, (0, 255)).all() else Colour.GREY


def _palette(palette: ImagePalette) -> npt.NDArray[np.int16]:
    """Return the entries, shape (entries, 3), as in the file, before Pillow loads the image."""
    entries = np.frombuffer(bytes(palette.palette), np.uint8).astype(np.int16)
    layout = palette.rawmode or palette.mode
    if layout == "RGB;L":  # TIFF: all reds, then all greens, then all blues
        return entries[: len(entries) // 3 * 3].reshape(3, -1).T
    channels = len(layout)
    return entries[: len(entries) // channels * channels].reshape(-1, channels)[:, :3]


def to_pixels(image: Image.Image, divisor: int = 1) -> Pixels:
    """Return pixels of shape (height, width) for grey and bilevel images, (height, width, 3) RGB for colour; uint8.

    Both sides are divided by ``divisor`` (box average, rounded up). Transparency is composed on white, 16-bit samples
    are scaled to 8 bits, and 255 is white, whatever value the file uses. The image is converted in strips, so that
    memory stays near the size of the result. Raises PageUnreadable for samples of 32 bits.
    """
    if image.mode in _MODES_OF_32_BITS:
        message = tr("rejected.a_page_keeps_samples_of_32")
        raise PageUnreadable(message, "samples_of_32_bits")
    grey = colour_of(image) is not Colour.COLOUR
    image.load()
    rows = max(1, _STRIP_PIXELS // (image.width * divisor)) * divisor
    size = (-(-image.height // divisor), -(-image.width // divisor))
    pixels: Pixels = np.empty(size if grey else (*size, 3), np.uint8)
    convert = _converter(image, grey)
    for top in range(0, image.height, rows):
        strip = convert(image.crop((0, top, image.width, min(image.height, top + rows))))
        if divisor > 1:
            strip = strip.reduce(divisor)
        start = top // divisor
        pixels[start : start + strip.height] = np.asarray(strip)
    return pixels


def _converter(image: Image.Image, grey: bool) -> Callable[[Image.Image], Image.Image]:
    mode = "L" if grey else "RGB"
    if image.mode.startswith("I;16"):
        tags = getattr(image, "tag_v2", {})
        bits = max(tags.get(_BITS_PER_SAMPLE, (16,)))
        inverted = tags.get(_PHOTOMETRIC) == _MINIMUM_IS_WHITE  # Pillow inverts 1 to 8 bits only
        return lambda strip: _from_16_bits(strip, bits, inverted)
    if is_transparent(image):
        return lambda strip: _on_white(strip).convert(mode)
    return lambda strip: strip.convert(mode)


def is_transparent(image: Image.Image) -> bool:
    """Return True when ``image`` may have transparent pixels, judged from its mode and header."""
    return "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa")


def without_transparency(image: Image.Image) -> Image.Image | None:
    """Return ``image`` with its transparent colours made opaque; None when it has no transparency."""
    if "transparency" in image.info:
        image.load()
        image.info.pop("transparency")
        return image
    whole = image.convert({"La": "LA", "RGBa": "RGBA", "PA": "RGBA"}.get(image.mode, image.mode))
    lowest = whole.getchannel("A").getextrema()[0]
    if not isinstance(lowest, int | float) or lowest >= _OPAQUE:
        return None
    return whole.convert("L" if whole.mode == "LA" else "RGB")


def _from_16_bits(strip: Image.Image, bits: int, inverted: bool) -> Image.Image:
    samples = np.asarray(strip).astype(np.uint32)  # a native copy of either byte order
    white = (1 << bits) - 1
    values = (samples * 255 // white).clip(0, 255).astype(np.uint8)
    return Image.fromarray(255 - values if inverted else values)


def _on_white(strip: Image.Image) -> Image.Image:
    if strip.mode == "La":
        strip = strip.convert("LA")
    paper = Image.new("RGBA", strip.size, "white")
    paper.alpha_composite(strip.convert("RGBA"))
    return paper


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply EXIF ``orientation`` (1 to 8): turn and mirror ``pixels``; other values change nothing.

    The dtype stays uint8; height and width are exchanged for 5 to 8. The result is C-contiguous.
    """
    if orientation in (2, 5, 7, 4):
        pixels = {
            2: np.fliplr,
            4: np.flipud,
            5: lambda p: p.swapaxes(0, 1),
            7: lambda p: p[::-1, ::-1].swapaxes(0, 1),
        }[orientation](pixels)
    quarters = {3: 2, 6: -1, 8: 1}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(pixels, quarters))


def square(pixels: Pixels, dpi: Resolution) -> Pixels:
    """Return ``pixels`` with equal dpi on both axes: the coarser axis is stretched (bilinear), uint8 as before.

    ``dpi``: resolution along x (width) and y (height). The input itself is returned when both are nearly equal.
    """
    if abs(dpi.x / dpi.y - 1) <= _SQUARE_SLACK:
        return pixels
    best = max(dpi)
    height, width = pixels.shape[:2]
    target = (max(1, round(width * best / dpi.x)), max(1, round(height * best / dpi.y)))
    return cv2.resize(pixels, target, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
