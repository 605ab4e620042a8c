"""For each test a place of its own on the shared node, its index, and the server as operators see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from elasticsearch import Elasticsearch as Client

from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.search import ElasticIndex
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.fixtures_es import new_name


@pytest.fixture
def place(elastic_node: Elasticsearch) -> ElasticAddress:
    return ElasticAddress.of(f"{elastic_node.url}/{new_name()}")


@pytest.fixture
def index(place: ElasticAddress) -> Iterator[ElasticIndex]:
    with closing(ElasticIndex(place)) as index:
        yield index


@pytest.fixture
def client(elastic_node: Elasticsearch) -> Iterator[Client]:
    """The server as an operator sees it."""
    with closing(Client(elastic_node.url)) as client:
        yield client
