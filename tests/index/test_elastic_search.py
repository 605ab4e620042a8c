"""The index in Elasticsearch keeps the contract, on the vendor's own servers."""

from __future__ import annotations

import pytest

from archive.index.elastic import ElasticPlace
from archive.index.elastic_search import ElasticIndex
from archive.index.search_index import SearchIndex
from tests.contracts.search_index import SearchIndexContract
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.fixtures_es import new_name


class TestElasticIndex(SearchIndexContract):
    """Elasticsearch 8."""

    @pytest.fixture
    def index(self, elastic_node: Elasticsearch) -> SearchIndex:
        return ElasticIndex(ElasticPlace.of(f"{elastic_node.url}/{new_name()}"))


@pytest.mark.long
class TestElasticIndex9(SearchIndexContract):
    """Elasticsearch 9: the same again, on the newer Java that it wants."""

    @pytest.fixture
    def index(self, elastic_node_9: Elasticsearch) -> SearchIndex:
        return ElasticIndex(ElasticPlace.of(f"{elastic_node_9.url}/{new_name()}"))
