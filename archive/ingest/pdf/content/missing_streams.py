"""Content streams that a PDF page refers to and the file lacks. qpdf drops such references silently."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf

_CONTENTS = re.compile(rb"/Contents\s*\[?((?:\s*\d{1,10}\s+\d{1,5}\s+R)+)")
_REFERENCE = re.compile(rb"(\d+)\s+(\d+)\s+R")


def has_missing_contents(path: Path, pdf: pikepdf.Pdf) -> bool:
    """True when an object in the file at ``path`` refers to contents that ``pdf``, the same file, does not hold.

    qpdf drops entries whose object is missing, so this searches the text of the file. It is called only for pages
    without contents, which are rare; it need not know which page has lost its contents.
    """
    for text in _texts(path, pdf):
        for found in _CONTENTS.finditer(text):
            for number, generation in _REFERENCE.findall(found[1]):
                if pdf.get_object(int(number), int(generation)) is None:
                    return True
    return False


def _texts(path: Path, pdf: pikepdf.Pdf) -> Iterator[bytes | mmap.mmap]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
        yield text
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get("/Type") == "/ObjStm":
            yield item.read_bytes()
