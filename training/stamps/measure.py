"""How well the detector finds the stamps that nothing sets apart, at several thresholds; asserts nothing.

usage: python -m training.stamps.measure [--weights FOLDER] [--seed N] [--each 48] [--clean 500]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from archive.ocr.stamps.detector import StampDetector
from archive.ocr.stamps.nets import WEIGHTS
from bench.stamp_pages import SECRET, Kind, draw_page

_KINDS = (Kind.IN_SEAL, Kind.GREY_PRINT, Kind.BILEVEL_PRINT)
_LEVELS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)


def main() -> None:
    """Draw pages from one seed; print on how many of them something is found, for each threshold."""
    wanted = _arguments()
    cv2.setNumThreads(1)
    detector = StampDetector(wanted.weights)
    for kind in _KINDS:
        _said(kind.value, [_highest(detector, wanted.seed, kind, place) for place in range(wanted.each)])
    _said("clean", [_highest(detector, wanted.seed, Kind.CLEAN, place) for place in range(wanted.clean)])


def _highest(detector: StampDetector, seed: int, kind: Kind, place: int) -> tuple[float, float]:
    """Return the highest likelihood on a page, and the CPU seconds it took."""
    number = 99 if kind is Kind.CLEAN else list(Kind).index(kind)
    text = "" if kind is Kind.CLEAN else SECRET[place % len(SECRET)]
    page = draw_page(np.random.default_rng([seed, number, place]), kind, text)
    started = time.process_time()
    return detector.highest(page.image), time.process_time() - started


def _said(name: str, pages: Sequence[tuple[float, float]]) -> None:
    found = ", ".join(f"{sum(likely > level for likely, _ in pages)} over {level}" for level in _LEVELS)
    cost = 1000 * sum(spent for _, spent in pages) / max(1, len(pages))
    print(f"{name:<20}of {len(pages)}: {found}; {cost:.0f} ms a page", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.stamps.measure", description=__doc__)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=51)
    parser.add_argument("--each", type=int, default=48)
    parser.add_argument("--clean", type=int, default=500)
    return parser.parse_args()


if __name__ == "__main__":
    main()
