"""Sentence: a text for people that keeps its English form, for all that must not change with the language."""

from __future__ import annotations

from collections.abc import Iterable


class Sentence(str):
    """A text in the language of this process; ``english`` is the same text in English.

    Data in JSON, what the vault keeps and logs hold ``english``. An error whose message is a sentence gives it back
    by ``str(error)``.
    """

    english: str

    def __new__(cls, text: str, english: str) -> Sentence:
        """Make a sentence of its two forms."""
        made = super().__new__(cls, text)
        made.english = english
        return made

    def __str__(self) -> str:
        """Return the sentence itself, so that ``str`` keeps the English form."""
        return self

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, str]]:
        """Keep both forms when the sentence is copied, or travels from a worker process."""
        return (type(self), (str.__str__(self), self.english))


def in_english(value: object) -> str:
    """Return the English form of a sentence or of an error's message; any other text as it is."""
    text = str(value)
    return text.english if isinstance(text, Sentence) else text


def split_last(text: str, separator: str) -> tuple[Sentence, Sentence]:
    """Return what stands before the last ``separator`` of a text, and what stands behind it."""
    before, _, behind = text.rpartition(separator)
    english_before, _, english_behind = in_english(text).rpartition(separator)
    return Sentence(before, english_before), Sentence(behind, english_behind)


def joined(separator: str, parts: Iterable[object]) -> Sentence:
    """Return texts in a row; the separator may be a sentence, too."""
    texts = [str(part) for part in parts]
    return Sentence(separator.join(texts), in_english(separator).join(map(in_english, texts)))
