"""Count the rows of fax data that libtiff cannot count: rows without an end-of-line mark, or byte-aligned.

Source: ITU-T T.4, tables 2 and 3 (run lengths); T.6, table 1 (modes); ISO 32000-1, 7.4.6.
"""

from __future__ import annotations

from bisect import bisect_right

_WHITE = """
    00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 101011
    0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 00000011
    00011010 00011011 00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 00101011
    00101100 00101101 00000100 00000101 00001010 00001011 01010010 01010011 01010100 01010101 00100100 00100101
    01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 00110100
"""
_BLACK = """
    0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000
    0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111
    00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 000001101001 000001101010
    000001101011 000011010010 000011010011 000011010100 000011010101 000011010110 000011010111 000001101100
    000001101101 000011011010 000011011011 000001010100 000001010101 000001010110 000001010111 000001100100
    000001100101 000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 000000101000
    000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111
"""
_WHITE_64 = """
    11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010
    011010011 011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001
    010011010 011000 010011011
"""
_BLACK_64 = """
    0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100
    0000001101101 0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100
    0000001110101 0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 0000001011010
    0000001011011 0000001100100 0000001100101
"""
_BOTH_64 = """
    00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110
    000000010111 000000011100 000000011101 000000011110 000000011111
"""  # from 1,792 on, after the others
_RUNS = tuple(
    {code: length for length, code in enumerate(short.split())}
    | {code: 64 * times for times, code in enumerate((long + _BOTH_64).split(), start=1)}
    for short, long in ((_WHITE, _WHITE_64), (_BLACK, _BLACK_64))
)
_PASS, _HORIZONTAL = "pass", "horizontal"
_MODES: dict[str, str | int] = {
    "0001": _PASS,
    "001": _HORIZONTAL,
    "1": 0,
    "011": 1,
    "000011": 2,
    "0000011": 3,
    "010": -1,
    "000010": -2,
    "0000010": -3,
}
_LONGEST = 13


class _InvalidCodeError(Exception):
    """The bits at this position are no code."""


def rows_of(data: bytes, columns: int, max_rows: int, aligned: bool, two_dimensions: bool) -> int:
    """Count the rows, at most ``max_rows``, that can be decoded before ``data`` end or are invalid.

    ``two_dimensions``: each row is coded relative to the one above it (T.6). Takes about 0.3 s a page.
    """
    reader = BitReader(bin(int.from_bytes(b"\1" + data, "big"))[3:])
    above: list[int] = [columns]
    for row in range(max_rows):
        if aligned:
            reader.at = -(-reader.at // 8) * 8
        try:
            above = _by_row_above(reader, above, columns) if two_dimensions else _by_runs(reader, columns)
        except _InvalidCodeError:
            return row
    return max_rows


class BitReader:
    """The bits of the data, as text, and the current position."""

    def __init__(self, bits: str) -> None:
        self.bits = bits
        self.at = 0

    def code(self, table: dict[str, int] | dict[str, str | int]) -> str | int:
        """Return the meaning of the next code by ``table``, and advance. Raises _InvalidCodeError."""
        for length in range(1, _LONGEST + 1):
            meaning = table.get(self.bits[self.at : self.at + length])
            if meaning is not None:
                self.at += length
                return meaning
        raise _InvalidCodeError

    def run(self, colour: int) -> int:
        """Return the length of the next run of ``colour`` (0: white), and pass it. Raises _InvalidCodeError."""
        total = 0
        while True:
            length = int(self.code(_RUNS[colour]))
            total += length
            if length < 64:
                return total


def _by_runs(reader: BitReader, columns: int) -> list[int]:
    at, colour = 0, 0
    while at < columns:
        at += reader.run(colour)
        colour = 1 - colour
    return [columns]


def _by_row_above(reader: BitReader, above: list[int], columns: int) -> list[int]:
    """Return the columns in which the colour of the next row changes, the last one being its end."""
    changes: list[int] = []
    at, colour = -1, 0
    while at < columns:
        mode = reader.code(_MODES)
        if mode == _HORIZONTAL:
            for each in (colour, 1 - colour):
                at = max(at, 0) + reader.run(each)
                changes.append(min(at, columns))
            continue
        place = bisect_right(above, at)
        place += (place % 2) != colour  # changes of an even number go from white to black
        first = above[place] if place < len(above) else columns
        if mode == _PASS:
            at = above[place + 1] if place + 1 < len(above) else columns
            continue
        at = first + int(mode)
        if at < (changes[-1] if changes else 0):
            raise _InvalidCodeError
        if at < columns:
            changes.append(at)
        colour = 1 - colour
    return [*(change for change in changes if change < columns), columns]
