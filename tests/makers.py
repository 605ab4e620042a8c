"""Values for tests, complete and fictional, to be varied with ``dataclasses.replace``."""

from __future__ import annotations

from archive.model.ledger import Batch, LedgerLine, ScanOutcome
from archive.model.pages import Box, Colour, Line, Origin, PageEntry, PageOutcome, PageShape, PageText, SizeOrigin, Word
from archive.model.results import Actor, Field, Part, Problem, Provenance, Reading, RecordState, ResultRecord
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
    number = Field("123", "Số: 123", 0.91, 1, Box(30.0, 40.0, 60.0, 45.0), Origin.OCR, (Reading("t", "123", 0.91),))
    holder = Field("Nguyễn Văn Mẫu", "NGUYỄN VĂN MẪU", 0.8, 1, None, Origin.OCR)
    return ResultRecord(
        id=keys.result_id(SCAN, 1),
        version=1,
        state=RecordState.LIVE,
        batch=BATCH,
        batch_name="Hộp 12",
        kind="giay-phep-xay-dung",
        parts=(Part(SCAN, "Giấy phép.pdf", 10, (1, 2), "0" * 16, 0, "0" * 64),),
        fields={"number": number, "holder_name": holder},
        problems=(Problem("poor_reading", "the page was read badly", None, 2),),
        provenance=Provenance(ACTOR, AT, "imported", line().id, "results-archive test"),
    )


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
