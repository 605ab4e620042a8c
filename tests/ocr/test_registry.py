"""A reader is chosen by name; tesserocr's absence is no obstacle."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from archive.errors import EngineUnavailable
from archive.ocr.registry import engine_named
from archive.ocr.tesseract.library import TesserocrEngine
from archive.ocr.tesseract.program import PytesseractEngine


def test_tesseract_runs_in_process(tmp_path: Path) -> None:
    assert isinstance(engine_named("tesseract:vie", tmp_path), TesserocrEngine)


def test_without_tesserocr_the_program_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.ocr.registry.find_spec", lambda name: None)

    assert isinstance(engine_named("tesseract:vie", tmp_path), PytesseractEngine)


def test_the_program_can_be_asked_for(tmp_path: Path) -> None:
    assert isinstance(engine_named("tesseract-program:vie", tmp_path), PytesseractEngine)


@pytest.mark.parametrize("name", ["", "tesseract", "tesseract:", "easyocr:vie", "vie"])
def test_other_names_are_refused_with_a_hint(name: str) -> None:
    with pytest.raises(EngineUnavailable, match="tesseract:vie"):
        engine_named(name)


def test_tesserocr_that_cannot_be_imported_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tesserocr", None)

    with pytest.raises(EngineUnavailable, match="tesserocr"):
        _ = TesserocrEngine(tmp_path).identity


def test_a_machine_without_the_program_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytesseract.pytesseract.tesseract_cmd", str(tmp_path / "no-tesseract"))
    (tmp_path / "vie.traineddata").write_bytes(b"")

    with pytest.raises(EngineUnavailable, match="apt-get install tesseract-ocr"):
        _ = PytesseractEngine(tmp_path).identity
