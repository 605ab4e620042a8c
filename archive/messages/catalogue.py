"""One way to a sentence: its code and its parameters. English for now; another language is a file beside ``en.po``."""

from __future__ import annotations

import functools
import gettext
import string
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from archive.messages.catalogue_file import Message, compiled, entries
from archive.messages.sentence import Sentence, in_english

_ENGLISH = "en.po"
_NOUN = "noun."


def tr(code: str, /, **params: object) -> Sentence:
    """Return the sentence of a code. Raises KeyError for a code or a parameter that is not there."""
    return _filled(template(code), _text(_english(), code), params)


def quantity(noun: str, number: int) -> Sentence:
    """Return ``1 page`` or ``2 pages``: a number and its noun, in the plural form that the language wants."""
    code = _NOUN + noun
    forms = [one.ngettext(code, code, number) for one in (catalogue(), _english())]
    if code in forms:
        raise KeyError(code)
    return _filled(forms[0], forms[1], {"n": number})


def template(code: str) -> str:
    """Return the sentence of a code with its parameters not yet filled in. Raises KeyError."""
    return _text(catalogue(), code)


def number(value: int) -> str:
    """Return a number as people read it: ``8,214``."""
    return f"{value:,}"


class MessageGroup(Mapping[str, str]):
    """The templates of all codes that begin alike, by the rest of their codes; looked up when they are asked for."""

    def __init__(self, prefix: str) -> None:
        self._prefix = f"{prefix}."

    def __getitem__(self, rest: str) -> str:
        return template(self._prefix + rest)

    def sentence(self, rest: str, params: Mapping[str, object]) -> Sentence:
        """Return a sentence with its parameters filled in; ``params`` may answer for those that it lacks."""
        code = self._prefix + rest
        return _filled(template(code), _text(_english(), code), params)

    def __iter__(self) -> Iterator[str]:
        return (code.removeprefix(self._prefix) for code in english() if code.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@functools.cache
def english() -> dict[str, Message]:
    """Return the English catalogue by code; its header has the code ``""``."""
    return entries(resources.files("archive.messages").joinpath(_ENGLISH).read_text("utf-8"))


@functools.cache
def catalogue() -> gettext.NullTranslations:
    """Return the catalogue of this process."""
    return _english()


@functools.cache
def _english() -> gettext.NullTranslations:
    return compiled(english())


def _text(language: gettext.NullTranslations, code: str) -> str:
    text = language.gettext(code)
    if text == code:
        raise KeyError(code)
    return text


def _filled(text: str, english_text: str, params: Mapping[str, object]) -> Sentence:
    """Return a sentence of its two templates; a parameter that is a sentence, or an error with one, has both forms."""
    return Sentence(_FORMATS.vformat(text, (), params), _ENGLISH_FORMATS.vformat(english_text, (), params))


class _Formats(string.Formatter):
    """Fills in parameters; the one place where numbers get their form (``{count:,}``)."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return number(value) if format_spec == "," else str(format(value, format_spec))


class _EnglishFormats(_Formats):
    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        value = super().get_value(key, args, kwargs)
        return in_english(value) if isinstance(value, Sentence | Exception) else value


_FORMATS, _ENGLISH_FORMATS = _Formats(), _EnglishFormats()
