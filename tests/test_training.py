"""What is in training is no part of the program; its checkpoint is whole and small."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np

from archive.model.image import PageImage
from training.stamps.running import WEIGHTS, Net
from training.stamps.spotter import Spotter

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


def test_the_checkpoint_is_small() -> None:
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) <= 300_000


def test_the_nets_of_the_checkpoint_answer_in_their_shapes() -> None:
    assert Net("stamps-search")(np.zeros((1, 2, 64, 80), np.uint8)).shape == (1, 6, 8, 10)
    assert Net("stamps-judge")(np.zeros((3, 2, 56, 224), np.uint8)).shape == (3, 8)


def test_nothing_is_found_on_white_paper() -> None:
    assert Spotter().read(PageImage(np.full((1169, 827), 255, np.uint8), 210.0, 297.0)) == ()
