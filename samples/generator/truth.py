"""The truth beside the scans: what every file holds, as JSON."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samples.generator.plans import Leaf, Plan
from samples.generator.results import Drawn

ABOUT = (
    "Fictional results of the invented province Sơn Hà, drawn by samples/make.py. 'fields' are those of the first "
    "result, as an attentive reader would key them; 'pen' marks values that are written by hand in whole or part. "
    "'rotation' is degrees clockwise to upright; sizes are of the page as stored. 'size_proven' is false where the "
    "file does not say its dpi. 'text' is a page's print from top to bottom, columns split; seals are not in it."
)


@dataclass(frozen=True)
class Written:
    """A plan with the file that was made of it."""

    plan: Plan
    path: Path


def write_truth(scans: Sequence[Written], path: Path, made_with: dict[str, str]) -> None:
    """Write the truth of all scans, copies included, in the order given."""
    entries = []
    for scan in scans:
        entries.append(_entry(scan, scan.plan.name, None))
        entries.extend(_entry(scan, copy, scan.plan.name) for copy in scan.plan.copies)
    truth = {"format": 1, "about": ABOUT, "made_with": made_with, "scans": entries}
    text = unicodedata.normalize("NFC", json.dumps(truth, ensure_ascii=False, indent=1))
    path.write_text(text + "\n", encoding="utf-8")


def _entry(scan: Written, name: str, copy_of: str | None) -> dict[str, Any]:
    plan, data = scan.plan, scan.path.read_bytes()
    results = [_result(drawn, first) for drawn, first in plan.results]
    return {
        "file": name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "outcome": "duplicate" if copy_of else "stored",
        "duplicate_of": copy_of,
        "note": plan.note,
        "kind": results[0]["kind"],
        "fields": results[0]["fields"],
        "other_results": results[1:],
        "problems": list(plan.problems),
        "below_norm": plan.below_norm,
        "pages": [_page(plan, leaf, number) for number, leaf in enumerate(plan.leaves, start=1)],
    }


def _result(drawn: Drawn, first: int) -> dict[str, Any]:
    fields = {
        name: {"value": value.value, "printed": value.printed, "page": value.page + first - 1, "pen": value.pen}
        for name, value in sorted(drawn.fields().items())
    }
    pages = list(range(first, first + len(drawn.sheets)))
    return {"kind": drawn.result.kind, "official_number": drawn.result.official, "pages": pages, "fields": fields}


def _page(plan: Plan, leaf: Leaf, number: int) -> dict[str, Any]:
    width, height = leaf.sheet.width, leaf.sheet.height
    if leaf.turn % 180:
        width, height = height, width
    return {
        "number": number,
        "outcome": leaf.outcome,
        "size": size_name(width, height),
        "width_mm": width,
        "height_mm": height,
        "size_proven": plan.says_dpi,
        "dpi": None if leaf.digital else plan.dpi,
        "colour": None if leaf.digital else plan.colour.value,
        "rotation": -leaf.turn % 360,
        "text": "\n".join(leaf.sheet.lines()),
    }


def size_name(width: float, height: float) -> str:
    """Return the ISO 216 name of a sheet. Raises KeyError for any other size."""
    sizes = {(148.5, 210.0): "A5", (210.0, 297.0): "A4", (297.0, 420.0): "A3"}
    return sizes[(min(width, height), max(width, height))]
