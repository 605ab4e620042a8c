"""Values for tests, complete and fictional, to be varied with ``dataclasses.replace``."""

from __future__ import annotations

from dataclasses import replace

from archive.model.ledger import Batch, BatchSeal, LedgerLine, ScanOutcome
from archive.model.pages import (
    Alternative,
    Box,
    Colour,
    Exclusion,
    ExclusionState,
    Line,
    Measure,
    Origin,
    PageEntry,
    PageOutcome,
    PageShape,
    PageText,
    ScreenAnswer,
    Screening,
    SizeOrigin,
    Word,
)
from archive.model.results import (
    Actor,
    Candidate,
    Field,
    FieldState,
    Part,
    Problem,
    Provenance,
    Reading,
    RecordState,
    ResultRecord,
    SignOff,
)
from archive.store import keys

AT = "2026-03-05T08:00:00Z"
ACTOR = Actor("os:thu", "Thư, quầy 3")
BATCH = keys.batch_id("Hộp 12")
SCAN = keys.digest_of(b"scan bytes")

A4 = PageShape(SizeOrigin.IMAGE_DPI, 210.0, 297.0, 210.0, 297.0, 200.0, Colour.COLOUR, 1654, 2339)


def text(*lines: str, engine: str = "fixed") -> PageText:
    """Return a page's text: one line a string, words laid out on a grid."""
    return PageText(
        tuple(
            Line(
                tuple(
                    Word(word, Box(20.0 + 25 * i, 20.0 + 8 * n, 42.0 + 25 * i, 25.0 + 8 * n), 0.9)
                    for i, word in enumerate(line.split())
                )
            )
            for n, line in enumerate(lines)
        ),
        engine,
    )


def page(number: int = 1, outcome: PageOutcome = PageOutcome.RECOGNISED) -> PageEntry:
    """Return an A4 page."""
    return PageEntry(number, outcome, A4, None, 0, 0.9)


def record() -> ResultRecord:
    """Return a first version with everything a record can hold."""
    number = Field("123", "Số: 123", 0.91, 1, Box(30.0, 40.0, 60.0, 45.0), Origin.OCR)
    number = replace(number, readings=(Reading("t", "123", 0.91),))
    holder = Field("Nguyễn Văn Mẫu", "NGUYỄN VĂN MẪU", 0.8, 1, None, Origin.OCR)
    return ResultRecord(
        id=keys.result_id(SCAN, 1),
        version=1,
        state=RecordState.KEPT,
        batch=BATCH,
        batch_name="Hộp 12",
        parts=(Part(SCAN, "Giấy phép.pdf", 10, (1, 2), "0" * 16, 0, "0" * 64),),
        fields={"kind": kind("giay-phep-xay-dung"), "number": number, "holder_name": holder},
        problems=(Problem("poor_reading", page=2),),
        provenance=Provenance(ACTOR, AT, "imported", line().id, "results-archive test"),
    )


def full_record() -> ResultRecord:
    """Return a record with everything that it can hold: a number that a person chose among what was read."""
    read = Candidate("128", "Số: 128", 1, Box(30.0, 40.0, 60.0, 45.0), 0.52, (Reading("t", "128", 0.52),), ("year",))
    plain = record()
    number = replace(
        plain.fields["number"],
        state=FieldState.CONFIRMED,
        candidates=(read,),
        settled_by=(SignOff("os:lan", "2026-03-06T02:10:00Z"),),
    )
    problem = Problem("size_conflict", {"witnesses": "box_and_image"}, page=2)
    return replace(plain, fields={**plain.fields, "number": number}, problems=(*plain.problems, problem))


def full_line() -> LedgerLine:
    """Return a line with everything that it can hold: screened, measured, in dispute, let in by people."""
    lan, minh = SignOff("os:lan", "2026-03-06T02:10:00Z"), SignOff("os:minh", "2026-03-06T02:30:00Z")
    screened = Screening(ScreenAnswer.CLEAR, ("stamps-2", "words-1"))
    half = Screening(ScreenAnswer.NOT_SCREENED, ("stamps-2",), ("picture_data_ends_early",))
    first = replace(page(1), screening=screened, measure=Measure(210.0, 330.0, (lan,)))
    second = replace(
        page(2, PageOutcome.BLANK), screening=half, exclusion=Exclusion("blank", ExclusionState.DISPUTED, (lan, minh))
    )
    return replace(line(), pages=(first, second), unscreened_by=lan, cleared_by=minh, cleared_because="con dấu KHẨN")


def full_text() -> PageText:
    """Return a page's text with everything that it can hold."""
    (number,) = text("Số: 123").lines
    return PageText((replace(number, block="head", alternatives=(Alternative("Số: 128", 0.31, "t"),)),), "fixed")


def kind(slug: str) -> Field:
    """Return a kind that the title told."""
    return Field(slug, "GIẤY PHÉP XÂY DỰNG", 0.95, 1, Box(70.0, 50.0, 140.0, 56.0), Origin.OCR)


def of_kind(record: ResultRecord, slug: str | None, version: int = 1) -> ResultRecord:
    """Return ``record`` with another kind, or with none, as version ``version``."""
    others = {name: field for name, field in record.fields.items() if name != "kind"}
    return replace(record, version=version, fields={**others, "kind": kind(slug)} if slug is not None else others)


def line() -> LedgerLine:
    """Return the ledger line of a stored scan of two pages."""
    path = keys.path_id(BATCH, "Giấy phép.pdf")
    return LedgerLine(
        id=keys.line_id(path, 0),
        version=1,
        batch=BATCH,
        path_id=path,
        occurrence=0,
        outcome=ScanOutcome.STORED,
        reason=None,
        message=None,
        sha256=SCAN,
        bytes=10,
        record=keys.result_id(SCAN, 1),
        path="Giấy phép.pdf",
        pages=(page(1), page(2, PageOutcome.BLANK)),
        actor=ACTOR,
        at=AT,
    )


def batch() -> Batch:
    """Return the first version of a batch."""
    return Batch(BATCH, 1, "Hộp 12", {"operator": "thu", "box": "12"}, (), False, ACTOR, AT)


def full_batch() -> Batch:
    """Return a batch with everything that it can hold: given, closed and sealed."""
    sealed = BatchSeal(lines=1, records=1, root="e" * 64, list="f" * 64)
    return replace(batch(), given=("d" * 64,), closed=True, action="closed", sealed=sealed)
