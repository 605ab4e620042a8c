"""Optional content: whether a PDF viewer shows a layer by default.

Source: ISO 32000-1, 8.11.
"""

from __future__ import annotations

from collections.abc import Iterable

import pikepdf

_MAX_NESTED = 10


class Layers:
    """The layers of a PDF in its default configuration."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        properties = pdf.Root.get("/OCProperties")
        default = properties.get("/D") if isinstance(properties, pikepdf.Dictionary) else None
        self._default = default if isinstance(default, pikepdf.Dictionary) else pikepdf.Dictionary()
        self._on, self._off = _names(self._default.get("/ON")), _names(self._default.get("/OFF"))

    def off(self, entry: pikepdf.Object | None) -> bool:
        """True when ``entry``, the value of /OC, hides its owner."""
        if not isinstance(entry, pikepdf.Dictionary):
            return False
        if entry.get("/Type") != "/OCMD":
            return not self._shown(entry)
        rule = entry.get("/VE")
        if isinstance(rule, pikepdf.Array):
            return not self._true(rule, 0)
        members = entry.get("/OCGs")
        shown = [self._shown(group) for group in _groups(members)]
        wanted = str(entry.get("/P", "/AnyOn"))
        if not shown:
            return False
        if wanted == "/AllOn":
            return not all(shown)
        if wanted == "/AnyOff":
            return all(shown)
        if wanted == "/AllOff":
            return any(shown)
        return not any(shown)

    def _true(self, rule: pikepdf.Object, depth: int) -> bool:
        if isinstance(rule, pikepdf.Dictionary):
            return self._shown(rule)
        if not isinstance(rule, pikepdf.Array) or len(rule) < 2 or depth > _MAX_NESTED:
            return True
        terms = [self._true(term, depth + 1) for term in list(rule)[1:]]
        if rule[0] == "/Not":
            return not terms[0]
        return all(terms) if rule[0] == "/And" else any(terms)

    def _shown(self, group: pikepdf.Object) -> bool:
        for rule in _groups(self._default.get("/AS")):
            if rule.get("/Event") == "/View" and group.objgen in _names(rule.get("/OCGs")):
                view = group.get("/Usage", pikepdf.Dictionary()).get("/View", pikepdf.Dictionary())
                if "/ViewState" in view:
                    return bool(view["/ViewState"] != "/OFF")
        if group.objgen in self._off:
            return False
        return group.objgen in self._on or self._default.get("/BaseState", "/ON") != "/OFF"


def _groups(entry: pikepdf.Object | None) -> Iterable[pikepdf.Object]:
    items = list(entry) if isinstance(entry, pikepdf.Array) else [entry]
    return [item for item in items if isinstance(item, pikepdf.Dictionary)]


def _names(entry: pikepdf.Object | None) -> set[tuple[int, int]]:
    return {group.objgen for group in _groups(entry)}
