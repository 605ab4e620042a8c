"""Images of one stamp candidate for the line reader: rectified, its ink alone, dark on white."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from archive.model.image import PageImage, Pixels
from archive.ocr.stamps.candidates import SQUARE, Candidate
from archive.ocr.stamps.ink import Ink, strength
from archive.ocr.stamps.round_stamps import erase_rings

_HEIGHT = 64  # pixels of a rectified stamp: letters of 30 to 40 pixels, which Tesseract's line reader likes best
_AROUND_MM = 0.8  # margin of the page around the rectangle, whose corners are known to a pixel at 100 dpi
_MARGIN = 12  # pixels of white around the image; without them Tesseract drops letters at the edge
_WHITE, _HALF = 255, 128
_FRAME_PART = 0.55  # letters cover less than this of any row or column near the edge
_INKED = (0.03, 0.7)  # share of ink: below it there are no letters, above it is a blot
_PRINT = np.ones((4, 4), np.uint8)  # strokes of print measure 0.4 mm: three to four pixels of a view
_OTHER_SIZE = 0.8  # a second size, because Tesseract often reads at one size what it misreads at another
_SPECK = 5  # pixels: what remains of print at the edges of its strokes
_LIGHTER = 40  # grey levels by which a stamp's ink must be lighter than print to be separated

_Corners = npt.NDArray[np.float32]


def line_images(image: PageImage, candidate: Candidate) -> Iterator[Pixels]:
    """Yield images of the candidate for the line reader: (height, width) grey, uint8, dark letters on white (255).

    The height is about 64 pixels plus a margin of 12 on each side. The simplest preparation comes first, each in both
    directions of reading (four for a candidate that is nearly square). Nothing is yielded without letters.
    """
    ways = (0, 2) if candidate.length > SQUARE * candidate.height else (0, 2, 1, 3)
    for pixels in _preparations(image, candidate):
        for quarter_turns in ways:
            turned = np.ascontiguousarray(np.rot90(pixels, quarter_turns))
            yield np.pad(turned, _MARGIN, constant_values=_WHITE)


def _preparations(image: PageImage, candidate: Candidate) -> Iterator[Pixels]:
    corners = _corners(candidate)
    seen = _rectified(image, candidate, corners)
    plain = _ink_alone(seen, candidate, corners)
    if not _has_letters(plain):
        return
    unprinted = None
    if candidate.ink is Ink.DARK and candidate.framed:
        unprinted = _without_print(seen, candidate.print_level)
    if candidate.print_level is None or unprinted is None:
        yield plain
        yield _opened(plain)
    if unprinted is not None:
        bare = _ink_alone(unprinted, candidate, corners)
        yield bare
        yield _opened(np.asarray(cv2.medianBlur(bare, _SPECK), dtype=np.uint8))


def _corners(candidate: Candidate) -> _Corners:
    """Return the candidate's top left, top right and bottom right corner with a little of the page around it, mm."""
    size = (candidate.length + 2 * _AROUND_MM, candidate.height + 2 * _AROUND_MM)
    # boxPoints starts at the bottom left and goes clockwise.
    corners = cv2.boxPoints(((candidate.x, candidate.y), size, candidate.angle))[1:]
    return np.asarray(corners, dtype=np.float32)


def _rectified(image: PageImage, candidate: Candidate, corners: _Corners) -> Pixels:
    """Cut out the candidate upright from the page at full size: ``_HEIGHT`` pixels high, grey or RGB as the page."""
    scale = np.array([image.width / image.canvas_width_mm, image.height / image.canvas_height_mm], dtype=np.float32)
    length, height = candidate.length + 2 * _AROUND_MM, candidate.height + 2 * _AROUND_MM
    size = (round(_HEIGHT * length / height), _HEIGHT)
    target = np.array([(0, 0), (size[0], 0), size], dtype=np.float32)
    warp = cv2.getAffineTransform(corners * scale, target)
    white = (_WHITE,) * 3 if image.is_colour else (_WHITE,)
    pixels = cv2.warpAffine(
        image.pixels, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=white
    )
    return np.asarray(pixels, dtype=np.uint8)


def _ink_alone(seen: Pixels, candidate: Candidate, corners: _Corners) -> Pixels:
    """Return the candidate's ink alone (grey, 0 where strongest), without its frame and the rings of a round stamp."""
    ink = strength(seen, candidate.ink)
    low, high = np.percentile(ink, (20, 97))
    stretched = (ink.astype(np.float32) - low) * (_WHITE / max(1.0, high - low))
    pixels = np.asarray(_WHITE - np.clip(stretched, 0, _WHITE), dtype=np.uint8)
    if candidate.rings:
        pixels = erase_rings(candidate.rings, pixels, corners, white=_WHITE)
    return _without_frame(pixels)


def _without_frame(pixels: Pixels) -> Pixels:
    """Paint the frame white: rows and columns near the edges that are mostly ink, and everything beyond them."""
    inked = pixels < _HALF
    height, width = inked.shape
    bare = pixels.copy()
    rows, columns = inked.mean(axis=1) > _FRAME_PART, inked.mean(axis=0) > _FRAME_PART
    for line in range(min(height, width) // 4):
        if rows[line]:
            bare[: line + 2] = _WHITE
        if rows[height - 1 - line]:
            bare[height - 2 - line :] = _WHITE
        if columns[line]:
            bare[:, : line + 2] = _WHITE
        if columns[width - 1 - line]:
            bare[:, width - 2 - line :] = _WHITE
    return bare


def _opened(pixels: Pixels) -> Pixels:
    """Close thin gaps, which black print leaves in coloured letters, and scale the image by ``_OTHER_SIZE``."""
    closed = cv2.erode(cv2.dilate(_WHITE - pixels, _PRINT), _PRINT)
    smaller = cv2.resize(_WHITE - closed, None, fx=_OTHER_SIZE, fy=_OTHER_SIZE, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, dtype=np.uint8)


def _without_print(seen: Pixels, print_level: float | None) -> Pixels | None:
    """Remove print that is darker than the stamp (inpainting); None where the frame is as dark as the print.

    ``print_level``: grey level below which pixels are print, from the whole page; if None, the frame gives it.
    """
    grey = seen if seen.ndim == 2 else np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    level = _beside_frame(grey) if print_level is None else print_level
    darker = np.asarray(grey < level, dtype=np.uint8)
    if level < 0 or not darker.any():
        return None
    darker = np.asarray(cv2.dilate(darker, np.ones((3, 3), np.uint8)), dtype=np.uint8)  # with the blur at its edges
    return np.asarray(cv2.inpaint(grey, darker, 3, cv2.INPAINT_TELEA), dtype=np.uint8)


def _beside_frame(grey: Pixels) -> float:
    """Return a grey level that is certainly darker than the frame."""
    edge = grey.shape[0] // 6
    outline = np.concatenate([grey[:edge].min(axis=0), grey[-edge:].min(axis=0)])  # the frame's long sides
    return float(int(np.median(outline)) - _LIGHTER)


def _has_letters(pixels: Pixels) -> bool:
    part = float(np.mean(pixels < _HALF))
    return _INKED[0] < part < _INKED[1]
