"""Every sentence of the command line stands in the catalogue, and the catalogue holds nothing else."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.messages import catalogue
from archive.messages.catalogue import MessageGroup, english, quantity, tr
from archive.messages.catalogue_file import compiled, entries
from tests.documents import CODE, ROOT, shown

COMMANDS = tuple(path for path in CODE if path.is_relative_to(ROOT / "archive" / "commands"))
SAYING = ("echo", "UsageError", "BadParameter", "ClickException", "secho", "style", "prompt")
HELP = ("help", "short_help", "epilog")
HEADER = ""


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", ""), node


def words_of(node: ast.expr) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def placeholders(code: str) -> set[str]:
    return {name for text in english()[code].texts for _, name, _, _ in string.Formatter().parse(text) if name}


def used() -> Iterator[str]:
    """Yield the codes that the code asks for."""
    nouns = {code.removeprefix("noun.") for code in english() if code.startswith("noun.")}
    for path in CODE:
        found = dict.fromkeys(name for name, _ in calls(path))
        for name, call in calls(path):
            if name == "tr":
                yield from words_of(call.args[0])
            elif name == "MessageGroup" and not path.is_relative_to(ROOT / "archive" / "messages"):
                (prefix,) = words_of(call.args[0])
                yield from (code for code in english() if code.startswith(f"{prefix}."))
        if "quantity" in found:
            yield from (f"noun.{word}" for word in words_of(ast.parse(path.read_text("utf-8"))) & nouns)


def test_no_code_is_missing_and_none_is_unused() -> None:
    asked = set(used())
    codes = english().keys() - {HEADER}

    assert asked - codes == set()
    assert codes - asked == set()


def test_each_sentence_gets_its_parameters() -> None:
    wrong = [
        f"{shown(path)}:{call.lineno} {code}"
        for path in CODE
        for name, call in calls(path)
        if name == "tr"
        for code in words_of(call.args[0])
        if {keyword.arg for keyword in call.keywords} != placeholders(code)
    ]

    assert wrong == []


def test_nouns_are_given_by_words_that_stand_in_the_catalogue() -> None:
    nouns = [
        (shown(path), word)
        for path in CODE
        for name, call in calls(path)
        if name == "quantity" and isinstance(call.args[0], ast.Constant)
        for word in words_of(call.args[0])
    ]

    assert len(nouns) > 20
    assert [(path, noun) for path, noun in nouns if f"noun.{noun}" not in english()] == []


def literals(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression may become or hold, but not those given to functions within it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (part.value for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, ast.IfExp):
        yield from (*literals(node.body), *literals(node.orelse))
    elif isinstance(node, ast.BinOp):
        yield from (*literals(node.left), *literals(node.right))


def saying(path: Path) -> set[str]:
    """Return the names of all that a module says sentences with: functions and errors."""
    raised = {
        alias.asname or alias.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom) and node.module == "archive.errors"
        for alias in node.names
    }
    return {*SAYING, *raised} - {"Exit"}


@pytest.mark.parametrize("path", COMMANDS, ids=shown)
def test_no_sentence_stands_in_the_code_of_a_command(path: Path) -> None:
    said = []
    names = saying(path)
    for name, call in calls(path):
        values = list(call.args) if name in names else []
        values += [keyword.value for keyword in call.keywords if keyword.arg in HELP]
        texts = [text for value in values for text in literals(value) if any(map(str.isalpha, text))]
        said += [f"{call.lineno}: {text}" for text in texts]

    assert said == []


SERVICES = tuple(path for path in CODE if shown(path).startswith(("archive/services/", "archive/backend_factory.py")))


def test_no_refusal_of_a_service_stands_in_its_code() -> None:
    said = [
        f"{shown(path)}:{call.lineno} {text}"
        for path in SERVICES
        for name, call in calls(path)
        if name == "RequestRefused"
        for value in call.args
        for text in literals(value)
        if any(map(str.isalpha, text))
    ]

    assert said == []


def test_a_code_or_parameter_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        tr("no.such.code")
    with pytest.raises(KeyError):
        tr("seal.of_day")
    with pytest.raises(KeyError):
        quantity("no_such_noun", 1)
    with pytest.raises(KeyError):
        MessageGroup("cause")["no_such_cause"]


def test_numbers_and_their_nouns_agree() -> None:
    assert [quantity("page", n) for n in (0, 1, 8214)] == ["0 pages", "1 page", "8,214 pages"]


def test_a_language_without_plurals_has_one_form() -> None:
    """Vietnamese: ``nplurals=1``."""
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n'
    entry = '\nmsgid "noun.page"\nmsgid_plural "noun.page"\nmsgstr[0] "{n:,} trang"\n'
    spoken = compiled(entries(header + entry))

    assert {spoken.ngettext("noun.page", "noun.page", n) for n in (1, 2)} == {"{n:,} trang"}


@pytest.mark.parametrize(
    "text", ['msgid "a"\nmsgstr "x"\n\nmsgid "a"\nmsgstr "y"\n', 'msgid "a"\nmsgtext "x"\n'], ids=["twice", "unknown"]
)
def test_a_catalogue_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="catalogue"):
        entries(text)


def test_the_catalogue_is_read_once() -> None:
    assert catalogue.catalogue() is catalogue.catalogue()
