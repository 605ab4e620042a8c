"""The samples and their truth."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

SAMPLES = Path(__file__).parents[2] / "samples"
SCANS = SAMPLES / "scans"
TRUTH: dict[str, Any] = json.loads((SAMPLES / "truth.json").read_text(encoding="utf-8"))
BY_NAME = {scan["file"]: scan for scan in TRUTH["scans"]}


def strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, inner in value.items():
                yield from strings(key)
                yield from strings(inner)
        case list():
            for inner in value:
                yield from strings(inner)


def results(scan: dict[str, Any]) -> list[dict[str, Any]]:
    return [scan, *scan["other_results"]]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_truth_names_every_scan_and_nothing_else() -> None:
    on_disk = {unicodedata.normalize("NFC", path.name) for path in SCANS.iterdir()}

    assert sorted(BY_NAME) == sorted(on_disk)
    assert len(BY_NAME) == len(TRUTH["scans"])


def test_every_scan_has_the_bytes_that_truth_speaks_of() -> None:
    found = {name: hashlib.sha256((SCANS / name).read_bytes()).hexdigest() for name in BY_NAME}

    assert {name: scan["sha256"] for name, scan in BY_NAME.items()} == found


def test_all_scans_together_stay_within_12_megabytes() -> None:
    assert sum(path.stat().st_size for path in SCANS.iterdir()) <= 12_000_000


def test_every_string_of_truth_is_nfc() -> None:
    assert [text for text in strings(TRUTH) if not unicodedata.is_normalized("NFC", text)] == []


def test_every_file_has_as_many_pages_as_truth_says() -> None:
    for name, scan in BY_NAME.items():
        assert len(scan["pages"]) == page_count(SCANS / name), name


def page_count(path: Path) -> int:
    if path.suffix == ".pdf":
        with pikepdf.open(path) as pdf:
            return len(pdf.pages)
    with Image.open(path) as image:
        return int(getattr(image, "n_frames", 1))


def test_every_pdf_page_measures_what_truth_says() -> None:
    for name, scan in BY_NAME.items():
        if name.endswith(".pdf"):
            with pikepdf.open(SCANS / name) as pdf:
                boxes = [[float(side) * 25.4 / 72 for side in page.mediabox][2:] for page in pdf.pages]
            # Half a pixel at 150 dpi is 0.08 mm.
            assert boxes == [pytest.approx([page["width_mm"], page["height_mm"]], abs=0.09) for page in scan["pages"]]


def test_every_printed_value_stands_on_its_page() -> None:
    missing = [
        (scan["file"], name)
        for scan in TRUTH["scans"]
        for result in results(scan)
        for name, field in result["fields"].items()
        if flat(field["printed"]) not in whole(scan["pages"][field["page"] - 1]["text"])
        and not stamped(name, scan)
        and not broken_by_columns(name)
    ]

    assert missing == []


def whole(text: str) -> str:
    return flat(text.replace("\n", " "))


def stamped(name: str, scan: dict[str, Any]) -> bool:
    return name == "signer_name" and "rubber stamp" in scan["note"]


def broken_by_columns(name: str) -> bool:
    """Left and right column alternate in a page's text, so what wraps inside one column is not in one piece."""
    return name in ("issuing_agency", "subject", "signer_title", "address")


def test_the_duplicate_is_the_same_bytes_under_another_name() -> None:
    copies = [scan for scan in TRUTH["scans"] if scan["outcome"] == "duplicate"]

    assert [BY_NAME[copy["duplicate_of"]]["sha256"] for copy in copies] == [copy["sha256"] for copy in copies] != []


def test_no_scan_carries_a_secrecy_mark() -> None:
    marks = {"MẬT", "TỐI MẬT", "TUYỆT MẬT"}
    lines = {line for scan in TRUTH["scans"] for page in scan["pages"] for line in page["text"].splitlines()}

    assert marks.isdisjoint(lines)
    assert any("bí mật nhà nước" in line for line in lines), "one scan speaks of secrecy without being secret"


@pytest.mark.parametrize(
    ("what", "holds"),
    [
        ("an A3 page", lambda page, scan: page["size"] == "A3"),
        ("an A5 page", lambda page, scan: page["size"] == "A5"),
        ("a blank back", lambda page, scan: page["outcome"] == "blank"),
        ("a separator sheet", lambda page, scan: page["outcome"] == "separator"),
        ("a page on its side", lambda page, scan: page["rotation"] == 270),
        ("a page upside down", lambda page, scan: page["rotation"] == 180),
        ("a page that does not prove its size", lambda page, scan: not page["size_proven"]),
        ("a scan below the norm", lambda page, scan: page["dpi"] == 150 and scan["below_norm"]),
        ("a 1-bit page", lambda page, scan: page["colour"] == "bilevel"),
        ("a grey page", lambda page, scan: page["colour"] == "grey"),
        ("two results in one scan", lambda page, scan: len(scan["other_results"]) == 1),
        ("a number written by hand", lambda page, scan: scan["fields"]["number"]["pen"]),
        ("a born-digital page", lambda page, scan: page["outcome"] == "text_layer"),
        (
            "a scan of which only some pages are born digital",
            lambda page, scan: {"text_layer", "recognised"} <= {page["outcome"] for page in scan["pages"]},
        ),
    ],
)
def test_the_set_holds(what: str, holds: Any) -> None:
    assert any(holds(page, scan) for scan in TRUTH["scans"] for page in scan["pages"]), what


def test_identity_numbers_are_of_the_invented_province() -> None:
    numbers = [
        r["fields"]["holder_id"]["value"] for s in TRUTH["scans"] for r in results(s) if "holder_id" in r["fields"]
    ]

    assert len(numbers) > 10
    assert [number for number in numbers if not (len(number) == 12 and number.startswith("099"))] == []
