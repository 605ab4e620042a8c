"""Content outside the visible box of a PDF page: it is in the file, but no viewer shows it."""

from __future__ import annotations

import pypdfium2 as pdfium
import pypdfium2.raw as c

from archive.ingest.pdf.coordinates import Rectangle

_SLACK = 8.0  # units (3 mm): too narrow for a mark; drawings to the paper's edge overhang by that much
_AROUND = 10.0  # units of margin around the content
_MAX_OBJECTS = 50_000
_MAX_WINDOWS = 8
_MAX_UNITS = 14_400.0  # units from the origin: the standard's limit for a side
_WINDOW = 1_500_000.0  # square units: three A4
_MARKS = (c.FPDF_PAGEOBJ_TEXT, c.FPDF_PAGEOBJ_FORM, c.FPDF_PAGEOBJ_PATH)  # images are screened separately


def windows(page: pdfium.PdfPage, visible: Rectangle) -> list[Rectangle] | None:
    """Return rectangles around text and drawing outside ``visible``; None when these cannot be shown whole.

    Lines longer than any page are skipped.
    """
    found: list[Rectangle] = []
    for number, item in enumerate(page.get_objects(max_depth=1)):
        if number >= _MAX_OBJECTS:
            break
        if item.type not in _MARKS:
            continue
        area = Rectangle(*item.get_bounds())
        if visible.covers(area, _SLACK):
            continue
        if max(map(abs, area)) > _MAX_UNITS:
            if item.type == c.FPDF_PAGEOBJ_PATH:
                continue
            return None
        _join(found, area)
        if len(found) > _MAX_WINDOWS:
            return None
    return [_wider(area) for area in found]


def _join(windows: list[Rectangle], area: Rectangle) -> None:
    """Widen the first window that ``area`` fits into, or add one."""
    for number, window in enumerate(windows):
        both = Rectangle(
            min(window.left, area.left),
            min(window.bottom, area.bottom),
            max(window.right, area.right),
            max(window.top, area.top),
        )
        if (both.right - both.left) * (both.top - both.bottom) <= _WINDOW:
            windows[number] = both
            return
    windows.append(area)


def _wider(area: Rectangle) -> Rectangle:
    return Rectangle(area.left - _AROUND, area.bottom - _AROUND, area.right + _AROUND, area.top + _AROUND)
