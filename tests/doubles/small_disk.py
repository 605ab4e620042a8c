"""A file system of a few MiB, to be filled."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """Mount a file system at ``folder``, which is made; skip the test where mounting is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - the system's own program
    if os.getuid() != 0 or mounted.returncode:
        pytest.skip("no small file system: mounting one needs the rights of root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607 - the system's own program


def fill_up(folder: Path, left: int = 0) -> None:
    """Fill the disk of ``folder`` until it has ``left`` bytes."""
    with (folder / "fill").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    os.truncate(folder / "fill", (folder / "fill").stat().st_size - left)
