"""Tesseract's language data: their folder on this machine, and their digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from archive.errors import EngineUnavailable
from archive.messages.catalogue import tr

# Where distributions put language data: Debian and Ubuntu, Fedora, Arch, Alpine, FreeBSD and Homebrew.
# TESSDATA_PREFIX is ignored: the folder is a setting, and versions of Tesseract interpret the variable differently.
_STANDARD_PLACES = (
    "/usr/share/tesseract-ocr/*/tessdata",
    "/usr/share/tesseract-ocr/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)
_LANGUAGE = re.compile(r"[a-z]{3}(_[a-z]+)*(\+[a-z]{3}(_[a-z]+)*)*", re.IGNORECASE)
_DIGEST_LENGTH = 12  # hex digits: 48 bits distinguish the few models of one archive


def find_tessdata(language: str) -> Path:
    """Return the folder that holds the data of ``language`` ("vie", "vie+eng"), the newest version's first.

    Raises EngineUnavailable, naming the Debian package to install.
    """
    return find_tessdata_in(language, _standard_folders())


def find_tessdata_in(language: str, folders: Iterable[Path]) -> Path:
    """Return the first of ``folders`` that holds all data of ``language``. Raises EngineUnavailable."""
    wanted = _data_names(language)
    for folder in folders:
        if all((folder / name).is_file() for name in wanted):
            return folder
    packages = " ".join(f"tesseract-ocr-{part.replace('_', '-').lower()}" for part in language.split("+"))
    raise EngineUnavailable(tr("ocr.tesseract_language_data_for_was_not", language=language, packages=packages))


def data_digest(folder: Path, language: str) -> str:
    """Return name and shortened SHA-256 of each model, as in ``vie-6b0f4cb24a4c``: part of an engine's identity.

    Raises EngineUnavailable when a model cannot be read.
    """
    try:
        digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in _data_names(language)]
    except OSError as error:
        raise EngineUnavailable(
            tr("ocr.tesseract_language_data_for_cannot_be", language=language, folder=folder)
        ) from error
    return "+".join(
        f"{part}-{digest[:_DIGEST_LENGTH]}" for part, digest in zip(language.split("+"), digests, strict=True)
    )


def _data_names(language: str) -> list[str]:
    if not _LANGUAGE.fullmatch(language):
        raise EngineUnavailable(tr("ocr.is_not_a_tesseract_language_use", language=language))
    return [f"{part}.traineddata" for part in language.split("+")]


def _standard_folders() -> list[Path]:
    root = Path("/")
    found: list[Path] = []
    for place in _STANDARD_PLACES:
        # Versions sort by number ("4.00", "5", "10"): the newest one wins.
        found += sorted(root.glob(place.lstrip("/")), key=_version, reverse=True)
    return found


def _version(folder: Path) -> tuple[int, ...]:
    return tuple(int(digits) for digits in re.findall(r"\d+", folder.parent.name))
