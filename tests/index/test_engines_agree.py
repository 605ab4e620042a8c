"""Both search engines find the same, in the same order, with the same scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archive.index.api import SearchIndex
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.search import ElasticIndex
from archive.index.embedded.search import EmbeddedIndex
from archive.model.options import ElasticOptions
from archive.model.search import Hits, Query
from tests.index import corpus
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.fixtures_es import new_name

# Scores are sums of single-precision numbers, added up in another order; the largest is above 10,000.
_ALIKE = 0.01
_RECORDS = 250
_ALL = 1_000

Engines = tuple[SearchIndex, SearchIndex]


@pytest.fixture(scope="module", params=[1, 3], ids=["one shard", "three shards"])
def engines(
    request: pytest.FixtureRequest, elastic_node: Elasticsearch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engines]:
    place = ElasticAddress.of(f"{elastic_node.url}/{new_name()}", ElasticOptions(shards=request.param))
    folder: Path = tmp_path_factory.mktemp("agree")
    embedded, elastic = EmbeddedIndex(folder / "search"), ElasticIndex(place)
    for index in (embedded, elastic):
        index.put(corpus.records(_RECORDS))
    yield embedded, elastic
    elastic.close()


def scores(hits: Hits) -> dict[str, float]:
    return {hit.id: hit.score for hit in hits.hits}


def test_a_hundred_searches_give_the_same_top_ten_apart_from_ties(engines: Engines) -> None:
    embedded, elastic = engines
    differing = []
    for query in corpus.searches(100):
        expected, found = embedded.search(query), elastic.search(query)
        every = scores(embedded.search(replace(query, limit=_ALL)))
        alike = [abs(a.score - b.score) < _ALIKE for a, b in zip(expected.hits, found.hits, strict=True)]
        # A hit that the other engine has elsewhere must be as good there as the one that stands in its place.
        tied = [abs(every[hit.id] - other.score) < _ALIKE for hit, other in zip(found.hits, expected.hits, strict=True)]
        if (found.total, found.facets) != (expected.total, expected.facets) or not all(alike) or not all(tied):
            differing.append(query)

    assert differing == []


def test_the_searches_are_worth_comparing(engines: Engines) -> None:
    """They find something, leave something out, and rank by more than one score."""
    every = [engines[0].search(query) for query in corpus.searches(100)]

    assert sum(hits.total > 10 for hits in every) > 40
    assert sum(0 < hits.total < _RECORDS for hits in every) > 70
    assert sum(len(set(scores(hits).values())) > 5 for hits in every) > 30


def test_every_hit_has_the_same_score_on_both(engines: Engines) -> None:
    embedded, elastic = engines
    for query in corpus.searches(30, seed=3):
        whole: Query = replace(query, limit=_ALL)

        assert scores(elastic.search(whole)) == pytest.approx(scores(embedded.search(whole)), abs=_ALIKE, rel=0)
