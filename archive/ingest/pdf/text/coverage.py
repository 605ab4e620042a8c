"""Coverage: the share of a page's ink that its text layer accounts for."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from archive.ingest.pdf.content.survey import Survey
from archive.model.image import Pixels
from archive.model.pages import MM_PER_INCH, Box, PageText

INK_DPI = 100.0  # letters stay separate, and a page takes hundredths of a second
_DARK = 160  # grey below this is ink; light shading of table heads is not
_MARGIN_MM = 0.5  # smoothed edges of letters lie outside their boxes
_RULE_MM = 1.2  # a path no thicker is a rule of a table or under a heading, not text
_MIN_SHARE = 0.85
_MIN_INK = 20  # pixels; with fewer the page is empty, even if it holds invisible text


def text_accounts_for_ink(text: PageText, rendered: Pixels, survey: Survey) -> bool:
    """True when at least 85 % of the ink, rules left out, lies in the words' boxes; ``rendered`` is grey, INK_DPI."""
    ink = rendered < _DARK
    _clear(ink, [box for box in map(survey.frame.box, survey.rules) if min(box.width, box.height) <= _RULE_MM])
    total = int(ink.sum())
    if total < _MIN_INK:
        return False
    _clear(ink, [word.box for word in text.words])
    return 1 - int(ink.sum()) / total >= _MIN_SHARE


def _clear(ink: npt.NDArray[np.bool_], boxes: list[Box]) -> None:
    scale = INK_DPI / MM_PER_INCH
    for box in boxes:
        top = max(0, math.floor((box.top - _MARGIN_MM) * scale))
        left = max(0, math.floor((box.left - _MARGIN_MM) * scale))
        bottom = max(0, math.ceil((box.bottom + _MARGIN_MM) * scale))
        right = max(0, math.ceil((box.right + _MARGIN_MM) * scale))
        ink[top:bottom, left:right] = False
