"""Checks what a commit touches in under three minutes. usage: python -m tests.changed [REVISION]

Compared with the merge base of ``main``, or with REVISION; files that are not committed yet count too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from tests.changed.choosing import EVERYTHING, Choice, Suite
from tests.changed.plugin import Bounds

ROOT: Final = Path(__file__).parents[2]
INCOMPLETE: Final = 3  # exit status: nothing failed, but not all that concerns the changes was run
SECONDS: Final = 165.0  # from the start until the last test begins: three minutes, less the longest of ordinary tests
BIN: Final = Path(sys.executable).parent


def main() -> int:
    """Run all checks, stop at the first that fails; return the exit status."""
    until = time.monotonic() + SECONDS
    changed = changed_files(sys.argv[1] if len(sys.argv) > 1 else None)
    if not changed:
        say("Nothing changed.")
        return 0
    if unchoosable := sorted(set(changed) & set(EVERYTHING)):
        say(f"{unchoosable[0]} changed: everything is checked.")
        os.execv(ROOT / "scripts" / "check", ["scripts/check"])  # noqa: S606 - our own script
    suite = Suite(ROOT)
    choice = suite.choose(changed)
    say(f"{len(changed)} files changed; {len(choice.chosen)} of {len(suite.tests)} test files concern them.")
    for words in (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("mypy",), ("lint-imports",)):
        if code := subprocess.run([BIN / words[0], *words[1:]], cwd=ROOT, check=False).returncode:  # noqa: S603 - fixed words
            return code
    return tested(suite, choice, changed, until)


def tested(suite: Suite, choice: Choice, changed: list[str], until: float) -> int:
    """Run the chosen tests, say which were not run; return pytest's exit status, or INCOMPLETE."""
    dask = [test for test in choice.chosen if suite.imports(test, "tests.servers.dask_cluster")]
    bounds = Bounds(until, choice.servers, changed, dask)
    arguments = ["-m", "not long", "--no-header", *choice.chosen]
    code = pytest.main(arguments, plugins=[bounds])
    say("Chosen, nearest first: " + " ".join(choice.chosen))
    if bounds.without_servers:
        say(f"Not run: {bounds.without_servers} chosen tests that start servers for which nothing changed.")
    if bounds.out_of_time:
        say(f"Not run: {bounds.out_of_time} chosen tests, the farthest from the change, for want of time.")
    say(f"The full check (scripts/check) runs {len(choice.rest)} more test files.")
    return exit_status(int(code), bounds)


def exit_status(code: int, bounds: Bounds) -> int:
    """Return the status to end with: tests that were not run are no success."""
    return INCOMPLETE if not code and bounds.out_of_time else code


def changed_files(revision: str | None) -> list[str]:
    """Return the changed files: since ``revision``, else since the work left main, or since the last commit on it."""
    base = revision or (_git("merge-base", "main", "HEAD") or ["HEAD"])[0]
    return sorted(
        {*_git("diff", "--name-only", "--no-renames", base), *_git("ls-files", "--others", "--exclude-standard")}
    )


def say(text: str) -> None:
    """Write a line at once: what checks write comes after it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _git(*words: str) -> list[str]:
    command = ["git", "-c", "core.quotePath=false", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    if done.returncode and words[0] != "merge-base":
        sys.exit(done.stderr)
    return done.stdout.splitlines()


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
