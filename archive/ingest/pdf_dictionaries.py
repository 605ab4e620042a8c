"""The image dictionaries of a PDF page: which one describes an image that the renderer found."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

import pikepdf
import pypdfium2 as pdfium

_MOST_STREAMS = 10_000  # images and forms that are looked at: a page of one-line strips has one for each of 7,000


class ImageDictionaries:
    """The images that a page and the forms on it name, found by their size and data; read once each."""

    def __init__(self, page: pikepdf.Page | None) -> None:
        self._page = page
        self._digests: dict[tuple[int, int], bytes] = {}

    def of(self, image: pdfium.PdfImage) -> tuple[pikepdf.Object, ...]:
        """Return the dictionaries of equal size and equal data: several, as the same data may have other masks.

        None at all for an inline image, or when qpdf cannot read this file. Raises anything on damage.
        """
        candidates = self._by_size.get(tuple(image.get_px_size()), ())
        if not candidates:
            return ()
        digest = _digest(bytes(image.get_data()))
        return tuple(candidate for candidate in candidates if self._digest(candidate) == digest)

    def _digest(self, candidate: pikepdf.Object) -> bytes:
        key = candidate.objgen
        if key not in self._digests:
            self._digests[key] = _digest(candidate.read_raw_bytes())
        return self._digests[key]

    @cached_property
    def _by_size(self) -> dict[tuple[int, int], list[pikepdf.Object]]:
        found: dict[tuple[int, int], list[pikepdf.Object]] = defaultdict(list)
        for image in _images(self._page.resources) if self._page is not None else ():
            width, height = image.get("/Width"), image.get("/Height")
            if isinstance(width, int) and isinstance(height, int):
                found[width, height].append(image)
        return found


def _images(resources: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Yield the images that ``resources`` and the forms in them name; each once, for forms may name each other."""
    waiting = [resources]
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < _MOST_STREAMS:
        found = waiting.pop().get("/XObject")
        for item in found.values() if isinstance(found, pikepdf.Dictionary) else ():
            if not isinstance(item, pikepdf.Stream) or item.objgen in seen:
                continue
            seen.add(item.objgen)
            if item.get("/Subtype") == "/Image":
                yield item
            elif isinstance(item.get("/Resources"), pikepdf.Dictionary):
                waiting.append(item["/Resources"])


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
