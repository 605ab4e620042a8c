"""How well stamps of secrecy are found: found of N a kind, false alarms on clean pages, CPU a page; asserts nothing.

usage: python -m bench.stamps [--seed N] [--each 48] [--clean 500] [--misses FOLDER]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from archive.ocr.stamps.reader import StampReader
from bench.stamp_pages import SECRET, DrawnPage, Kind, draw_page, shown


def main() -> None:
    """Draw pages of every kind from one seed; print what the screen finds on them."""
    wanted = _arguments()
    cv2.setNumThreads(1)  # as in a worker
    reader = StampReader()
    for number, kind in enumerate(kind for kind in Kind if kind is not Kind.CLEAN):
        found, right, spent = 0, 0, 0.0
        for place in range(wanted.each):
            text = SECRET[place % len(SECRET)]
            page = draw_page(np.random.default_rng([wanted.seed, number, place]), kind, text)
            started = time.process_time()
            marks = reader.read(page.image)
            spent += time.process_time() - started
            found += bool(marks)
            right += any(mark.degree.value == _degree(text) for mark in marks)
            if not marks:
                _keep(wanted.misses, page, f"{kind.name}-{place}")
        print(
            f"{kind.value:<20}{found:>3} of {wanted.each}, {right} with its degree,"
            f" {1000 * spent / max(1, wanted.each):.0f} ms a page"
        )
        sys.stdout.flush()
    _clean(reader, wanted)


def _clean(reader: StampReader, wanted: argparse.Namespace) -> None:
    false, spent = 0, 0.0
    for place in range(wanted.clean):
        page = draw_page(np.random.default_rng([wanted.seed, 99, place]), Kind.CLEAN, "")
        started = time.process_time()
        marks = reader.read(page.image)
        spent += time.process_time() - started
        if marks:
            false += 1
            print(f"false: clean page {place}: {marks[0].degree} at {marks[0].box}; stamps {shown(page.places)}")
            _keep(wanted.misses, page, f"clean-{place}")
            sys.stdout.flush()
    print(f"clean: {false} false of {wanted.clean}, {1000 * spent / max(1, wanted.clean):.0f} ms a page")


def _degree(text: str) -> str:
    return {"MẬT": "mat", "TỐI MẬT": "toi_mat", "TUYỆT MẬT": "tuyet_mat"}[text]


def _keep(folder: Path | None, page: DrawnPage, name: str) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        pixels = page.image.pixels
        cv2.imwrite(str(folder / f"{name}.png"), pixels[..., ::-1] if page.image.is_colour else pixels)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=48)
    parser.add_argument("--clean", type=int, default=500)
    parser.add_argument("--misses", type=Path, help="folder for pictures of what was missed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
