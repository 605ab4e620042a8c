"""Every sentence of the command line stands in the catalogue, and the catalogue holds nothing else."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import core, decorators, exceptions, formatting, parser, termui, types

from archive.commands.click_translation import codes
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
        if path.name == "click_translation.py":
            yield from codes().values()
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


# Everything that raises or finds; ``extract`` and ``text`` say nothing, ``messages`` holds what is said.
BELOW = tuple(path for path in CODE if shown(path).startswith("archive/") and path not in COMMANDS)
# Which argument is the sentence of what is no error of archive.errors; of a health check, advice follows it.
FINDING = {"Finding": 2, "HealthCheck": 2, "Repaired": 2, "SealDifference": 1, "AliasMissing": 0, "MomentGone": 0}


def sentences_of(path: Path) -> Iterator[tuple[int, ast.expr]]:
    """Yield what a module gives to errors and findings as their sentences, with the line."""
    names = dict.fromkeys(saying(path) - set(SAYING), 0) | FINDING
    for name, call in calls(path):
        if name in names:
            last = 4 if name == "HealthCheck" else names[name] + 1
            yield from ((call.lineno, value) for value in call.args[names[name] : last])


@pytest.mark.parametrize("path", BELOW, ids=shown)
def test_no_sentence_of_an_error_or_a_finding_stands_in_code(path: Path) -> None:
    """An f-string or a sum of texts would lose the English form, even when all its parts come from the catalogue."""
    said = [
        f"{line}: {ast.unparse(value)}"
        for line, value in sentences_of(path)
        for one in ((value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,))
        if isinstance(one, ast.JoinedStr | ast.BinOp) or any(" " in text for text in literals(one))
    ]

    assert said == []


def constants(path: Path) -> Iterator[tuple[str, ast.expr]]:
    """Yield what a module, or a function of it, gives a name; such a name may be a message."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


@pytest.mark.parametrize("path", BELOW, ids=shown)
def test_no_name_that_an_error_or_a_finding_says_is_a_literal(path: Path) -> None:
    named = {value.id for _, value in sentences_of(path) if isinstance(value, ast.Name)}
    said = [
        f"{name} = {ast.unparse(value)}"
        for name, value in constants(path)
        if name in named and any(" " in text for text in literals(value))
    ]

    assert said == []


def texts_of_click() -> Iterator[str]:
    """Yield the texts that click asks gettext for, in the modules that a command meets."""
    for module in (core, decorators, exceptions, formatting, parser, termui, types):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text("utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in ("_", "ngettext"):
                continue
            if isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


# What only a mistake in our own code, or a kind of option that no command has, would show.
NEVER_MET = re.compile(
    "Could not determine name for option|No options defined but|Arguments take exactly one|Name .* defined twice|"
    "Boolean option .* cannot use the same|Invalid start character|Unknown color|Value must be an iterable|"
    "DeprecationWarning|deprecated|Press any key|.* is not a valid UUID|Choice\\(|\\(dynamic\\)"
)


def test_clicks_own_words_stand_in_the_catalogue() -> None:
    asked = {text for text in texts_of_click() if not NEVER_MET.match(text)}

    assert len(asked) > 30
    assert asked ^ codes().keys() == set()


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


def test_no_sentence_leaves_the_plural_to_the_reader() -> None:
    assert [code for code, message in english().items() for text in message.texts if "(s)" in text] == []


def test_a_word_that_people_read_is_no_slug() -> None:
    assert [code for code, message in english().items() if code.startswith("word.") and "_" in message.texts[0]] == []


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
