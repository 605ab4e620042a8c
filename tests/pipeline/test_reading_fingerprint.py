"""The pipeline's identity changes with what a page becomes, and with nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import PIL
import pypdfium2.version
import pytest

from archive.ingest.enhance import blank, ink
from archive.ocr.stamps.reader import StampReader
from archive.pipeline.reading_fingerprint import STAGES, pipeline_identity
from tests.doubles.whole_import import EchoEngine
from tests.pipeline import sample_pixels

ADVICE = (
    "raise the number of that stage in archive/pipeline/reading_fingerprint.py if its pixels or words changed, "
    "then write tests/pipeline/sample_pixels.json anew: python -m tests.pipeline.sample_pixels"
)


def fingerprint() -> dict[str, str]:
    """Return the fingerprint of a reading made now."""
    return pipeline_identity(EchoEngine(), StampReader()).fingerprint


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    """Return what the stages make of the sample pages."""
    return sample_pixels.now()


def leaves(value: Any) -> Iterator[Any]:
    """Yield what stands in nested lists and dictionaries, in order."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from leaves(inner)
    else:
        yield value


@pytest.mark.parametrize("stage", STAGES)
def test_pixels_and_words_are_those_of_the_stages_number(stage: str, now: dict[str, Any]) -> None:
    before = sample_pixels.written()

    assert before["stages"][stage] == now["stages"][stage], f"the number was raised: {ADVICE}"
    assert [str(leaf) for leaf in leaves(before[stage]) if not isinstance(leaf, float)] == [
        str(leaf) for leaf in leaves(now[stage]) if not isinstance(leaf, float)
    ], f"{stage}: {ADVICE}"
    assert list(leaves(before[stage])) == pytest.approx(list(leaves(now[stage])), abs=0.3), f"{stage}: {ADVICE}"


def test_pixels_were_written_down_with_the_libraries_that_run_here() -> None:
    assert sample_pixels.written()["libraries"] == sample_pixels.library_versions(), ADVICE


def test_a_constant_that_is_renamed_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    for module, name in ((blank, "_LARGEST_KERNEL"), (ink, "_STROKE_MM")):
        monkeypatch.setattr(module, f"{name}_RENAMED", getattr(module, name), raising=False)
        monkeypatch.delattr(module, name)

    assert before == fingerprint()


def test_another_library_changes_its_entry_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    for module, name in (
        (pypdfium2.version, "PDFIUM_INFO"),
        (PIL, "__version__"),
        (cv2, "__version__"),
        (np, "__version__"),
    ):
        monkeypatch.setattr(module, name, "another")
    after = fingerprint()

    assert {name for name in before if before[name] != after[name]} == {"pdfium", "pillow", "opencv", "numpy"}


def test_another_screen_changes_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint()
    monkeypatch.setattr(StampReader, "identity", "stamps-of-another-day")

    assert {name for name in before if before[name] != fingerprint()[name]} == {"screen"}


def test_the_fingerprint_says_each_stage_and_the_engine() -> None:
    assert {"engine", "screen", *STAGES} <= set(fingerprint())
    assert fingerprint()["engine"] == "echo-1"


def test_the_fingerprint_is_the_same_on_every_call() -> None:
    assert fingerprint() == fingerprint()
