"""The command line in process: real verbs, vault, index and table; a reader that knows its papers."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import archive.wiring
from archive.commands.main import run
from archive.errors import Exit
from tests.commands.papers import KnowingEngine, save_batch
from tests.doubles.inline_workers import InlineWorkers


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Home:
    """One archive, and the command line over it."""

    folder: Path

    def __call__(self, *arguments: str | Path) -> Said:
        """Run ``archive --home … ARGUMENTS``."""
        out, err = io.BytesIO(), io.BytesIO()
        with (
            io.TextIOWrapper(out, "utf-8", write_through=True) as stdout,
            io.TextIOWrapper(err, "utf-8", write_through=True) as stderr,
            redirect_stdout(stdout),
            redirect_stderr(stderr),
        ):
            code = run(["--home", str(self.folder), *map(str, arguments)])
            return Said(code, out.getvalue().decode(), err.getvalue().decode())

    def ok(self, *arguments: str | Path) -> Said:
        """Run a command that must end well."""
        said = self(*arguments)
        assert (said.code, said.err) == (Exit.OK, ""), said
        return said

    def ids(self, *query: str | Path) -> list[str]:
        """Return the ids of the records that a search finds."""
        return [hit["id"] for hit in self.ok("search", "--json", *query).json["hits"]]


@pytest.fixture(scope="package", autouse=True)
def _knowing_reader() -> Iterator[None]:
    """Read in this process, at no cost."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive.wiring, "engine_named", lambda name: KnowingEngine())
        patch.setattr(archive.wiring.Archive, "workers", lambda archive: InlineWorkers())
        yield


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An archive with nothing in it: its folder is there, so that it is not announced."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return Home(folder)


@pytest.fixture
def begun(home: Home) -> Home:
    """An archive that the doctor looked at: it has a vault, and nothing was imported."""
    home.ok("doctor")
    return home


@pytest.fixture(scope="package")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An archive with one batch, only to be looked at."""
    folder = tmp_path_factory.mktemp("filled")
    home = Home(folder / "home")
    said = home("import", save_batch(folder / "Hộp 7"), "--about", "operator=thu", "--about", "sides=2")
    assert said.code == Exit.NEEDS_PERSON, said
    return home
