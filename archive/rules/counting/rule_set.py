"""RuleSet: named, versioned counting rules, so that the same ledger always gives the same numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from archive.errors import SettingsError
from archive.messages.catalogue import tr

PAYABLE = "payable"
# The columns outside the payable sum; archive/rules/counting/judge.py holds their conditions.
OUTSIDE = frozenset({"not_kept", "duplicate", "born_digital", "failed", "separator", "blank", "below_norm"})
DECIDED = frozenset({"excluded", "disputed"})  # columns of what people decide; the first rule set has none of them

_FILE = re.compile(r"counting-(.+)\.toml")


@dataclass(frozen=True, slots=True)
class PaperSize:
    """One paper size: sides in mm and the number of A4 that a page of this size counts for."""

    name: str
    width_mm: int
    height_mm: int
    a4: int
    slack_mm: int = 0  # of a sheet that is known by its sides: by how much each may differ

    def has_sides(self, width_mm: float, height_mm: float) -> bool:
        """Return True for a page with the sides of this sheet, turned or not."""
        own, found = sorted((self.width_mm, self.height_mm)), sorted((width_mm, height_mm))
        return all(abs(side - one) <= self.slack_mm for side, one in zip(own, found, strict=True))

    @property
    def area_mm2(self) -> int:
        """Area in square millimetres."""
        return self.width_mm * self.height_mm


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a count, and the reason why a page is in it."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a rule. ``evidence``: F read in a source, F2 second-hand, I inferred."""

    what: str
    where: str
    evidence: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version of the counting rules. ``sizes`` run from small to large, ``columns`` in order of judgement."""

    name: str
    version: str
    about: str
    sources: tuple[Source, ...]
    sizes: tuple[PaperSize, ...]
    sheets: tuple[PaperSize, ...]  # sheets of old offices, known by their sides before any size by area
    tolerance_percent: int  # by how much a page's area may exceed its size's area
    min_dpi: int
    dpi_slack: int
    require_colour: bool
    columns: tuple[Column, ...]

    @property
    def knows_exclusions(self) -> bool:
        """True when pages that people want left out stand in columns of their own."""
        return any(column.name in DECIDED for column in self.columns)

    @property
    def id(self) -> str:
        """The name that settings and counts use, such as ``a4-2026.1``."""
        return f"{self.name}-{self.version}"


def rule_set_ids() -> tuple[str, ...]:
    """Return the ids of all rule sets that there are, in alphabetical order."""
    matches = (_FILE.fullmatch(entry.name) for entry in (files("archive.rules") / "data").iterdir())
    return tuple(sorted(match.group(1) for match in matches if match))


def load_rule_set(name: str) -> RuleSet:
    """Return the rule set with the id ``name``. Raises SettingsError for an unknown id or an invalid file."""
    known = rule_set_ids()
    if name not in known:
        raise SettingsError(tr("settings.there_is_no_counting_rule_set", name=name, known=", ".join(known)))
    text = (files("archive.rules") / "data" / f"counting-{name}.toml").read_text(encoding="utf-8")
    try:
        rules = rule_set_from(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(tr("settings.the_counting_rule_set_is_damaged", name=name, error=error)) from error
    if rules.id != name:
        raise SettingsError(tr("settings.the_file_of_the_counting_rule", name=name, id=rules.id))
    return rules


def rule_set_from(data: Mapping[str, Any]) -> RuleSet:
    """Return the rule set that parsed TOML describes. Raises KeyError, TypeError or ValueError when it is invalid."""
    rules = RuleSet(
        name=data["name"],
        version=data["version"],
        about=data["about"],
        sources=tuple(Source(**source) for source in data["sources"]),
        sizes=tuple(PaperSize(**size) for size in data["paper"]["sizes"]),
        sheets=tuple(PaperSize(**sheet) for sheet in data["paper"].get("sheets", ())),
        tolerance_percent=data["paper"]["tolerance_percent"],
        columns=tuple(Column(**column) for column in data["columns"]),
        **data["norm"],
    )
    if [column.name for column in rules.columns[-1:]] != [PAYABLE]:
        raise ValueError("the last column must be payable")
    names = sorted(column.name for column in rules.columns)
    if names not in (sorted({PAYABLE, *OUTSIDE}), sorted({PAYABLE, *OUTSIDE, *DECIDED})):
        raise ValueError(f"the columns must be payable and, once each, {', '.join(sorted({*OUTSIDE, *DECIDED}))}")
    areas = [size.area_mm2 for size in rules.sizes]
    if not areas or areas != sorted(set(areas)):
        raise ValueError("paper sizes must run from small to large")
    return rules
