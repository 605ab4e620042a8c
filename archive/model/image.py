"""PageImage: a page's pixels with the size of the paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PageImage:
    """Pixels of one page: shape (height, width) grey or (height, width, 3) RGB, uint8, 255 is paper white.

    ``canvas_width_mm``/``canvas_height_mm`` are what the whole image spans (see PageShape).
    """

    pixels: Pixels
    canvas_width_mm: float
    canvas_height_mm: float

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def dpi(self) -> float:
        """Horizontal pixels per inch on the canvas."""
        return self.width / (self.canvas_width_mm / 25.4)

    @property
    def is_colour(self) -> bool:
        """True for RGB pixels."""
        return self.pixels.ndim == 3
