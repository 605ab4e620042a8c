"""The embedded index keeps the contract, across processes and accidents."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import IndexUnavailable
from archive.index.api import SearchIndex
from archive.index.cursor import write_cursor
from archive.index.embedded import search as embedded
from archive.index.embedded.search import EmbeddedIndex
from archive.model.search import IndexEntry, Query
from tests.contracts.search_index import SearchIndexContract, entry, ids, words


class TestEmbeddedIndex(SearchIndexContract):
    """Tantivy in a folder."""

    @pytest.fixture
    def index(self, tmp_path: Path) -> SearchIndex:
        return EmbeddedIndex(tmp_path / "home" / "search", patience_s=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "search"


@pytest.fixture
def index(folder: Path) -> EmbeddedIndex:
    return EmbeddedIndex(folder, patience_s=0)


def generation(folder: Path) -> Path:
    return folder / (folder / "current").read_text().strip()


def test_another_reader_sees_each_commit(folder: Path, index: EmbeddedIndex) -> None:
    reader = EmbeddedIndex(folder)
    assert reader.search(Query()).total == 0

    index.put([entry("a")])
    assert ids(reader.search(Query())) == ["a"]
    index.put([entry("b")])
    assert ids(reader.search(Query())) == ["a", "b"]
    index.replace_all([entry("c")])
    assert ids(reader.search(Query())) == ["c"]


def test_another_process_sees_what_was_put(folder: Path, index: EmbeddedIndex) -> None:
    index.put([entry("a")])
    code = (
        "import sys; from pathlib import Path; from archive.index.embedded.search import EmbeddedIndex;"
        "from archive.model.search import Query; print(EmbeddedIndex(Path(sys.argv[1])).search(Query()).total)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True)  # noqa: S603 - our own code

    assert done.stdout.strip() == "1"


def test_a_second_writer_is_refused_and_nothing_changes(folder: Path, index: EmbeddedIndex) -> None:
    index.put([entry("a")])
    refused = []

    def entries() -> Iterator[IndexEntry]:
        yield entry("b")
        with pytest.raises(IndexUnavailable, match="another process") as caught:
            EmbeddedIndex(folder, patience_s=0).put([entry("c")])
        refused.append(caught.value.retryable)

    index.replace_all(entries())

    assert refused == [True]
    assert ids(index.search(Query())) == ["b"]


def test_a_writer_that_lost_the_engines_own_lock_is_refused(folder: Path, index: EmbeddedIndex) -> None:
    index.put([entry("a")])
    foreign = embedded.tantivy.Index.open(str(generation(folder)))
    writer = foreign.writer(15_000_000, 1)

    with pytest.raises(IndexUnavailable, match="another process"):
        index.put([entry("b")])
    writer.wait_merging_threads()
    index.put([entry("b")])
    assert ids(index.search(Query())) == ["a", "b"]


def test_a_rebuild_leaves_one_generation_and_readers_of_the_old_one_go_on(folder: Path, index: EmbeddedIndex) -> None:
    index.put([entry("a", "giấy")])
    old = embedded.tantivy.Index.open(str(generation(folder))).searcher()
    index.replace_all([entry("b", "giấy")])

    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["v2-000002"]
    hits = old.search(embedded.tantivy.Query.all_query()).hits
    assert [old.doc(address)["id"] for _, address in hits] == [["a"]]


def test_a_rebuild_in_groups_keeps_the_newest_versions(
    folder: Path, index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "_REBUILD_GROUP", 2)
    index.replace_all([entry("a", version=3), entry("b"), entry("a", version=2), entry("c"), entry("b", version=2)])

    assert {hit.id: hit.version for hit in index.search(Query()).hits} == {"a": 3, "b": 2, "c": 1}


def test_a_crash_in_a_rebuild_leaves_the_old_index_serving_and_is_swept_later(
    folder: Path, index: EmbeddedIndex
) -> None:
    index.put([entry("a")])
    half_built = folder / "v2-000002"
    shutil.copytree(generation(folder), half_built)
    (half_built / "meta.json").write_text("half")

    assert ids(EmbeddedIndex(folder).search(Query())) == ["a"]
    index.put([entry("b")])
    index.replace_all([entry("c")])
    assert [path.name for path in folder.iterdir() if path.is_dir()] == ["v2-000003"]


def test_an_index_of_another_schema_wants_a_reindex_and_gets_it(folder: Path, index: EmbeddedIndex) -> None:
    index.put([entry("a")])
    generation(folder).rename(folder / "v999-000001")
    (folder / "current").write_text("v999-000001\n")

    for refused in (lambda: index.search(Query()), lambda: index.put([entry("b")]), lambda: index.missing({"a": 1})):
        with pytest.raises(IndexUnavailable, match="archive reindex"):
            refused()
    index.replace_all([entry("c")])
    assert ids(index.search(Query())) == ["c"]


def test_a_cursor_far_behind_the_last_hit_finds_nothing(index: EmbeddedIndex) -> None:
    index.put([entry("a", "giấy"), entry("b", "giấy")])

    for query in (Query(), Query(words("giấy"))):
        hits = index.search(replace(query, cursor=write_cursor(query, 10**15)))
        assert (hits.total, hits.hits, hits.cursor) == (2, (), None)


@pytest.mark.parametrize("damage", ["pointer", "generation", "meta", "segments"])
def test_damage_wants_a_reindex_and_gets_it(folder: Path, damage: str) -> None:
    EmbeddedIndex(folder).put([entry("a", "giấy phép")])
    if damage == "pointer":
        (folder / "current").write_bytes(b"\xff\xfe")
    elif damage == "generation":
        shutil.rmtree(generation(folder))
    elif damage == "meta":
        (generation(folder) / "meta.json").write_text("{")
    else:
        for file in generation(folder).glob("*.term"):
            file.write_bytes(b"")
    index = EmbeddedIndex(folder)

    with pytest.raises(IndexUnavailable, match="archive reindex"):
        index.search(Query(words("giấy")))
    index.replace_all([entry("b", "giấy")])
    assert ids(index.search(Query(words("giấy")))) == ["b"]


def test_a_panic_of_the_engine_is_damage_and_an_interrupt_is_not(
    folder: Path, index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PanicException(BaseException):
        """What a panic arrives as."""

    def raising(error: type[BaseException]) -> Callable[..., None]:
        def fail(*_: object) -> None:
            raise error

        return fail

    index.put([entry("a")])
    monkeypatch.setattr(embedded, "by_field", raising(PanicException))
    with pytest.raises(IndexUnavailable, match="archive reindex"):
        index.search(Query())
    monkeypatch.setattr(embedded, "by_field", raising(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        index.search(Query())


def test_a_rebuild_between_reading_its_name_and_opening_it_is_followed(
    folder: Path, index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.put([entry("a")])
    reader = EmbeddedIndex(folder)
    opened = reader._open

    def rebuilt_first(path: Path) -> embedded.tantivy.Index:
        monkeypatch.undo()
        index.replace_all([entry("b")])
        return opened(path)

    monkeypatch.setattr(reader, "_open", rebuilt_first)
    assert ids(reader.search(Query())) == ["b"]


def test_nothing_is_readable_by_others(folder: Path, index: EmbeddedIndex) -> None:
    index.put([entry("a")])
    index.replace_all([entry("b")])

    for base, _, files in os.walk(folder):
        assert stat.S_IMODE(Path(base).stat().st_mode) == 0o700
        for name in files:
            assert stat.S_IMODE((Path(base) / name).stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(IndexUnavailable, match="cannot be written"):
        EmbeddedIndex(tmp_path / "file" / "search").put([entry("a")])
