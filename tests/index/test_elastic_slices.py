"""Slices count what the SQLite table counts, whatever is known, and whoever knew it first."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.index.elastic.validity_intervals import (
    LineVersion,
    RecordVersion,
    Slice,
    by_line,
    by_record,
    line_version,
    record_version,
    slices_of,
)
from archive.index.embedded.page_table import SqlitePageTable
from archive.index.page_query import EVER, bounds_of, facts_of, month_of
from archive.index.page_table_api import TableEntry
from archive.model.counting import CountQuery, GroupBy, Groups, PageFacts, TableLine, TableRecord
from archive.model.pages import PageOutcome
from tests.contracts.page_table import A3, A4, NOON, page, record, scan

# Moments on both sides of midnights, where days end, and one that is nearly all of them.
MOMENTS = [
    f"2026-03-0{day}T{clock}Z" for day in range(1, 6) for clock in ("16:59:59.999999", "17:00:00", "17:00:00.000001")
]
DAYS = [None, *(f"2026-03-0{day}" for day in range(1, 8))]
PAGES = st.lists(
    st.tuples(st.sampled_from([A4, A3, None]), st.sampled_from([PageOutcome.RECOGNISED, PageOutcome.BLANK])),
    max_size=3,
)
VERSIONS = st.integers(1, 4)
LINES = st.builds(
    lambda id_, version, at, record_id, pages: replaced_pages(
        scan(id_, version=version, at=at, record=record_id),
        [page(number, shape, outcome) for number, (shape, outcome) in enumerate(pages, 1)],
    ),
    st.sampled_from("ab"),
    VERSIONS,
    st.sampled_from(MOMENTS),
    st.sampled_from(["record of x", "record of y", None]),
    PAGES,
)
RECORDS = st.builds(
    lambda id_, version, at, kind: record(id_, version=version, at=at, kind=kind, agency=f"agency {version}"),
    st.sampled_from("xy"),
    VERSIONS,
    st.sampled_from(MOMENTS),
    st.sampled_from(["giay-phep", "ban-sao", None]),
)
ENTRIES = st.lists(st.one_of(LINES, RECORDS), max_size=10, unique_by=lambda entry: name_of(entry))
QUERIES = st.builds(
    CountQuery,
    by=st.lists(st.sampled_from(GroupBy), max_size=2, unique=True).map(tuple),
    from_day=st.sampled_from(DAYS),
    to_day=st.sampled_from(DAYS),
    as_of=st.sampled_from(DAYS),
)


# Histories of one line and its record whose machines have clocks that run ahead of each other: versions in their order,
# moments in any. Where a later version is neither the latest nor the one just after, its end is that of no neighbour.
CLOCKS = st.permutations(range(len(MOMENTS))).map(lambda order: [MOMENTS[number] for number in order])
HISTORIES = st.builds(
    lambda lines, records: [
        *(scan("a", version=n, at=at, record="record of x") for n, at in enumerate(lines, 1)),
        *(record("x", version=n, at=at, kind=f"kind-{n}") for n, at in enumerate(records, 1)),
    ],
    CLOCKS.map(lambda moments: moments[:4]),
    CLOCKS.map(lambda moments: moments[:3]),
)


def replaced_pages(entry: TableLine, pages: list[Any]) -> TableLine:
    return replace(entry, line=replace(entry.line, pages=tuple(pages)))


def name_of(entry: TableEntry) -> tuple[str, str, int]:
    """Return what makes two entries the same version: the vault holds each once."""
    if isinstance(entry, TableRecord):
        return ("record", entry.id, entry.version)
    return ("line", entry.line.id, entry.line.version)


def known_from(entries: Iterable[TableEntry]) -> tuple[list[LineVersion], list[RecordVersion]]:
    held = list(entries)
    return (
        [line_version(entry) for entry in held if isinstance(entry, TableLine)],
        [record_version(entry) for entry in held if isinstance(entry, TableRecord)],
    )


def all_slices(entries: Iterable[TableEntry]) -> Iterator[Slice]:
    versions, records = known_from(entries)
    for line in by_line(versions).values():
        yield from slices_of(line, by_record(records))[1]


def counted(slices: Iterable[Slice], query: CountQuery) -> dict[tuple[Groups, PageFacts], int]:
    """Count as Elasticsearch is asked to: one range, then sums by group and facts."""
    bounds, sums = bounds_of(query), Counter[tuple[Groups, PageFacts]]()
    for piece in slices:
        if piece.since < bounds.until <= piece.until and bounds.start <= piece.first_at < bounds.end:
            facts, numbers = piece.origin.groups[piece.group]
            sums[(groups_of(piece, query.by), facts_of(facts))] += len(numbers)
    return dict(sums)


def groups_of(piece: Slice, by: tuple[GroupBy, ...]) -> Groups:
    groups: Mapping[GroupBy, str | None] = {
        GroupBy.KIND: piece.kind,
        GroupBy.AGENCY: piece.agency,
        GroupBy.MONTH: month_of(piece.first_at),
        GroupBy.BATCH: piece.origin.batch,
        GroupBy.ACCOUNT: piece.account,
    }
    return tuple(groups[one] for one in by)


@settings(max_examples=60)  # each opens a database; what is broken shows within twenty
@given(ENTRIES, st.lists(QUERIES, min_size=4, max_size=8))
def test_slices_count_what_the_table_on_this_machine_counts(
    entries: list[TableEntry], queries: list[CountQuery]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = SqlitePageTable(Path(folder) / "pages.sqlite")
        table.put(entries)
        slices = list(all_slices(entries))
        for query in queries:
            expected = {(tally.groups, tally.facts): tally.pages for tally in table.tally(query)}
            assert counted(slices, query) == expected


@settings(max_examples=30)
@given(HISTORIES, st.sampled_from([(), (GroupBy.KIND,)]))
def test_slices_count_what_the_table_counts_although_clocks_ran_backwards(
    history: list[TableEntry], by: tuple[GroupBy, ...]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        table = SqlitePageTable(Path(folder) / "pages.sqlite")
        table.put(history)
        slices = list(all_slices(history))
        for day in DAYS:
            query = CountQuery(by=by, as_of=day)
            expected = {(tally.groups, tally.facts): tally.pages for tally in table.tally(query)}
            assert counted(slices, query) == expected


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_in_which_versions_became_known_means_nothing(entries: list[TableEntry], random: Any) -> None:
    shuffled = list(entries)
    random.shuffle(shuffled)

    assert sorted(all_slices(shuffled), key=repr) == sorted(all_slices(entries), key=repr)


def key_of(piece: Slice) -> tuple[Any, ...]:
    return (piece.origin.line, piece.origin.version, piece.group, piece.given)


@given(ENTRIES, st.integers(0, 10))
def test_whoever_knows_more_gives_every_slice_that_another_gave(entries: list[TableEntry], less: int) -> None:
    """So nothing that was written ever needs deleting."""
    assert {key_of(piece) for piece in all_slices(entries[:less])} <= {key_of(piece) for piece in all_slices(entries)}


@given(ENTRIES)
def test_no_two_slices_share_a_key(entries: list[TableEntry]) -> None:
    keys = [key_of(piece) for piece in all_slices(entries)]

    assert len(keys) == len(set(keys))


class Server:
    """What writers share: what is known, and slices under versions of which the lower never wins."""

    def __init__(self) -> None:
        self.known: list[TableEntry] = []
        self.slices: dict[tuple[Any, ...], tuple[int, Slice]] = {}

    def write(self, version: int, piece: Slice) -> None:
        held = self.slices.get(key_of(piece))
        if held is None or held[0] < version:
            self.slices[key_of(piece)] = (version, piece)


def writer(server: Server, entries: list[TableEntry]) -> Iterator[None]:
    """Put entries as the table does, standing still after every step that another writer may see."""
    server.known += entries
    yield
    versions, records = known_from(list(server.known))
    mine = {name_of(entry)[:2] for entry in entries}
    yield
    for line, known in by_line(versions).items():
        if ("line", line) in mine or any(("record", version.record) in mine for version in known):
            count, slices = slices_of(known, by_record(records))
            for piece in slices:
                server.write(count, piece)
                yield


@given(ENTRIES, st.lists(st.integers(0, 2), min_size=10, max_size=10), st.lists(st.integers(0, 2), max_size=60))
def test_three_writers_in_any_interleaving_end_with_what_all_of_them_knew(
    entries: list[TableEntry], shares: list[int], turns: list[int]
) -> None:
    server = Server()
    writers = [
        writer(server, [entry for entry, owner in zip(entries, shares, strict=False) if owner == number])
        for number in range(3)
    ]
    for turn in turns:
        next(writers[turn], None)
    for one in writers:  # whoever is not done yet finishes
        for _ in one:
            pass

    assert {key: piece for key, (_, piece) in server.slices.items()} == {key_of(p): p for p in all_slices(entries)}


def test_equal_pages_share_a_slice_and_a_line_without_pages_has_none() -> None:
    known, slices = slices_of([line_version(scan("a", page(3), page(1), page(2, A3)))], {})

    assert known == 1
    assert sorted(piece.origin.groups[piece.group][1] for piece in slices) == [(1, 3), (2,)]
    assert slices_of([replace(line_version(scan("a")), groups=())], {}) == (1, [])


@pytest.mark.parametrize(("later", "expected"), [(1, 2), (-1, 1)])
def test_a_line_without_a_record_yet_is_cut_where_its_record_begins(later: int, expected: int) -> None:
    origin = line_version(scan("a", at=NOON))
    given = replace(record_version(record("a", at=NOON)), at=origin.at + later)
    _, slices = slices_of([origin], by_record([given]))
    stretches = [(piece.kind, piece.since, piece.until) for piece in slices if piece.since < piece.until]

    assert (
        stretches
        == [
            (None, origin.at, origin.at + later),
            ("giay-phep", max(origin.at, given.at), EVER),
        ][-expected:]
    )
