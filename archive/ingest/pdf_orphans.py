"""Pictures in a PDF that none of its pages paints: what was replaced, taken out, or put where no page shows it."""

from __future__ import annotations

from collections.abc import Iterable

import pikepdf

from archive.ingest.pdf_painted import Contents
from archive.ingest.pdf_unseen import LEAST_PICTURE

_MASKS = ("/SMask", "/Mask")


def orphans(pdf: pikepdf.Pdf, pages: Iterable[Contents]) -> dict[tuple[int, int], pikepdf.Object]:
    """Return the pictures of ``pdf`` that no page paints, by their object. Raises anything on damage.

    Masks belong to their pictures. ``pages`` is asked for only when there are pictures at all.
    """
    found: dict[tuple[int, int], pikepdf.Object] = {}
    masks: set[tuple[int, int]] = set()
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Stream) or item.get("/Subtype") != "/Image":
            continue
        masks.update(item[name].objgen for name in _MASKS if isinstance(item.get(name), pikepdf.Stream))
        if int(item.get("/Width", 0)) * int(item.get("/Height", 0)) >= LEAST_PICTURE:
            found[item.objgen] = item
    for number in masks:
        found.pop(number, None)
    for page in pages if found else ():
        for picture in page.pictures:
            if picture.image is not None:
                found.pop(picture.image.objgen, None)
        if not found:
            break
    return found
