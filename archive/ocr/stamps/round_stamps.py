"""Detection of the round stamps of agencies by their rings, and removal of the rings from a secret mark under one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from archive.model.image import Pixels

_RADII_MM = (13.0, 20.0)  # stamps of agencies measure 32 to 38 mm across; a canvas of assumed dpi may be off
_COVERED = 0.55  # part of a circle that is ink where a round stamp has a ring; the letters along the rim cover less
_EMBLEM_MM = 8.0  # within this radius there is a star, an emblem or a name, no ring
_STEPS = ((-4, -2, 0, 2, 4), (-1, 0, 1))  # pixels around the centre found at half size, coarse, then fine


@dataclass(frozen=True, slots=True)
class StampRing:
    """A ring of ink: centre, radii of its inner and outer edge. Unit: pixels while detecting, mm in a Candidate."""

    x: float
    y: float
    inner: float
    outer: float


def rings_in(region: Pixels, scale: float) -> list[StampRing]:
    """Return the rings of the one round stamp in ``region`` (255 is ink), pixels; ``scale`` is pixels a mm."""
    half = cv2.resize(region, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    min_radius, max_radius = (round(radius * scale / 2) for radius in _RADII_MM)
    circles = cv2.HoughCircles(
        half,
        cv2.HOUGH_GRADIENT,
        2,
        minDist=4 * max_radius,
        param1=100,
        param2=max_radius,
        minRadius=min_radius,
        maxRadius=max_radius,
    )
    if circles is None:
        return []
    x, y = (2 * float(place) for place in circles[0][0][:2])
    rows, columns = np.nonzero(region)
    for steps in _STEPS:
        around = [(x + right, y + down) for right in steps for down in steps]
        profiles = {place: _profile(rows, columns, place, 2 * max_radius + round(scale)) for place in around}
        (x, y), profile = max(profiles.items(), key=lambda item: float(item[1][2 * min_radius :].max()))
    return [StampRing(x, y, inner, outer) for inner, outer in _covered(profile, round(_EMBLEM_MM * scale))]


def erase_rings(rings: tuple[StampRing, ...], pixels: Pixels, corners: npt.NDArray[np.float32], white: int) -> Pixels:
    """Return ``pixels`` with ``rings`` painted ``white``; ``corners`` are top left, top right and bottom right."""
    height, width = pixels.shape
    right = (corners[1] - corners[0]) / max(1, width)
    down = (corners[2] - corners[1]) / max(1, height)
    across, along = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    x = corners[0][0] + across * right[0] + along * down[0]
    y = corners[0][1] + across * right[1] + along * down[1]
    bare = pixels.copy()
    for ring in rings:
        distance = np.hypot(x - ring.x, y - ring.y)
        bare[(distance >= ring.inner) & (distance <= ring.outer)] = white
    return bare


def _profile(
    rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp], centre: tuple[float, float], max_radius: int
) -> npt.NDArray[np.float64]:
    """Return the share of ink on the circle of each radius (whole pixels) around ``centre`` (x, y)."""
    radii = np.rint(np.hypot(rows - centre[1], columns - centre[0])).astype(np.intp)
    counts = np.bincount(radii[radii <= max_radius], minlength=max_radius + 1)
    return np.asarray(counts / (2 * np.pi * np.maximum(1, np.arange(max_radius + 1))), dtype=np.float64)


def _covered(profile: npt.NDArray[np.float64], min_radius: int) -> list[tuple[float, float]]:
    """Return the spans of radii with ink all around, widened by half a pixel on either side."""
    spans: list[tuple[float, float]] = []
    for radius in (int(place) for place in np.nonzero(profile >= _COVERED)[0] if place >= min_radius):
        if spans and radius - spans[-1][1] <= 1:
            spans[-1] = (spans[-1][0], radius + 0.5)
        else:
            spans.append((radius - 0.5, radius + 0.5))
    return spans
