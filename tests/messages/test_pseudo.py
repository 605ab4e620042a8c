"""In a pseudo-language all words on screen stand in brackets, but for data: titles, names, paths, codes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.documents import ROOT
from tests.messages.pseudo import CLOSE, OPEN

FROZEN = ROOT / "tests" / "golden" / "vault-1.tar.gz"
COMMANDS = [
    ["reindex"],
    ["seal"],
    ["seal", "--adopt"],
    ["seal"],
    ["seal", "--check", "0" * 64],
    ["seal", "--day", "yesterday"],
    ["verify"],
    ["verify", "--repair-from", "file:copy"],
    ["copy", "--to", "file:copy"],
    ["copy", "--to", "file:copy", "--check"],
    ["count"],
    ["count", "--sheets"],
    ["count", "--by", "batch"],
    ["count", "--from", "yesterday"],
    ["count", "--pages", "--recount"],
    ["batch", "list"],
    ["batch", "show", "Hộp 1"],
    ["batch", "close", "Hộp 3"],
    ["search", "giay"],
    ["search", "no-such-word-anywhere"],
    ["search", "--kind", "no-such-kind"],
    ["reconcile"],
    ["reconcile", "--everything"],
    ["settings"],
    ["import"],
    ["export", "--output", "out.jsonl"],
    ["doctor"],
    ["import", "no-such-folder"],
    ["search", "--limit", "many"],
    ["search", "--no-such-option"],
    ["show"],
]
# Their output is data, which the language does not change.
DATA_COMMANDS = [
    ["verify", "--json"],
    ["doctor", "--json"],
    ["count", "--recount", "--json"],
    ["count", "--pages", "--json"],
    ["batch", "show", "Hộp 1", "--json"],
    ["copy", "--to", "file:copy", "--check", "--json"],
    ["settings", "--json"],
    ["export"],
]
# Said of a vault whose objects were damaged.
DAMAGED = [["verify"], ["count", "--recount"], ["verify", "--json"], ["count", "--recount", "--json"], ["export"]]
# What stands in no brackets, and why.
DATA = re.compile(
    r"^ archive .*$"  # the usage of a command: names of verbs and options
    r"|^[\w.]+ +.*(default|)$"  # names and values of settings
    r"|^\s*\d+\. .*$|^(kind|agency|year|batch): .*$|^.* · .*$"  # titles and names that were read
    r"|^  (contract|operator|box|sides): .*$|Hộp \d|box2|[0-9a-f]{12,}"  # what people said of a batch
    r"|^.*\[\w+\]$"  # what format 1 kept as a sentence
    r"|^(unwitnessed|damaged|missing|newer|chain|altered|announced_only): .*$|^      → $"  # codes and keys of findings
    r"|^  , : tess.*$|^: .*$"  # what a reader says of itself; kinds, agencies and years
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a vault of the first release."""
    folder = tmp_path_factory.mktemp("pseudo")
    with tarfile.open(FROZEN) as packed:
        packed.extractall(folder, filter="data")
    (folder / "home").mkdir(mode=0o700)
    shutil.move(folder / "vault-1" / "vault", folder / "home" / "vault")
    return folder / "home"


def spoken(home: Path, commands: list[list[str]]) -> dict[str, str]:
    """Return what each command prints in the pseudo-language."""
    command = [sys.executable, "-m", "tests.messages.pseudo", str(home)]
    done = subprocess.run(  # noqa: S603 - our own module
        command,
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        check=True,
        cwd=home.parent,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
    )
    return {command: out + err for command, out, err in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def said(home: Path) -> dict[str, str]:
    """What each command prints, first of a sound vault, then, by ``damaged: ``, of one whose objects were altered."""
    sound = spoken(home, COMMANDS + DATA_COMMANDS)
    contents = sorted(path for path in (home / "vault" / "content").rglob("*") if path.is_file())
    for place, path in enumerate(contents):
        if place % 3 == 0:
            path.unlink()
        elif place % 3 == 1:
            path.chmod(0o600)
            path.write_bytes(b"altered")
    return sound | {f"damaged: {command}": text for command, text in spoken(home, DAMAGED).items()}


def outside(text: str) -> str:
    """Return what of a text stands in no brackets."""
    depth, rest = 0, ""
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        rest += letter if depth == 0 and letter != CLOSE else ""
    return rest


def named(commands: list[list[str]], before: str = "") -> list[str]:
    return [before + " ".join(words) for words in commands]


SHOWN = named(COMMANDS) + named([one for one in DAMAGED if "--json" not in one and one != ["export"]], "damaged: ")
PRINTED_AS_DATA = named(DATA_COMMANDS) + named([one for one in DAMAGED if "--json" in one], "damaged: ")


@pytest.mark.parametrize("command", SHOWN)
def test_words_on_screen_come_from_the_catalogue(said: dict[str, str], command: str) -> None:
    bare = [DATA.sub("", line) for line in outside(said[command]).splitlines()]

    assert OPEN in said[command], "nothing was said"
    assert [line for line in bare if re.search(r"[^\W\d_]{2}", line)] == []


@pytest.mark.parametrize("command", PRINTED_AS_DATA)
def test_data_do_not_change_with_the_language(said: dict[str, str], command: str) -> None:
    data = [line for line in said[command].splitlines() if line[:1] in ("{", "}", "[", "]", " ", '"')]

    assert data != []
    assert [line for line in data if OPEN in line] == []


def test_help_comes_from_the_catalogue(said: dict[str, str]) -> None:
    helps = {name: text for name, text in said.items() if name.startswith("help of ")}

    assert len(helps) > 15
    assert [name for name, text in helps.items() if outside(text)] == []
