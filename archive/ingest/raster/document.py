"""ImageDocument: a JPEG, PNG or multi-page TIFF file as a scan."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from mmap import ACCESS_READ, mmap
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from PIL import ExifTags, Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from archive.errors import PageUnreadable, TooLarge
from archive.ingest.common.densities import densities
from archive.ingest.common.errors import damaged_page, damaged_scan
from archive.ingest.common.formats import Format
from archive.ingest.common.limits import check_pixels, reduction
from archive.ingest.common.sizes import PixelSize, Resolution, raster_shape, size_problems
from archive.ingest.common.truncation import ENDS_EARLY, TruncatedDataError
from archive.ingest.completeness.jpeg import StoredJpeg
from archive.ingest.completeness.png import check_png_data
from archive.ingest.completeness.tiff import is_complete
from archive.ingest.raster.hidden.jpeg_png import search_jpeg, search_png
from archive.ingest.raster.hidden.pictures import FoundPictures
from archive.ingest.raster.hidden.tiff import search_tiff
from archive.ingest.raster.pixels import colour_of, is_transparent, square, to_pixels, upright, without_transparency
from archive.ingest.raster.tiff_directories import SingleDirectoryFile, page_offsets
from archive.messages.catalogue import tr
from archive.model.image import PageImage, Pixels
from archive.model.limits import Limits
from archive.model.pages import PageShape, PageText
from archive.model.results import Problem

_SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that swap width and height


class ImageDocument:
    """A JPEG, PNG or TIFF opened for reading; a Document."""

    def __init__(self, path: Path, kind: Format, limits: Limits) -> None:
        self._limits = limits
        self._kind = kind
        self._file = path.open("rb")
        self._jpeg: StoredJpeg | None = None
        self._offsets: tuple[int, ...]
        self._chain: tuple[int, ...]
        try:
            with damaged_scan(kind):
                self._jpeg = StoredJpeg(self._file) if kind is Format.JPEG else None
                self._offsets, self._chain = (0,), (0,)
                if kind is Format.TIFF:
                    self._offsets, self._chain = page_offsets(self._file, limits.scan_pages)
                if kind is not Format.TIFF:
                    self._open(0)  # a header that cannot be read rejects the scan, not its only page
        except BaseException:
            self._file.close()
            raise

    @property
    def page_count(self) -> int:
        """Number of pages found; never 0."""
        return len(self._offsets)

    @property
    def unscreened(self) -> tuple[str, ...]:
        """Empty: content beside the pages is reported with the first page."""
        return ()

    @cached_property
    def _search_hidden(self) -> FoundPictures:
        """The images of the file beside its pages. Raises PageUnreadable."""
        with damaged_page(1):
            if self._jpeg is not None:
                return search_jpeg(self._jpeg.data, self._limits)
            with mmap(self._file.fileno(), 0, access=ACCESS_READ) as data:
                if self._kind is Format.PNG:
                    return search_png(data, self._limits)
                return search_tiff(data, self._chain, self._offsets, self._open, self._limits)

    def page(self, number: int) -> ImagePage:
        """Return page ``number`` (from 1). Raises PageUnreadable when there is no such page."""
        if not 1 <= number <= len(self._offsets):
            count = len(self._offsets)
            raise PageUnreadable(
                tr("rejected.there_is_no_page_this_scan", number=number, count=count),
                "page_absent",
                {"pages": f"{count}"},
            )
        offset = self._offsets[number - 1]
        within = (lambda: self._search_hidden) if number == 1 else FoundPictures
        return ImagePage(number, lambda: self._open(offset), self._limits, self._jpeg, within)

    def _open(self, offset: int) -> Image.Image:
        # The plugins are called by name: Image.open would try all of Pillow's formats on a hostile file.
        if self._jpeg is not None:
            return JpegImageFile(self._jpeg.opened())
        self._file.seek(0)
        if self._kind is Format.PNG:
            return PngImageFile(self._file)
        return TiffImageFile(cast(BinaryIO, SingleDirectoryFile(self._file, offset)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._jpeg is not None:
            self._jpeg.close()
        self._file.close()


class ImagePage:
    """One page of an image file; a StoredPage."""

    def __init__(
        self,
        number: int,
        opened: Callable[[], Image.Image],
        limits: Limits,
        jpeg: StoredJpeg | None,
        within: Callable[[], FoundPictures],
    ) -> None:
        self._number = number
        self._opened = opened
        self._limits = limits
        self._jpeg = jpeg
        self._search_hidden = within

    @property
    def number(self) -> int:
        """Position in the scan, from 1."""
        return self._number

    @cached_property
    def shape(self) -> PageShape:
        """Size, dpi and colour from the header. Raises PageUnreadable."""
        with damaged_page(self._number):
            image = self._opened()
            pixels = PixelSize(*image.size)
            # A header that states more lines than the data hold proves no size.
            lies = self._jpeg is not None and self._jpeg.is_light(self._limits) and self._jpeg.ends_early
            stated = () if lies else densities(image)
            if _orientation(image) in _SIDEWAYS:
                stated = tuple(dpi.turned() for dpi in stated)
                if not isinstance(image, TiffImageFile):  # Pillow has swapped the sides of a TIFF already
                    pixels = PixelSize(pixels.height, pixels.width)
            return raster_shape(pixels, stated, colour_of(image))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """A resolution that another place of the file contradicts."""
        return size_problems(self.shape, self._number, "two_resolutions")

    @property
    def unscreened(self) -> tuple[str, ...]:
        """Slugs of truncated image data; with the first page, of the file's hidden content. Raises PageUnreadable."""
        try:
            early = (ENDS_EARLY,) if self._ends_early else ()
        except TooLarge:
            return ()  # it is not screened at all
        return (*early, *sorted(self._search_hidden().unscreened))

    def hidden_images(self) -> tuple[PageImage, ...]:
        """Return, for the first page, the images in the file that no viewer shows. Raises PageUnreadable."""
        return (*self._search_hidden().pictures, *self._under_transparency())

    def _under_transparency(self) -> tuple[PageImage, ...]:
        """Return the image without its transparency, if it has any: transparent colours may hide a mark."""
        shape = self.shape
        with damaged_page(self._number):
            image = self._opened()
            if not is_transparent(image):
                return ()
            check_pixels(PixelSize(*image.size), self._number, self._limits)
            opaque = without_transparency(image)
            if opaque is None:
                return ()
            pixels = to_pixels(opaque, reduction(PixelSize(*image.size), self._limits))
        return (PageImage(pixels, shape.canvas_width_mm, shape.canvas_height_mm),)

    def text_layer(self) -> PageText | None:
        """Return None: image files hold no text."""
        return None

    def stored_words(self) -> PageText | None:
        """Return None: image files hold no text."""
        return None

    def image(self) -> PageImage:
        """Return the pixels, upright per tag and with square dots. Raises TooLarge or PageUnreadable."""
        shape = self.shape
        with damaged_page(self._number):
            image = self._opened()
            check_pixels(PixelSize(*image.size), self._number, self._limits)
            if self._ends_early:
                raise TruncatedDataError("picture data end early")
            orientation = _orientation(image)
            file = image.fp if isinstance(image, PngImageFile) else None  # Pillow drops the reference while it loads
            pixels = decoded(image, self._limits)
            if isinstance(image, PngImageFile) and file is not None:
                check_png_data(image, file)
            if not isinstance(image, TiffImageFile):  # Pillow turns a TIFF while it loads
                pixels = upright(pixels, orientation)
            pixels = square(pixels, _canvas_resolution(pixels, shape))
        return PageImage(pixels, shape.canvas_width_mm, shape.canvas_height_mm)

    @cached_property
    def _ends_early(self) -> bool:
        with damaged_page(self._number):
            image = self._opened()
            check_pixels(PixelSize(*image.size), self._number, self._limits)
            if self._jpeg is not None:
                return self._jpeg.ends_early
            return isinstance(image, TiffImageFile) and not is_complete(image)


def decoded(image: Image.Image, limits: Limits) -> Pixels:
    """Decode an opened, not yet loaded ``image``; shape and dtype as ``to_pixels``.

    An image of more than ``limits.whole_pixels`` is reduced by a whole factor; a JPEG is reduced by its own decoder
    (``draft``), which saves the memory of the full size. Raises OSError when data end early, PageUnreadable as
    ``to_pixels``.
    """
    width, divisor = image.width, reduction(PixelSize(*image.size), limits)
    if divisor > 1 and isinstance(image, JpegImageFile):
        image.draft(None, (width // divisor, image.height // divisor))
        divisor //= round(width / image.width)
    return to_pixels(image, divisor)


def _orientation(image: Image.Image) -> int:
    if isinstance(image, PngImageFile) and "exif" not in image.info:
        return 1  # getexif() would decode the pixels to look for a tag after them
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF raises various exceptions; there is no tag then
        return 1


def _canvas_resolution(pixels: Pixels, shape: PageShape) -> Resolution:
    height, width = pixels.shape[:2]
    return Resolution(width / shape.canvas_width_mm, height / shape.canvas_height_mm)
