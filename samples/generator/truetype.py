"""Cuts a TrueType font down to the glyphs that a PDF needs (OpenType spec: cmap, loca, glyf, hmtx)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

# What a CIDFontType2 program must hold (ISO 32000-1, 9.9); the PDF itself maps letters to glyphs.
_KEPT = ("cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep")
_ARGS_ARE_WORDS, _HAS_SCALE, _MORE, _HAS_XY_SCALE, _HAS_MATRIX = 0x01, 0x08, 0x20, 0x40, 0x80


@dataclass(frozen=True)
class TrueType:
    """A font file taken apart into its tables."""

    tables: dict[str, bytes]

    @classmethod
    def parse(cls, data: bytes) -> TrueType:
        """Return the tables of a font file."""
        found = {}
        for place in range(struct.unpack_from(">H", data, 4)[0]):
            tag, _, offset, length = struct.unpack_from(">4sLLL", data, 12 + 16 * place)
            found[tag.decode("ascii")] = data[offset : offset + length]
        return cls(found)

    @property
    def units(self) -> int:
        """Font units in an em."""
        return int(struct.unpack_from(">H", self.tables["head"], 18)[0])

    def glyphs(self, text: str) -> dict[str, int]:
        """Return the glyph of each letter of ``text``. Raises KeyError for a letter that the font lacks."""
        found = {}
        segments = self._segments()
        for letter in sorted(set(text)):
            code = ord(letter)
            for first, last, glyph in segments:
                if first <= code <= last:
                    found[letter] = glyph(code)
            if not found.get(letter):
                raise KeyError(f"The font has no glyph for U+{code:04X}.")
        return found

    def advance(self, glyph: int) -> int:
        """Return the advance width of a glyph in font units."""
        count = struct.unpack_from(">H", self.tables["hhea"], 34)[0]
        return int(struct.unpack_from(">H", self.tables["hmtx"], 4 * min(glyph, count - 1))[0])

    def subset(self, glyphs: set[int]) -> bytes:
        """Return a font file with these glyphs, their parts and the empty glyph; numbers stay, so the rest is empty."""
        offsets = self._offsets()
        wanted = self._with_parts(glyphs | {0}, offsets)
        outlines, places = bytearray(), [0]
        for glyph in range(len(offsets) - 1):
            if glyph in wanted:
                outlines += self.tables["glyf"][offsets[glyph] : offsets[glyph + 1]]
                outlines += b"\0" * (-len(outlines) % 4)
            places.append(len(outlines))
        head = bytearray(self.tables["head"])
        struct.pack_into(">h", head, 50, 1)  # indexToLocFormat: long
        changed = {"glyf": bytes(outlines), "loca": struct.pack(f">{len(places)}L", *places), "head": bytes(head)}
        return _assemble({tag: changed.get(tag, self.tables[tag]) for tag in _KEPT if tag in self.tables})

    def _segments(self) -> list[tuple[int, int, _Glyph]]:
        table = self.tables["cmap"]
        for place in range(struct.unpack_from(">H", table, 2)[0]):
            platform, encoding, offset = struct.unpack_from(">HHL", table, 4 + 8 * place)
            if (platform, encoding) == (3, 1):
                return _format_4(table[offset:])
        raise KeyError("The font has no Unicode map.")

    def _offsets(self) -> tuple[int, ...]:
        loca = self.tables["loca"]
        if struct.unpack_from(">h", self.tables["head"], 50)[0]:
            return struct.unpack(f">{len(loca) // 4}L", loca)
        return tuple(2 * value for value in struct.unpack(f">{len(loca) // 2}H", loca))

    def _with_parts(self, glyphs: set[int], offsets: tuple[int, ...]) -> set[int]:
        """Return the glyphs and those that they are composed of: ệ is e, circumflex, dot."""
        found: set[int] = set()
        waiting = list(glyphs)
        while waiting:
            glyph = waiting.pop()
            if glyph in found:
                continue
            found.add(glyph)
            waiting.extend(_parts(self.tables["glyf"][offsets[glyph] : offsets[glyph + 1]]))
        return found


@dataclass(frozen=True)
class _Glyph:
    """One segment of a format 4 map: letters to glyphs."""

    first: int
    delta: int
    array: tuple[int, ...] | None

    def __call__(self, code: int) -> int:
        if self.array is None:
            return (code + self.delta) % 65536
        glyph = self.array[code - self.first]
        return (glyph + self.delta) % 65536 if glyph else 0


def _format_4(table: bytes) -> list[tuple[int, int, _Glyph]]:
    count = struct.unpack_from(">H", table, 6)[0] // 2
    columns = [struct.unpack_from(f">{count}H", table, 14 + 2 * count * row + (2 if row else 0)) for row in range(4)]
    found = []
    for place, (last, first, delta, offset) in enumerate(zip(*columns, strict=True)):
        array = None
        if offset:
            start = 16 + 6 * count + 2 * place + offset
            array = struct.unpack_from(f">{last - first + 1}H", table, start)
        found.append((first, last, _Glyph(first, delta, array)))
    return found


def _parts(outline: bytes) -> list[int]:
    if not outline or struct.unpack_from(">h", outline)[0] >= 0:
        return []
    found, place, flags = [], 10, _MORE
    while flags & _MORE:
        flags, glyph = struct.unpack_from(">HH", outline, place)
        found.append(glyph)
        place += 8 if flags & _ARGS_ARE_WORDS else 6
        place += 2 * bool(flags & _HAS_SCALE) + 4 * bool(flags & _HAS_XY_SCALE) + 8 * bool(flags & _HAS_MATRIX)
    return found


def _assemble(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = count.bit_length() - 1
    head = struct.pack(">LHHHH", 0x00010000, count, 16 << power, power, 16 * (count - (1 << power)))
    offset = 12 + 16 * count
    directory, body = b"", b""
    for tag in sorted(tables):
        data = tables[tag] + b"\0" * (-len(tables[tag]) % 4)
        total = sum(struct.unpack(f">{len(data) // 4}L", data)) % 2**32
        directory += struct.pack(">4sLLL", tag.encode("ascii"), total, offset + len(body), len(tables[tag]))
        body += data
    return head + directory + body
