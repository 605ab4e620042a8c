"""What is in training is no part of the program."""

from __future__ import annotations

import ast
from pathlib import Path

ARCHIVE = Path(__file__).parents[1] / "archive"


def test_the_program_imports_nothing_of_it() -> None:
    importing = [
        path
        for path in ARCHIVE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "training")
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] == "training" for name in node.names))
    ]
    assert importing == []
