"""Candidates for rectangular stamps on a page: frames, and clusters of coloured letters."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import cv2
import numpy as np

from archive.model.image import PageImage, Pixels
from archive.model.pages import Box
from archive.ocr.stamps.frames import Rect, frames_among
from archive.ocr.stamps.ink import Ink, mask, reduced
from archive.ocr.stamps.ink_levels import lighter_ink, print_level
from archive.ocr.stamps.round_stamps import StampRing, rings_in

SQUARE = 1.5  # a stamp with a smaller ratio of length to height may lie on its side
# Stamps of secrecy measure about 20 x 8 (MẬT), 30 x 8 (TỐI MẬT), 40 x 8 mm (TUYỆT MẬT); agencies cut larger and smaller
# ones, and a canvas whose dpi is assumed may be off by half.
_LONG_MM, _SHORT_MM = (9.0, 75.0), (4.0, 24.0)
_FRAME_FILL = 0.85  # share of its rectangle that the inside of a frame fills; letters that touch the frame reduce it
_CELLS = 8  # a component with more stamp-sized holes than this is a table
_ISLAND_GAP_MM = 2.2  # letters of one stamp stand nearer than this
_TANGLE_MM = 110.0  # connected strokes wider than this are a table or a drawing, not a stamp on a round stamp
_TANGLED = 1.5  # connected strokes that enclose this much more than a frame hold something else too
_SEAL_MM2 = 500.0  # area of a round stamp of 26 mm
_MIN_FRAME_MM2 = 60.0  # words with connected letters enclose less than a frame
_SAME_PLACE_MM = 4.0
_MIN_INK_MM2 = 12.0  # ink of a stamp over print: the smallest stamp has more
_PRINT_GAP_MM = 0.8  # gap that a stroke of print and its edges leave in ink that it crosses
_MAX_OVER_PRINT = 6
_WORD_HEIGHTS = (2.3, 3.0, 4.2)  # lengths of a short word with its space, from tight to wide spacing


@dataclass(frozen=True, slots=True)
class Candidate:
    """A turned rectangle that may be a stamp, mm on the page; ``angle`` is that of the long side, degrees clockwise."""

    x: float
    y: float
    length: float
    height: float
    angle: float
    ink: Ink
    framed: bool
    rings: tuple[StampRing, ...] = ()  # of the round stamp that it overlaps, mm
    print_level: float | None = None  # grey level below which print stands that crosses it

    @property
    def box(self) -> Box:
        """Smallest upright box around it, mm."""
        sin, cos = abs(math.sin(math.radians(self.angle))), abs(math.cos(math.radians(self.angle)))
        wide, high = (self.length * cos + self.height * sin) / 2, (self.length * sin + self.height * cos) / 2
        return Box(self.x - wide, self.y - high, self.x + wide, self.y + high)


def widened(candidate: Candidate) -> Iterator[Candidate]:
    """Yield ``candidate`` extended by one short word at one end, then at the other."""
    cos, sin = math.cos(math.radians(candidate.angle)), math.sin(math.radians(candidate.angle))
    for heights in _WORD_HEIGHTS:
        more = heights * candidate.height
        for side in (-more / 2, more / 2):
            place = (candidate.x + side * cos, candidate.y + side * sin)
            yield replace(candidate, x=place[0], y=place[1], length=candidate.length + more)


def candidates(image: PageImage) -> tuple[Candidate, ...]:
    """Return the candidates for stamps on ``image``, coloured ink first; round stamps and tables are no candidates."""
    small = reduced(image)
    scale = small.shape[1] / image.canvas_width_mm
    found: list[Candidate] = []
    for ink in (Ink.RED, Ink.BLUE, Ink.DARK) if image.is_colour else (Ink.DARK,):
        inked = mask(small, ink)
        if cv2.countNonZero(inked) < 2 * _LONG_MM[0] * scale:
            continue
        for find in _finds(inked, scale, ink):
            candidate = _candidate(find, scale, ink)
            if candidate is not None and not any(_same_place(candidate, other) for other in found):
                found.append(candidate)
    if not image.is_colour:
        found += _over_print(image, found)
    return tuple(found)


def _over_print(image: PageImage, known: Sequence[Candidate]) -> Iterator[Candidate]:
    """Yield groups of ink lighter than print in the shape of a stamp, most ink first; their frames may be broken."""
    level = print_level(image.pixels)
    if level is None:
        return
    inked = lighter_ink(image, level)
    scale = inked.shape[1] / image.canvas_width_mm
    gap = np.ones((round(_PRINT_GAP_MM * scale) | 1,) * 2, np.uint8)
    mended = np.asarray(cv2.morphologyEx(inked, cv2.MORPH_CLOSE, gap), dtype=np.uint8)
    finds = chain(
        _finds(mended, scale, Ink.DARK), (_FoundRectangle(rect, framed=True) for rect in _islands(inked, scale))
    )
    places = [_candidate(find, scale, Ink.DARK) for find in finds]
    marked = [(_ink_within(inked, place.box, scale), place) for place in places if place is not None]
    marked = [(ink, place) for ink, place in marked if ink >= _MIN_INK_MM2]
    for _, place in sorted(marked, key=lambda pair: -pair[0])[:_MAX_OVER_PRINT]:
        if not any(_same_place(place, other) for other in known):
            yield replace(place, print_level=level)


def _ink_within(inked: Pixels, box: Box, scale: float) -> float:
    left, top, right, bottom = (max(0, round(side * scale)) for side in (box.left, box.top, box.right, box.bottom))
    return cv2.countNonZero(inked[top:bottom, left:right]) / scale**2


@dataclass(frozen=True, slots=True)
class _FoundRectangle:
    """A rectangle that may be a stamp, in pixels of the reduced page."""

    rect: Rect
    framed: bool
    rings: tuple[StampRing, ...] = ()


def _finds(inked: Pixels, scale: float, ink: Ink) -> Iterator[_FoundRectangle]:
    closed = np.asarray(cv2.morphologyEx(inked, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    contours, tree = cv2.findContours(closed, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    shortest = (_LONG_MM[0] + _SHORT_MM[0]) * scale  # an outline of half its steps is diagonal at most
    holes: dict[int, list[Any]] = {}
    outlines = []
    for place, contour in enumerate(contours):
        if len(contour) >= shortest:
            parent = int(tree[0][place][3])
            if parent < 0:
                outlines.append(place)
            else:
                holes.setdefault(parent, []).append(contour)
    for place in outlines:
        yield from _framed(closed, contours[place], holes.get(place, []), scale)
    if ink is Ink.RED:
        yield from (_FoundRectangle(rect, framed=False) for rect in _islands(inked, scale))


def _framed(closed: Pixels, outline: Any, holes: list[Any], scale: float) -> Iterator[_FoundRectangle]:
    """Yield the frames among connected strokes: holes of a stamp's shape, or four sides within a tangle."""
    frames = [rect for rect in map(_frame, holes) if rect and _is_stamp_sized(rect, scale)]
    if len(frames) > _CELLS:
        return
    area = cv2.contourArea(outline)
    within: list[Rect] = []
    left, top, width, height = cv2.boundingRect(outline)
    region = closed[top : top + height, left : left + width]
    tangled = all(area > _TANGLED * rect[1][0] * rect[1][1] for rect in frames)
    if tangled and area > _MIN_FRAME_MM2 * scale**2 and max(width, height) <= _TANGLE_MM * scale:
        within = [((x + left, y + top), size, angle) for (x, y), size, angle in frames_among(region, scale)]
    rings: tuple[StampRing, ...] = ()
    if within or (frames and area > _SEAL_MM2 * scale**2):
        rings = tuple(replace(ring, x=ring.x + left, y=ring.y + top) for ring in rings_in(region, scale))
    yield from (_FoundRectangle(rect, True, rings) for rect in (*within, *frames))


