"""Draws a plan: sheets through paint and scanner into a file."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
from PIL import Image, ImageOps

from samples.generator import files
from samples.generator.digital import add_digital_page, embed_faces
from samples.generator.fonts import Fonts
from samples.generator.paint import paint
from samples.generator.plans import Colour, Form, Leaf, Plan
from samples.generator.scanner import bilevel, scan_page

SEED = 2026
_TURNS = {
    90: Image.Transpose.ROTATE_270,  # Pillow turns counter-clockwise
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def draw_plan(plan: Plan, folder: Path, fonts: Fonts, seed: int = SEED) -> list[Path]:
    """Write the scan and its copies into ``folder``; return their paths, the scan first. Same seed, same bytes."""
    path = folder / plan.name
    if plan.form is Form.PDF:
        _draw_pdf(plan, path, fonts, seed)
    else:
        _draw_images(plan, path, [page_image(plan, number, fonts, seed) for number in range(1, len(plan.leaves) + 1)])
    paths = [path]
    for name in plan.copies:
        paths.append(folder / name)
        paths[-1].write_bytes(path.read_bytes())
    return paths


def page_image(plan: Plan, number: int, fonts: Fonts, seed: int = SEED) -> Image.Image:
    """Return page ``number`` (from 1) as the scanner delivers it: RGB, grey or 1-bit."""
    leaf = plan.leaves[number - 1]
    # Every page has its own stream of chance, so that a change to one page leaves all others as they are.
    rng = np.random.default_rng([seed, zlib.crc32(plan.name.encode()), number])
    page = paint(leaf.sheet, plan.dpi, fonts, rng, toner=leaf.toner)
    damage = leaf.damage
    if leaf.behind is not None:
        damage = replace(damage, bleed=paint(leaf.behind, plan.dpi, fonts, rng))
    return _set(_lay(scan_page(page, damage, plan.dpi, rng), leaf), plan)


def _lay(page: Image.Image, leaf: Leaf) -> Image.Image:
    return page.transpose(_TURNS[leaf.turn]) if leaf.turn else page


def _set(page: Image.Image, plan: Plan) -> Image.Image:
    match plan.colour:
        case Colour.GREY:
            return ImageOps.grayscale(page)
        case Colour.BILEVEL:
            return bilevel(page)
        case _:
            return page


def _draw_pdf(plan: Plan, path: Path, fonts: Fonts, seed: int) -> None:
    with pikepdf.new() as pdf:
        faces = embed_faces(pdf, [leaf.sheet for leaf in plan.leaves if leaf.digital], fonts)
        for number, leaf in enumerate(plan.leaves, start=1):
            if leaf.digital:
                add_digital_page(pdf, leaf.sheet, faces)
            else:
                image = page_image(plan, number, fonts, seed)
                files.add_scanned_page(pdf, files.packed(image, plan.dpi, plan.quality))
        files.save_pdf(pdf, path)


def _draw_images(plan: Plan, path: Path, images: Sequence[Image.Image]) -> None:
    match plan.form:
        case Form.TIFF:
            files.save_tiff(images, path, plan.dpi, plan.quality)
        case Form.JPEG:
            path.write_bytes(files.jpeg(images[0], plan.quality, plan.dpi if plan.says_dpi else None))
        case _:
            files.save_png(images[0], path, plan.dpi, colours=32)
