"""EmbeddedIndex: the search index on this machine, by tantivy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import tantivy

from archive.errors import IndexUnavailable
from archive.index.batched import batched
from archive.index.cursor import check_limit, read_cursor, write_cursor
from archive.index.embedded.disk_space import disk_full, is_full
from archive.index.embedded.generations import Generations
from archive.index.embedded.hits import by_field, by_score, facets, identified
from archive.index.embedded.query import SCHEMA_VERSION, build_query, make_schema
from archive.index.fields import FACETS, document
from archive.index.ranking import Plan, plan
from archive.messages.catalogue import tr
from archive.model.search import Hit, Hits, IndexEntry, Query, Sort

_HEAP_BYTES: Final = 30_000_000  # the writer's memory before it spills a segment; tantivy refuses less than 15 MB
_LOOKUP_SIZE: Final = 500  # versions asked for at once
_REBUILD_GROUP: Final = 2_000  # entries a commit while rebuilding,
_REBUILD_TEXT: Final = 20_000_000  # or characters: bounds what is in memory, whatever the scans are
_MAX_REOPENINGS: Final = 3  # a rebuild may finish between reading a name and opening it; twice in a row is no chance


class EmbeddedIndex:
    """SearchIndex in a folder. Many readers and one writer at a time, in any number of processes.

    The writer is open for one group commit only. ``patience_s`` is how long a commit waits for another one.
    """

    def __init__(self, folder: Path, patience_s: float = 2.0) -> None:
        self._generations = Generations(folder, SCHEMA_VERSION, patience_s)
        self._folder = folder
        self._schema = make_schema()
        self._opened: tuple[Path, tantivy.Index] | None = None  # kept open: opening costs more than searching

    def put(self, entries: Iterable[IndexEntry]) -> None:
        """Add or replace entries in one commit; an older version never wins. Raises IndexUnavailable (retryable)."""
        group = list(entries)
        if not group:
            return
        with self._generations.writing():
            path = self._generations.current()
            if path is None:
                path = self._generations.begin()
                self._create(path)
                self._generations.serve(path)
            self._write(self._open(path), [group])
            self._generations.close_to_others(path)

    def replace_all(self, entries: Iterable[IndexEntry]) -> None:
        """Build a new generation beside the old one, then let it serve. Raises IndexUnavailable.

        Meanwhile puts of other processes are refused: additions to the old generation would be lost.
        """
        with self._generations.writing():
            path = self._generations.begin()
            try:
                self._write(self._create(path), _rebuild_groups(entries))
                self._generations.close_to_others(path)
                self._generations.serve(path)
            finally:
                self._generations.sweep()

    def search(self, query: Query) -> Hits:
        """Return one page of hits. Raises BadQuery (a cursor of another query), IndexUnavailable."""
        start = read_cursor(query)
        check_limit(query)
        searcher = self._searcher()
        if searcher is None:
            return Hits(0, (), facets=dict.fromkeys(FACETS, ()))
        with self._translating():
            planned = plan(query)
            asked = build_query(self._schema, planned)
            total, hits = self._hits(searcher, asked, planned, query, start)
            values = facets(searcher, asked)
        end = start + len(hits)
        return Hits(total, hits, write_cursor(query, end) if end < total else None, values)

    def there(self) -> bool:
        """See SearchIndex. True for a damaged index, too: only a rebuild repairs it."""
        return self._generations.there()

    def missing(self, versions: Mapping[str, int]) -> set[str]:
        """Return the ids that the index lacks in at least the given version. Raises IndexUnavailable."""
        searcher = self._searcher() if versions else None
        if searcher is None:
            return set(versions)
        held: dict[str, int] = {}
        for ids in batched(versions, _LOOKUP_SIZE):
            held |= self._held(searcher, ids)
        return {id_ for id_, version in versions.items() if held.get(id_, -1) < version}

    def _write(self, index: tantivy.Index, groups: Iterable[list[IndexEntry]]) -> None:
        """Write each group in a commit of its own."""
        with self._translating():
            writer = index.writer(_HEAP_BYTES, 1)
        try:
            for group in groups:
                with self._translating():
                    index.reload()
                    self._add(writer, index.searcher(), group)
                    writer.commit()
        except BaseException:
            with self._translating():
                writer.rollback()
            raise
        finally:
            with self._translating():
                writer.wait_merging_threads()  # releases the lock and leaves no thread behind

    def _add(self, writer: tantivy.IndexWriter, searcher: tantivy.Searcher, group: list[IndexEntry]) -> None:
        newest: dict[str, IndexEntry] = {}
        for entry in group:
            if entry.id not in newest or newest[entry.id].version <= entry.version:
                newest[entry.id] = entry
        for ids in batched(newest, _LOOKUP_SIZE):
            held = self._held(searcher, ids)
            for id_ in ids:
                if held.get(id_, -1) <= newest[id_].version:
                    if id_ in held:
                        writer.delete_documents_by_term("id", id_)
                    writer.add_document(tantivy.Document.from_dict(document(newest[id_]), self._schema))

    def _held(self, searcher: tantivy.Searcher, ids: list[str]) -> dict[str, int]:
        with self._translating():
            wanted = tantivy.Query.term_set_query(self._schema, "id", ids)
            found = searcher.search(wanted, limit=len(ids)).hits
            return {id_: version for _, id_, version in identified(searcher, found)}

    def _hits(
        self, searcher: tantivy.Searcher, asked: tantivy.Query, planned: Plan, query: Query, start: int
    ) -> tuple[int, tuple[Hit, ...]]:
        # No hit is beyond the last record: a forged cursor must not make the engine allocate memory.
        start = min(start, searcher.num_docs)
        end = max(start + 1, min(start + query.limit, searcher.num_docs))
        if planned.ranked and query.sort is Sort.RELEVANCE:
            total, ranked = by_score(searcher, asked, start, end)
        else:
            key = "by_date" if query.sort is Sort.DATE else "id"
            total, ranked = by_field(searcher, asked, key, start, end)
        return total, tuple(Hit(id_, version, score) for score, id_, version in ranked)

    def _searcher(self) -> tantivy.Searcher | None:
        """Return a searcher over the last commit, None on a fresh archive."""
        for attempt in range(1, _MAX_REOPENINGS + 1):
            path = self._generations.current()
            if path is None:
                return None
            try:
                with self._translating():
                    index = self._open(path)
                    index.reload()
                    return index.searcher()
            except IndexUnavailable:
                self._opened = None
                if attempt == _MAX_REOPENINGS or self._generations.current() == path:
                    raise
        return None

    def _create(self, path: Path) -> tantivy.Index:
        with self._translating():
            index = tantivy.Index(self._schema, path=str(path))
            index.config_reader("manual", 0)
        return index

    def _open(self, path: Path) -> tantivy.Index:
        if self._opened is None or self._opened[0] != path:
            with self._translating():
                index = tantivy.Index.open(str(path))
                index.config_reader("manual", 0)  # reloaded by this class; a watcher would poll the disk from a thread
            self._opened = (path, index)
        return self._opened[1]

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """Translate tantivy's errors: ValueError for everything, and panics on damaged files."""
        try:
            yield
        except (ValueError, OSError) as error:
            if "LockBusy" in str(error):
                raise IndexUnavailable(tr("embedded.the_search_index_in_is_being", folder=self._folder)) from error
            raise self._unusable(error) from error
        except BaseException as error:
            if type(error).__name__ == "PanicException":  # pyo3's, a BaseException that nobody can import
                raise self._unusable(error) from error
            raise

    def _unusable(self, error: BaseException) -> IndexUnavailable:
        if is_full(self._folder, error):
            return disk_full(self._folder)
        return IndexUnavailable(tr("embedded.the_search_index_cannot_be_read", folder=self._folder))


def _rebuild_groups(entries: Iterable[IndexEntry]) -> Iterator[list[IndexEntry]]:
    group: list[IndexEntry] = []
    text = 0
    for entry in entries:
        group.append(entry)
        text += len(entry.body)
        if len(group) >= _REBUILD_GROUP or text >= _REBUILD_TEXT:
            yield group
            group, text = [], 0
    if group:
        yield group
