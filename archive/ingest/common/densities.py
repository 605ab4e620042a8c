"""Resolutions that an image file states: in JFIF, Exif or its own header, which may disagree."""

from __future__ import annotations

from PIL import ExifTags, Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from archive.ingest.common.sizes import Resolution

_CM_PER_INCH = 2.54
_PER_UNIT = {1: 1.0, 2: _CM_PER_INCH}  # JFIF 1.02: dots an inch, dots a cm; unit 0 gives the shape of a dot alone
_EXIF_PER_UNIT = {2: 1.0, 3: _CM_PER_INCH}  # Exif 2.32, 4.6.4 A: ResolutionUnit; an inch when it is not there


def densities(image: Image.Image) -> tuple[Resolution, ...]:
    """Return the resolution that each place in the header of ``image`` states, the more authoritative first.

    JPEG: JFIF, then Exif. PNG: pHYs, then eXIf when it stands before the pixels. TIFF: its own tags.
    """
    if not isinstance(image, JpegImageFile | PngImageFile):
        found = [_own(image)]
    else:
        found = [_jfif(image) if isinstance(image, JpegImageFile) else _own(image), _exif(image)]
    return tuple(density for density in found if density is not None)


def _own(image: Image.Image) -> Resolution | None:
    dpi = image.info.get("dpi")
    if not isinstance(dpi, tuple) or len(dpi) != 2 or any(isinstance(number, bytes | str) for number in dpi):
        return None  # a TIFF may hold anything there
    return _resolution(*dpi)


def _jfif(image: Image.Image) -> Resolution | None:
    density, factor = image.info.get("jfif_density"), _PER_UNIT.get(image.info.get("jfif_unit", 0))
    if factor is None or not isinstance(density, tuple) or len(density) != 2:
        return None
    return _resolution(density[0] * factor, density[1] * factor)


def _exif(image: Image.Image) -> Resolution | None:
    if "exif" not in image.info:
        return None  # getexif() would decode a whole PNG to look for a chunk after the pixels
    try:
        tags = image.getexif()
        factor = _EXIF_PER_UNIT[tags.get(ExifTags.Base.ResolutionUnit, 2)]
        x, y = (float(tags[tag]) for tag in (ExifTags.Base.XResolution, ExifTags.Base.YResolution))
    except Exception:  # absent or damaged Exif raises various exceptions; it then states nothing
        return None
    return _resolution(x * factor, y * factor)


def _resolution(x: float, y: float) -> Resolution | None:
    """Return the resolution as stated, plausible or not; None unless both numbers are positive."""
    return Resolution(float(x), float(y)) if x > 0 and y > 0 else None
