"""Content streams: which images a PDF page paints where, and whether it paints anything else.

Source: ISO 32000-1, 8.3 (coordinates), 8.4.4 (graphics state), 8.7.3 (patterns), 8.10 (forms), 9.3.6 (hidden text).
"""

from __future__ import annotations

import re
import warnings
import zlib
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import pikepdf

from archive.recount.measured_page import Raster
from archive.recount.pdf.image import has_all_inline_data, read_image, read_inline_image
from archive.recount.pdf.optional_content import Layers
from archive.recount.pdf.placement import IDENTITY, Bounds, Matrix, Placement, around, matrix, multiplied, own_matrix

MAX_DEPTH = 10  # forms within forms
MAX_STREAMS = 2_000  # interpreted streams of one page: nested forms can multiply without limit
MAX_IMAGES = 20_000
MAX_CONTENT = 64 * 1024**2  # bytes unpacked

_FILL_COLOURS = frozenset({"g", "rg", "k", "sc", "scn"})
_FILLS = frozenset({"f", "F", "f*", "B", "B*", "b", "b*"})
_STROKES = frozenset({"S", "s", "B", "B*", "b", "b*"})
_TEXTS = frozenset({"Tj", "TJ", "'", '"'})
_HIDDEN = frozenset({3, 7})  # text rendering modes without visible glyphs
_OTHERS = "q Q cm Do BI ID EI Tr Tf cs sh SCN BDC BMC EMC"
_OPERATORS = " ".join([_OTHERS, *sorted(_FILL_COLOURS | _FILLS | _STROKES | _TEXTS)])
_INLINE_HEAD = re.compile(rb"(?:^|\s)BI\s[^\0]{0,1000}?\sID\s")
_INLINE_END = re.compile(rb"\sEI(?:\s|$)")
_RAW_DEFLATE = -15  # zlib: no header, no checksum


class Content(NamedTuple):
    """Content of a page: images at known places, images elsewhere, visible text, visible lines or filled shapes."""

    images: tuple[Placement, ...]
    loose: tuple[Placement, ...]
    text: bool
    drawing: bool

    @property
    def images_alone(self) -> bool:
        """True without text or drawing."""
        return not (self.text or self.drawing)


class ContentError(ValueError):
    """A content stream that cannot be interpreted to its end, or refers to a missing object."""


@dataclass(frozen=True, slots=True)
class _State:
    """The part of the graphics state that matters here."""

    matrix: Matrix = IDENTITY
    white: bool = False  # the fill colour is white
    hidden: bool = False  # text is invisible


@dataclass(frozen=True, slots=True)
class _StreamContext:
    """Context of a running stream: its resources, depth, visibility, and the area of objects without a known place."""

    resources: pikepdf.Object
    depth: int = 0
    off: bool = False
    within: Bounds | None = None

    def named(self, kind: str, name: pikepdf.Object, page: pikepdf.Object) -> pikepdf.Object | None:
        """Look up ``name``; a stream without resources of a kind uses those of the ``page``, as viewers do."""
        for names in (self.resources.get(kind), page.get(kind)):
            if isinstance(names, pikepdf.Dictionary):
                return names.get(str(name)) if isinstance(name, pikepdf.Name) else None
        return None


