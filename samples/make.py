"""Draws all samples again: ``python samples/make.py [OUTDIR]``."""

from __future__ import annotations

import argparse
import hashlib
import platform
import sys
import zlib
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
if not __package__:  # run as a script: the generator is a package of the repository's root
    sys.path.insert(0, str(HERE.parent))

from samples.generator.catalogue import catalogue  # noqa: E402 -- needs the path set above
from samples.generator.draw import draw_plan  # noqa: E402 -- same
from samples.generator.fonts import Face, FontMissing, Fonts  # noqa: E402 -- same
from samples.generator.truth import Written, write_truth  # noqa: E402 -- same


def made_with(fonts: Fonts) -> dict[str, str]:
    """Return what decides the bytes; with other versions the pictures look alike but differ in detail."""
    found = {name: version(name) for name in ("numpy", "pikepdf", "pillow")}
    face = hashlib.sha256(fonts.path(Face.REGULAR).read_bytes()).hexdigest()[:12]
    return found | {"zlib": zlib.ZLIB_RUNTIME_VERSION, "font": face, "machine": platform.machine()}


def main(arguments: list[str] | None = None) -> int:
    """Write scans/ and truth.json into OUTDIR (default: samples/) and say what was made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outdir", nargs="?", type=Path, default=HERE, help="folder for scans/ and truth.json")
    parser.add_argument("--only", metavar="NAME", help="draw this scan alone and leave truth.json as it is")
    options = parser.parse_args(arguments)
    try:
        fonts = Fonts.find()
    except FontMissing as error:
        print(error, file=sys.stderr)
        return 4
    folder = options.outdir / "scans"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for plan in catalogue(fonts):
        if options.only in (None, plan.name):
            paths = draw_plan(plan, folder, fonts)
            written.append(Written(plan, paths[0]))
            print(f"{plan.name}: {len(plan.leaves)} pages, {paths[0].stat().st_size / 1000:.0f} kB")
    if options.only is None:
        write_truth(written, options.outdir / "truth.json", made_with(fonts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
