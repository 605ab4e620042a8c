"""Writes digits and signatures as a hand does: strokes through jittered points."""

from __future__ import annotations

import math

import numpy as np

from samples.generator.marks import PenText, Point, Scribble, Stroke

# Strokes of each digit, split by bars: points in hundredths of its height, x to the right, y up from the baseline.
_SIGNS = {
    "0": "32,98 10,80 4,45 16,6 40,5 55,40 50,80 30,97",
    "1": "12,72 26,85 36,100 33,50 30,0",
    "2": "6,78 20,98 46,90 46,62 20,22 5,3 30,7 60,2",
    "3": "8,90 32,100 50,82 38,58 20,52 44,46 53,22 32,0 4,10",
    "4": "30,100 18,62 4,36 30,36 58,40 | 42,68 40,30 37,-5",
    "5": "16,97 13,74 10,56 32,60 52,40 42,8 20,-2 3,10 | 15,96 34,97 55,100",
    "6": "44,100 20,76 6,36 14,5 38,0 50,24 36,46 10,34",
    "7": "5,92 30,94 55,98 40,60 24,0 | 18,48 36,52 50,52",
    "8": "48,88 28,100 10,82 24,58 44,36 40,6 18,2 8,24 30,54 48,74 46,92",
    "9": "48,84 28,99 8,80 18,56 42,64 50,86 48,40 34,-6",
}


def pen_strokes(mark: PenText, rng: np.random.Generator) -> list[Stroke]:
    """Return the strokes of hand-written digits, no two alike. Raises KeyError for anything but digits."""
    strokes: list[Stroke] = []
    x = mark.x
    slant = 0.12 + 0.06 * rng.standard_normal()
    for sign in mark.text:
        size = mark.height * (1 + 0.06 * rng.standard_normal())
        drop = 0.05 * mark.height * rng.standard_normal()
        for shape in _shapes(sign):
            points = [
                (
                    x + size * (px + slant * py + 0.022 * rng.standard_normal()),
                    mark.y + drop - size * (py + 0.022 * rng.standard_normal()),
                )
                for px, py in shape
            ]
            strokes.append(Stroke(smooth(points), 0.42 + 0.06 * rng.random(), mark.ink))
        x += size * (0.68 if sign != "1" else 0.5)
    return strokes


def _shapes(sign: str) -> list[list[Point]]:
    strokes = [[pair.split(",") for pair in stroke.split()] for stroke in _SIGNS[sign].split("|")]
    return [[(int(x) / 100, int(y) / 100) for x, y in stroke] for stroke in strokes]


def scribble_strokes(mark: Scribble) -> list[Stroke]:
    """Return the strokes of a signature: a tall initial, running loops, a long tail."""
    rng = np.random.default_rng(mark.seed)
    size = mark.width / 6
    initial = [(mark.x + size * a, mark.y + size * b) for a, b in _initial(rng)]
    loops: list[Point] = []
    count = int(rng.integers(3, 6))
    for step in range(count * 8):
        turn = 2 * math.pi * step / 8
        swing = size * (0.75 - 0.1 * step / 8) * (0.8 + 0.3 * rng.random())
        x = mark.x + size * (1.1 + 2.6 * step / (count * 8)) + 0.45 * swing * math.cos(turn)
        loops.append((x, mark.y + 0.25 * size * rng.standard_normal() * 0.4 - swing * math.sin(turn) * 0.8))
    last_x, last_y = loops[-1]
    rise = size * (0.5 + 0.8 * rng.random())
    tail = [
        (last_x, last_y),
        (last_x + size * 1.2, last_y - rise * 0.4),
        (last_x + size * 2.2, last_y - rise),
        (last_x - size * 1.0, last_y + size * 0.75),
        (last_x - size * 3.2, last_y + size * 1.0),
    ]
    width = 0.38 + 0.2 * rng.random()
    return [Stroke(smooth(points), width, mark.ink) for points in (initial, loops + tail)]


def _initial(rng: np.random.Generator) -> list[Point]:
    shapes = (
        ((0.1, 0.9), (0.5, -1.6), (0.8, -2.1), (0.7, -0.6), (0.5, 1.0), (1.0, 0.2), (1.4, -0.4)),
        ((1.2, -1.4), (0.3, -1.7), (-0.1, -0.7), (0.6, -0.3), (1.0, 0.4), (0.2, 1.2), (-0.5, 0.6), (0.9, 0.1)),
        ((-0.2, -0.9), (0.5, -1.6), (1.3, -1.2), (0.9, 0.3), (0.2, 1.1), (0.3, -0.4), (0.6, -1.9), (1.2, 0.4)),
    )
    chosen = shapes[int(rng.integers(len(shapes)))]
    return [(x + 0.14 * rng.standard_normal(), y + 0.18 * rng.standard_normal()) for x, y in chosen]


def smooth(points: list[Point], steps: int = 9) -> tuple[Point, ...]:
    """Return a Catmull-Rom spline through ``points``."""
    padded = [points[0], *points, points[-1]]
    curve: list[Point] = []
    for index in range(len(points) - 1):
        a, b, c, d = padded[index : index + 4]
        curve.extend(_between(a, b, c, d, step / steps) for step in range(steps))
    curve.append(points[-1])
    return tuple(curve)


def _between(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    def axis(i: int) -> float:
        return 0.5 * (
            2 * b[i]
            + (c[i] - a[i]) * t
            + (2 * a[i] - 5 * b[i] + 4 * c[i] - d[i]) * t * t
            + (3 * b[i] - a[i] - 3 * c[i] + d[i]) * t**3
        )

    return axis(0), axis(1)
