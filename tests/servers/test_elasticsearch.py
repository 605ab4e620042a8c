"""The servers that tests start: ended by whoever knows their folder, never mistaken for others; three as a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.search import ElasticIndex
from archive.model.options import ElasticOptions
from archive.model.search import Query
from tests.contracts.search_index import entry
from tests.servers import elasticsearch
from tests.servers.elastic_parts import Unavailable, parts
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.fixtures_es import absent


def test_a_folder_without_a_server_has_nothing_to_end(tmp_path: Path) -> None:
    assert elasticsearch.down(tmp_path / "never") is False


def test_a_process_that_got_the_number_of_an_old_server_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(str(os.getpid()))

    assert elasticsearch.down(tmp_path) is False


@pytest.fixture
def available() -> None:
    try:
        parts("8.19.0")
    except Unavailable as error:
        absent(error)


@pytest.mark.long
@pytest.mark.usefixtures("available")
def test_a_server_is_ended_by_its_folder(tmp_path: Path) -> None:
    node = elasticsearch.up(tmp_path / "node", bound=True)

    assert elasticsearch.down(node.home) is True
    assert elasticsearch.down(node.home) is False


@pytest.fixture
def nodes(available: None, tmp_path: Path) -> Iterator[list[Elasticsearch]]:
    started = elasticsearch.cluster(tmp_path, bound=True)
    try:
        yield started
    finally:
        for node in started:
            node.kill()


@pytest.mark.long
def test_a_node_killed_among_three_loses_nothing_that_was_acknowledged(nodes: list[Elasticsearch]) -> None:
    hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
    place = ElasticAddress.of(f"http://{hosts}/results", ElasticOptions(replicas="1"))
    with closing(ElasticIndex(place)) as index:
        for group in range(20):
            if group == 10:
                nodes[0].kill()
            index.put([entry(f"{group}-{number}") for number in range(25)])

        assert index.search(Query()).total == 500
        assert index.missing({f"{group}-{number}": 1 for group in range(20) for number in range(25)}) == set()