def _frame(hole: Any) -> Rect | None:
    hull = cv2.convexHull(hole)
    rect = _least_rect(hull)
    return rect if cv2.contourArea(hull) >= _FRAME_FILL * rect[1][0] * rect[1][1] > 0 else None


def _least_rect(points: Any) -> Rect:
    (x, y), (width, height), angle = cv2.minAreaRect(points)
    return (x, y), (width, height), angle


def _islands(inked: Pixels, scale: float) -> Iterator[Rect]:
    """Yield the rectangles of strokes that are near each other and far from all others."""
    reach = max(3, round(_ISLAND_GAP_MM * scale) | 1)
    grown = cv2.dilate(inked, np.ones((reach, reach), np.uint8))
    contours, _ = cv2.findContours(grown, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        left, top, width, height = cv2.boundingRect(contour)
        if max(width, height) < _LONG_MM[0] * scale * 0.7:  # the long side lies at 45 degrees at most
            continue
        island = np.zeros((height, width), np.uint8)
        cv2.drawContours(island, [contour], 0, 255, cv2.FILLED, offset=(-left, -top))
        island &= inked[top : top + height, left : left + width]
        (x, y), size, angle = _least_rect(cv2.findNonZero(island))
        yield (x + left, y + top), size, angle


def _is_stamp_sized(rect: Rect, scale: float) -> bool:
    short, long = sorted(side / scale for side in rect[1])
    return _LONG_MM[0] <= long <= _LONG_MM[1] and _SHORT_MM[0] <= short <= _SHORT_MM[1]


def _candidate(find: _FoundRectangle, scale: float, ink: Ink) -> Candidate | None:
    if not _is_stamp_sized(find.rect, scale):
        return None
    (x, y), (width, height), angle = find.rect
    if height > width:
        width, height, angle = height, width, angle + 90
    rings = tuple(
        StampRing(ring.x / scale, ring.y / scale, ring.inner / scale, ring.outer / scale) for ring in find.rings
    )
    angle = (angle + 90) % 180 - 90
    return Candidate(x / scale, y / scale, width / scale, height / scale, angle, ink, find.framed, rings)


def _same_place(one: Candidate, other: Candidate) -> bool:
    return (
        math.hypot(one.x - other.x, one.y - other.y) < _SAME_PLACE_MM
        and abs(one.length - other.length) < 2 * _SAME_PLACE_MM
        and one.height > other.height - _SAME_PLACE_MM
    )
