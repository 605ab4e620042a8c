"""Whatever word a person may meet in a message or a ledger is explained."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from archive import errors
from archive.errors import ArchiveError, InputRejected, OcrError
from archive.ingest.common import truncation
from archive.ingest.pdf.hidden import attachments, hidden_images
from archive.ingest.raster.hidden import pictures
from archive.model.ledger import ScanOutcome
from archive.model.pages import Colour, Origin, PageOutcome, SizeOrigin
from archive.model.results import FIELD_NAMES, RecordState
from archive.pipeline import screen
from archive.rules.problem_texts import CAUSES, SENTENCES, UNSCREENED
from tests.documents import CODE, shown, text_of, ticked


def error_classes() -> list[type[ArchiveError]]:
    every = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ArchiveError)]
    assert len(every) > 10
    return every


def test_every_error_stands_in_the_tree_at_the_top_of_its_file() -> None:
    tree = errors.__doc__ or ""
    lines = {kind.__name__: re.search(rf"\b{kind.__name__}\b.*", tree) for kind in error_classes()}

    assert [name for name, line in lines.items() if line is None] == []


def test_the_tree_of_errors_tells_exit_codes_and_what_may_be_tried_again() -> None:
    """A code stands where it differs from that of the class above."""
    wrong = []
    for kind in error_classes():
        line = re.search(rf"\b{kind.__name__}\b(.*)", errors.__doc__ or "")
        if kind is ArchiveError or line is None:
            continue
        said = re.search(r"\b(\d)\b", line.group(1))
        code = int(said.group(1)) if said else getattr(kind.__mro__[1], "exit_code", None)
        if (code, "retryable" in line.group(1)) != (kind.exit_code, kind.retryable):
            wrong.append(kind.__name__)

    assert wrong == []


@pytest.mark.parametrize(
    "words", [PageOutcome, ScanOutcome, Origin, SizeOrigin, Colour], ids=lambda kind: kind.__name__
)
def test_every_word_of_the_ledger_is_in_the_glossary(words: Iterable[Any]) -> None:
    assert {word.value for word in words} - ticked(text_of("docs/glossary.md")) == set()


def test_every_field_and_state_is_in_the_description_of_the_store() -> None:
    known = ticked(text_of("docs/format.md"))

    assert {*FIELD_NAMES, *(state.value for state in RecordState)} - known == set()


class Codes(ast.NodeVisitor):
    """Collects the codes of problems, rejections and findings that a module makes; ``unclear`` where it cannot."""

    REASONS = tuple(kind.__name__ for kind in (InputRejected, *InputRejected.__subclasses__()))

    def __init__(self, path: Path) -> None:
        self.tree = ast.parse(path.read_text("utf-8"))
        self.name = shown(path)
        self.constants = {
            target.id: node.value.value
            for node in self.tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        self.found: set[str] = set()
        self.unclear: list[str] = []
        self.within: list[ast.FunctionDef] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.within.append(node)
        self.generic_visit(node)
        self.within.pop()

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if any(keyword.arg is None for keyword in node.keywords):
            return  # read back from the store: made somewhere else
        if called == "Problem" or (
            called == "Finding" and self.name.startswith(("archive/store/", "archive/services/"))
        ):
            self.take(argument(node, 0, "code"))
        if called in self.REASONS and (reason := argument(node, 1, "reason")) is not None:
            self.take(reason)

    def take(self, value: ast.expr | None) -> None:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            self.found.add(value.value)
        elif isinstance(value, ast.Name) and value.id in self.constants:
            self.found.add(str(self.constants[value.id]))
        elif isinstance(value, ast.JoinedStr) and ast.unparse(value) == "f'page_{outcome}'":
            self.found |= {f"page_{outcome.value}" for outcome in PageOutcome if outcome.failed}
        elif isinstance(value, ast.BoolOp):
            for one in value.values:
                self.take(one)
        elif isinstance(value, ast.Attribute) and value.attr == "reason":
            return  # carried on from a rejection, whose reason is taken where it is raised
        elif isinstance(value, ast.IfExp):
            self.take(value.body)
            self.take(value.orelse)
        elif isinstance(value, ast.Name) and self.within and value.id in names_of(self.within[-1]):
            self.take_from_callers(self.within[-1], value.id)
        else:
            self.unclear.append(f"{self.name}: {ast.unparse(value) if value else 'no code'}")

    def take_from_callers(self, function: ast.FunctionDef, parameter: str) -> None:
        """Take a code that is a parameter from all calls of its function in the same module."""
        place = names_of(function).index(parameter)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == function.name:
                given = argument(node, place, parameter)
                if isinstance(given, ast.Constant):
                    self.found.add(str(given.value))
                else:
                    self.unclear.append(f"{self.name}:{node.lineno} {function.name}")


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return named[0] if named else (call.args[place] if len(call.args) > place else None)


def names_of(function: ast.FunctionDef) -> list[str]:
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]


@pytest.fixture(scope="module")
def codes() -> tuple[set[str], list[str]]:
    """All codes that the code can make, and the places where a code cannot be told."""
    found = {kind.reason for kind in error_classes() if issubclass(kind, InputRejected)}
    unclear = []
    for path in CODE:
        visitor = Codes(path)
        visitor.visit(visitor.tree)
        found |= visitor.found
        unclear += visitor.unclear
    return found, unclear


def test_every_code_stands_in_the_code_as_a_word(codes: tuple[set[str], list[str]]) -> None:
    """A code that is put together cannot be looked up by the person who reads it, nor by this test."""
    assert codes[1] == []


def test_every_code_says_what_to_do(codes: tuple[set[str], list[str]]) -> None:
    found = codes[0] | {"secret_mark"}  # the one reason that no error carries

    assert {"page_timed_out", "poor_reading", "encrypted", "missing"} <= found, "the search for codes finds too little"
    assert found - documented_codes() == set()


def test_no_description_outlives_its_code(codes: tuple[set[str], list[str]]) -> None:
    assert documented_codes() - codes[0] - {"secret_mark"} == set()


def documented_codes() -> set[str]:
    return {code for title, codes in documented().items() if title != CAUSES_SECTION for code in codes}


def documented() -> dict[str, set[str]]:
    """Return the codes in the first cells of each section's table."""
    sections = re.split(r"^##+ (.*)$", text_of("docs/problems.md"), flags=re.MULTILINE)
    cells = {
        title: re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)
        for title, text in zip(sections[1::2], sections[2::2], strict=True)
    }
    return {title: {code for cell in of for code in re.findall(r"`(\w+)`", cell)} for title, of in cells.items()}


