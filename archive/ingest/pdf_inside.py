"""What a PDF carries beside its pages: attached files, portfolios, XFA forms, sound and film, pages cut off its tree.

Nobody reads or screens these, so they must be named.
Sources: ISO 32000-1, 7.11.4 (embedded files), 12.3.5 (portfolios), 12.7.8 (XFA) and 13 (multimedia).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pikepdf

ATTACHED_FILES, MEDIA, PAGE_MISSING, PORTFOLIO, XFA = "attached_files", "media", "page_missing", "portfolio", "xfa"
STRUCTURE = "structure"  # nobody can tell what the file holds

# Every object is written out by qpdf and searched, for a file can hang on anything: a name tree, a note, a form, an
# action. Writing out is cheap (3 ms for 1,000 objects); what it finds is looked at entry by entry.
_HINTS = re.compile(rb"/(?:EF|EmbeddedFiles?|Collection|XFA|RichMedia|3D|Movie|Sound|Page)(?![^\s/<>\[\]()])")
_MEDIA_KINDS = ("/RichMedia", "/3D", "/Movie", "/Sound")
_MOST_DEPTH = 50  # direct objects within each other; files that people make have five


def inside(pdf: pikepdf.Pdf, leaves: Iterable[pikepdf.Object]) -> tuple[str, ...]:
    """Return what ``pdf`` carries beside the pages ``leaves``, in the order of the alphabet. Raises anything on damage.

    All objects of the file are gone through.
    """
    found: set[str] = set()
    pages = {leaf.objgen for leaf in leaves}
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream):
            item = item.stream_dict
        if not isinstance(item, pikepdf.Dictionary | pikepdf.Array) or not _HINTS.search(item.unparse(resolved=True)):
            continue
        if item.objgen not in pages and _is_page(item):
            found.add(PAGE_MISSING)
        for entries in _dictionaries(item, 0):
            found.update(_kinds(entries))
    if isinstance(pdf.Root.get("/Collection"), pikepdf.Dictionary):
        found.add(PORTFOLIO)
    return tuple(sorted(found))


def _is_page(item: pikepdf.Object) -> bool:
    return isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Page" and "/Contents" in item


def _kinds(entries: pikepdf.Object) -> Iterator[str]:
    files = entries.get("/EF")
    if entries.get("/Type") == "/EmbeddedFile" or (isinstance(files, pikepdf.Dictionary) and len(files.keys())):
        yield ATTACHED_FILES
    if isinstance(entries.get("/XFA"), pikepdf.Array | pikepdf.Stream):
        yield XFA
    if entries.get("/Type") == "/3D" or (entries.get("/Subtype") in _MEDIA_KINDS and "/Rect" in entries):
        yield MEDIA


def _dictionaries(item: pikepdf.Object, depth: int) -> Iterator[pikepdf.Object]:
    """Yield ``item`` and the dictionaries written within it; those that it refers to are objects of their own."""
    if depth > _MOST_DEPTH:
        return
    if isinstance(item, pikepdf.Dictionary):
        yield item
    for entry in item.values() if isinstance(item, pikepdf.Dictionary) else iter(item):
        if isinstance(entry, pikepdf.Dictionary | pikepdf.Array) and not entry.is_indirect:
            yield from _dictionaries(entry, depth + 1)
