"""click's own words, such as "Usage:" and "Missing option", taken from the catalogue.

click asks gettext for them by their English text, in the domain of files that a system would have installed. Our
catalogue is compiled in memory: its functions take the places of gettext's in click's modules. The codes are those
that begin with ``click.``; a text that has none stays English.
"""

from __future__ import annotations

from click import core, decorators, exceptions, formatting, parser, termui, types

from archive.messages.catalogue import catalogue, english

_MODULES = (core, decorators, exceptions, formatting, parser, termui, types)
_GROUP = "click."


def translate_click() -> None:
    """Let click speak the language of this process."""
    for module in _MODULES:
        for name, function in (("_", _gettext), ("ngettext", _ngettext)):
            if hasattr(module, name):
                setattr(module, name, function)


def codes() -> dict[str, str]:
    """Return the code of each of click's texts, by its English text, the singular of those that have a plural."""
    return {message.texts[0]: code for code, message in english().items() if code.startswith(_GROUP)}


def _gettext(text: str) -> str:
    return catalogue().gettext(_CODES[text]) if text in _CODES else text


def _ngettext(singular: str, plural: str, number: int) -> str:
    code = _CODES.get(singular)
    if code is None:
        return singular if number == 1 else plural
    return catalogue().ngettext(code, code, number)


_CODES = codes()
