"""Where an error came from: the module of ours that was at work, and the library at the end of the stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.messages.catalogue_file import entries
from archive.run_log.error_locations import causes_of, location, place_of, stack_of
from archive.run_log.fields import admitted
from tests.documents import ROOT


@pytest.fixture
def error() -> Exception:
    """What json, deep below a module of ours, raises."""
    with pytest.raises(ValueError, match="escape") as caught:
        entries('msgid "a\\q"\nmsgstr ""')
    return caught.value


def test_the_place_is_in_our_package_and_the_stack_ends_in_the_library(error: Exception) -> None:
    place, stack = place_of(error), stack_of(error)

    assert place.startswith("archive/messages/catalogue_file.py:")
    assert (ROOT / place.partition(":")[0]).is_file()
    assert stack[-1].startswith("decoder.py:")
    assert place in stack


def test_causes_have_such_places_too(error: Exception) -> None:
    try:
        raise OSError from error
    except OSError as outer:
        (cause,) = causes_of(outer)

    assert cause.startswith("JSONDecodeError@archive/messages/catalogue_file.py:")


def test_no_folder_of_the_machine_is_told(error: Exception) -> None:
    told = [place_of(error), *stack_of(error), location("/srv/Mẫu/archive/x.py", 3)]

    assert not [one for one in told if one.startswith("/") or str(ROOT) in one or "Mẫu" in one]


def test_the_run_log_admits_such_places_and_no_other_path(error: Exception) -> None:
    written = {"place": place_of(error), "stack": stack_of(error), "caused_by": ["ValueError@" + place_of(error)]}

    assert admitted(written) == written
    for path in ("srv/scans/mau.py:1", "/archive/mau.py:1", "archive/Nguyen Van Mau.py:1", "archive/../mau.py:1"):
        assert admitted({"place": path}) == {"place": None}


def test_what_was_never_raised_has_no_place() -> None:
    assert (place_of(OSError()), stack_of(OSError())) == ("?:0", [])
    assert Path(location("x/y/library.py", 7)).name == "library.py:7"
