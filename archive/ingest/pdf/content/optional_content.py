"""Optional content of a PDF: which layers a viewer shows by default (ISO 32000-1, 8.11)."""

from __future__ import annotations

from functools import cached_property

import pikepdf

_MAX_DEPTH = 10  # expressions within expressions


class OptionalContent:
    """The layers of one file, in their initial state in a viewer."""

    def __init__(self, pdf: pikepdf.Pdf | None) -> None:
        self._pdf = pdf

    def hides(self, owner: pikepdf.Object | None) -> bool:
        """True when ``owner``, an /OC entry, is a layer or a membership of layers that is off."""
        try:
            return owner is not None and not self._shows(owner)
        except Exception:  # a damaged entry hides nothing
            return False

    @cached_property
    def _default(self) -> pikepdf.Object:
        properties = self._pdf.Root.get("/OCProperties") if self._pdf is not None else None
        found = properties.get("/D") if isinstance(properties, pikepdf.Dictionary) else None
        return found if isinstance(found, pikepdf.Dictionary) else pikepdf.Dictionary()

    def _shows(self, owner: pikepdf.Object) -> bool:
        if owner.get("/Type") != "/OCMD":
            return self._is_on(owner)
        if isinstance(owner.get("/VE"), pikepdf.Array):
            return self._holds(owner["/VE"], 0)
        groups = owner.get("/OCGs")
        listed = list(groups) if isinstance(groups, pikepdf.Array) else [groups]
        states = [self._is_on(group) for group in listed if isinstance(group, pikepdf.Dictionary)]
        if not states:
            return True
        policy = str(owner.get("/P", "/AnyOn"))
        return {"/AllOn": all(states), "/AnyOff": not all(states), "/AllOff": not any(states)}.get(policy, any(states))

    def _holds(self, expression: pikepdf.Object, depth: int) -> bool:
        if not isinstance(expression, pikepdf.Array) or depth > _MAX_DEPTH:
            return self._is_on(expression)
        operator, *operands = list(expression)
        states = [self._holds(operand, depth + 1) for operand in operands]
        if operator == "/Not":
            return not states[0]
        return any(states) if operator == "/Or" else all(states)

    def _is_on(self, group: pikepdf.Object) -> bool:
        state = self._default.get("/BaseState", "/ON") != "/OFF"
        if _lists(self._default.get("/ON"), group):
            state = True
        if _lists(self._default.get("/OFF"), group):
            state = False
        usage = group.get("/Usage")
        view = usage.get("/View") if isinstance(usage, pikepdf.Dictionary) else None
        if isinstance(view, pikepdf.Dictionary) and "/ViewState" in view and self._views(group):
            state = view["/ViewState"] != "/OFF"
        return state

    def _views(self, group: pikepdf.Object) -> bool:
        """True when the usage entry of ``group`` decides its state for viewing."""
        rules = self._default.get("/AS")
        return any(
            rule.get("/Event") == "/View" and _lists(rule.get("/OCGs"), group)
            for rule in (rules if isinstance(rules, pikepdf.Array) else ())
        )


def _lists(groups: pikepdf.Object | None, group: pikepdf.Object) -> bool:
    items = groups if isinstance(groups, pikepdf.Array) else ()
    return any(isinstance(item, pikepdf.Dictionary) and item.objgen == group.objgen for item in items)
