"""How well the nets find the stamps that nothing sets apart, at several thresholds; asserts nothing.

usage: python -m training.stamps.measure [--weights FOLDER] [--seed N] [--each 12] [--clean 100]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from bench.stamp_pages import SECRET, Kind, draw_page
from training.stamps.running import WEIGHTS
from training.stamps.spotter import Spotter

_KINDS = (Kind.IN_SEAL, Kind.GREY_PRINT, Kind.BILEVEL_PRINT)
_LEVELS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


def main() -> None:
    """Draw pages from one seed; print on how many of them something is found, for each threshold of the second look."""
    wanted = _arguments()
    cv2.setNumThreads(1)
    spotter = Spotter(wanted.weights)
    for kind in _KINDS:
        number = list(Kind).index(kind)
        best = [
            spotter.surest(
                draw_page(np.random.default_rng([wanted.seed, number, place]), kind, SECRET[place % 3]).image
            )
            for place in range(wanted.each)
        ]
        _said(kind.value, best)
    best = [
        spotter.surest(draw_page(np.random.default_rng([wanted.seed, 99, place]), Kind.CLEAN, "").image)
        for place in range(wanted.clean)
    ]
    _said("clean", best)


def _said(name: str, best: Sequence[float]) -> None:
    found = ", ".join(f"{sum(sure > level for sure in best)} over {level}" for level in _LEVELS)
    print(f"{name:<20}of {len(best)}: {found}", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.stamps.measure", description=__doc__)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=51)
    parser.add_argument("--each", type=int, default=12)
    parser.add_argument("--clean", type=int, default=100)
    return parser.parse_args()


if __name__ == "__main__":
    main()
