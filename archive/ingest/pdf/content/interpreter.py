"""Interpreter of PDF content streams, on qpdf: which images are painted where, and which objects are missing.

Renderers do not report missing objects: they leave them white. Sources: ISO 32000-1, 7.8 (contents), 8.7.3 (patterns),
8.9 (images), 8.10 (forms), 8.11 (optional content), 9.6.5 (Type 3 fonts).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pikepdf

from archive.ingest.common.sizes import PixelSize
from archive.ingest.pdf.content.optional_content import OptionalContent
from archive.ingest.pdf.content.stream_checks import ContentIncompleteError, check_inline, check_whole
from archive.ingest.pdf.coordinates import IDENTITY, Matrix, Rectangle

HIDDEN_FLAGS = 0b100010  # annotation flags Hidden and NoView (ISO 32000-1, table 165)
_ANYWHERE = Rectangle(-1e6, -1e6, 1e6, 1e6)
_OPERATORS = "q Q cm Do BI ID EI scn SCN Tf BDC BMC EMC"
_MAX_DEPTH = 10  # forms within forms
_MAX_STREAMS = 20_000
_MAX_PICTURES = 50_000


@dataclass(frozen=True, slots=True)
class PaintedImage:
    """One image that is painted. ``image``: its dictionary, None when it stands within the contents.

    ``within``: the pattern cell, the annotation or, for glyphs, the plane that contains it at an unknown place; None
    when ``matrix`` is its place. ``hidden``: it belongs to optional content that is off, or to a hidden annotation.
    ``in_note``: the annotation shows it.
    """

    image: pikepdf.Object | None
    pixels: PixelSize
    matrix: Matrix
    within: Rectangle | None
    hidden: bool
    in_note: bool = False


@dataclass(frozen=True, slots=True)
class PageContents:
    """The objects that a page paints. ``lacks``: an object that the file does not hold; None when all are there.

    ``hides``: some of the content is optional content that is off. ``drawn``: the streams that
    paint it.
    """

    pictures: tuple[PaintedImage, ...] = ()
    lacks: str | None = None
    hides: bool = False
    drawn: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class _State:
    matrix: Matrix = IDENTITY
    within: Rectangle | None = None
    hidden: bool = False
    in_note: bool = False


def interpret_contents(page: pikepdf.Page, layers: OptionalContent) -> PageContents:
    """Return all that ``page`` paints: contents, then appearances of annotations. Damage raises any Exception."""
    walk = _Interpreter(layers)
    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always")
            walk.page(page)
        if remarks:  # a token, string or list without an end: the rest is missing
            raise ContentIncompleteError("the end of its contents")
    except ContentIncompleteError as lacking:
        return PageContents(tuple(walk.pictures), str(lacking), drawn=frozenset(walk.drawn))
    return PageContents(tuple(walk.pictures), hides=walk.hides, drawn=frozenset(walk.drawn))


def _streams(page: pikepdf.Page) -> Iterator[pikepdf.Object]:
    found = page.obj.get("/Contents")
    for item in found if isinstance(found, pikepdf.Array) else ([] if found is None else [found]):
        if not isinstance(item, pikepdf.Stream):
            raise ContentIncompleteError("contents")
        yield item


def _looks(page: pikepdf.Page, layers: OptionalContent) -> Iterator[tuple[pikepdf.Object, Rectangle, bool]]:
    """Yield the normal appearance of each annotation that has one, its area, and whether it is hidden."""
    notes = page.obj.get("/Annots")
    for note in notes if isinstance(notes, pikepdf.Array) else ():
        looks = note.get("/AP") if isinstance(note, pikepdf.Dictionary) else None
        look = looks.get("/N") if isinstance(looks, pikepdf.Dictionary) else None
        if isinstance(look, pikepdf.Dictionary) and not isinstance(look, pikepdf.Stream):
            look = look.get(str(note.get("/AS", "/Off")))
        if isinstance(look, pikepdf.Stream):
            hidden = bool(int(note.get("/F", 0)) & HIDDEN_FLAGS) or layers.hides(note.get("/OC"))
            yield look, IDENTITY.around(Rectangle(*(float(side) for side in note.Rect))), hidden


@dataclass(slots=True)
class _Interpreter:
    layers: OptionalContent
    pictures: list[PaintedImage] = field(default_factory=list)
    streams: int = 0
    fonts: set[tuple[int, int]] = field(default_factory=set)
    drawn: set[tuple[int, int]] = field(default_factory=set)
    hides: bool = False

    def page(self, page: pikepdf.Page) -> None:
        """Interpret the contents of ``page``, then the appearances of its annotations. Raises as run does."""
        streams = list(_streams(page))
        for stream in streams:
            check_whole(stream)
        if streams:
            # Together they are one stream; but only for single streams does qpdf report an unexpected end.
            whole = streams[0] if len(streams) == 1 else page.obj
            self.run(whole, page.resources, page.resources, _State(), 0)
        if len(streams) > 1:
            pikepdf.parse_content_stream(streams[-1], "Do")
        for look, area, hidden in _looks(page, self.layers):
            state = _State(within=area, hidden=hidden, in_note=True)
            self.form(look, page.resources, page.resources, state, 0)

    def run(
        self,
        stream: pikepdf.Object,
        resources: pikepdf.Object,
        page_resources: pikepdf.Object,
        state: _State,
        depth: int,
    ) -> None:
        """Interpret one content stream. Raises ContentIncompleteError, and any Exception on damage."""
        self.streams += 1
        if depth > _MAX_DEPTH or self.streams > _MAX_STREAMS or len(self.pictures) > _MAX_PICTURES:
            raise ValueError("forms within forms without end")
        self.drawn.add(stream.objgen)
        lookup = _Resources(resources, page_resources)
        saved: list[_State] = []
        marks: list[bool] = []  # a stack for marked content: whether the enclosing content was hidden
        for instruction in pikepdf.parse_content_stream(stream, _OPERATORS):
            if isinstance(instruction, pikepdf.ContentStreamInlineImage):
                self._inline(instruction.iimage, lookup, state)
                continue
            name, operands = str(instruction.operator), list(instruction.operands)
            if name == "q":
                saved.append(state)
            elif name == "Q":
                # Marked content does not end with a graphics state.
                state = replace(saved.pop(), hidden=state.hidden) if saved else state
            elif name == "cm":
                state = replace(state, matrix=_matrix(operands).then(state.matrix))
            elif name in ("BDC", "BMC"):
                marks.append(state.hidden)
                if (
                    name == "BDC"
                    and operands
                    and operands[0] == "/OC"
                    and self.layers.hides(lookup.layer(operands[-1]))
                ):
                    state = replace(state, hidden=True)
                    self.hides = True
            elif name == "EMC":
                state = replace(state, hidden=marks.pop()) if marks else state
            else:
                self._use(name, operands, lookup, state, depth)

    def _use(self, name: str, operands: list[pikepdf.Object], lookup: _Resources, state: _State, depth: int) -> None:
        if name == "Do":
            self._paint(lookup.needed("/XObject", operands), lookup, state, depth)
        elif name in ("scn", "SCN") and operands and isinstance(operands[-1], pikepdf.Name):
            pattern = lookup.needed("/Pattern", operands)
            if isinstance(pattern, pikepdf.Stream):
                own = _own_matrix(pattern)
                cell = own.around(Rectangle(*(float(side) for side in pattern.BBox)))
                self._inside(
                    pattern, lookup, replace(state, matrix=own, within=state.within or cell, in_note=False), depth
                )
        elif name == "Tf" and operands:
            self._glyphs(lookup.found("/Font", operands[0]), lookup, state, depth)

    def _paint(self, thing: pikepdf.Object, lookup: _Resources, state: _State, depth: int) -> None:
        if not isinstance(thing, pikepdf.Stream):
            raise ContentIncompleteError("a picture or form")
        state = replace(state, hidden=state.hidden or self.layers.hides(thing.get("/OC")))
        if thing.get("/Subtype") == "/Image":
            pixels = PixelSize(int(thing.get("/Width", 0)), int(thing.get("/Height", 0)))
            self.pictures.append(PaintedImage(thing, pixels, state.matrix, state.within, state.hidden, state.in_note))
        elif thing.get("/Subtype") == "/Form":
            self.hides = self.hides or state.hidden
            self.form(thing, lookup.resources, lookup.page_resources, state, depth)

    def form(
        self,
        form: pikepdf.Object,
        resources: pikepdf.Object,
        page_resources: pikepdf.Object,
        state: _State,
        depth: int,
    ) -> None:
        """Interpret a form. Raises as run does."""
        state = replace(state, matrix=_own_matrix(form).then(state.matrix))
        self._inside(form, _Resources(resources, page_resources), state, depth)

    def _inside(self, stream: pikepdf.Object, lookup: _Resources, state: _State, depth: int) -> None:
        check_whole(stream)
        own = stream.get("/Resources")
        resources = own if isinstance(own, pikepdf.Dictionary) else lookup.resources
        self.run(stream, resources, lookup.page_resources, state, depth + 1)

    def _glyphs(self, font: pikepdf.Object | None, lookup: _Resources, state: _State, depth: int) -> None:
        """Look for images in the glyphs of a Type 3 font; once for each font."""
        if not isinstance(font, pikepdf.Dictionary) or font.get("/Subtype") != "/Type3" or font.objgen in self.fonts:
            return
        if font.is_indirect:
            self.fonts.add(font.objgen)
        glyphs = font.get("/CharProcs")
        inside = replace(state, within=state.within or _ANYWHERE, in_note=False)
        for glyph in glyphs.values() if isinstance(glyphs, pikepdf.Dictionary) else ():
            if isinstance(glyph, pikepdf.Stream):
                resources = font.get("/Resources", lookup.resources)
                self.run(glyph, resources, lookup.page_resources, inside, depth + 1)

    def _inline(self, image: pikepdf.PdfInlineImage, lookup: _Resources, state: _State) -> None:
        space = image.obj.get("/ColorSpace")
        named = lookup.found("/ColorSpace", space) if space is not None else None
        check_inline(image, named if named is not None else space)
        pixels = PixelSize(int(image.width), int(image.height))
        self.pictures.append(PaintedImage(None, pixels, state.matrix, state.within, state.hidden, state.in_note))


class _Resources:
    """The named resources of a stream. For a kind that a form lacks, renderers use those of the page."""

    def __init__(self, resources: pikepdf.Object, page_resources: pikepdf.Object) -> None:
        self.resources = resources
        self.page_resources = page_resources

    def found(self, kind: str, name: pikepdf.Object) -> pikepdf.Object | None:
        """Return the named resource, None for an unknown name."""
        for resources in (self.resources, self.page_resources):
            named = resources.get(kind)
            if isinstance(named, pikepdf.Dictionary):
                return named.get(str(name)) if isinstance(name, pikepdf.Name) else None
        return None

    def needed(self, kind: str, operands: list[pikepdf.Object]) -> pikepdf.Object:
        """Return the resource that the last operand names. Raises ContentIncompleteError."""
        found = self.found(kind, operands[-1]) if operands else None
        if found is None:
            raise ContentIncompleteError("a picture, form or pattern")
        return found

    def layer(self, name: pikepdf.Object) -> pikepdf.Object | None:
        """Return the layer that marked content names or is."""
        return name if isinstance(name, pikepdf.Dictionary) else self.found("/Properties", name)


def _own_matrix(form: pikepdf.Object) -> Matrix:
    own = form.get("/Matrix")
    return _matrix(list(own)) if isinstance(own, pikepdf.Array) else IDENTITY


def _matrix(numbers: list[pikepdf.Object]) -> Matrix:
    return Matrix(*(float(number) for number in numbers))
