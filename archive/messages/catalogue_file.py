"""Reads a catalogue in gettext's PO format, and compiles it for gettext in memory."""

from __future__ import annotations

import gettext
import io
import json
import re
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_MAGIC = 0x950412DE  # of MO files: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html
_HEADER_BYTES = 28


class Message(NamedTuple):
    """A sentence; ``plural``: ``texts`` are its plural forms, of which a language may have one only."""

    texts: tuple[str, ...]
    plural: bool = False


def entries(text: str) -> dict[str, Message]:
    """Return the sentence of each code; the code ``""`` is the header.

    Read are comments, ``msgid``, ``msgid_plural`` and ``msgstr``, all that our catalogues hold. Raises ValueError
    for a code that stands twice and for lines of any other kind.
    """
    found: dict[str, Message] = {}
    for block in re.split(r"\n\s*\n", text.strip()):
        members = dict(_members(block))
        code = members.pop("msgid")
        plural = members.pop("msgid_plural", None) is not None
        if code in found:
            raise ValueError(f"{code} stands twice in the catalogue")
        found[code] = Message(tuple(members.values()), plural)
    return found


def _members(block: str) -> Iterator[tuple[str, str]]:
    """Yield the members of an entry with their texts; strings are quoted as in JSON."""
    name, text = "", ""
    for line in block.splitlines():
        if line.startswith("#"):
            continue
        match = re.fullmatch(r'(?:(msgid|msgid_plural|msgstr(?:\[\d\])?) )?(".*")', line)
        if match is None:
            raise ValueError(f"no line of a catalogue: {line}")
        if match.group(1):
            if name:
                yield name, text
            name, text = match.group(1), ""
        text += json.loads(match.group(2))
    yield name, text


def compiled(catalogue: Mapping[str, Message]) -> gettext.GNUTranslations:
    """Return the catalogue as gettext uses it."""
    pairs = sorted((_key(code, one).encode(), "\0".join(one.texts).encode()) for code, one in catalogue.items())
    texts = [pair[column] for column in (0, 1) for pair in pairs]
    tables, place = [], _HEADER_BYTES + 8 * len(texts)
    for text in texts:
        tables.append(struct.pack("<II", len(text), place))
        place += len(text) + 1  # each ends with a zero
    second = _HEADER_BYTES + 8 * len(pairs)
    head = struct.pack("<7I", _MAGIC, 0, len(pairs), _HEADER_BYTES, second, 0, _HEADER_BYTES + 8 * len(texts))
    return gettext.GNUTranslations(io.BytesIO(b"".join((head, *tables, *(text + b"\0" for text in texts)))))


def _key(code: str, message: Message) -> str:
    return f"{code}\0{code}" if message.plural else code
