"""The page tree of a PDF, followed to its leaves. The leaves are the pages; /Count is not trusted.

Source: ISO 32000-1, 7.7.3.
"""

from __future__ import annotations

import pikepdf

MAX_DEPTH = 100
INHERITABLE = ("/MediaBox", "/CropBox", "/Resources", "/Rotate")


class TreeError(ValueError):
    """A page tree without end."""


def leaves(pdf: pikepdf.Pdf) -> list[pikepdf.Page]:
    """Return the pages in reading order, with inherited attributes. Raises TreeError, pikepdf's errors.

    Skips everything that is no dictionary, and repeated branches, which may form a cycle.
    """
    top = pdf.Root.Pages
    met = {top.objgen}
    found: list[pikepdf.Page] = []
    waiting: list[tuple[pikepdf.Object, dict[str, pikepdf.Object], int]] = [(top, {}, 0)]
    while waiting:
        node, handed, depth = waiting.pop()
        if "/Kids" not in node:
            if node is not top:
                found.append(_page(node, handed))
            continue
        if depth > MAX_DEPTH:
            raise TreeError("branches within branches without end")
        own = {name: node[name] for name in INHERITABLE if name in node}
        kids = [kid for kid in node["/Kids"] if isinstance(kid, pikepdf.Dictionary)]
        for kid in reversed(kids):
            if "/Kids" in kid and kid.is_indirect:
                if kid.objgen in met:
                    continue
                met.add(kid.objgen)
            waiting.append((kid, {**handed, **own}, depth + 1))
    return found


def _page(leaf: pikepdf.Object, handed: dict[str, pikepdf.Object]) -> pikepdf.Page:
    # A copy, because a leaf may belong to two branches; only in memory: the file is not written.
    entries = {**handed, **dict(leaf.items())}
    return pikepdf.Page(pikepdf.Dictionary(entries))
