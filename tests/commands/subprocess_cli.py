"""The command ``archive`` as a process of its own, with the reader that knows its papers: ``python -m … ARGUMENTS``.

READER_PAUSE: seconds that the reader takes for a page, so that a test can interrupt it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import archive.wiring
from archive.commands import main
from archive.model.image import PageImage
from archive.model.pages import PageText
from tests.commands.papers import KnowingEngine

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class PausingEngine(KnowingEngine):
    """Knows its papers, but thinks about them for a while."""

    pause: float = 0.0

    def read(self, image: PageImage) -> PageText:
        """Return the paper's text in due time."""
        time.sleep(self.pause)
        return KnowingEngine.read(self, image)


def start(home: Path, *arguments: str | Path, pause: float = 0.0, **options: Any) -> subprocess.Popen[bytes]:
    """Start ``archive --home HOME ARGUMENTS`` as the leader of a process group of its own."""
    command = [sys.executable, "-m", "tests.commands.subprocess_cli", "--home", str(home), *map(str, arguments)]
    surroundings = {**os.environ, "READER_PAUSE": str(pause), "PYTHONIOENCODING": "utf-8"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=ROOT, env=surroundings, start_new_session=True, **{**pipes, **options})  # noqa: S603 - our own module


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    """Wait for a process; return its exit code, what it printed and what it said."""
    out, err = process.communicate(timeout=120)
    return process.returncode, (out or b"").decode(), (err or b"").decode()


if __name__ == "__main__":  # workers import this module too
    engine = PausingEngine(float(os.environ.get("READER_PAUSE", "0")))
    archive.wiring.engine_named = lambda name: engine  # type: ignore[assignment]  # a stand-in
    main()
