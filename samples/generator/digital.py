"""Writes a sheet as a PDF page with real text: what a computer made and no scanner saw."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import pikepdf

from samples.generator.fonts import MM_PER_POINT, Face, Fonts
from samples.generator.marks import Ink, Sheet, Stroke, Text
from samples.generator.truetype import TrueType


@dataclass(frozen=True)
class Embedded:
    """A face as used in one PDF: its letters' glyphs and the font object."""

    name: str
    glyphs: dict[str, int]
    font: pikepdf.Object


def embed_faces(pdf: pikepdf.Pdf, sheets: Sequence[Sheet], fonts: Fonts) -> dict[Face, Embedded]:
    """Put the faces that ``sheets`` need into ``pdf``, each once and cut down to their letters."""
    texts = [mark for sheet in sheets for mark in sheet.marks if isinstance(mark, Text)]
    return {face: _embed(pdf, face, texts, fonts) for face in Face if any(text.face is face for text in texts)}


def add_digital_page(pdf: pikepdf.Pdf, sheet: Sheet, faces: dict[Face, Embedded]) -> None:
    """Append ``sheet`` as text and lines. Seals, signatures and pen are left out: nobody signed this copy on paper."""
    texts = [mark for mark in sheet.marks if isinstance(mark, Text)]
    width, height = sheet.width / MM_PER_POINT, sheet.height / MM_PER_POINT
    content = [_line(mark, height) for mark in sheet.marks if isinstance(mark, Stroke)]
    content.extend(_text(mark, height, faces[mark.face]) for mark in texts)
    pdf.pages.append(
        pikepdf.Page(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Page,
                MediaBox=[0, 0, round(width, 3), round(height, 3)],
                Resources=pikepdf.Dictionary(
                    Font=pikepdf.Dictionary({f"/{face.name}": face.font for face in faces.values()})
                ),
                Contents=_packed(pdf, "\n".join(content).encode("ascii")),
            )
        )
    )


def _colour(ink: Ink) -> str:
    return " ".join(f"{value / 255:.3f}" for value in ((0, 0, 0) if ink is Ink.TONER else ink.value))


def _line(mark: Stroke, height: float) -> str:
    steps = [f"{x / MM_PER_POINT:.2f} {height - y / MM_PER_POINT:.2f}" for x, y in mark.points]
    path = f"{steps[0]} m " + " ".join(f"{step} l" for step in steps[1:])
    return f"{_colour(mark.ink)} RG {mark.width / MM_PER_POINT:.2f} w {path} S"


def _text(mark: Text, height: float, face: Embedded) -> str:
    # The space behind each word is what word processors write; readers then need not guess it from gaps.
    codes = "".join(f"{face.glyphs[letter]:04X}" for letter in mark.text + " ")
    place = f"{mark.x / MM_PER_POINT:.2f} {height - mark.y / MM_PER_POINT:.2f}"
    return f"BT {_colour(mark.ink)} rg /{face.name} {mark.points:g} Tf {place} Td <{codes}> Tj ET"


def _embed(pdf: pikepdf.Pdf, face: Face, texts: list[Text], fonts: Fonts) -> Embedded:
    program = TrueType.parse(fonts.path(face).read_bytes())
    letters = "".join(mark.text for mark in texts if mark.face is face) + " "
    glyphs = program.glyphs(letters)
    name = f"SAMPLE+Liberation{face}"
    file = _packed(pdf, program.subset(set(glyphs.values())))
    descriptor = _descriptor(program, name, file)
    inner = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=pikepdf.Name("/" + name),
        CIDSystemInfo=pikepdf.Dictionary(
            Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
        ),
        FontDescriptor=pdf.make_indirect(descriptor),
        CIDToGIDMap=pikepdf.Name.Identity,
        W=_widths(program, glyphs),
    )
    outer = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=pikepdf.Name("/" + name),
        Encoding=pikepdf.Name("/Identity-H"),
        DescendantFonts=pikepdf.Array([pdf.make_indirect(inner)]),
        ToUnicode=_packed(pdf, _to_unicode(glyphs)),
    )
    return Embedded(f"F{list(Face).index(face)}", glyphs, pdf.make_indirect(outer))


def _descriptor(program: TrueType, name: str, file: pikepdf.Object) -> pikepdf.Dictionary:
    scale = 1000 / program.units
    box = [round(value * scale) for value in struct.unpack_from(">4h", program.tables["head"], 36)]
    ascent, descent = (round(value * scale) for value in struct.unpack_from(">2h", program.tables["hhea"], 4))
    return pikepdf.Dictionary(
        Type=pikepdf.Name.FontDescriptor,
        FontName=pikepdf.Name("/" + name),
        Flags=4,  # symbolic: letters are named by glyph
        FontBBox=box,
        ItalicAngle=-12 if "Italic" in name else 0,
        Ascent=ascent,
        Descent=descent,
        CapHeight=660,
        StemV=120 if "Bold" in name else 80,
        FontFile2=file,
    )


def _widths(program: TrueType, glyphs: dict[str, int]) -> pikepdf.Array:
    found = pikepdf.Array()
    for glyph in sorted(set(glyphs.values())):
        found.append(glyph)
        found.append(pikepdf.Array([round(program.advance(glyph) * 1000 / program.units)]))
    return found


def _to_unicode(glyphs: dict[str, int]) -> bytes:
    """Return the map from glyphs back to letters (ISO 32000-1, 9.10.3), at most 100 in a block."""
    pairs = [f"<{glyph:04X}> <{ord(letter):04X}>" for letter, glyph in sorted(glyphs.items(), key=lambda item: item[1])]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]
    body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    head = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Letters def /CMapType 2 def"
    return f"{head}\n1 begincodespacerange <0000> <FFFF> endcodespacerange\n{body}\nendcmap end end".encode("ascii")


def _packed(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Object:
    stream = pikepdf.Stream(pdf, zlib.compress(data, 9))
    stream.stream_dict = pikepdf.Dictionary(Filter=pikepdf.Name.FlateDecode)
    return pdf.make_indirect(stream)
