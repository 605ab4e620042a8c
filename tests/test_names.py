"""Names in the code are words that a stranger knows: of the glossary, plain English, or standard technical terms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WORDS = ROOT / "tests" / "plain_words.txt"
FIRST_COLUMN = re.compile(r"^\|([^|]+)\|", re.MULTILINE)
PART = re.compile(r"[A-Z]+\d*(?![a-z])|[A-Z]?[a-z]+\d*")  # of CamelCase and snake_case: S3Store, page_box, jbig2


def parts_of(name: str) -> list[str]:
    return [part.lower() for part in PART.findall(name)]


def glossary() -> set[str]:
    """Return the single words of all terms that docs/glossary.md explains."""
    rows = FIRST_COLUMN.findall((ROOT / "docs" / "glossary.md").read_text("utf-8"))
    terms = [term for row in rows for term in re.findall(r"\*\*([^*]+)\*\*|`([^`]+)`", row)]
    return {part for bold, code in terms for part in parts_of(bold or code)}


def plain_words() -> list[str]:
    lines = WORDS.read_text("utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def is_known(word: str, known: set[str]) -> bool:
    """Say whether ``word`` or its singular is known."""
    singular = f"{word.removesuffix('ies')}y" if word.endswith("ies") else word.removesuffix("s")
    return bool(known & {word, singular, word.removesuffix("es")})


def names_in(path: Path) -> Iterator[str]:
    """Yield the names of a module, of its package, and of all its classes."""
    yield from path.relative_to(ROOT).with_suffix("").parts[-2:]
    yield from (node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ClassDef))


def strange_words(names: list[str]) -> list[str]:
    known = glossary() | set(plain_words())
    return sorted({f"{part} (in {name})" for name in names for part in parts_of(name) if not is_known(part, known)})


def test_every_package_module_and_class_is_named_in_known_words() -> None:
    """A word that is missing: take a standard term instead, or explain the word in docs/glossary.md."""
    names = [name for path in sorted((ROOT / "archive").rglob("*.py")) for name in names_in(path)]

    assert len(names) > 500
    assert strange_words(names) == []


@pytest.mark.parametrize("name", ["bell", "desk", "halfway", "Traveller", "at_hand", "BellRinger", "S3Errand"])
def test_a_metaphor_is_seen(name: str) -> None:
    assert strange_words([name])


def test_each_word_has_one_explanation() -> None:
    """In the glossary or among the plain words, and there once."""
    words = plain_words()

    assert sorted({word for word in words if words.count(word) > 1}) == []
    assert sorted(glossary() & set(words)) == []


def test_each_term_of_the_glossary_is_explained_once() -> None:
    terms = re.findall(r"^\| \*\*([^*]+)\*\*", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)

    assert sorted({term for term in terms if terms.count(term) > 1}) == []
