"""Health of an index in Elasticsearch: one check a line, each with advice where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from archive.errors import IndexUnavailable, SettingsError
from archive.index.elastic.connection import MAJOR_VERSIONS, ElasticConnection
from archive.index.elastic.generations import ElasticGenerations, Generation
from archive.messages.catalogue import quantity, tr
from archive.messages.sentence import joined, split_last
from archive.model.diagnosis import HealthCheck

_FORBIDDEN: Final = 403


def health_checks(connection: ElasticConnection, generations: ElasticGenerations) -> Iterator[HealthCheck]:
    """Yield each check. What cannot be reached or queried is a failed check, never an exception."""
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


Answer = tuple[bool, str, str | None]  # ok, observation, remedy


def _looked(name: str, look: Callable[[], Answer]) -> HealthCheck:
    try:
        return HealthCheck(name, *look())
    except (IndexUnavailable, SettingsError) as error:
        return _failed(name, error)


def _failed(name: str, error: Exception) -> HealthCheck:
    message, advice = split_last(str(error), "; ")
    return HealthCheck(name, False, message or advice, advice)


def _server(connection: ElasticConnection) -> Answer:
    versions = sorted(connection.versions())
    if not versions:
        return True, tr("elastic.answers_our_account_may_not_ask"), None
    mixed = tr("elastic.its_nodes_are_of_several_versions") if len(versions) > 1 else None
    oldest, newest = MAJOR_VERSIONS
    return mixed is None, tr("elastic.versions", found=", ".join(versions), oldest=oldest, newest=newest), mixed


def _transport(connection: ElasticConnection, name: str) -> HealthCheck:
    if connection.address.is_tls:
        how = (
            tr("elastic.the_fingerprint_of_its_certificate")
            if connection.address.options.fingerprint
            else tr("elastic.an_authority_word")
        )
        return HealthCheck(name, True, tr("elastic.tls_trusted_by", how=how))
    allowed = (
        tr("elastic.allowed_by_plain_text_true") if connection.address.plain_text else tr("elastic.this_machine_only")
    )
    return HealthCheck(name, True, tr("elastic.plain_text", allowed=allowed))


def _alias(name: str, generations: ElasticGenerations, serving: list[Generation]) -> HealthCheck:
    ours = generations.shape.schema
    if not serving:
        return HealthCheck(name, True, tr("elastic.is_not_there_yet_nothing_was", alias=generations.alias))
    if len(serving) > 1:
        names = ", ".join(one.index for one in serving)
        return HealthCheck(
            name,
            False,
            tr("elastic.stands_for_several_indexes", alias=generations.alias, names=names),
            tr("elastic.run_archive_reindex"),
        )
    if serving[0].schema != ours:
        seen = tr("elastic.has_schema_this_program_writes", index=serving[0].index, schema=serving[0].schema, ours=ours)
        return HealthCheck(name, False, seen, tr("elastic.run_archive_reindex"))
    return HealthCheck(name, True, tr("elastic.stands_for", alias=generations.alias, index=serving[0].index))


def _leftovers(name: str, others: list[Generation]) -> HealthCheck:
    if not others:
        return HealthCheck(name, True, tr("elastic.none_is_unfinished"))
    return HealthCheck(
        name,
        False,
        tr("elastic.unfinished", others=", ".join(one.index for one in others)),
        tr("elastic.unless_archive_reindex_runs_just_now"),
    )


def _mapping(connection: ElasticConnection, generations: ElasticGenerations, serving: Generation) -> Answer:
    told = connection.call(lambda client: client.indices.get_mapping(index=serving.index).body)
    held, ours = told[serving.index]["mappings"], generations.mappings()
    if held == ours:
        return True, tr("elastic.schema_as_this_program_writes_it", schema=serving.schema), None
    differing = sorted(key for key in {*held, *ours} if held.get(key) != ours.get(key))
    fields = {**held.get("properties", {})}, {**ours.get("properties", {})}
    names = sorted(name for name in {*fields[0], *fields[1]} if fields[0].get(name) != fields[1].get(name))
    return (
        False,
        tr("elastic.the_mapping_is_not_ours_differ", differing=", ".join(differing + names)),
        tr("elastic.run_archive_reindex"),
    )


def _health(connection: ElasticConnection, index: str) -> Answer:
    told: Any = connection.call(
        lambda client: client.options(ignore_status=_FORBIDDEN).cluster.health(index=index, timeout="1s")
    )
    colour, nodes = told.get("status"), told.get("number_of_data_nodes")
    if isinstance(colour, int) or colour is None:  # a refusal: its status is a number
        return True, tr("elastic.our_account_may_not_ask_for"), None
    seen = joined(", ", [colour, quantity("data_node", int(nodes or 0))])
    if colour == "red":
        return False, seen, tr("elastic.a_part_of_the_index_is")
    if colour == "yellow" and nodes == 1:
        return (
            True,
            tr("elastic.copies_wait_for_a_second_node", seen=seen),
            None,
        )
    if colour == "yellow":
        return False, seen, tr("elastic.a_copy_is_missing_see_that")
    return True, seen, None


def _documents(connection: ElasticConnection, index: str) -> Answer:
    told = connection.call(lambda client: client.count(index=index))
    return True, f"{told['count']}", None
