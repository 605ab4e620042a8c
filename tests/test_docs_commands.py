"""Verbs, options, settings and exit codes: undocumented is failing, and so is documented but gone."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import click
import pytest

from archive.errors import Exit
from tests.documents import DOCUMENTS, ROOT, blocks, shown, text_of, ticked


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """scripts/docs as a module."""
    loader = SourceFileLoader("docs_generator", str(ROOT / "scripts" / "docs"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_the_page_of_commands_is_what_the_program_says(generator: ModuleType) -> None:
    """When this fails, run ``.venv/bin/python scripts/docs`` and read what changed."""
    assert text_of("docs/cli.md") == generator.generated()


def test_no_description_outlives_its_setting_or_key(generator: ModuleType) -> None:
    written = generator.generated()

    assert [name for name in (*generator.SETTINGS, *generator.ABOUT) if f"`{name}`" not in written] == []


def test_every_verb_and_option_has_a_help_text(generator: ModuleType) -> None:
    silent = []
    for context in generator.verbs(generator.root_context()):
        if not context.command.help:
            silent.append(context.command_path)
        options = [one for one in context.command.get_params(context) if isinstance(one, click.Option)]
        silent += [f"{context.command_path} {option.opts[0]}" for option in options if not option.help]

    assert silent == []


def test_help_texts_show_no_escape_codes(generator: ModuleType) -> None:
    """A ``\\b`` in a raw docstring reaches the reader as it stands, and the lines after it run together."""
    shown = [c.command_path for c in generator.verbs(generator.root_context()) if "\\b" in c.get_help()]

    assert shown == []


def commands_in(path: Path) -> Iterator[list[str]]:
    """Yield the words of each ``archive …`` command in the document, in blocks and in running text."""
    text = path.read_text("utf-8")
    lines = [line.removeprefix("$ ") for block in blocks(text, "console") for line in block.splitlines()]
    for line in (*lines, *ticked(text)):
        words = shlex.split(line, comments=True) if line.count('"') % 2 == 0 and line.count("'") % 2 == 0 else []
        if words and words[0].removeprefix(".venv/bin/") == "archive" and "…" not in words:
            yield words[1:]


def refusal(root: click.Context, words: list[str]) -> str | None:
    """Return what is wrong with a command line, None when the program knows its verb and its options."""
    context = root
    while words:
        options = {
            name for parameter in context.command.params for name in (*parameter.opts, *parameter.secondary_opts)
        }
        word = words.pop(0)
        if word == "--":
            return None
        if word.startswith("-") and len(word) > 1:
            if word.split("=")[0] not in {*options, *context.help_option_names}:
                return f"{context.command_path} has no option {word}"
            takes_value = [p for p in context.command.params if isinstance(p, click.Option) and word in p.opts]
            if takes_value and not takes_value[0].is_flag and words:
                words.pop(0)
        elif isinstance(context.command, click.Group):
            inner = context.command.commands.get(word)
            if inner is None:
                return f"{context.command_path} has no verb {word}"
            context = click.Context(inner, info_name=word, parent=context)
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_commands_in_documents_are_the_programs(document: Path, generator: ModuleType) -> None:
    wrong = [trouble for words in commands_in(document) if (trouble := refusal(generator.root_context(), words))]

    assert wrong == []


def test_exit_codes_in_the_readme_are_the_programs(generator: ModuleType) -> None:
    """All of them, in the words of the help text."""
    rows = re.findall(r"^\| (\d) \| (.+) \|$", text_of("README.md"), re.MULTILINE)
    epilog = re.findall(r"^\s+(\d)\s+(.+)$", generator.cli.epilog, re.MULTILINE)

    assert rows == epilog
    assert [int(code) for code, _ in rows] == [code.value for code in Exit]
