"""The documents of this repository, taken apart for the tests that hold them to the code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
CODE = tuple(sorted((ROOT / "archive").rglob("*.py")))


def shown(path: Path) -> str:
    """Return the path as people in this repository write it."""
    return str(path.relative_to(ROOT))


def text_of(name: str) -> str:
    """Return the text of a file of the repository."""
    return (ROOT / name).read_text("utf-8")


def ticked(text: str) -> set[str]:
    """Return what stands between backticks in running text and tables."""
    return set(re.findall(r"`([^`\n]+)`", without_blocks(text)))


def without_blocks(text: str) -> str:
    """Return running text and tables alone."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def blocks(text: str, language: str) -> list[str]:
    """Return the insides of the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
