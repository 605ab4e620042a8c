"""Images that only earlier versions of a PDF hold: incremental updates leave removed objects in the file.

Source: ISO 32000-1, 7.5.6 (incremental updates).
"""

from __future__ import annotations

import contextlib
import io
import mmap
import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf

from archive.ingest.pdf.hidden.unpainted_images import is_picture

_END = re.compile(rb"%%EOF[\r\n]*")
_LINEARISED = b"/Linearized"  # a linearised file has one more end marker, after its first page
_HEAD = 1024
_MAX_VERSIONS = 10  # each signature adds one; usual papers have three or four


class TooManyVersionsError(Exception):
    """More earlier versions, or larger ones, than can be opened."""


def earlier_pictures(
    path: Path, now: pikepdf.Pdf, most_bytes: int, keep: contextlib.ExitStack
) -> Iterator[pikepdf.Object]:
    """Yield the images of earlier versions of the file at ``path`` that ``now``, its last one, does not hold.

    ``keep`` closes the earlier versions. Raises TooManyVersionsError.
    """
    known: set[tuple[int, int, bytes]] = set()
    for before in earlier_versions(path, most_bytes, keep):
        for item in before.objects:
            if not is_picture(item) or _is_same(now, item):
                continue
            mark = (*item.objgen, item.stream_dict.unparse())
            if mark not in known:
                known.add(mark)
                yield item


def earlier_versions(path: Path, most_bytes: int, keep: contextlib.ExitStack) -> Iterator[pikepdf.Pdf]:
    """Yield the earlier versions of the file at ``path``, the last one first; ``keep`` closes them.

    Raises TooManyVersionsError.
    """
    ends = _ends(path)
    if ends and (len(ends) > _MAX_VERSIONS or ends[-1] > most_bytes):
        raise TooManyVersionsError
    for end in reversed(ends):
        before = _opened(path, end)
        if before is not None:
            yield keep.enter_context(before)


def _ends(path: Path) -> list[int]:
    """Return the end of each version but the last, in bytes."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        ends = [found.end() for found in _END.finditer(data)]
        linearised = data[:_HEAD].find(_LINEARISED) >= 0
    return ends[1 if linearised else 0 : -1]


def _opened(path: Path, end: int) -> pikepdf.Pdf | None:
    with path.open("rb") as file:
        data = file.read(end)
    try:
        return pikepdf.open(io.BytesIO(data), inherit_page_attributes=False, attempt_recovery=False)
    except Exception:  # this marker does not end a version
        return None


def _is_same(now: pikepdf.Pdf, item: pikepdf.Object) -> bool:
    other = now.get_object(item.objgen)
    return (
        isinstance(other, pikepdf.Stream)
        and other.stream_dict.unparse() == item.stream_dict.unparse()
        and other.read_raw_bytes() == item.read_raw_bytes()
    )