@dataclass(slots=True)
class _Interpreter:
    """Interprets content streams and records what they paint."""

    page: pikepdf.Object  # the page's resources
    page_box: Bounds
    layers: Layers
    images: list[Placement] = field(default_factory=list)
    text: bool = False
    drawing: bool = False
    streams: int = 0
    rasters: dict[tuple[int, int], Raster] = field(default_factory=dict)  # an image may be painted many times
    fonts: set[tuple[int, int]] = field(default_factory=set)

    def run(self, stream: pikepdf.Object, context: _StreamContext, state: _State) -> None:
        """Interpret one content stream. Raises ContentError when it exceeds a limit or refers to a missing object."""
        self.streams += 1
        if context.depth > MAX_DEPTH or self.streams > MAX_STREAMS or len(self.images) > MAX_IMAGES:
            raise ContentError("forms within forms without end")
        saved: list[_State] = []
        around: list[_StreamContext] = []
        for instruction in pikepdf.parse_content_stream(stream, _OPERATORS):
            if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                raster = read_inline_image(instruction.iimage, context.resources)
                if min(raster.width, raster.height) < 1 or not has_all_inline_data(instruction.iimage):
                    raise ContentError("a picture has no pixels, or fewer than it says")
                self._note(Placement(raster, state.matrix, None, context.within), context)
                continue
            name, operands = str(instruction.operator), list(instruction.operands)
            if name == "q":
                saved.append(state)
            elif name == "Q":
                state = saved.pop() if saved else state
            elif name in ("BDC", "BMC"):
                around.append(context)
                context = replace(context, off=context.off or self._switched_off(name, operands, context))
            elif name == "EMC":
                context = around.pop() if around else context
            elif name in ("Do", "scn", "SCN", "Tf"):
                self._call(name, operands, context, state)
                state = _changed(state, name, operands)
            else:
                state = _changed(state, name, operands)
                self._mark(state, name, context)

    def _mark(self, state: _State, name: str, context: _StreamContext) -> None:
        if context.within is None and _leaves_mark(state, name):
            self.text = self.text or name in _TEXTS
            self.drawing = self.drawing or name not in _TEXTS

    def _switched_off(self, name: str, operands: list[pikepdf.Object], context: _StreamContext) -> bool:
        if name != "BDC" or len(operands) < 2 or operands[0] != "/OC":
            return False
        return self.layers.off(context.named("/Properties", operands[1], self.page))

    def _call(self, name: str, operands: list[pikepdf.Object], context: _StreamContext, state: _State) -> None:
        last = operands[-1] if operands else None
        if name == "Do":
            self._paint(_there(last and context.named("/XObject", last, self.page)), context, state)
        elif name == "Tf":
            self._glyphs(context.named("/Font", operands[0], self.page) if operands else None, context, state)
        elif isinstance(last, pikepdf.Name):
            pattern = context.named("/Pattern", last, self.page)
            if not isinstance(pattern, pikepdf.Dictionary | pikepdf.Stream):
                raise ContentError("a pattern is not in the file")
            if isinstance(pattern, pikepdf.Stream):
                own = own_matrix(pattern)
                cell = around([float(side) for side in pattern["/BBox"]], own)
                self.enter(pattern, replace(context, within=context.within or cell), replace(state, matrix=own))

    def _paint(self, thing: pikepdf.Object, context: _StreamContext, state: _State) -> None:
        context = replace(context, off=context.off or self.layers.off(thing.get("/OC")))
        if thing.get("/Subtype") == "/Image":
            self._note(Placement(self._raster(thing), state.matrix, thing, context.within), context)
        elif thing.get("/Subtype") == "/Form":
            self.enter(thing, context, replace(state, matrix=multiplied(own_matrix(thing), state.matrix)))

    def enter(self, stream: pikepdf.Object, context: _StreamContext, state: _State) -> None:
        """Interpret a form, a pattern or an appearance. Raises as run does."""
        check_whole(stream)
        own = stream.get("/Resources")
        names = own if isinstance(own, pikepdf.Dictionary) else context.resources
        self.run(stream, replace(context, resources=names, depth=context.depth + 1), state)

    def _glyphs(self, font: pikepdf.Object | None, context: _StreamContext, state: _State) -> None:
        """Interpret the glyphs of a Type 3 font, which may be images, once."""
        if not isinstance(font, pikepdf.Dictionary) or font.get("/Subtype") != "/Type3" or font.objgen in self.fonts:
            return
        if font.is_indirect:
            self.fonts.add(font.objgen)
        names = font.get("/Resources", context.resources)
        inside = replace(context, resources=names, depth=context.depth + 1, within=context.within or self.page_box)
        for glyph in font.get("/CharProcs", {}).values():
            if isinstance(glyph, pikepdf.Stream):
                self.run(glyph, inside, state)

    def _note(self, placed: Placement, context: _StreamContext) -> None:
        if not context.off:
            self.images.append(placed)

    def _raster(self, image: pikepdf.Object) -> Raster:
        if image.objgen not in self.rasters:
            self.rasters[image.objgen] = read_image(image)
        return self.rasters[image.objgen]


