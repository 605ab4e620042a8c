"""The reading object: all pages' outcomes, text and boxes of one scan, under one fingerprint."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from archive.errors import ObjectCorrupt
from archive.messages.catalogue import tr
from archive.model.pages import Alternative, Box, Line, PageEntry, PageText, Word
from archive.model.results import Problem
from archive.store.format import json_values
from archive.store.format.canonical_json import decode, encode, encode_typed

# The words of a 500-page scan would be 250,000 Python objects. So words stay packed from the worker that read them to
# the reading object, and are unpacked one page at a time.


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
    """Return a page's words as compressed JSON: words are ``[text, confidence, left, top, right, bottom]``, mm."""
    return zlib.compress(encode({"engine": text.engine, "lines": [_line(line) for line in text.lines]}), 6)


def unpack_text(packed: bytes) -> PageText:
    """Return the words that ``pack_text`` packed."""
    return _text_of(json.loads(zlib.decompress(packed)))


def encode_reading(scan: str, fingerprint: dict[str, Any], pages: Iterable[ReadPage]) -> bytes:
    """Return the reading object: gzip without a time stamp, one JSON line of head, then one line a page."""
    out = BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6, mtime=0) as zipped:
        zipped.write(encode_typed("reading", {"scan": scan, "fingerprint": fingerprint}))
        for page in pages:
            zipped.write(_page_line(page))
    return out.getvalue()


def decode_reading(data: bytes) -> Iterator[ReadPage]:
    """Yield the pages of a reading object, one in memory at a time. Raises ObjectCorrupt."""
    for value in _values(data):
        yield _page(value)


def decode_reading_head(data: bytes) -> dict[str, Any]:
    """Return the head of a reading object: digest of the scan, fingerprint. Raises ObjectCorrupt."""
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as lines:
            return decode(lines.readline(), "reading")
    except (OSError, EOFError, zlib.error) as error:
        raise ObjectCorrupt(tr("store.format.a_stored_reading_is_damaged_restore")) from error


def plain_texts(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield (page number, text) of every page of a reading that has text, as PageText.text gives it.

    Makes no Word objects, because an index and a hit do not need them. Raises ObjectCorrupt.
    """
    for value in _values(data):
        if value["text"] is not None:
            lines = value["text"]["lines"]
            yield value["page"]["number"], "\n".join(" ".join(word[0] for word in line["words"]) for line in lines)


def _page_line(page: ReadPage) -> bytes:
    """Return a page as its line of the reading object.

    Packed words are canonical JSON already, so they are inserted unchanged: decoding and encoding them again was a
    third of the time of keeping a reading.
    """
    if page.packed is None:
        return encode({"page": json_values.page(page.entry), "problems": _problems(page), "text": None})
    head = encode({"page": json_values.page(page.entry), "problems": _problems(page)})
    return head[:-2] + b',"text":' + zlib.decompress(page.packed)[:-1] + b"}\n"  # "text" sorts last


def _problems(page: ReadPage) -> list[dict[str, Any]]:
    return [json_values.problem(problem) for problem in page.problems]


def _values(data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the pages of a reading object as JSON values. Raises ObjectCorrupt."""
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as lines:
            old = decode(lines.readline(), "reading")["format"] == 1
            for line in lines:
                value = json.loads(line)
                yield _of_format_1(value) if old else value
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise ObjectCorrupt(tr("store.format.a_stored_reading_is_damaged_restore")) from error


def _page(value: dict[str, Any]) -> ReadPage:
    try:
        text = value["text"]
        return ReadPage(
            entry=json_values.read_page(value["page"]),
            problems=tuple(json_values.read_problem(problem) for problem in value["problems"]),
            packed=zlib.compress(encode(text), 1) if text is not None else None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ObjectCorrupt(tr("store.format.a_stored_reading_is_damaged_restore")) from error


def _of_format_1(value: dict[str, Any]) -> dict[str, Any]:
    """Return a page of format 1, whose lines had only words, in format 2."""
    text = value["text"]
    if text is not None:
        value["text"] = {
            **text,
            "lines": [{"words": words, "block": None, "alternatives": []} for words in text["lines"]],
        }
    return value


def _line(line: Line) -> dict[str, Any]:
    return {
        "words": [[w.text, round(w.confidence, 3), *(round(side, 2) for side in w.box)] for w in line.words],
        "block": line.block,
        "alternatives": [list(one) for one in line.alternatives],
    }


def _text_of(value: dict[str, Any]) -> PageText:
    return PageText(tuple(_read_line(line) for line in value["lines"]), value["engine"])


def _read_line(value: dict[str, Any]) -> Line:
    """Return a line; words and alternatives may have more members than this release knows."""
    return Line(
        tuple(Word(text, Box(*place[:4]), confidence) for text, confidence, *place in value["words"]),
        value["block"],
        tuple(Alternative(text, probability, reader) for text, probability, reader, *_ in value["alternatives"]),
    )
