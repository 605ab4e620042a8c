"""archive worker: what it refuses before it joins anything (tests/work has the rest)."""

from __future__ import annotations

import pytest

from archive.errors import Exit
from tests.commands.conftest import Home


def test_without_a_cluster_it_says_what_to_write(home: Home) -> None:
    said = home("worker")

    assert (said.code, said.out) == (Exit.SETTINGS, "")
    assert "the setting work is 'processes:0', which names no cluster" in said.err
    assert "archive worker dask://SCHEDULER:8786" in said.err


def test_a_url_that_names_no_cluster_is_refused(home: Home) -> None:
    said = home("worker", "10.1.2.3:8786")

    assert said.code == Exit.SETTINGS
    assert "'10.1.2.3:8786' names no cluster; write it like dask://SCHEDULER:8786" in said.err


@pytest.mark.parametrize("url", ["dask://scheduler.example.vn:8786", "dask://10.1.2.3"])
def test_plain_text_to_another_machine_is_refused(url: str, home: Home) -> None:
    said = home("worker", url)

    assert said.code == Exit.SETTINGS
    assert "plain text" in said.err


def test_the_setting_work_names_the_cluster(home: Home) -> None:
    (home.folder / "settings.toml").write_text('work = "dask://10.1.2.3:8786"\n')

    assert "the Dask scheduler on 10.1.2.3" in home("worker").err
