"""Sheets laid between documents for the scanner: a barcode and large words."""

from __future__ import annotations

from samples.generator.compose import Composer
from samples.generator.fonts import Face, Fonts
from samples.generator.marks import Sheet, Stroke

# Code 128 (ISO/IEC 15417): widths of bars and spaces for the values 0 to 105, then stop.
_WIDTHS = (
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
)  # fmt: skip
_START_B, _STOP = 104, 106


def separator(fonts: Fonts) -> Sheet:
    """A separator sheet with the words of scanner makers and of our offices."""
    page = Composer(fonts)
    page.y = 60
    page.heading("PATCH T", Face.SANS_BOLD, 60)
    page.skip(14)
    page.put(*barcode("PATCHT", page.width / 2, page.y, 120, 32))
    page.skip(52)
    page.heading("TỜ PHÂN CÁCH", Face.BOLD, 44)
    page.y = 245
    page.put(*barcode("PATCHT", page.width / 2, page.y, 120, 18))
    return page.sheets()[0]


def barcode(text: str, x: float, y: float, width: float, height: float) -> list[Stroke]:
    """Return the bars of ``text`` (ASCII 32 to 126) in Code 128 B, centred on ``x``, hanging from ``y``; mm."""
    values = [_START_B, *(ord(letter) - 32 for letter in text)]
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], start=1))) % 103
    widths = "".join(_WIDTHS[value] for value in [*values, check, _STOP])
    module = width / sum(int(step) for step in widths)
    left = x - width / 2
    bars = []
    for index, step in enumerate(widths):
        right = left + int(step) * module
        if index % 2 == 0:
            bars.append(Stroke(((left, y), (right, y), (right, y + height), (left, y + height)), 0.1, closed=True))
        left = right
    return bars
