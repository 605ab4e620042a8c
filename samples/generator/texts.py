"""Reads what the results say from ``texts.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("texts.toml")


def lines(name: str) -> tuple[str, ...]:
    """Return the texts under ``section.key``. Raises KeyError."""
    return tuple(_found(name))


def pairs(name: str) -> tuple[tuple[str, str], ...]:
    """Return the pairs of label and text under ``section.key``. Raises KeyError."""
    return tuple((row[0], row[1]) for row in _found(name))


def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table under ``section.key``, the head first. Raises KeyError."""
    return tuple(tuple(row) for row in _found(name))


def _found(name: str) -> list[Any]:
    section, key = name.split(".")
    found: list[Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))[section][key]
    return found
