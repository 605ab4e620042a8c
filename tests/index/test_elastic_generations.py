"""Rebuilds in Elasticsearch: beside each other, beside writers, killed and gone on with; nothing put is ever lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress

import pytest
from elasticsearch import Elasticsearch as Client

from archive.errors import IndexUnavailable, StoreUnavailable
from archive.index.elastic import search as elastic_search
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.generations import Shape
from archive.index.elastic.search import ElasticIndex
from archive.index.resumable import Missing, Resumable
from archive.model.search import IndexEntry, Query
from tests.contracts.search_index import entry, ids
from tests.doubles.fault_proxy import Fault, fault_proxy
from tests.servers.elasticsearch import Elasticsearch

ELASTIC = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/vnd.elasticsearch+json;compatible-with=8"}


class Vault:
    """What a rebuild is made from: counts what was loaded, and may break or wait on the way."""

    def __init__(self, versions: Mapping[str, int], stop_after: int | None = None) -> None:
        self.versions = dict(versions)
        self.stop_after = stop_after
        self.loaded: list[str] = []

    def __iter__(self) -> Iterator[IndexEntry]:
        return self.lacking(lambda versions: set(versions))

    def lacking(self, missing: Missing) -> Iterator[IndexEntry]:
        for id_ in sorted(missing(self.versions)):
            if self.stop_after is not None and len(self.loaded) >= self.stop_after:
                raise StoreUnavailable("the store went away")
            self.loaded.append(id_)
            yield entry(id_, "giấy", version=self.versions[id_])


def many(count: int) -> dict[str, int]:
    return {f"{number:05}": 1 for number in range(count)}


def generations(client: Client, place: ElasticAddress) -> dict[str, list[str]]:
    """Return every physical index with its aliases, without what they begin with."""
    start = f"{place.name}-records-"
    found = client.indices.get_alias(index=f"{start}*")
    return {
        index.removeprefix(start): sorted(alias.removeprefix(start).removesuffix("-") for alias in about["aliases"])
        for index, about in found.items()
    }


def test_what_a_vault_offers_is_resumable() -> None:
    assert isinstance(Vault({}), Resumable)
    assert not isinstance([entry("a")], Resumable)


def test_a_rebuild_leaves_one_generation(index: ElasticIndex, place: ElasticAddress, client: Client) -> None:
    index.put([entry("a")])
    index.replace_all([entry("b")])
    index.replace_all(Vault({"c": 1}))

    assert generations(client, place) == {"v1-000003": [f"{place.name}-records"]}
    assert ids(index.search(Query())) == ["c"]


def test_a_rebuild_of_a_fresh_archive_serves(index: ElasticIndex, place: ElasticAddress, client: Client) -> None:
    index.replace_all(Vault({"a": 1}))

    assert generations(client, place) == {"v1-000001": [f"{place.name}-records"]}
    assert ids(index.search(Query())) == ["a"]


def test_a_rebuild_that_broke_is_gone_on_with_and_loads_only_what_it_lacks(
    index: ElasticIndex, place: ElasticAddress, client: Client
) -> None:
    index.put([entry("old")])
    with pytest.raises(StoreUnavailable):
        index.replace_all(Vault(many(1_300), stop_after=1_100))
    assert ids(index.search(Query())) == ["old"]
    assert generations(client, place)["v1-000002"] == ["building-000002"]

    vault = Vault({**many(1_300), "00007": 2})
    index.replace_all(vault)

    assert vault.loaded == ["00007", *(f"{number:05}" for number in range(1_000, 1_300))]
    assert index.search(Query()).total == 1_300
    assert index.missing({**many(1_300), "00007": 2}) == set()
    assert generations(client, place) == {"v1-000002": [f"{place.name}-records"]}


def test_a_plain_rebuild_that_broke_leaves_nothing(index: ElasticIndex, place: ElasticAddress, client: Client) -> None:
    index.put([entry("old")])

    def breaking() -> Iterator[IndexEntry]:
        yield entry("new")
        raise StoreUnavailable("the store went away")

    with pytest.raises(StoreUnavailable):
        index.replace_all(breaking())
    assert list(generations(client, place)) == ["v1-000001"]


def test_a_killed_rebuild_blocks_nobody_and_is_gone_on_with(
    index: ElasticIndex, place: ElasticAddress, client: Client
) -> None:
    index.put([entry("old")])
    run = "from tests.index.test_elastic_generations import rebuild_and_die; import sys; rebuild_and_die(sys.argv[1])"
    url = f"{place.hosts[0]}/{place.name}"
    done = subprocess.run([sys.executable, "-c", run, url], check=False)  # noqa: S603 - our own code
    assert done.returncode == 9
    assert "building-000002" in generations(client, place)["v1-000002"]

    index.put([entry("old", version=2)])
    vault = Vault({**many(1_100), "old": 2})
    index.replace_all(vault)

    assert vault.loaded == [f"{number:05}" for number in range(1_000, 1_100)], "what was put meanwhile is in it too"
    assert index.search(Query()).total == 1_101
    assert list(generations(client, place)) == ["v1-000002"]


def rebuild_and_die(url: str) -> None:
    """Write a thousand entries of a rebuild, and die as if killed. Runs in a process of its own."""

    class Deadly(Vault):
        def lacking(self, missing: Missing) -> Iterator[IndexEntry]:
            for given in super().lacking(missing):
                yield given
                if len(self.loaded) > 1_001:
                    os._exit(9)

    ElasticIndex(ElasticAddress.of(url)).replace_all(Deadly(many(1_100)))


# Beside each other


def test_what_is_put_while_a_rebuild_runs_is_in_the_new_index(index: ElasticIndex, place: ElasticAddress) -> None:
    index.put([entry("a")])

    class Busy(Vault):
        def lacking(self, missing: Missing) -> Iterator[IndexEntry]:
            with closing(ElasticIndex(place)) as other:
                other.put([entry("meanwhile"), entry("a", version=5)])
            yield from super().lacking(missing)

    index.replace_all(Busy({"a": 1, "b": 1}))

    assert {hit.id: hit.version for hit in index.search(Query()).hits} == {"a": 5, "b": 1, "meanwhile": 1}


def test_writers_lose_nothing_to_rebuilds(index: ElasticIndex, place: ElasticAddress) -> None:
    """Truth first: a record is in the vault before it is put, and a rebuild reads the vault after it began."""
    truth: dict[str, int] = {}
    stop = threading.Event()
    failed: list[BaseException] = []

    def write(name: str) -> None:
        with closing(ElasticIndex(place)) as own:
            number = 0
            try:
                while not stop.is_set():
                    number += 1
                    truth[f"{name}{number}"] = 1
                    own.put([entry(f"{name}{number}", "giấy")])
            except BaseException as error:
                failed.append(error)
                raise

    class Living(Vault):
        def lacking(self, missing: Missing) -> Iterator[IndexEntry]:
            self.versions = dict(truth)
            return super().lacking(missing)

    threads = [threading.Thread(target=write, args=(name,)) for name in "xy"]
    for thread in threads:
        thread.start()
    try:
        for _ in range(4):
            index.replace_all(Living({}))
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert failed == []
    assert len(truth) > 4
    assert index.missing(truth) == set()
    assert index.search(Query()).total == len(truth)


@pytest.mark.parametrize("kind", ["resumable", "plain"])
def test_two_rebuilds_at_once_end_in_one_whole_index(
    index: ElasticIndex, place: ElasticAddress, client: Client, kind: str
) -> None:
    index.put([entry("old")])
    both_run = threading.Barrier(2, timeout=60)

    class Together(Vault):
        def lacking(self, missing: Missing) -> Iterator[IndexEntry]:
            for number, given in enumerate(super().lacking(missing)):
                if number == 500:
                    both_run.wait()
                yield given

    failed: list[BaseException] = []

    def rebuild() -> None:
        vault = Together(many(1_200))
        entries: Iterable[IndexEntry] = vault if kind == "resumable" else iter(vault)
        with closing(ElasticIndex(place)) as own:
            try:
                own.replace_all(entries)
            except BaseException as error:
                failed.append(error)
                raise

    threads = [threading.Thread(target=rebuild) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert len(generations(client, place)) == 1
    assert index.search(Query()).total == 1_200
    assert index.missing(many(1_200)) == set()


def test_a_rebuild_ends_in_peace_when_a_later_one_was_faster(
    index: ElasticIndex, place: ElasticAddress, client: Client
) -> None:
    index.put([entry("old")])

    def slow() -> Iterator[IndexEntry]:
        yield entry("a")
        with closing(ElasticIndex(place)) as other:
            other.replace_all([entry("a"), entry("b")])
        yield entry("b")

    index.replace_all(slow())

    assert ids(index.search(Query())) == ["a", "b"]
    assert list(generations(client, place)) == ["v1-000003"]


def test_a_rebuild_that_asks_what_it_lacks_ends_in_peace_when_a_later_one_was_faster(
    index: ElasticIndex, place: ElasticAddress, client: Client
) -> None:
    index.put([entry("old")])

    class Overtaken(Vault):
        def lacking(self, missing: Missing) -> Iterator[IndexEntry]:
            with closing(ElasticIndex(place)) as other:
                other.replace_all(iter([entry("a"), entry("b")]))
            return super().lacking(missing)

    index.replace_all(Overtaken({"a": 1}))

    assert ids(index.search(Query())) == ["a", "b"]
    assert list(generations(client, place)) == ["v1-000003"]


def test_a_document_that_cannot_be_looked_up_just_now_is_asked_for_again(place: ElasticAddress) -> None:
    starting = {"docs": [{"_id": "a", "error": {"type": "no_shard_available_action_exception"}}]}
    with fault_proxy(place.hosts[0]) as proxy:
        index = ElasticIndex(ElasticAddress.of(f"{proxy.endpoint}/{place.name}"))
        index.put([entry("a")])
        answer = {"status": 200, "body": json.dumps(starting).encode(), "headers": ELASTIC}
        fault = proxy.plan(Fault("", "_mget", times=2, **answer))

        assert index.missing({"a": 1, "b": 1}) == {"b"}
        assert fault.met == 2
        index.close()


def test_a_generation_that_somebody_removed_while_it_was_filled_is_said_so(
    index: ElasticIndex, place: ElasticAddress, client: Client
) -> None:
    index.put([entry("old")])

    def robbed() -> Iterator[IndexEntry]:
        yield entry("a")
        client.indices.delete(index=f"{place.name}-records-v1-000002")
        yield entry("b")

    with pytest.raises(IndexUnavailable, match="was removed while it was filled"):
        index.replace_all(robbed())
    assert ids(index.search(Query())) == ["old"]


def test_many_processes_put_into_a_fresh_archive_at_once(
    index: ElasticIndex, place: ElasticAddress, client: Client
) -> None:
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as processes:
        list(processes.map(put_some, [(f"{place.hosts[0]}/{place.name}", number) for number in range(4)]))

    assert generations(client, place) == {"v1-000001": [f"{place.name}-records"]}
    assert index.search(Query()).total == 4 * 25 + 1
    assert index.missing({"shared": 4}) == {"shared"}
    assert index.missing({"shared": 3}) == set(), "the highest version won, whoever came last"


def put_some(given: tuple[str, int]) -> None:
    """Put entries in groups; one of them is put by everybody. Runs in a process of its own."""
    url, number = given
    with closing(ElasticIndex(ElasticAddress.of(url))) as own:
        for group in range(4):
            own.put([entry(f"{number}-{group}-{i}") for i in range(6)] + [entry("shared", version=number)])
        own.put([entry(f"{number}-last")])


# Schemas


def test_an_index_of_another_schema_wants_a_reindex_and_gets_it(
    index: ElasticIndex, place: ElasticAddress, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.put([entry("a")])
    ours = elastic_search.shape()
    monkeypatch.setattr(elastic_search, "shape", lambda: Shape("records", 2, ours.mappings))
    with closing(ElasticIndex(place)) as newer:
        for refused in (
            lambda: newer.search(Query()),
            lambda: newer.put([entry("b")]),
            lambda: newer.missing({"a": 1}),
        ):
            with pytest.raises(IndexUnavailable, match="another version of the archive; run `archive reindex`"):
                refused()
        assert newer.there()
        newer.replace_all(Vault({"c": 1}))

        assert ids(newer.search(Query())) == ["c"]
    assert list(generations(client, place)) == ["v2-000002"]


def test_an_unfinished_rebuild_of_another_schema_is_not_gone_on_with(
    index: ElasticIndex, place: ElasticAddress, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with suppress(StoreUnavailable):
        index.replace_all(Vault(many(10), stop_after=5))
    ours = elastic_search.shape()
    monkeypatch.setattr(elastic_search, "shape", lambda: Shape("records", 2, ours.mappings))
    vault = Vault(many(10))
    with closing(ElasticIndex(place)) as newer:
        newer.replace_all(vault)

    assert len(vault.loaded) == 10
    assert list(generations(client, place)) == ["v2-000002"]


def test_other_archives_on_the_same_server_are_left_alone(
    index: ElasticIndex, place: ElasticAddress, elastic_node: Elasticsearch
) -> None:
    """Also one whose name begins as ours does."""
    with closing(ElasticIndex(ElasticAddress.of(f"{elastic_node.url}/{place.name}-records-v1"))) as other:
        other.put([entry("theirs")])
        index.put([entry("ours")])
        index.replace_all([entry("ours again")])

        assert ids(other.search(Query())) == ["theirs"]
        assert ids(index.search(Query())) == ["ours again"]


@pytest.mark.parametrize("as_alias", [True, False])
def test_an_index_of_others_under_our_alias_is_said_and_never_read_with_ours(
    place: ElasticAddress, client: Client, as_alias: bool
) -> None:
    """Counts would be sums of both, and nobody would know."""
    stranger = f"{place.name}-stranger" if as_alias else f"{place.name}-records"
    with closing(ElasticIndex(place)) as index:
        if as_alias:
            index.put([entry("a")])
        client.indices.create(index=stranger, aliases={f"{place.name}-records": {}} if as_alias else {})
        for ask in (lambda: index.search(Query()), lambda: index.put([entry("b")]), lambda: index.missing({"a": 1})):
            with pytest.raises(IndexUnavailable, match=stranger):
                ask()
        signs = {sign.name: sign for sign in index.health_checks()}

    assert not signs["records: alias"].ok
    assert stranger in signs["records: alias"].seen