def read_content(page: pikepdf.Page, page_box: Bounds, layers: Layers) -> Content:
    """Return what ``page``, whose visible box is ``page_box``, paints.

    Raises ContentError, or pikepdf's and image readers' errors, on damage.
    """
    resources = page.obj.get("/Resources", pikepdf.Dictionary())
    interpreter = _Interpreter(resources, page_box, layers)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # an unterminated token, string or list becomes an error
        _run_page(interpreter, page, resources)
    placed = tuple(image for image in interpreter.images if image.within is None)
    loose = tuple(image for image in interpreter.images if image.within is not None)
    return Content(placed, loose, interpreter.text, interpreter.drawing)


def _run_page(interpreter: _Interpreter, page: pikepdf.Page, resources: pikepdf.Object) -> None:
    if "/Contents" in page.obj:
        contents = page.obj["/Contents"]
        streams = [_there(stream) for stream in (contents if isinstance(contents, pikepdf.Array) else [contents])]
        for stream in streams:
            check_whole(stream)
        interpreter.run(page.obj if len(streams) != 1 else streams[0], _StreamContext(resources), _State())
        if len(streams) > 1:
            pikepdf.parse_content_stream(streams[-1], "Do")  # only for single streams qpdf reports an unexpected end
    for note in page.obj.get("/Annots", []):
        _run_note(interpreter, note, resources)


def _run_note(interpreter: _Interpreter, note: pikepdf.Object, resources: pikepdf.Object) -> None:
    """Interpret the appearance of an annotation."""
    looks = note.get("/AP") if isinstance(note, pikepdf.Dictionary) else None
    look = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
    if isinstance(look, pikepdf.Dictionary) and not isinstance(look, pikepdf.Stream):
        look = look.get(str(note.get("/AS", "/Off")))
    if not isinstance(look, pikepdf.Stream):
        return
    hidden = int(note.get("/F", 0)) & 0b100010  # Hidden, NoView
    left, bottom, right, top = (float(side) for side in note["/Rect"])
    area = min(left, right), min(bottom, top), max(left, right), max(bottom, top)
    off = bool(hidden) or interpreter.layers.off(note.get("/OC"))
    interpreter.enter(look, _StreamContext(resources, off=off, within=area), _State())


def check_whole(stream: pikepdf.Object) -> None:
    """Raise ContentError when the data of a content stream, or of an image in it, do not end."""
    if stream.get("/Filter") in (pikepdf.Name.FlateDecode, pikepdf.Array([pikepdf.Name.FlateDecode])):
        packed = bytes(stream.read_raw_bytes())
        inflating = zlib.decompressobj(_RAW_DEFLATE)
        data = inflating.decompress(packed[2:], MAX_CONTENT)
        if packed and not inflating.eof:
            raise ContentError("contents end early")
    else:
        data = bytes(stream.read_bytes())
    heads = [found.end() for found in _INLINE_HEAD.finditer(data)]
    if heads and not _INLINE_END.search(data, heads[-1]):
        raise ContentError("a picture within the contents does not end")


def _there(thing: pikepdf.Object | None) -> pikepdf.Object:
    if not isinstance(thing, pikepdf.Stream):
        raise ContentError("a picture, form or content stream is not in the file")
    return thing


def _changed(state: _State, name: str, operands: list[pikepdf.Object]) -> _State:
    if name == "cm":
        return replace(state, matrix=multiplied(matrix(operands), state.matrix))
    if name == "Tr":
        return replace(state, hidden=bool(operands) and int(operands[-1]) in _HIDDEN)
    if name == "cs":
        return replace(state, white=False)
    if name in _FILL_COLOURS:
        return replace(state, white=_is_white(name, operands))
    return state


def _is_white(name: str, operands: list[pikepdf.Object]) -> bool:
    try:
        amounts = [float(amount) for amount in operands]
    except (TypeError, ValueError):
        return False  # a pattern
    paper = 0.0 if len(amounts) == 4 else 1.0  # CMYK, or grey and RGB
    return bool(amounts) and all(amount == paper for amount in amounts)


def _leaves_mark(state: _State, name: str) -> bool:
    if name in _TEXTS:
        return not state.hidden
    return name == "sh" or name in _STROKES or (name in _FILLS and not state.white)
