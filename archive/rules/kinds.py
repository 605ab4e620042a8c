"""Kinds of results as data: the titles and symbols that identify each."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from importlib import resources

from archive.text.edit_distance import find_start
from archive.text.vietnamese import fold, unmark

# A longer title with an unprinted word ("hộ") must not win over a title that was read exactly.
_LETTERS_PER_MISREAD = 4
_WORD = re.compile(r"[^\W_]+")
LETTER = "cong-van"  # the one kind that prints no title (decree 30/2020, appendix III: công văn)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. ``titles`` are folded words; see data/kinds.toml for what each entry means."""

    slug: str
    name: str
    titles: tuple[str, ...]
    symbols: tuple[str, ...] = ()
    subject: bool = False
    holder: bool = False


@dataclass(frozen=True, slots=True)
class TitledKind:
    """The kind of a title, and the number of the title's words that identified it."""

    kind: Kind
    words: int


@functools.cache
def all_kinds() -> tuple[Kind, ...]:
    """Return all kinds in the order of the data file, read once."""
    text = resources.files("archive.rules").joinpath("data/kinds.toml").read_text(encoding="utf-8")
    return tuple(
        Kind(
            slug=entry["slug"],
            name=entry["name"],
            titles=tuple(folded_words(title) for title in entry["titles"]),
            symbols=tuple(entry.get("symbols", ())),
            subject=entry.get("subject", False),
            holder=entry.get("holder", False),
        )
        for entry in tomllib.loads(text)["kind"]
    )


def folded_words(text: str) -> str:
    """Return the folded words of ``text``, one blank between them, punctuation dropped."""
    return " ".join(_WORD.findall(fold(text)))


def kind_by_slug(slug: str) -> Kind | None:
    """Return the kind of that slug, or None for one that is not (or no longer) in the table."""
    return next((kind for kind in all_kinds() if kind.slug == slug), None)


def name_of(slug: str) -> str:
    """Return the kind's name for people; an unknown slug (a later version's) is its own name."""
    kind = kind_by_slug(slug)
    return kind.name if kind else slug


def kind_of_title(text: str) -> TitledKind | None:
    """Return the kind whose title ``text`` begins with: the longest title wins, misread letters subtracted."""
    words = folded_words(text)
    best: tuple[int, TitledKind] | None = None
    for kind in all_kinds():
        for title in kind.titles:
            start = find_start(words, title)
            if start is None:
                continue
            score = len(title) - _LETTERS_PER_MISREAD * start.errors
            if best is None or score > best[0]:
                best = (score, TitledKind(kind, start.words))
    return best[1] if best else None


def kind_of_symbol(symbol: str) -> Kind | None:
    """Return the kind that the first part of ``symbol`` abbreviates (``QĐ-UBND``), or None: a letter has none."""
    parts = [part for part in symbol.replace("/", "-").split("-") if part and not part.isdecimal()]
    heads = {parts[0], "-".join(parts[:2])} if parts else set()
    for form in (str, _bare):  # HĐ and HD are two kinds as long as the đ was read
        wanted = {form(head) for head in heads}
        for kind in all_kinds():
            if wanted & {form(abbreviation) for abbreviation in kind.symbols}:
                return kind
    return None


def _bare(symbol: str) -> str:
    return fold(unmark(symbol)).strip()
