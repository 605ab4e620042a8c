"""How well fields are extracted from scans whose fields are known: right, partial, wrong, absent for each field.

Prints a table, asserts nothing.

usage: python -m bench.fields DIR [--cache FOLDER] [--details] [--only NAME]
       DIR holds fields.json (documents with Vietnamese keys, scans beside it) or truth.json (scans in DIR/scans)
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from archive.errors import ArchiveError
from archive.extract import combine_pages, observe_page
from archive.ingest.open import open_scan
from archive.model.limits import Limits
from archive.model.pages import Origin, PageShape, PageText
from archive.model.results import Extraction
from archive.ocr.engine import OcrEngine
from archive.ocr.registry import engine_named
from archive.pipeline.recognise import recognise
from archive.rules.kinds import folded_words
from archive.text.vietnamese import exact, unmark

OUTCOMES = ("right", "partial", "wrong", "absent")
_ALIKE = 0.95  # subjects are long: a misread mark in fifty words is no wrong subject
_NAMES = {
    "so": "number",
    "ky_hieu": "symbol",
    "ngay_ban_hanh": "issue_date",
    "dia_danh": "place",
    "co_quan_chu_quan": "parent_agency",
    "co_quan_ban_hanh": "issuing_agency",
    "loai_van_ban": "kind",
    "trich_yeu": "subject",
    "nguoi_ky": "signer_name",
    "chuc_vu_ky": "signer_title",
}


@dataclass(frozen=True)
class Known:
    """A scan and its true fields; None: the page does not say it. ``pen``: fields filled in by hand."""

    file: Path
    fields: dict[str, str | None]
    pen: frozenset[str]
    complete: bool  # what is not in ``fields`` is not on the page


Page = tuple[int, PageText, PageShape, Origin]


def known_scans(folder: Path) -> Iterator[Known]:
    """Yield the scans of a folder with their truth, in either of its two forms."""
    if (folder / "fields.json").exists():
        for entry in json.loads((folder / "fields.json").read_text("utf-8"))["documents"]:
            fields = {name: entry[key] for key, name in _NAMES.items()}
            fields["kind"] = unmark(fields["kind"] or "").lower().replace(" ", "-")
            pen = {"number"} if "so" in entry["handwritten"] else set()
            pen |= {"issue_date"} if {"ngay", "thang"} & set(entry["handwritten"]) else set()
            yield Known(folder / entry["file"], fields, frozenset(pen), complete=False)
        return
    for entry in json.loads((folder / "truth.json").read_text("utf-8"))["scans"]:
        if entry["outcome"] != "stored":
            continue
        fields = {name: value["value"] for name, value in entry["fields"].items()}
        by_hand = frozenset(name for name, value in entry["fields"].items() if value["pen"])
        yield Known(folder / "scans" / entry["file"], {**fields, "kind": entry["kind"]}, by_hand, complete=True)


def read_pages(file: Path, engine: OcrEngine) -> list[Page]:
    """Return all pages of a scan that have words, as an import reads them."""
    pages: list[Page] = []
    with open_scan(file, Limits()) as document:
        for number in range(1, document.page_count + 1):
            page = document.page(number)
            text = page.text_layer()
            origin = Origin.OCR if text is None else Origin.TEXT_LAYER
            pages.append((number, text or recognise(page.image(), engine).text, page.shape, origin))
    return pages


def cached_pages(file: Path, engine: OcrEngine, cache: Path | None) -> list[Page]:
    """Return the pages of a scan, from ``cache`` when they were read before by the same engine."""
    if cache is None:
        return read_pages(file, engine)
    name = hashlib.sha256(file.read_bytes() + engine.identity.encode()).hexdigest()
    kept = cache / f"{name}.pickle"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(read_pages(file, engine)))
    pages: list[Page] = pickle.loads(kept.read_bytes())  # noqa: S301 - our own file, made a moment ago
    return pages


def judge(name: str, found: str | None, true: str | None) -> str | None:
    """Return the outcome of one field; None where there is nothing to find and nothing was found."""
    if not found:
        return "absent" if true else None
    if not true:
        return "wrong"
    if name == "issue_date":
        return "right" if found == true else "partial" if true.startswith(found) else "wrong"
    if name == "number":
        return "right" if found.lstrip("0") == true.lstrip("0") else "wrong"
    if name in ("symbol", "holder_id"):
        return "right" if found == true else "wrong"
    one, other = _plain(found), _plain(true)
    alike = (
        SequenceMatcher(None, one, other, autojunk=False).ratio() if name in ("subject", "address") else one == other
    )
    return "right" if alike >= _ALIKE else "partial" if _marks_only(found, true) else "wrong"


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in exact(text)).split())


def _marks_only(found: str, true: str) -> bool:
    """Return True when only marks were misread: folded search still finds it."""
    return folded_words(found) == folded_words(true)


def values_of(extraction: Extraction) -> dict[str, str | None]:
    """Return the values that an extraction found, its kind among them."""
    return {"kind": extraction.kind, **{name: field.value for name, field in extraction.fields.items()}}


def main() -> None:
    """Measure and print."""
    options = _options()
    engine = engine_named("tesseract:vie")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    problems: Counter[str] = Counter()
    for known in known_scans(options.folder):
        if options.only and options.only not in known.file.name:
            continue
        try:
            pages = cached_pages(known.file, engine, options.cache)
        except ArchiveError as error:
            print(f"{known.file.name}: {error}")
            continue
        extraction = combine_pages([observe_page(*page) for page in pages if page[1].lines])
        problems.update(f"{problem.code} {problem.field or ''}".strip() for problem in extraction.problems)
        found = values_of(extraction)
        for name in sorted({*known.fields, *found} if known.complete else known.fields):
            outcome = judge(name, found.get(name), known.fields.get(name))
            if outcome is None:
                continue
            counts[name][outcome] += 1
            if options.details and outcome != "right":
                pen = " (pen)" if name in known.pen else ""
                read, true = found.get(name), known.fields.get(name)
                print(f"{known.file.name[:34]:34} {name}{pen} {outcome}: {read!r} true {true!r}")
    print_table(counts, problems)


def print_table(counts: dict[str, Counter[str]], problems: Counter[str]) -> None:
    """Print outcomes by field, then problems by code."""
    print(f"{'field':16}" + "".join(f"{outcome:>9}" for outcome in OUTCOMES))
    for name, outcomes in sorted(counts.items()):
        print(f"{name:16}" + "".join(f"{outcomes[outcome]:9}" for outcome in OUTCOMES))
    print("problems: " + (", ".join(f"{code} {count}" for code, count in sorted(problems.items())) or "none"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--cache", type=Path, help="keep page readings here and use them again")
    parser.add_argument("--details", action="store_true", help="list all that is not right")
    parser.add_argument("--only", help="scans whose name holds this")
    return parser.parse_args()


if __name__ == "__main__":
    main()
