"""Search: finding records, and reading one with its history, pages and original."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

from archive.concurrency.ordered import map_ordered
from archive.errors import RequestRefused
from archive.index.api import SearchIndex
from archive.index_entries.from_record import facet_values, number_of, page_texts, title_of
from archive.messages.catalogue import quantity, tr
from archive.model.ledger import LedgerLine
from archive.model.results import Part, RecordState, ResultRecord
from archive.model.search import Hit, Query
from archive.services.record_ids import record_named
from archive.services.search.snippet import Snippet, best_snippet
from archive.services.search.validity import Validity, validity_of
from archive.services.unreadable_objects import UnreadableObject, UnreadableObjects
from archive.store.format.readings import ReadPage, decode_reading
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.keys import ChainKey
from archive.store.vault import Vault


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """One hit as a person sees it; read from the vault, so that it is correct even if the index is stale."""

    record: ResultRecord
    title: str
    number: str | None
    issue_date: str | None  # ISO, partial where the day was not read
    agency: str | None
    holder: str | None
    validity: Validity | None
    snippet: Snippet | None
    another_begins: int | None = None  # the snippet's page or an earlier one, on which another result begins


@dataclass(frozen=True, slots=True)
class FoundRecords:
    """One page of hits with the number of all, facets, and the cursor of the next page."""

    total: int
    found: tuple[FoundRecord, ...]
    facets: dict[str, tuple[tuple[str, int], ...]]
    cursor: str | None
    gone: int = 0  # hits of this page that the vault no longer has: the index is stale
    unreadable: tuple[UnreadableObject, ...] = ()  # records or readings of this page's hits that cannot be read


class _RecordMissingError(Enum):
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class _WithheldHit:
    """A hit that was withheld after this home's index took it in: nobody may see that it was one.

    ``facets``: the values by which the index counts it.
    """

    facets: Mapping[str, str | None]


class Search:
    """Finds records for officers."""

    def __init__(self, vault: Vault, index: SearchIndex) -> None:
        self._vault = vault
        self._index = index

    def search(self, query: Query) -> FoundRecords:
        """Return one page of hits; an unreadable one does not stop the others.

        Raises BadQuery, IndexUnavailable, StoreUnavailable.
        """
        hits, unreadable = self._index.search(query), UnreadableObjects()
        looked_up = list(map_ordered(hits.hits, lambda hit: self._found_under(hit, query, unreadable)))
        found = tuple(one for one in looked_up if isinstance(one, FoundRecord))
        gone = sum(one is _RecordMissingError.GONE for one in looked_up)
        withheld = [one.facets for one in looked_up if isinstance(one, _WithheldHit)]
        facets = {name: _without(values, name, withheld) for name, values in hits.facets.items()}
        return FoundRecords(hits.total - len(withheld), found, facets, hits.cursor, gone, tuple(unreadable))

    def one(self, start: str) -> ResultRecord:
        """Return the last version of the record whose id begins with ``start``. Raises RequestRefused."""
        return record_named(self._vault, start)

    def history(self, record: ResultRecord, unreadable: UnreadableObjects | None = None) -> list[ResultRecord]:
        """Return all versions of a record, oldest first. Without ``unreadable``, raises StoreError."""
        met = UnreadableObjects() if unreadable is None else unreadable
        found = list(met.read_each(self._vault.versions_of_record(record.id), self._vault.record_at))
        if unreadable is None:
            met.refuse()
        return found

    def line(self, record: ResultRecord) -> LedgerLine | None:
        """Return the ledger line that brought a record in."""
        return self._vault.line(record.batch, record.provenance.line)

    def pages(self, record: ResultRecord) -> Iterator[tuple[int, str, ReadPage]]:
        """Yield (number within the result, digest of its scan, page) of a record's pages. Raises RequestRefused."""
        _refuse_closed(record)
        number = 0
        for part in record.parts:
            for page in decode_reading(self._vault.fetch_reading(part)):
                if page.entry.number in part.pages:
                    number += 1
                    yield number, part.sha256, page

    def write_original(self, record: ResultRecord, part: int, target: BinaryIO) -> None:
        """Write the bytes of a record's original, verified. Raises RequestRefused, ObjectMissing, ObjectCorrupt."""
        self._vault.copy(_part(record, part).sha256, target)

    def check_part(self, record: ResultRecord, part: int) -> None:
        """Raise RequestRefused when a record has no original of that number."""
        _part(record, part)

    def link(self, record: ResultRecord, part: int) -> str:
        """Return a link to a record's original, valid for one minute. Raises RequestRefused, SettingsError."""
        one = _part(record, part)
        return self._vault.link(one.sha256, one.name)

    def _found_under(
        self, hit: Hit, query: Query, unreadable: UnreadableObjects
    ) -> FoundRecord | _WithheldHit | _RecordMissingError | None:
        """Return the shown values of a hit; GONE: a tombstone in a stale index; None: ``unreadable`` has the reason."""
        key = ChainKey("records", "", hit.id, 1).key
        head = unreadable.attempt(key, lambda: (self._vault.head(hit.id),))
        if head is None:
            return None
        record = head[0]
        if record is not None and record.state is RecordState.WITHHELD:
            return _WithheldHit(self._indexed_facets(hit))
        if record is None or not record.state.findable:
            return _RecordMissingError.GONE
        return self._found(record, query, unreadable.attempt(key, lambda: self._texts(record)) or [])

    def _indexed_facets(self, hit: Hit) -> dict[str, str | None]:
        """Return the facet values of the version that the index has; none when that cannot be read."""
        try:
            return facet_values(self._vault.record_at(ChainKey("records", "", hit.id, hit.version)))
        except INTEGRITY_ERRORS:
            return {}

    def _texts(self, record: ResultRecord) -> list[tuple[int, str]]:
        return [page for part in record.parts for page in page_texts(record, part.sha256, self._vault).items()]

    def _found(self, record: ResultRecord, query: Query, pages: list[tuple[int, str]]) -> FoundRecord:
        snippet = best_snippet(pages, query) if pages else None
        return FoundRecord(
            record=record,
            title=title_of(record) or tr("search.no_title"),
            number=number_of(record),
            issue_date=record.value("issue_date"),
            agency=record.value("issuing_agency"),
            holder=record.value("holder_name"),
            validity=validity_of(record),
            snippet=snippet,
            another_begins=_another_begins(record, snippet.page) if snippet else None,
        )


