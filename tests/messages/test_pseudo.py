"""In a pseudo-language all words on screen stand in brackets, but for data: titles, names, paths, codes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile

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
]
# What stands in no brackets, and why.
DATA = re.compile(
    r"^(Usage: .*|Try '.*|Error: ?)$"  # click's own words, which click translates
    r"|^[\w.]+ +.*(default|option --home)$"  # names and values of settings
    r"|^\s*\d+\. .*$|^(kind|agency|year|batch): .*$|^.* · .*$"  # titles and names that were read
    r"|^  (contract|operator|box|sides): .*$|Hộp \d|box2|[0-9a-f]{12,}"  # what people said of a batch
    r"|^.*\[\w+\]$"  # what format 1 kept as a sentence
    r"|^unwitnessed: .*$"  # made below the commands: not in the catalogue yet
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each command prints in the pseudo-language, from a vault of the first release."""
    folder = tmp_path_factory.mktemp("pseudo")
    with tarfile.open(FROZEN) as packed:
        packed.extractall(folder, filter="data")
    (folder / "home").mkdir(mode=0o700)
    shutil.move(folder / "vault-1" / "vault", folder / "home" / "vault")
    command = [sys.executable, "-m", "tests.messages.pseudo", str(folder / "home")]
    done = subprocess.run(  # noqa: S603 - our own module
        command,
        input=json.dumps(COMMANDS),
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
    )
    return {command: out + err for command, out, err in json.loads(done.stdout)}


def outside(text: str) -> str:
    """Return what of a text stands in no brackets."""
    depth, rest = 0, ""
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        rest += letter if depth == 0 and letter != CLOSE else ""
    return rest


@pytest.mark.parametrize("command", [" ".join(words) for words in COMMANDS])
def test_words_on_screen_come_from_the_catalogue(said: dict[str, str], command: str) -> None:
    bare = [DATA.sub("", line) for line in outside(said[command]).splitlines()]

    assert OPEN in said[command], "nothing was said"
    assert [line for line in bare if re.search(r"[^\W\d_]{2}", line)] == []


def test_help_comes_from_the_catalogue(said: dict[str, str]) -> None:
    helps = {name: text for name, text in said.items() if name.startswith("help of ")}

    assert len(helps) > 15
    assert [name for name, text in helps.items() if outside(text)] == []
