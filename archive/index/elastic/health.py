"""Health of an index in Elasticsearch: one check a line, each with advice where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from archive.errors import IndexUnavailable, SettingsError
from archive.index.elastic.connection import MAJOR_VERSIONS, ElasticConnection
from archive.index.elastic.generations import ElasticGenerations, Generation
from archive.model.diagnosis import HealthCheck

_FORBIDDEN: Final = 403


def health_checks(connection: ElasticConnection, generations: ElasticGenerations) -> Iterator[HealthCheck]:
    """Yield what was looked at. What cannot be reached or asked is a sign that is not well, never an exception."""
    what = generations.shape.what
    first = _looked(f"{what}: server", lambda: _server(connection))
    yield first
    if not first.ok:
        return
    yield _transport(connection, f"{what}: transport")
    try:
        found = generations.all()
    except (IndexUnavailable, SettingsError) as error:
        yield _failed(f"{what}: alias", error)
        return
    serving = [one for one in found if generations.alias in one.aliases]
    yield _alias(f"{what}: alias", generations, serving)
    yield _leftovers(f"{what}: rebuilds", [one for one in found if one not in serving])
    if len(serving) == 1:
        index = serving[0].index
        yield _looked(f"{what}: mapping", lambda: _mapping(connection, generations, serving[0]))
        yield _looked(f"{what}: health", lambda: _health(connection, index))
        yield _looked(f"{what}: documents", lambda: _documents(connection, index))


Answer = tuple[bool, str, str | None]  # well, what was seen, what to mend


def _looked(name: str, look: Callable[[], Answer]) -> HealthCheck:
    try:
        return HealthCheck(name, *look())
    except (IndexUnavailable, SettingsError) as error:
        return _failed(name, error)


def _failed(name: str, error: Exception) -> HealthCheck:
    message, _, advice = str(error).rpartition("; ")
    return HealthCheck(name, False, message or advice, advice)


def _server(connection: ElasticConnection) -> Answer:
    versions = sorted(connection.versions())
    if not versions:
        return True, "answers; our account may not ask for its version (the cluster privilege monitor)", None
    majors = " and ".join(map(str, MAJOR_VERSIONS))
    mixed = "; its nodes are of several versions: finish the upgrade" if len(versions) > 1 else ""
    return not mixed, f"Elasticsearch {', '.join(versions)} (we work with {majors})", mixed.removeprefix("; ") or None


def _transport(connection: ElasticConnection, name: str) -> HealthCheck:
    if connection.address.is_tls:
        how = "the fingerprint of its certificate" if connection.address.options.fingerprint else "an authority's word"
        return HealthCheck(name, True, f"TLS, trusted by {how}")
    allowed = "allowed by plain_text = true" if connection.address.plain_text else "this machine only"
    return HealthCheck(name, True, f"plain text ({allowed})")


def _alias(name: str, generations: ElasticGenerations, serving: list[Generation]) -> HealthCheck:
    ours = generations.shape.schema
    if not serving:
        return HealthCheck(name, True, f"{generations.alias} is not there yet: nothing was put, or somebody removed it")
    if len(serving) > 1:
        names = ", ".join(one.index for one in serving)
        return HealthCheck(
            name, False, f"{generations.alias} stands for several indexes: {names}", "run `archive reindex`"
        )
    if serving[0].schema != ours:
        seen = f"{serving[0].index} has schema {serving[0].schema}, this program writes {ours}"
        return HealthCheck(name, False, seen, "run `archive reindex`")
    return HealthCheck(name, True, f"{generations.alias} stands for {serving[0].index}")


def _leftovers(name: str, others: list[Generation]) -> HealthCheck:
    if not others:
        return HealthCheck(name, True, "none is unfinished")
    return HealthCheck(
        name,
        False,
        f"unfinished: {', '.join(one.index for one in others)}",
        "unless `archive reindex` runs just now, run it: it goes on where the last one stopped, and removes the others",
    )


def _mapping(connection: ElasticConnection, generations: ElasticGenerations, serving: Generation) -> Answer:
    told = connection.call(lambda client: client.indices.get_mapping(index=serving.index).body)
    held, ours = told[serving.index]["mappings"], generations.mappings()
    if held == ours:
        return True, f"schema {serving.schema}, as this program writes it", None
    differing = sorted(key for key in {*held, *ours} if held.get(key) != ours.get(key))
    fields = {**held.get("properties", {})}, {**ours.get("properties", {})}
    names = sorted(name for name in {*fields[0], *fields[1]} if fields[0].get(name) != fields[1].get(name))
    return False, f"the mapping is not ours: {', '.join(differing + names)} differ", "run `archive reindex`"


def _health(connection: ElasticConnection, index: str) -> Answer:
    told: Any = connection.call(
        lambda client: client.options(ignore_status=_FORBIDDEN).cluster.health(index=index, timeout="1s")
    )
    colour, nodes = told.get("status"), told.get("number_of_data_nodes")
    if isinstance(colour, int) or colour is None:  # a refusal: its status is a number
        return True, "our account may not ask for it (the cluster privilege monitor)", None
    seen = f"{colour}, {nodes} data node{'' if nodes == 1 else 's'}"
    if colour == "red":
        return False, seen, "a part of the index is not there: start its nodes, else run `archive reindex`"
    if colour == "yellow" and nodes == 1:
        return (
            True,
            f"{seen}: copies wait for a second node; elastic.replicas 0-1 asks for none until there is one",
            None,
        )
    if colour == "yellow":
        return False, seen, "a copy is missing: see that all nodes run and have room (GET _cat/shards says which)"
    return True, seen, None


def _documents(connection: ElasticConnection, index: str) -> Answer:
    told = connection.call(lambda client: client.count(index=index))
    return True, f"{told['count']}", None
