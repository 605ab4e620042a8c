"""Content of a PDF outside its pages: attached files, portfolios, XFA forms, media, detached pages.

The program does not read or screen these, so it names them.
Sources: ISO 32000-1, 7.11.4 (embedded files), 12.3.5 (portfolios), 12.7.8 (XFA) and 13 (multimedia).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pikepdf

ATTACHED_FILES, MEDIA, PAGE_MISSING, PORTFOLIO, XFA = "attached_files", "media", "page_missing", "portfolio", "xfa"
STRUCTURE = "structure"  # the structure is damaged, so that the content of the file is not known

# Every object is written out by qpdf and searched, because any object can refer to a file: a name tree, a note, a
# form, an action. Writing out is cheap (3 ms for 1,000 objects); each match is then examined entry by entry.
_HINTS = re.compile(rb"/(?:EF|EmbeddedFiles?|Collection|XFA|RichMedia|3D|Movie|Sound|Page)(?![^\s/<>\[\]()])")
_MEDIA_KINDS = ("/RichMedia", "/3D", "/Movie", "/Sound")
_MAX_DEPTH = 50  # nested direct objects; usual files have five levels


def attachments(pdf: pikepdf.Pdf, leaves: Iterable[pikepdf.Object]) -> tuple[str, ...]:
    """Return slugs of the content of ``pdf`` beside the pages ``leaves``, sorted. Damage raises any Exception.

    Attached files are counted: ``attached_files:2``. Examines all objects of the file.
    """
    found: set[str] = set()
    files: set[object] = set()  # identities
    pages = {leaf.objgen for leaf in leaves}
    for stored in pdf.objects:
        item = stored.stream_dict if isinstance(stored, pikepdf.Stream) else stored
        if not isinstance(item, pikepdf.Dictionary | pikepdf.Array) or not _HINTS.search(item.unparse(resolved=True)):
            continue
        if stored.objgen not in pages and _is_page(item):
            found.add(PAGE_MISSING)
        for entries in _dictionaries(item, 0):
            found.update(_kinds(entries))
            files.update(_files(entries, stored.objgen))
    if files:
        found.add(f"{ATTACHED_FILES}:{len(files)}")
    if isinstance(pdf.Root.get("/Collection"), pikepdf.Dictionary):
        found.add(PORTFOLIO)
    return tuple(sorted(found))


def _is_page(item: pikepdf.Object) -> bool:
    return isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Page" and "/Contents" in item


def _files(entries: pikepdf.Object, place: tuple[int, int]) -> Iterator[object]:
    """Yield an identity for each file that ``entries`` of the object ``place`` hold; a file named twice is equal."""
    if entries.get("/Type") == "/EmbeddedFile":
        yield place
    files = entries.get("/EF")
    if isinstance(files, pikepdf.Dictionary) and len(files.keys()):
        named = [file.objgen for file in files.values() if isinstance(file, pikepdf.Stream)]
        yield named[0] if named else ("lost", place)  # one file may have several kinds of names


def _kinds(entries: pikepdf.Object) -> Iterator[str]:
    if isinstance(entries.get("/XFA"), pikepdf.Array | pikepdf.Stream):
        yield XFA
    if entries.get("/Type") == "/3D" or (entries.get("/Subtype") in _MEDIA_KINDS and "/Rect" in entries):
        yield MEDIA


def _dictionaries(item: pikepdf.Object, depth: int) -> Iterator[pikepdf.Object]:
    """Yield ``item`` and the dictionaries written within it; those that it refers to are objects of their own."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(item, pikepdf.Dictionary):
        yield item
    for entry in item.values() if isinstance(item, pikepdf.Dictionary) else iter(item):
        if isinstance(entry, pikepdf.Dictionary | pikepdf.Array) and not entry.is_indirect:
            yield from _dictionaries(entry, depth + 1)
