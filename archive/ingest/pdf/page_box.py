"""The box of a PDF page, and the default for a page without one (ISO 32000-1, 14.11.2)."""

from __future__ import annotations

import pikepdf
import pypdfium2 as pdfium

_MAX_BRANCHES = 100
_MIN_SIDE = 1.0  # units; a box without area is no box
_LETTER = (0.0, 0.0, 612.0, 792.0)  # the default of PDF readers
_MAX_UNITS = 14_400.0  # units from the origin: the standard's limit for a side


def has_box(page: pikepdf.Page) -> bool:
    """True when ``page`` has or inherits a media box with an area."""
    node: pikepdf.Object | None = page.obj
    for _ in range(_MAX_BRANCHES):
        if not isinstance(node, pikepdf.Dictionary):
            return False
        if "/MediaBox" in node:
            return _has_area(node["/MediaBox"])
        node = node.get("/Parent")
    return False


def _has_area(box: pikepdf.Object) -> bool:
    try:
        left, bottom, right, top = (float(side) for side in box)
    except (TypeError, ValueError):
        return False
    return abs(right - left) >= _MIN_SIDE and abs(top - bottom) >= _MIN_SIDE


def set_default_box(page: pdfium.PdfPage) -> None:
    """Set the box of ``page`` to a rectangle around all its content and the default Letter; load the page again then.

    Content outside a default box would not be screened.
    """
    left, bottom, right, top = _LETTER
    for item in page.get_objects(max_depth=1):
        area = item.get_bounds()
        left, bottom = min(left, area[0]), min(bottom, area[1])
        right, top = max(right, area[2]), max(top, area[3])
    page.set_mediabox(
        max(left, -_MAX_UNITS),
        max(bottom, -_MAX_UNITS),
        min(right, _MAX_UNITS),
        min(top, _MAX_UNITS),
    )
