"""Reconciling and examining, on the vendor's own server: the same differences are found as on this machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive.errors import IndexUnavailable
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.page_table import ElasticPageTable
from archive.index.elastic.search import ElasticIndex
from archive.model.options import ElasticOptions
from archive.model.search import IndexEntry
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.indexer import table_line
from archive.services.preservation.reconcile import Differences, Reconciling
from archive.services.preservation.verify import Maintenance
from archive.store import keys
from archive.store.vault import Vault
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill, line_of
from tests.servers.elasticsearch import Elasticsearch, free_port
from tests.servers.fixtures_es import new_name


@dataclass
class Archive:
    """A vault in memory over an index and a table on a server."""

    vault: Vault
    index: ElasticIndex
    table: ElasticPageTable
    reconciling: Reconciling


def archive_at(url: str, vault: Vault, folder: Path) -> Archive:
    place = ElasticAddress.of(url, ElasticOptions(retries=0))
    index, table = ElasticIndex(place), ElasticPageTable(place)
    catch_up = CatchUp(vault, index, table, folder / "caught-up")
    maintenance = Maintenance(vault, index, table, catch_up)
    return Archive(vault, index, table, Reconciling(vault, index, table, catch_up, maintenance))


@pytest.fixture
def vault() -> Vault:
    vault = Vault(MemoryStore())
    fill(vault.store)
    return vault


def counts(found: Differences) -> tuple[int, ...]:
    derived = (found.missing, found.stale, found.orphaned, found.uncounted_records, found.uncounted_lines)
    return (*(some.count for some in derived), found.orphaned_lines.count, found.needs_person)


def test_differences_are_found_and_mended(elastic_node: Elasticsearch, vault: Vault, tmp_path: Path) -> None:
    archive = archive_at(f"{elastic_node.url}/{new_name()}", vault, tmp_path)
    assert counts(archive.reconciling.compare()) == (2, 0, 0, 4, 2, 0, 0), "a fresh index has nothing"
    assert counts(archive.reconciling.fix()) == (0, 0, 0, 0, 0, 0, 0)

    head = next(vault.heads())
    vault.append_record(replace(head, version=3))
    strange = IndexEntry("f" * 32, 1, "Hộp 1", None, None, None, None, None, None, None, "giấy", "giấy")
    archive.index.put([strange])
    batch = vault.batch(keys.batch_id("Hộp 12"))
    assert batch is not None
    archive.table.put([table_line(line_of("mất"), batch.name)])
    assert counts(archive.reconciling.compare()) == (0, 1, 1, 1, 0, 1, 0)
    assert counts(archive.reconciling.fix()) == (0, 0, 0, 0, 0, 0, 0), "what only index and table know is gone too"


def test_a_server_that_is_down_is_said_and_not_taken_for_an_empty_one(vault: Vault, tmp_path: Path) -> None:
    archive = archive_at(f"http://127.0.0.1:{free_port()}/nobody", vault, tmp_path)

    for ask in (archive.reconciling.compare, archive.reconciling.fix):
        with pytest.raises(IndexUnavailable):
            ask()
