"""Images of a PDF that no page paints: replaced, removed, or placed where no page shows them."""

from __future__ import annotations

from collections.abc import Iterable

import pikepdf

from archive.ingest.pdf.content.interpreter import PageContents
from archive.ingest.raster.hidden.pictures import MIN_PICTURE

_MASKS = ("/SMask", "/Mask")


def unpainted_images(pdf: pikepdf.Pdf, pages: Iterable[PageContents]) -> dict[tuple[int, int], pikepdf.Object]:
    """Return the images of ``pdf`` that no page paints, by object number. Damage raises any Exception.

    Masks of painted images count as painted. ``pages`` is iterated only when the file has images.
    """
    found = {item.objgen: item for item in pdf.objects if is_picture(item)}
    for page in pages if found else ():
        for picture in page.pictures:
            image = picture.image
            for one in (image, *(image.get(name) for name in _MASKS)) if image is not None else ():
                if isinstance(one, pikepdf.Stream):
                    found.pop(one.objgen, None)
        if not found:
            break
    return found


def is_picture(item: pikepdf.Object) -> bool:
    """Return True for an image large enough for letters; previews of pages count even without /Subtype."""
    return (
        isinstance(item, pikepdf.Stream)
        and item.get("/Subtype", "/Image") == "/Image"
        and int(item.get("/Width", 0)) * int(item.get("/Height", 0)) >= MIN_PICTURE
    )
