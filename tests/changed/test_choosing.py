"""The right tests are chosen for a change: not too few, and never silently."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.changed.choosing import EVERYTHING, SERVERS, Suite

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def suite() -> Suite:
    return Suite(ROOT)


def test_a_changed_test_comes_right_after_those_that_always_run(suite: Suite) -> None:
    chosen = suite.choose(["tests/rules/test_numbers.py"]).chosen

    assert chosen[-1] == "tests/rules/test_numbers.py"
    assert set(chosen[:-1]) == {
        test for test in suite.tests if test.startswith(("tests/test_house", "tests/test_docs"))
    }


def test_the_tests_that_import_a_changed_module_are_chosen_and_the_nearest_come_first(suite: Suite) -> None:
    chosen = suite.choose(["archive/rules/fields/numbers.py"]).chosen

    assert "tests/rules/test_numbers.py" in chosen
    assert chosen.index("tests/rules/test_numbers.py") < chosen.index("tests/rules/test_wording.py")
    assert "tests/work/test_workers.py" not in chosen


def test_a_verb_is_tested_in_the_mirrored_folder_though_no_test_imports_it(suite: Suite) -> None:
    assert "tests/commands/test_search.py" in suite.choose(["archive/commands/verbs/search.py"]).chosen


def test_a_changed_helper_of_tests_brings_the_tests_that_use_it(suite: Suite) -> None:
    assert "tests/commands/test_import.py" in suite.choose(["tests/commands/papers.py"]).chosen
    assert "tests/commands/test_count.py" in suite.choose(["tests/commands/conftest.py"]).chosen


def test_a_program_that_a_test_starts_by_its_name_counts_as_imported(suite: Suite) -> None:
    assert "tests/province/test_interrupted.py" in suite.choose(["tests/doubles/province.py"]).chosen


def test_a_data_file_brings_the_tests_of_the_module_that_reads_it(suite: Suite) -> None:
    assert "tests/rules/test_kinds.py" in suite.choose(["archive/rules/data/kinds.toml"]).chosen
    assert "tests/commands/test_frozen_vault.py" in suite.choose(["tests/golden/vault-1.tar.gz"]).chosen


def test_a_document_alone_brings_what_always_runs(suite: Suite) -> None:
    assert set(suite.choose(["docs/adr/0001-write-once-keys.md"]).chosen) == set(suite.choose([]).chosen)


def test_a_module_that_is_gone_is_no_error(suite: Suite) -> None:
    assert suite.choose(["archive/store/gone.py"]).chosen


def test_servers_start_only_for_code_that_speaks_to_them(suite: Suite) -> None:
    assert suite.choose(["archive/store/vault.py"]).servers == frozenset()
    assert suite.choose(["archive/store/backends/s3/upload.py"]).servers == {"s3"}
    assert suite.choose(["archive/index/elastic/bulk.py", "archive/work/dask/call.py"]).servers == {
        "elasticsearch",
        "dask",
    }


@pytest.mark.parametrize("file", EVERYTHING)
def test_no_choice_is_made_when_the_ground_changed(suite: Suite, file: str) -> None:
    choice = suite.choose(["archive/clock.py", file])

    assert (choice.everything, choice.chosen, choice.rest) == (file, suite.tests, ())


def test_what_is_not_chosen_is_told(suite: Suite) -> None:
    choice = suite.choose(["archive/clock.py"])

    assert sorted((*choice.chosen, *choice.rest)) == sorted(suite.tests)


@pytest.mark.parametrize("place", [place for places in SERVERS.values() for place in places])
def test_every_place_that_wants_a_server_exists(place: str) -> None:
    assert list(ROOT.glob(f"{place}*"))


@pytest.mark.parametrize("file", EVERYTHING)
def test_every_file_of_the_ground_exists(file: str) -> None:
    assert (ROOT / file).is_file()


BOUNDED = """
import sys, time, pytest
from tests.changed.__main__ import exit_status
from tests.changed.plugin import Bounds
bounds = Bounds(time.monotonic() + float(sys.argv[1]), [], sys.argv[3:], [])
alone = ["-p", "no:cacheprovider", "--rootdir", sys.argv[2], "--confcutdir", sys.argv[2], "-c", "/dev/null"]
code = pytest.main([*alone, sys.argv[2]], plugins=[bounds])
print("said", exit_status(int(code), bounds), bounds.without_servers, bounds.out_of_time)
"""
SMALL_SUITE = """
import pytest

@pytest.fixture
def s3_server():
    pass

@pytest.fixture
def bucket(s3_server):
    pass

def test_of_a_server(bucket):
    pass

def test_by_itself():
    pass
"""
SLOW_SUITE = """
import time

def test_that_takes_long():
    time.sleep(600)

def test_by_itself():
    pass
"""


def test_a_test_that_takes_too_long_is_broken_off_and_that_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "test_slow.py").write_text(SLOW_SUITE)

    command = [sys.executable, "-c", f"import tests.changed.plugin as p; p._GRACE = 0.1\n{BOUNDED}", "3", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own words

    assert done.stdout.splitlines()[-1] == "said 3 0 2"


@pytest.mark.parametrize(
    ("seconds", "free", "said"),
    [(600, (), "said 0 1 0"), (600, ("test_small.py",), "said 0 0 0"), (-1, (), "said 3 1 1")],
    ids=["no server is started", "a changed test may start one", "no test begins too late"],
)
def test_what_is_left_out_is_counted(tmp_path: Path, seconds: float, free: tuple[str, ...], said: str) -> None:
    (tmp_path / "test_small.py").write_text(SMALL_SUITE)

    command = [sys.executable, "-c", BOUNDED, str(seconds), str(tmp_path), *free]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own words

    assert done.stdout.splitlines()[-1] == said
