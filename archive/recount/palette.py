"""Palettes: whether indexed colours are colours or greys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.model.pages import Colour


def palette_colour(entries: Iterable[Sequence[int]], white: int = 255) -> Colour | None:
    """Return the colour of a palette of red, green, blue entries (0 … ``white``); None for an empty one.

    Equal amounts of the three give greys; nothing but black and white gives bilevel.
    """
    shades = {tuple(entry) for entry in entries}
    if not shades:
        return None
    if any(len(set(shade)) > 1 for shade in shades):
        return Colour.COLOUR
    return Colour.BILEVEL if all(shade[0] in (0, white) for shade in shades) else Colour.GREY
