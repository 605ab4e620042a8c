"""When Elasticsearch fails: truth is kept all the same, and what was not findable becomes so."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.errors import IndexUnavailable
from archive.model.search import Query
from archive.wiring import Archive
from tests.doubles.whole_import import draw_page
from tests.province.conftest import Province, ended, is_whole, state
from tests.servers import elasticsearch
from tests.servers.elastic_parts import Unavailable
from tests.servers.fixtures_es import absent


def with_index(province: Province, url: str) -> Province:
    return replace(province, variables=province.variables | {"ARCHIVE_INDEX": url})


def test_an_import_without_its_search_server_is_caught_up_with(
    province: Province, scans: Path, undisturbed: dict[str, Any]
) -> None:
    name = province.variables["ARCHIVE_INDEX"].rsplit("/", 1)[1]
    nobody = with_index(province, f"http://127.0.0.1:{elasticsearch.free_port()}/{name}")
    nobody.variables["ARCHIVE_ELASTIC_RETRIES"] = "0"
    said = ended(nobody.start("home", scans, "Hộp 1"))
    with pytest.raises(IndexUnavailable):
        nobody.home().index.search(Query())
    assert said.startswith("35 new, closes, ")
    assert not said.endswith(" 0 left")

    back = province.home().reconciling()  # the same name on a server that answers
    assert back.compare().derived > 0
    assert back.fix().derived == 0
    assert state(province.home()) == undisturbed
    assert is_whole(province.home().maintenance())


@pytest.mark.long
def test_one_of_three_nodes_may_be_killed_during_an_import(
    province: Province, tmp_path: Path, scans: Path, undisturbed: dict[str, Any]
) -> None:
    try:
        nodes = elasticsearch.cluster(tmp_path / "cluster", bound=True)
    except Unavailable as error:
        absent(error)
    try:
        hosts = ",".join(node.url for node in nodes)
        three = with_index(province, f"{hosts}/ba-nut")
        ended(three.start("before", warm_up(tmp_path), "Trước"))  # so that the indices and their copies are there
        under_way = three.start("home", scans, "Hộp 1")
        wait_for_lines(three.home("looker"), under_way, 8)
        nodes[0].kill()
        ended(under_way)
        archive = three.home()
        assert archive.reconciling().fix().derived == 0
        seen = state(archive)

        for record in undisturbed["export"]:
            assert record in seen["export"]
        assert len(seen["searchable"]) == len(undisturbed["searchable"]) + 1
        assert seen["counted"] == undisturbed["counted"] + 1
    finally:
        for node in nodes:
            node.kill()


def warm_up(tmp_path: Path) -> Path:
    folder = tmp_path / "truoc"
    folder.mkdir()
    draw_page(9_999).save(folder / "a.png", dpi=(50, 50))
    return folder


def wait_for_lines(archive: Archive, process: subprocess.Popen[str], least: int) -> None:
    """Wait until an import has written so many lines: then it is in its middle."""
    while process.poll() is None:
        if sum(1 for _ in archive.vault.chain_keys("ledger")) >= least:
            return
    pytest.fail("the import was over before anything could happen to it")