CAUSES_SECTION = "Why a page was not read"


def test_every_cause_of_a_page_that_was_not_read_is_explained() -> None:
    assert set(CAUSES) - documented_codes() == documented()[CAUSES_SECTION]


def strings_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_cause_is_put_into_words_and_none_outlives_its_use() -> None:
    """What an error or a lost worker names must be in the table; a slug may stand at the front of a longer text."""
    texts = [path for path in CODE if path.name != "problem_texts.py"]
    used = {text.split(" ")[0] for path in texts for text in strings_of(path)}
    named: set[str] = {kind.cause for kind in error_classes() if issubclass(kind, OcrError)}
    for path in texts:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "PageUnreadable":
                named |= strings_in(argument(call, 1, "cause"))

    assert named - set(CAUSES) == set()
    assert set(CAUSES) - used == set()


def test_every_problem_has_its_sentence(codes: tuple[set[str], list[str]]) -> None:
    made = {
        code
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem"
        for code in strings_in(argument(node, 0, "code"))
    }
    made |= {f"page_{outcome.value}" for outcome in PageOutcome if outcome.failed}

    assert made - set(SENTENCES) - {"rejected"} == set(), "a rejection brings its own sentence, in the body of its line"
    assert set(SENTENCES) - made == set()


def strings_in(node: ast.expr | None) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def test_every_cause_of_what_was_not_screened_says_what_to_do() -> None:
    section = text_of("docs/problems.md").split("## Scans of which not all was screened")[1].split("\n## ")[0]
    explained = {cause for row in re.findall(r"^\|[^|]+\|([^|]+)\|", section, re.MULTILINE) for cause in words(row)}
    causes = {
        value for module in (screen, truncation, attachments, hidden_images, pictures) for value in slugs_of(module)
    }

    assert {"over_limit", "attached_files", "hidden_layer", "picture_data_ends_early"} <= causes
    assert causes - explained == {"not_noted"}, "the one cause that no scan is refused for: format 1 noted nothing"
    assert explained - causes == set()
    assert set(UNSCREENED) == causes


def words(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def slugs_of(module: ModuleType) -> set[str]:
    """Return the texts of a module's constants."""
    return {value for name, value in vars(module).items() if name.isupper() and re.fullmatch(r"[a-z_]+", str(value))}
