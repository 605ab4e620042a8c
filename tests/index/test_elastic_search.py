"""The index in Elasticsearch keeps the contract, on the vendor's own servers."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch as Client

from archive.errors import BadQuery, IndexUnavailable
from archive.index.api import SearchIndex
from archive.index.cursor import write_cursor
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.search import ElasticIndex
from archive.index.fields import TEXT_FIELDS
from archive.model.options import ElasticOptions
from archive.model.search import Query
from tests.contracts.search_index import SearchIndexContract, all_pages, entry, ids, words
from tests.doubles.tls_gate import tls_gate
from tests.servers import elasticsearch
from tests.servers.elastic_parts import Unavailable
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.fixtures_es import absent, new_name


class TestElasticIndex(SearchIndexContract):
    """Elasticsearch 8."""

    @pytest.fixture
    def index(self, elastic_node: Elasticsearch) -> Iterator[SearchIndex]:
        with closing(ElasticIndex(ElasticAddress.of(f"{elastic_node.url}/{new_name()}"))) as index:
            yield index


@pytest.mark.long
class TestElasticIndex9(SearchIndexContract):
    """Elasticsearch 9: the same again, on the newer Java that it wants."""

    @pytest.fixture
    def index(self, elastic_node_9: Elasticsearch) -> Iterator[SearchIndex]:
        with closing(ElasticIndex(ElasticAddress.of(f"{elastic_node_9.url}/{new_name()}"))) as index:
            yield index


def points_in_time(client: Client) -> int:
    (node,) = client.nodes.stats(metric="indices", index_metric="search")["nodes"].values()
    return int(node["indices"]["search"]["open_contexts"])


def test_a_pickled_index_and_another_one_find_what_was_put(index: ElasticIndex, place: ElasticAddress) -> None:
    index.put([entry("a", "giấy")])
    for other in (pickle.loads(pickle.dumps(index)), ElasticIndex(place)):  # noqa: S301 - made on the line itself
        with closing(other):
            assert ids(other.search(Query(words("giấy")))) == ["a"]


def test_whether_anything_was_ever_put_can_be_asked(index: ElasticIndex, place: ElasticAddress, client: Client) -> None:
    assert index.there() is False
    index.put([entry("a")])
    assert index.there() is True
    client.indices.delete(index=f"{place.name}-records-v1-000001")
    assert index.there() is False
    assert index.search(Query()).total == 0


def test_page_text_is_searched_and_not_kept(index: ElasticIndex, place: ElasticAddress, client: Client) -> None:
    index.put([entry("a", "giấy phép xây dựng", title="Quyết định", holder_name="Lê Thử", kind="quyet-dinh")])
    kept = client.get(index=f"{place.name}-records", id="a")["_source"]

    assert kept["kind"] == "quyet-dinh"
    assert not set(kept) & set(TEXT_FIELDS)


# Pages


def test_pages_show_one_moment_whatever_is_put_meanwhile(index: ElasticIndex) -> None:
    index.put([entry(id_, "giấy") for id_ in "bdf"])
    first = index.search(Query(words("giấy"), limit=1))
    index.put([entry(id_, "giấy") for id_ in "ace"])
    rest = index.search(Query(words("giấy"), limit=9, cursor=first.cursor))

    assert (ids(first), ids(rest), rest.total) == (["b"], ["d", "f"], 3)


def test_a_search_that_a_rebuild_overtook_is_over_and_says_so(index: ElasticIndex) -> None:
    index.put([entry("a"), entry("b")])
    cursor = index.search(Query(limit=1)).cursor
    index.replace_all([entry("a"), entry("b")])

    with pytest.raises(BadQuery, match="repeat it without a cursor"):
        index.search(Query(limit=1, cursor=cursor))


def test_the_point_in_time_is_closed_with_the_last_page(index: ElasticIndex, client: Client) -> None:
    index.put([entry(id_) for id_ in "abcde"])
    before = points_in_time(client)
    index.search(Query(limit=5))
    assert points_in_time(client) == before

    first = index.search(Query(limit=2))
    assert points_in_time(client) == before + 1
    all_pages(index, Query(limit=2, cursor=first.cursor))
    assert points_in_time(client) == before


@pytest.mark.parametrize(
    "forged",
    [5, "x", [], ["nonsense"], ["nonsense", "x"], [5, []], ["nonsense", [1.0, "a"]], ["", ["a"]], {"a": 1}, None, [[]]],
)
def test_a_forged_cursor_is_a_bad_query(index: ElasticIndex, forged: object) -> None:
    index.put([entry("a"), entry("b")])

    with pytest.raises(BadQuery, match="cursor"):
        index.search(Query(limit=1, cursor=write_cursor(Query(), forged)))


def test_a_cursor_of_another_archive_on_the_same_server_shows_nothing_of_it(
    index: ElasticIndex, elastic_node: Elasticsearch
) -> None:
    index.put([entry("ours")])
    with closing(ElasticIndex(ElasticAddress.of(f"{elastic_node.url}/{new_name()}"))) as other:
        other.put([entry("theirs"), entry("theirs too")])
        cursor = other.search(Query(limit=1)).cursor

        with pytest.raises(BadQuery, match="another archive"):
            index.search(Query(limit=1, cursor=cursor))


@pytest.mark.parametrize("keys", [["a", None], [None, 1], [{"x": 1}, 1], [[], 1], [True, 1]])
def test_keys_that_no_hit_has_never_reach_the_server(index: ElasticIndex, keys: list[object]) -> None:
    """It fails on some of them as if it were busy."""
    index.put([entry("a"), entry("b")])

    with pytest.raises(BadQuery, match="damaged"):
        index.search(Query(limit=1, cursor=write_cursor(Query(), [index._generations.alias, index._open(), keys])))


@pytest.mark.parametrize("keys", [[], ["a"], [1.0, "a", 3, 4], ["a", "b"], [5, 5]])
def test_keys_of_another_order_are_a_bad_query_or_find_something(index: ElasticIndex, keys: list[object]) -> None:
    """They must never look like a failure of the index, which would be tried again."""
    index.put([entry("a"), entry("b")])
    cursor = write_cursor(Query(), [index._generations.alias, index._open(), keys])
    with suppress(BadQuery):
        assert index.search(Query(limit=1, cursor=cursor)).total == 2


def test_a_search_asks_the_server_little(elastic_node: Elasticsearch) -> None:
    with (
        tls_gate(elastic_node.url) as gate,
        closing(ElasticIndex(ElasticAddress.of(f"{gate.url}/{new_name()}"))) as index,
    ):
        index.put([entry("a"), entry("b")])
        asked = gate.faults.asked
        for requests, act in (
            (2, lambda: index.put([entry("c")])),  # what serves, bulk
            (4, lambda: index.search(Query())),  # what serves, point in time, search, close
            (3, lambda: index.search(Query(limit=1))),
            (2, lambda: index.missing({"a": 1})),  # what serves, versions
        ):
            asked.clear()
            act()
            assert len(asked) == requests, asked


# Accidents


def test_an_index_that_somebody_removed_is_made_anew_with_our_mapping(
    index: ElasticIndex, place: ElasticAddress, client: Client
) -> None:
    index.put([entry("a")])
    client.indices.delete(index=f"{place.name}-records-v1-000001")
    index.put([entry("b")])

    assert ids(index.search(Query())) == ["b"]
    assert [sign.name for sign in index.health_checks() if not sign.ok] == []


def test_a_server_that_fails_one_shard_gives_no_half_a_page(elastic_node: Elasticsearch) -> None:
    with (
        tls_gate(elastic_node.url) as gate,
        closing(ElasticIndex(ElasticAddress.of(f"{gate.url}/{new_name()}"))) as index,
    ):
        index.put([entry("a")])
        index.search(Query())

        assert any("allow_partial_search_results=false" in asked for asked in gate.faults.asked)


@pytest.mark.long
def test_what_was_acknowledged_is_there_after_a_power_cut(tmp_path: Path) -> None:
    try:
        node = elasticsearch.up(tmp_path / "node", bound=True)
    except Unavailable as error:
        absent(error)
    try:
        place = ElasticAddress.of(f"{node.url}/{new_name()}", ElasticOptions(retries=1))
        with closing(ElasticIndex(place)) as index:
            for group in range(10):
                index.put([entry(f"{group}-{i}", "giấy") for i in range(20)])
            node.kill()
            with pytest.raises(IndexUnavailable, match="cannot be reached"):
                index.put([entry("late")])
            node = elasticsearch.restart(node, bound=True)

            assert index.search(Query(words("giấy"))).total == 200
            assert index.missing({f"{g}-{i}": 1 for g in range(10) for i in range(20)}) == set()
            index.put([entry("late")])
            assert index.missing({"late": 1}) == set()
    finally:
        node.kill()
