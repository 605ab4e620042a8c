"""The page table in Elasticsearch keeps the contract on a real server, also where writers meet and die."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import IndexUnavailable, StoreUnavailable
from archive.index.elastic import page_reader, page_writer
from archive.index.elastic.address import ElasticAddress
from archive.index.elastic.bulk import Document
from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.page_table import ElasticPageTable
from archive.index.embedded.page_table import SqlitePageTable
from archive.index.page_table_api import PageTable, TableEntry
from archive.model.counting import CountQuery, GroupBy, PageRow, Tally
from tests.contracts.page_table import A3, PageTableContract, groups, page, record, scan, total
from tests.index.test_elastic_slices import ENTRIES
from tests.servers.elasticsearch import Elasticsearch as Node
from tests.servers.fixtures_es import new_name

LATER, LATEST = "2026-03-06T05:00:00Z", "2026-03-07T05:00:00Z"
QUERIES = [CountQuery(by=by, as_of=day) for by in ((), (GroupBy.KIND,)) for day in (None, "2026-03-05", "2026-03-06")]


def place(node: Node) -> ElasticAddress:
    return ElasticAddress.of(f"{node.url}/{new_name()}")


class TestElasticPageTable(PageTableContract):
    """The oldest server that we work with."""

    @pytest.fixture
    def table(self, elastic_node: Node) -> Iterator[PageTable]:
        with closing(ElasticPageTable(place(elastic_node))) as table:
            yield table


@pytest.mark.long
class TestElasticPageTable9(PageTableContract):
    """The newest server; it starts when it is asked for."""

    @pytest.fixture
    def table(self, elastic_node_9: Node) -> Iterator[PageTable]:
        with closing(ElasticPageTable(place(elastic_node_9))) as table:
            yield table


@pytest.fixture
def table(elastic_node: Node) -> Iterator[ElasticPageTable]:
    with closing(ElasticPageTable(place(elastic_node))) as table:
        yield table


@pytest.fixture
def oracle(tmp_path: Path) -> SqlitePageTable:
    return SqlitePageTable(tmp_path / "oracle.sqlite")


def answers(table: PageTable, queries: Iterable[CountQuery] = QUERIES) -> list[tuple[list[Tally], list[PageRow]]]:
    """Return all that a table says, tallies in an order of our own: engines number facts differently."""
    return [(sorted(table.tally(query), key=repr), list(table.pages(query))) for query in queries]


def versions_of(name: str) -> list[TableEntry]:
    """Return a line and its record that were changed twice, at different times."""
    return [
        scan(name, page(1)),
        record(name, kind="one"),
        scan(name, page(1), page(2, A3), version=2, at=LATER),
        record(name, version=2, kind="two", at=LATER),
        scan(name, page(1), page(2), page(3), version=3, at=LATEST),
        record(name, version=3, kind="three", at=LATEST),
    ]


# The same as on this machine


@settings(max_examples=5)  # each makes an index
@given(ENTRIES, st.lists(st.integers(0, 3), min_size=10, max_size=10))
def test_it_says_what_the_table_on_this_machine_says(
    elastic_node: Node, tmp_path_factory: pytest.TempPathFactory, entries: list[TableEntry], order: list[int]
) -> None:
    oracle = SqlitePageTable(tmp_path_factory.mktemp("oracle") / "pages.sqlite")
    oracle.put(entries)
    with closing(ElasticPageTable(place(elastic_node))) as table:
        for turn in range(4):
            table.put([entry for entry, when in zip(entries, order, strict=False) if when == turn])
        assert answers(table) == answers(oracle)


def test_answers_that_take_many_pages_are_whole_and_in_order(
    table: ElasticPageTable, oracle: SqlitePageTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in (
        (page_reader, "_BUCKETS"),
        (page_reader, "_SLICES"),
        (page_writer, "_PAGE_SIZE"),
        (page_writer, "_MAX_TERMS"),
        (page_writer, "MAX_ENTRIES"),
    ):
        monkeypatch.setattr(module, name, 2)
    names = ["á", "z", "a", "Z", "đ", "b"]
    entries = [entry for name in names for entry in versions_of(name)[::-1]]
    entries += [scan("ê"), scan("ế", account="os:lan")]  # without records
    for one in (table, oracle):
        one.put(entries)

    assert answers(table) == answers(oracle)


def test_a_list_that_is_not_read_to_its_end_holds_nothing_on_the_server(
    table: ElasticPageTable, elastic_node: Node
) -> None:
    def held() -> int:
        stats = client.nodes.stats(metric="indices", index_metric="search")
        return sum(int(node["indices"]["search"]["open_contexts"]) for node in stats["nodes"].values())

    with closing(Elasticsearch(elastic_node.url)) as client:
        table.put([scan("a"), scan("b")])
        before = held()  # other tests may hold some
        rows = table.pages(CountQuery())
        next(rows)
        assert held() == before + 1
        rows.close()  # type: ignore[attr-defined]  # the contract says Iterator; this one is a generator

        assert held() == before


def test_a_new_version_of_a_record_reaches_all_lines_that_refer_to_it(
    table: ElasticPageTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_writer, "_PAGE_SIZE", 2)
    table.put([scan(f"copy {number}", record="record of a") for number in range(5)])
    table.put([record("a", kind="one")])
    table.put([record("a", version=2, kind="two", at=LATER)])

    assert groups(table.tally(CountQuery(by=(GroupBy.KIND,)))) == {"two": 5}


def test_a_line_that_comes_to_refer_to_another_record_is_counted_with_that(table: ElasticPageTable) -> None:
    table.put([record("x", kind="one"), record("y", kind="two")])
    table.put([scan("a", version=2, record="record of y", at=LATER)])
    table.put([scan("a", record="record of x")])

    assert groups(table.tally(CountQuery(by=(GroupBy.KIND,), as_of="2026-03-05"))) == {"one": 1}
    assert groups(table.tally(CountQuery(by=(GroupBy.KIND,)))) == {"two": 1}


def test_a_name_longer_than_any_term_keeps_nothing_out(table: ElasticPageTable) -> None:
    table.put([scan("a", account="ễ" * 40_000), record("a", kind="đ" * 40_000, agency="ệ" * 40_000), scan("b")])

    assert total(table) == 2
    assert {len(name or "") for name in groups(table.tally(CountQuery(by=(GroupBy.AGENCY,))))} == {8_191, 0}
    assert {len(row.groups[0] or "") for row in table.pages(CountQuery(by=(GroupBy.ACCOUNT,)))} == {8_191, 6}


# Writers that meet, and writers that die


class Watched(ElasticConnection):
    """A connection that counts what it asks, and does something else before one of its writes."""

    def __init__(self, place: ElasticAddress, before: Mapping[int, Callable[[], None]] | None = None) -> None:
        super().__init__(place)
        self.requests = 0
        self._writes = 0
        self._before = before or {}

    def patiently(self, ask: Callable[[Elasticsearch], Any]) -> Any:
        self.requests += 1
        return super().patiently(ask)

    def bulk(self, alias: str, documents: Iterable[Document], *, refresh: bool) -> None:
        self._writes += 1
        self._before.get(self._writes, lambda: None)()
        super().bulk(alias, documents, refresh=refresh)


INPUTS, SLICES, MARKS = 1, 2, 3  # the writes of one put


@pytest.mark.parametrize("moment", [INPUTS, SLICES, MARKS])
def test_what_another_puts_in_the_middle_of_a_put_is_not_lost(
    oracle: SqlitePageTable, elastic_node: Node, moment: int
) -> None:
    mine, others = versions_of("a")[::2], versions_of("a")[1::2]
    where = place(elastic_node)
    with closing(ElasticPageTable(where)) as table:
        table.put([scan("b")])
        watched = Watched(where, {moment: lambda: table.put(others)})
        with closing(watched):
            page_writer.put(watched, f"{where.name}-pages", mine)
        oracle.put([*mine, *others, scan("b")])

        assert answers(table) == answers(oracle)


@pytest.mark.parametrize("moment", [SLICES, MARKS])
def test_what_a_killed_writer_left_is_missing_until_it_is_put_again(
    oracle: SqlitePageTable, elastic_node: Node, moment: int
) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    where = place(elastic_node)
    with closing(ElasticPageTable(where)) as table:
        table.put(versions_of("a")[:2])
        with closing(Watched(where, {moment: killed})) as watched, pytest.raises(KeyboardInterrupt):
            page_writer.put(watched, f"{where.name}-pages", versions_of("a")[2:4])

        assert table.missing({"a": 1}, {"record of a": 1}) == set()
        assert table.missing({"a": 2}, {"record of a": 2}) == {"a", "record of a"}
        table.put(versions_of("a")[2:4])
        assert table.missing({"a": 2}, {"record of a": 2}) == set()
        oracle.put(versions_of("a")[:4])
        assert answers(table) == answers(oracle)


ROUNDS = 3


def put_backwards(where: ElasticAddress) -> None:
    with closing(ElasticPageTable(where)) as table:
        for number in range(ROUNDS):
            for entry in reversed(versions_of(f"{number}")):
                table.put([entry])


def test_two_processes_that_put_the_same_in_opposite_orders_end_right(
    oracle: SqlitePageTable, elastic_node: Node
) -> None:
    where = place(elastic_node)
    other = multiprocessing.get_context("spawn").Process(target=put_backwards, args=(where,))
    with closing(ElasticPageTable(where)) as table:
        other.start()
        for number in range(ROUNDS):
            for entry in versions_of(f"{number}"):
                table.put([entry])
        other.join()
        oracle.put(entry for number in range(ROUNDS) for entry in versions_of(f"{number}"))

        assert other.exitcode == 0
        assert answers(table) == answers(oracle)


def test_a_group_commit_is_a_few_requests_however_large(elastic_node: Node) -> None:
    where = place(elastic_node)
    counts = []
    with closing(ElasticPageTable(where)) as table:
        table.put([scan("first")])
    for size in (1, 200):
        entries = [entry for number in range(size) for entry in versions_of(f"{size}-{number}")[:2]]
        with closing(Watched(where)) as watched:
            page_writer.put(watched, f"{where.name}-pages", entries)
            page_writer.put(watched, f"{where.name}-pages", entries)  # again: it is only looked at
            counts.append(watched.requests)

    assert counts == [4 + 2, 4 + 2]


# Rebuilding


class Everything:
    """Entries of a vault: says which of them a rebuild had to load; after so many something happens."""

    def __init__(
        self, entries: list[TableEntry], after: int | None = None, happens: Callable[[], None] = lambda: None
    ) -> None:
        self._entries = entries
        self._after = after
        self._happens = happens
        self.loaded: list[TableEntry] = []

    def __iter__(self) -> Iterator[TableEntry]:
        return self._load(self._entries)

    def lacking(self, missing: Callable[[Mapping[str, int], Mapping[str, int]], set[str]]) -> Iterator[TableEntry]:
        def lacks(entry: TableEntry) -> bool:
            if hasattr(entry, "line"):
                return bool(missing({entry.line.id: entry.line.version}, {}))
            return bool(missing({}, {entry.id: entry.version}))

        return self._load(filter(lacks, self._entries))

    def _load(self, entries: Iterable[TableEntry]) -> Iterator[TableEntry]:
        for number, entry in enumerate(entries):
            if number == self._after:
                self._happens()
            self.loaded.append(entry)
            yield entry


SCANS, WRITTEN = [f"{number}" for number in range(4)], 10


def rebuild_and_die(where: ElasticAddress) -> None:
    entries = [entry for name in SCANS for entry in versions_of(name)]
    page_writer.MAX_ENTRIES = 2  # type: ignore[misc]  # small groups; this process is ours alone
    ElasticPageTable(where).replace_all(Everything(entries, WRITTEN, lambda: os.kill(os.getpid(), signal.SIGKILL)))


def test_a_rebuild_that_was_killed_is_gone_on_with(oracle: SqlitePageTable, elastic_node: Node) -> None:
    where = place(elastic_node)
    entries = [entry for name in SCANS for entry in versions_of(name)]
    with closing(ElasticPageTable(where)) as table:
        table.put([scan("old")])
        child = multiprocessing.get_context("spawn").Process(target=rebuild_and_die, args=(where,))
        child.start()
        child.join()
        assert (child.exitcode, total(table)) == (-signal.SIGKILL, 1)
        rest = Everything(entries)
        table.replace_all(rest)

        assert rest.loaded == entries[WRITTEN:]
        oracle.put(entries)
        assert answers(table) == answers(oracle)


def test_what_others_put_during_a_rebuild_is_counted_before_and_after(
    table: ElasticPageTable, oracle: SqlitePageTable, elastic_node: Node
) -> None:
    table.put([scan("a")])

    def entries() -> Iterator[TableEntry]:
        yield scan("a")
        table.put([scan("new"), scan("a", page(1), page(2), version=2, at=LATER)])
        assert total(table) == 3
        yield record("a")

    table.replace_all(entries())

    oracle.put([scan("a"), scan("new"), scan("a", page(1), page(2), version=2, at=LATER), record("a")])
    assert answers(table) == answers(oracle)


def unavailable() -> None:
    raise StoreUnavailable("the store went away")


def test_a_put_during_which_a_rebuild_ends_goes_to_the_new_table(
    table: ElasticPageTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.put([scan("old")])
    with pytest.raises(StoreUnavailable):
        table.replace_all(Everything([scan("a")], 0, unavailable))
    read, waiting = page_writer._known, [lambda: table.replace_all(Everything([scan("a"), record("a")]))]

    def interrupted(*asked: Any) -> Any:
        if waiting:
            waiting.pop()()
        return read(*asked)

    monkeypatch.setattr(page_writer, "_known", interrupted)
    table.put([scan("new"), record("new")])

    assert [row.line for row in table.pages(CountQuery())] == ["a", "new"]
    assert groups(table.tally(CountQuery(by=(GroupBy.KIND,)))) == {"giay-phep": 2}


def test_a_list_that_a_rebuild_took_away_says_so(table: ElasticPageTable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_reader, "_SLICES", 1)
    table.put([scan("a"), scan("b")])
    rows = table.pages(CountQuery())
    next(rows)
    table.replace_all([scan("c")])

    with pytest.raises(IndexUnavailable, match="rebuilt"):
        list(rows)


def test_a_count_during_which_a_rebuild_ends_is_of_the_new_table(
    table: ElasticPageTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.put([scan("a")])
    begin, waiting = page_reader._moment, [lambda: table.replace_all([scan("b"), scan("c")])]

    @contextmanager
    def interrupted(connection: ElasticConnection, alias: str) -> Iterator[Any]:
        with begin(connection, alias) as moment:
            if waiting:
                waiting.pop()()
            yield moment

    monkeypatch.setattr(page_reader, "_moment", interrupted)

    assert total(table) == 2


def test_a_table_of_another_schema_wants_a_reindex_and_gets_it(elastic_node: Node) -> None:
    where = place(elastic_node)
    with closing(Elasticsearch(elastic_node.url)) as client:
        client.indices.create(index=f"{where.name}-pages-v999-000001", aliases={f"{where.name}-pages": {}})
    with closing(ElasticPageTable(where)) as table:
        for refused in (
            lambda: table.tally(CountQuery()),
            lambda: table.put([scan("b")]),
            lambda: list(table.pages(CountQuery())),
            lambda: table.missing({"a": 1}, {}),
        ):
            with pytest.raises(IndexUnavailable, match="archive reindex"):
                refused()
        table.replace_all([scan("c")])

        assert total(table) == 1


def test_it_knows_whether_anything_was_ever_put(table: ElasticPageTable) -> None:
    assert not table.there()
    table.put([scan("a")])
    assert table.there()


def test_a_table_that_is_well_says_so(table: ElasticPageTable) -> None:
    table.put(versions_of("a"))

    assert [sign for sign in table.health_checks() if not sign.ok] == []
