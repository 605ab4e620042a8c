"""The examination says what is wrong with an index in Elasticsearch, and what to mend."""

from __future__ import annotations

from contextlib import closing, suppress

import pytest
from elasticsearch import Elasticsearch as Client

from archive.errors import StoreUnavailable
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.search import ElasticIndex
from archive.model.diagnosis import HealthCheck, HealthChecks
from archive.model.options import ElasticOptions
from tests.contracts.search_index import entry
from tests.doubles.tls_gate import refusal, tls_gate
from tests.index.test_elastic_generations import Vault, many
from tests.servers.elasticsearch import Elasticsearch, free_port
from tests.servers.fixtures_es import new_name


def signs(index: ElasticIndex) -> dict[str, HealthCheck]:
    return {check.name.removeprefix("records: "): check for check in index.health_checks()}


def test_all_is_well(index: ElasticIndex, place: ElasticAddress) -> None:
    index.put([entry("a"), entry("b")])
    found = signs(index)

    assert isinstance(index, HealthChecks)
    assert [check for check in found.values() if not check.ok] == []
    assert found["server"].seen.startswith("Elasticsearch 8.19.0")
    assert found["transport"].seen == "plain text (this machine only)"
    assert found["alias"].seen == f"{place.name}-records stands for {place.name}-records-v1-000001"
    assert found["health"].seen == "green, 1 data node"
    assert found["documents"].seen == "2"


def test_a_fresh_archive_is_well(index: ElasticIndex) -> None:
    found = signs(index)

    assert [check for check in found.values() if not check.ok] == []
    assert "not there yet" in found["alias"].seen


def test_a_server_that_is_not_there_is_a_sign() -> None:
    place = ElasticAddress.of(f"http://127.0.0.1:{free_port()}/x", ElasticOptions(retries=0))
    (check,) = ElasticIndex(place).health_checks()

    assert not check.ok
    assert "cannot be reached" in check.seen
    assert check.advice is not None
    assert "see that it runs" in check.advice


def test_an_unfinished_rebuild_is_seen(index: ElasticIndex, place: ElasticAddress) -> None:
    index.put([entry("a")])
    with suppress(StoreUnavailable):
        index.replace_all(Vault(many(10), stop_after=5))
    check = signs(index)["rebuilds"]

    assert (check.ok, check.seen) == (False, f"unfinished: {place.name}-records-v1-000002")
    assert check.advice is not None
    assert "archive reindex" in check.advice


def test_a_mapping_that_somebody_changed_is_seen(index: ElasticIndex, place: ElasticAddress, client: Client) -> None:
    index.put([entry("a")])
    client.indices.put_mapping(index=f"{place.name}-records", properties={"colour": {"type": "keyword"}})
    check = signs(index)["mapping"]

    assert (check.ok, check.seen) == (False, "the mapping is not ours: properties, colour differ")


def test_an_alias_of_several_indexes_is_seen(index: ElasticIndex, place: ElasticAddress, client: Client) -> None:
    index.put([entry("a")])
    client.indices.create(index=f"{place.name}-records-v1-000009", aliases={f"{place.name}-records": {}})
    found = signs(index)
    assert (found["alias"].ok, found["alias"].advice) == (False, "run `archive reindex`")

    index.replace_all([entry("b")])
    assert signs(index)["alias"].ok


@pytest.mark.parametrize(("replicas", "colour"), [("0-1", "green"), ("1", "yellow")])
def test_one_node_is_well_with_and_without_room_for_copies(
    elastic_node: Elasticsearch, replicas: str, colour: str
) -> None:
    place = ElasticAddress.of(f"{elastic_node.url}/{new_name()}", ElasticOptions(replicas=replicas))
    with closing(ElasticIndex(place)) as index:
        index.put([entry("a")])
        check = signs(index)["health"]

    assert check.ok
    assert check.seen.startswith(colour)


def test_what_our_account_may_not_ask_is_no_harm(elastic_node: Elasticsearch) -> None:
    with (
        tls_gate(elastic_node.url) as gate,
        closing(ElasticIndex(ElasticAddress.of(f"{gate.url}/{new_name()}"))) as index,
    ):
        index.put([entry("a")])
        forbidden = refusal(403, "security_exception", "action [cluster:monitor/health] is unauthorized")
        gate.faults.rewritten = lambda path, answer: forbidden if "_cluster" in path or "_nodes" in path else answer
        found = signs(index)

    assert [check for check in found.values() if not check.ok] == []
    assert "may not ask" in found["server"].seen
    assert "may not ask" in found["health"].seen


def test_a_missing_privilege_in_the_middle_is_a_sign(elastic_node: Elasticsearch) -> None:
    with (
        tls_gate(elastic_node.url) as gate,
        closing(ElasticIndex(ElasticAddress.of(f"{gate.url}/{new_name()}"))) as index,
    ):
        index.put([entry("a")])
        forbidden = refusal(403, "security_exception", "action [indices:admin/mappings/get] is unauthorized")
        gate.faults.rewritten = lambda path, answer: forbidden if "_mapping" in path else answer
        check = signs(index)["mapping"]

    assert not check.ok
    assert "indices:admin/mappings/get" in check.seen
