"""What the dictionary of an image in a PDF says: its colour, and whether its samples are the page.

Source: ISO 32000-1, 8.6 (colour spaces) and 8.9 (images).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pikepdf

from archive.model.pages import Colour

_GREY_SPACES = ("/DeviceGray", "/CalGray")
_COLOUR_SPACES = ("/DeviceRGB", "/CalRGB")
_BLACK_INKS = ("/Black", "/All")
_COMPONENTS = {1: Colour.GREY, 3: Colour.COLOUR, 4: Colour.COLOUR}


class Verdict(NamedTuple):
    """Colour (None where only the data tell), whether it is plain (see ImageFacts), bits of a pixel (0: unknown)."""

    colour: Colour | None
    plain: bool
    bits: int


def judged(image: pikepdf.Object) -> Verdict:
    """Return what the dictionary ``image`` says. Raises anything when it is damaged."""
    bits = int(image.get("/BitsPerComponent", 0))
    if image.get("/ImageMask"):
        return Verdict(Colour.BILEVEL, False, 1)
    masked = "/SMask" in image or "/Mask" in image or bool(image.get("/SMaskInData")) or not _reads_straight(image)
    space = image.get("/ColorSpace")
    if space is None:  # allowed in JPEG 2000 alone, which carries its own
        return Verdict(None, not masked, 0)
    colour, components = _space(space)
    if colour is Colour.GREY and bits == 1:
        colour = Colour.BILEVEL
    plain = bool(components) and not masked and not _has_colour_transform(image)
    return Verdict(colour, plain, bits * components)


def _space(space: pikepdf.Object) -> tuple[Colour | None, int]:
    """Return what a colour space holds, and its components when its samples are grey, RGB or a palette; else 0."""
    family = space if isinstance(space, pikepdf.Name) else space[0]
    if family in _GREY_SPACES:
        return Colour.GREY, 1
    if family in _COLOUR_SPACES:
        return Colour.COLOUR, 3
    if family == "/ICCBased":
        components = int(space[1].get("/N", 0))
        return _COMPONENTS.get(components), components if components in (1, 3) else 0
    if family == "/Indexed":
        return _palette_colour(space), 1
    if family in ("/Separation", "/DeviceN"):
        inks = list(space[1]) if isinstance(space[1], pikepdf.Array) else [space[1]]
        return (Colour.GREY if all(ink in _BLACK_INKS for ink in inks) else Colour.COLOUR), 0
    return Colour.COLOUR, 0


def _palette_colour(space: pikepdf.Object) -> Colour | None:
    base, _ = _space(space[1])
    table = space[3].read_bytes() if isinstance(space[3], pikepdf.Stream) else bytes(space[3])
    if base is Colour.COLOUR and space[1] in _COLOUR_SPACES:
        entries = np.frombuffer(table[: len(table) // 3 * 3], np.uint8).reshape(-1, 3).astype(np.int16)
        base = Colour.COLOUR if np.ptp(entries, axis=1).max(initial=0) > 0 else Colour.GREY
    if base is Colour.GREY and int(space[2]) <= 1:
        return Colour.BILEVEL
    return base


def _reads_straight(image: pikepdf.Object) -> bool:
    """True without a /Decode array, or with one that says what is true without it (not for palettes)."""
    decode = image.get("/Decode")
    return decode is None or [float(bound) for bound in decode] == [0.0, 1.0] * (len(decode) // 2)


def _has_colour_transform(image: pikepdf.Object) -> bool:
    parameters = image.get("/DecodeParms")
    items = list(parameters) if isinstance(parameters, pikepdf.Array) else [parameters]
    return any(isinstance(item, pikepdf.Dictionary) and "/ColorTransform" in item for item in items)
