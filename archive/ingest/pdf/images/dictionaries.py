"""Image dictionaries of a PDF page, matched to the images that the renderer found."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import pikepdf
import pypdfium2 as pdfium

from archive.ingest.pdf.images.dictionary_facts import DictionaryFacts, dictionary_facts

_MAX_STREAMS = 10_000  # examined images and forms; a page in one-line strips has up to 7,000


class DescribedImage(NamedTuple):
    """The dictionary of an image, and its facts."""

    image: pikepdf.Object
    facts: DictionaryFacts


class ImageDictionaries:
    """The images that a page and the forms on it name, found by their size and data; read and judged once each."""

    def __init__(self, page: pikepdf.Page | None) -> None:
        self._page = page
        self._verdicts: dict[tuple[int, int], dict[bytes, DescribedImage | None]] = {}

    def found(self, image: pdfium.PdfImage) -> DescribedImage | None:
        """Return the dictionary of ``image`` with its facts: the one of equal size and equal data.

        None for an inline image, when qpdf cannot read this file, and when several such dictionaries
        differ: the same data with another mask is another image. Damage raises any Exception.
        """
        width, height = image.get_px_size()
        candidates = self._by_size.get((width, height), [])
        if not candidates:
            return None
        if (width, height) not in self._verdicts:
            self._verdicts[width, height] = _by_data(candidates)
        return self._verdicts[width, height].get(_digest(bytes(image.get_data())))

    def dictionary(self, image: pdfium.PdfImage) -> pikepdf.Object | None:
        """Return the first dictionary of equal size and equal data as ``image``; None for an inline image."""
        width, height = image.get_px_size()
        data = bytes(image.get_data())
        return next((each for each in self._by_size.get((width, height), []) if each.read_raw_bytes() == data), None)

    @cached_property
    def _by_size(self) -> dict[tuple[int, int], list[pikepdf.Object]]:
        found: dict[tuple[int, int], list[pikepdf.Object]] = defaultdict(list)
        for image in _images(self._page.resources) if self._page is not None else ():
            width, height = image.get("/Width"), image.get("/Height")
            if isinstance(width, int) and isinstance(height, int):
                found[width, height].append(image)
        return found


def _images(resources: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Yield the images in ``resources`` and in their forms, each once, because forms may name each other."""
    waiting = [resources]
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < _MAX_STREAMS:
        found = waiting.pop().get("/XObject")
        for item in found.values() if isinstance(found, pikepdf.Dictionary) else ():
            if not isinstance(item, pikepdf.Stream) or item.objgen in seen:
                continue
            seen.add(item.objgen)
            if item.get("/Subtype") == "/Image":
                yield item
            elif isinstance(item.get("/Resources"), pikepdf.Dictionary):
                waiting.append(item["/Resources"])


def _by_data(images: list[pikepdf.Object]) -> dict[bytes, DescribedImage | None]:
    found: dict[bytes, DescribedImage | None] = {}
    for image in images:
        digest, described = _digest(image.read_raw_bytes()), describe(image)
        before = found.get(digest, described)
        same = before is not None and described is not None and before.facts == described.facts
        found[digest] = described if same else None
    return found


def describe(image: pikepdf.Object | None) -> DescribedImage | None:
    """Return ``image`` with its facts; None when its dictionary is damaged or absent."""
    if image is None:
        return None
    try:
        return DescribedImage(image, dictionary_facts(image))
    except Exception:  # a damaged dictionary must not affect other images of the same size
        return None


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
