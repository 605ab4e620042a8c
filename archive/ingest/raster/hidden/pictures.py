"""Search for images within other data by their signatures: in a file header or after the end.

Viewers show only the first image of a file, without a hint of others: previews, the second image of a stereo camera,
an appended scan. Sources: CIPA DC-007 (Multi-Picture Format), Exif 2.32, W3C PNG (Third Edition).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import mmap

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from archive.ingest.common.jpeg_layout import jpeg_layout
from archive.ingest.common.limits import check_pixels, reduction
from archive.ingest.common.sizes import PixelSize, assumed_paper
from archive.ingest.raster.pixels import to_pixels
from archive.model.image import PageImage
from archive.model.limits import Limits

HIDDEN_PICTURE = "hidden_picture"  # an image that the page does not show and that cannot be decoded alone
HIDDEN_DATA = "hidden_data"  # bytes of the file that belong to no page and are no known image
MIN_PICTURE = 10_000  # pixels: no mark can be read on a smaller image
SLACK = 4096  # bytes: devices pad their last block and add their settings after the image
_BEGINS = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n")
_PNG_END = b"IEND\xae\x42\x60\x82"
_EOI_BYTES = 2
_MAX_BYTES = 256 << 20  # of data that are searched
_MAX_PICTURES = 20


@dataclass
class FoundPictures:
    """Images to be screened, and slugs of content that could not be decoded."""

    pictures: list[PageImage] = field(default_factory=list)
    unscreened: set[str] = field(default_factory=set)

    def add(self, image: Image.Image, limits: Limits) -> None:
        """Add an opened, not yet loaded image; small ones are skipped."""
        pixels = PixelSize(*image.size)
        if pixels.area < MIN_PICTURE:
            return
        if len(self.pictures) >= _MAX_PICTURES:
            self.unscreened.add(HIDDEN_PICTURE)
            return
        try:
            check_pixels(pixels, 1, limits)
            drawn = to_pixels(image, reduction(pixels, limits))
        except Exception:  # any damage: the image is in the file but was not screened
            self.unscreened.add(HIDDEN_PICTURE)
            return
        self.pictures.append(PageImage(drawn, *assumed_paper(PixelSize(drawn.shape[1], drawn.shape[0]))))

    def search(self, data: bytes, limits: Limits) -> int:
        """Add the images in ``data``; return the number of bytes outside of them."""
        if len(data) > _MAX_BYTES:
            self.unscreened.add(HIDDEN_DATA)
            return 0
        rest = len(data)
        for start, end in _places(data):
            image = _opened(data[start:end])
            if image is not None:
                self.add(image, limits)
                rest -= end - start
        return rest


def search_after_end(found_pictures: FoundPictures, data: bytes | mmap, at: int, limits: Limits) -> None:
    """Add to ``found_pictures`` the images in ``data`` from ``at`` on, where the file should have ended."""
    if len(data) - at > _MAX_BYTES:
        found_pictures.unscreened.add(HIDDEN_DATA)
        return
    tail = data[at:].strip(b"\0\r\n ")
    if found_pictures.search(tail, limits) > SLACK:
        found_pictures.unscreened.add(HIDDEN_DATA)


def _places(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of each image; nested images belong to the outer one."""
    at = 0
    while (found := _BEGINS.search(data, at)) is not None:
        start = found.start()
        if data[start] == 0xFF:
            end = min(len(data), start + jpeg_layout(data[start:]).end + _EOI_BYTES)
        else:
            place = data.find(_PNG_END, start)
            end = place + len(_PNG_END) if place >= 0 else len(data)
        if _opened(data[start:end]) is None:
            at = start + 2  # these bytes are a signature by chance
            continue
        yield start, end
        at = end


def _opened(data: bytes) -> Image.Image | None:
    """Open ``data`` as an image without decoding it; None when they are not an image."""
    try:
        return JpegImageFile(io.BytesIO(data)) if data[:1] == b"\xff" else PngImageFile(io.BytesIO(data))
    except Exception:  # damaged headers raise various exceptions
        return None