def _without(
    values: tuple[tuple[str, int], ...], name: str, withheld: Sequence[Mapping[str, str | None]]
) -> tuple[tuple[str, int], ...]:
    """Return the values of facet ``name`` with their counts, without withheld hits."""
    if not withheld:
        return values
    fewer = Counter(facets.get(name) for facets in withheld)
    left = ((value, count - fewer[value]) for value, count in values)
    return tuple(sorted(((value, count) for value, count in left if count > 0), key=lambda pair: (-pair[1], pair[0])))


def _another_begins(record: ResultRecord, page: int) -> int | None:
    """Return the page on which the last further result at or before ``page`` begins; its fields were not read."""
    begins = [one.page for one in record.problems if one.code == "two_results" and one.page and one.page <= page]
    return max(begins, default=None)


def _refuse_closed(record: ResultRecord) -> None:
    """Raise RequestRefused when a record's content must not be handed out."""
    if not record.state.open:
        raise RequestRefused(tr("refused.search.record_is_nothing_of_it", id=record.id[:12], state=record.state.value))


def _part(record: ResultRecord, number: int) -> Part:
    _refuse_closed(record)
    if not 1 <= number <= len(record.parts):
        parts = quantity("original", len(record.parts))
        raise RequestRefused(tr("refused.search.record_has_originals", id=record.id[:12], parts=parts))
    return record.parts[number - 1]
