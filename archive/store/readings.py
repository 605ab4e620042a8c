"""The reading object: all pages' outcomes, text and boxes of one scan, under one fingerprint."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

from archive.errors import ObjectCorrupt
from archive.model.pages import Box, Line, PageEntry, PageText, Word
from archive.model.results import Problem
from archive.store.canonical import FORMAT, decode, encode
from archive.store.codec import page_from_json, page_to_json

# A 500-page scan's words would be 250,000 Python objects. So words travel packed from the worker
# that read them to the reading object, and are unpacked page by page by whoever needs them.


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page of a reading; ``packed`` holds its words (see ``pack_text``), None when it has no text."""

    entry: PageEntry
    problems: tuple[Problem, ...] = ()
    packed: bytes | None = None

    @property
    def text(self) -> PageText | None:
        """The page's words, unpacked anew at each call."""
        return unpack_text(self.packed) if self.packed is not None else None


def pack_text(text: PageText) -> bytes:
    """Return a page's words as compressed JSON: lines of ``[text, confidence, left, top, right, bottom]``, mm."""
    lines = [
        [[w.text, round(w.confidence, 3), *(round(side, 2) for side in w.box)] for w in line.words]
        for line in text.lines
    ]
    return zlib.compress(encode({"engine": text.engine, "lines": lines}), 6)


def plain_text(packed: bytes) -> str:
    """Return the words that ``pack_text`` packed as PageText.text gives them, without making objects of them."""
    lines = json.loads(zlib.decompress(packed))["lines"]
    return "\n".join(" ".join(word[0] for word in line) for line in lines)


def unpack_text(packed: bytes) -> PageText:
    """Return the words that ``pack_text`` packed."""
    return _text_of(json.loads(zlib.decompress(packed)))


def encode_reading(scan: str, fingerprint: dict[str, Any], pages: Iterable[ReadPage]) -> bytes:
    """Return the reading object: gzip without a time stamp, one JSON line of head, then one line a page."""
    out = BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=0) as zipped:
        zipped.write(encode({"format": FORMAT, "type": "reading", "scan": scan, "fingerprint": fingerprint}))
        for page in pages:
            text = json.loads(zlib.decompress(page.packed)) if page.packed is not None else None
            problems = [asdict(problem) for problem in page.problems]
            zipped.write(encode({"page": page_to_json(page.entry), "problems": problems, "text": text}))
    return out.getvalue()


def decode_reading(data: bytes) -> Iterator[ReadPage]:
    """Yield the pages of a reading object, one in memory at a time. Raises ObjectCorrupt."""
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as lines:
            decode(lines.readline(), "reading")
            for line in lines:
                value = json.loads(line)
                text = value["text"]
                yield ReadPage(
                    entry=page_from_json(value["page"]),
                    problems=tuple(Problem(**problem) for problem in value["problems"]),
                    packed=zlib.compress(encode(text), 1) if text is not None else None,
                )
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise ObjectCorrupt("a stored reading is damaged; restore it from a backup") from error


def decode_reading_head(data: bytes) -> dict[str, Any]:
    """Return the head of a reading object: whose scan, under what fingerprint. Raises ObjectCorrupt."""
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as lines:
            return decode(lines.readline(), "reading")
    except (OSError, EOFError, zlib.error) as error:
        raise ObjectCorrupt("a stored reading is damaged; restore it from a backup") from error


def _text_of(value: dict[str, Any]) -> PageText:
    return PageText(
        lines=tuple(
            Line(tuple(Word(text, Box(*box), confidence) for text, confidence, *box in words))
            for words in value["lines"]
        ),
        engine=value["engine"],
    )
