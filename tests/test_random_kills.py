"""The whole program, killed at moments that nobody chose: it converges to what an undisturbed run gives."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.doubles.whole_import import draw_batch, draw_page

ROOT = Path(__file__).parents[1]
MAX_ROUNDS = 60
KILLED = -9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scans") / "hop1"
    draw_batch(folder)
    for number in range(20, 32):
        draw_page(number).save(folder / f"scan{number:04d}.png", dpi=(50, 50))
    return folder


def command(home: Path, *words: str) -> list[str]:
    return [sys.executable, str(ROOT / "cli.py"), "--home", str(home), *words]


def exported(home: Path) -> list[dict[str, object]]:
    done = subprocess.run(command(home, "export"), check=True, capture_output=True, cwd=ROOT)  # noqa: S603 - our own program
    return [json.loads(line) for line in done.stdout.splitlines()]


def answer(home: Path, *words: str) -> dict[str, object]:
    done = subprocess.run(command(home, *words, "--json"), check=False, capture_output=True, cwd=ROOT)  # noqa: S603 - our own program
    return json.loads(done.stdout)  # type: ignore[no-any-return]  # every answer is an object


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    home = tmp_path_factory.mktemp("undisturbed")
    subprocess.run(command(home, "import", str(folder)), check=False, capture_output=True, cwd=ROOT)  # noqa: S603 - our own program
    return exported(home)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_random_it_converges(
    seed: int, folder: Path, undisturbed: list[dict[str, object]], tmp_path: Path
) -> None:
    chance = random.Random(seed)  # noqa: S311 - moments to kill at, no secrets
    longest, killed = 4.0, 0
    while not killed:  # a machine so fast that nothing was killed gets shorter moments and another home
        home = tmp_path / str(longest)
        killed = import_until_done(home, folder, chance, longest)
        longest /= 2

    assert answer(home, "verify")["ok"] is True
    batches = answer(home, "batch", "show", "hop1")
    assert batches["closes"] is True
    assert exported(home) == undisturbed
    found = answer(home, "search")
    assert found["total"] == len(undisturbed)


def import_until_done(home: Path, folder: Path, chance: random.Random, longest: float) -> int:
    """Import, be killed, import again until a run ends by itself; return how many were killed."""
    for killed in range(MAX_ROUNDS):
        moment = chance.uniform(longest / 5, longest) if killed < MAX_ROUNDS // 2 else None
        process = subprocess.Popen(  # noqa: S603 - our own program
            command(home, "import", str(folder), "--jobs", "2"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.kill()
        if process.wait() != KILLED:
            return killed
        time.sleep(chance.uniform(0, 0.1))  # its workers may be ending beside the next run, or not
    raise AssertionError("it does not come to an end")
