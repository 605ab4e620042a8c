"""Search shows what the vault holds, however stale the index is."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive.errors import ObjectCorrupt, ObjectMissing, RequestRefused
from archive.index.embedded.search import EmbeddedIndex
from archive.index_entries.from_record import index_entry_for
from archive.model.pages import Origin
from archive.model.results import Field, FieldState, Part, Problem, RecordState, ResultRecord
from archive.services.search.query import parse_query
from archive.services.search.search import Search
from archive.store import keys
from archive.store.format.readings import ReadPage, encode_reading, pack_text
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore


@dataclass
class Office:
    """A vault, its index, and the search over both."""

    vault: Vault
    index: EmbeddedIndex

    @property
    def search(self) -> Search:
        return Search(self.vault, self.index)

    def keep(self, name: str, *pages: str, **fields: str) -> ResultRecord:
        """Append a record whose pages say ``pages``, and index it."""
        scan = self.vault.keep_bytes(name.encode())
        read = [ReadPage(makers.page(n), (), pack_text(makers.text(text))) for n, text in enumerate(pages, 1)]
        reading = self.vault.keep_reading(scan, "0" * 16, 0, encode_reading(scan, {"engine": "fixed"}, read))
        part = Part(scan, name, len(name), tuple(range(1, len(pages) + 1)), "0" * 16, 0, reading.sha256)
        record = self.vault.append_record(
            replace(
                makers.record(),
                id=keys.result_id(scan, 1),
                parts=(part,),
                fields={key: Field(value, value, 0.9, 1, None, Origin.OCR) for key, value in fields.items()},
            )
        )
        self.index.put([index_entry_for(record, self.vault)])
        return record

    def ids(self, words: str = "", **filters: str) -> list[str]:
        return [hit.record.id for hit in self.search.search(parse_query(words, **filters)).found]  # type: ignore[arg-type]  # stands in for the real one


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(Vault(MemoryStore()), EmbeddedIndex(tmp_path))


def test_a_hit_is_told_from_the_vault(office: Office) -> None:
    """The index may lag behind; what a person reads is the last version."""
    record = office.keep("a.pdf", "Giấy phép xây dựng nhà ở", number="12", symbol="GPXD", issue_date="2021-03-05")
    mended = {**record.fields, "number": replace(record.fields["number"], value="21")}
    office.vault.append_record(replace(record, version=2, fields=mended))
    (hit,) = office.search.search(parse_query("nhà ở")).found

    assert (hit.number, hit.record.version, hit.issue_date) == ("21/GPXD", 2, "2021-03-05")
    assert hit.snippet is not None
    assert hit.snippet.text == "Giấy phép xây dựng nhà ở"


def test_a_hit_names_the_holder_and_says_how_far_its_validity_is_known(office: Office) -> None:
    record = office.keep("a.pdf", "giấy phép", holder_name="Nguyễn Văn Mẫu", valid_until="2025-08-16")
    (hit,) = office.search.search(parse_query("giấy phép")).found

    assert hit.holder == "Nguyễn Văn Mẫu"
    assert hit.validity is not None
    assert hit.validity.in_words == "valid until 16/08/2025 (as read, not confirmed)"

    confirmed = replace(record.fields["valid_until"], state=FieldState.CONFIRMED)
    office.vault.append_record(replace(record, version=2, fields={**record.fields, "valid_until": confirmed}))
    (hit,) = office.search.search(parse_query("giấy phép")).found
    assert hit.validity is not None
    assert hit.validity.in_words == "valid until 16/08/2025 (confirmed by a person, no verdict)"


def test_what_was_not_read_surely_enough_is_no_fact_of_a_hit(office: Office) -> None:
    record = office.keep("a.pdf", "giấy phép", holder_name="Nguyễn Văn Mẫu", valid_until="2025-08-16")
    proposed = {name: replace(field, state=FieldState.PROPOSED) for name, field in record.fields.items()}
    office.vault.append_record(replace(record, version=2, fields=proposed))
    (hit,) = office.search.search(parse_query("giấy phép")).found

    assert (hit.holder, hit.validity) == (None, None)


@pytest.mark.parametrize(("words", "begins"), [("một", None), ("hai", 2), ("ba", 2)])
def test_a_hit_on_another_results_page_says_where_that_begins(office: Office, words: str, begins: int | None) -> None:
    record = office.keep("a.pdf", "trang một", "trang hai", "trang ba")
    office.vault.append_record(replace(record, version=2, problems=(Problem("two_results", page=2),)))
    (hit,) = office.search.search(parse_query(words)).found

    assert begins == hit.another_begins


def test_a_destroyed_result_is_not_shown_even_where_the_index_still_has_it(office: Office) -> None:
    kept, gone = office.keep("a.pdf", "nhà ở hai tầng"), office.keep("b.pdf", "nhà ở một tầng")
    office.vault.append_record(replace(gone, version=2, state=RecordState.TOMBSTONE, parts=(), fields={}, problems=()))
    found = office.search.search(parse_query("nhà ở"))

    assert [hit.record.id for hit in found.found] == [kept.id]
    assert found.gone == 1


def test_a_hit_that_the_vault_does_not_know_is_said(office: Office) -> None:
    record = office.keep("a.pdf", "nhà ở")
    stranger = replace(index_entry_for(record, office.vault), id="f" * 32)
    office.index.put([stranger])
    found = office.search.search(parse_query("nhà ở"))

    assert (found.total, [hit.record.id for hit in found.found], found.gone) == (2, [record.id], 1)


@pytest.mark.parametrize("words", ["hoà bình", "hòa bình", "hoa binh", "HOÀ BÌNH", "hòa binh", '"hoa binh"'])
def test_every_spelling_finds_every_other(office: Office, words: str) -> None:
    new, old = office.keep("a.pdf", "phường Hoà Bình"), office.keep("b.pdf", "phường Hòa Bình")

    assert set(office.ids(words)) == {new.id, old.id}


def test_marks_that_were_typed_rank_first(office: Office) -> None:
    folded, exact = office.keep("a.pdf", "dat do dat"), office.keep("b.pdf", "thửa đất số 5")

    assert office.ids("đất") == [exact.id, folded.id]


def test_a_record_without_what_a_title_needs_says_so(office: Office) -> None:
    record = office.keep("a.pdf", "nhà ở")
    office.vault.append_record(makers.of_kind(record, None, version=2))
    (hit,) = office.search.search(parse_query("nhà")).found

    assert hit.title == "(no title could be read)"
    assert (hit.number, hit.agency, hit.issue_date) == (None, None, None)


def test_holders_are_found_by_name_and_exact_number(office: Office) -> None:
    record = office.keep("a.pdf", "giấy phép", holder_name="Nguyễn Văn Mẫu", holder_id="001082000017")
    office.keep("b.pdf", "giấy phép của Nguyễn Văn Mẫu 001082000017")

    assert office.ids(holder="nguyen mau") == [record.id]
    assert office.ids(holder_id="001 082 000 017") == [record.id]
    assert office.ids(holder_id="001082") == []


def test_a_records_id_may_be_cut_while_it_stays_the_only_one(office: Office) -> None:
    record = office.keep("a.pdf", "nhà")

    assert office.search.one(record.id[:4].upper()).id == record.id
    twin = replace(record, id=record.id[:8] + "0" * 24)
    office.vault.append_record(twin)
    with pytest.raises(RequestRefused, match=r"2 records have an id that begins with .* give more digits"):
        office.search.one(record.id[:8])
    assert office.search.one(twin.id).id == twin.id


@pytest.mark.parametrize("part", [0, 2])
def test_only_a_records_own_originals_are_handed_out(office: Office, part: int) -> None:
    record = office.keep("a.pdf", "nhà")

    with pytest.raises(RequestRefused, match=r"has 1 original$"):
        office.search.write_original(record, part, io.BytesIO())


def test_an_original_is_checked_while_it_is_written(office: Office) -> None:
    record = office.keep("a.pdf", "nhà")
    objects = office.vault.store.objects  # type: ignore[attr-defined]  # in memory
    key = keys.content_key(record.parts[0].sha256)
    out = io.BytesIO()
    office.search.write_original(record, 1, out)
    objects[key] = b"other bytes"

    assert out.getvalue() == b"a.pdf"
    with pytest.raises(ObjectCorrupt):
        office.search.write_original(record, 1, io.BytesIO())
    del objects[key]
    with pytest.raises(ObjectMissing):
        office.search.write_original(record, 1, io.BytesIO())


def test_pages_of_all_parts_are_numbered_through(office: Office) -> None:
    first, second = office.keep("a.pdf", "một", "hai"), office.keep("b.pdf", "ba", "bốn")
    joined = replace(first, version=2, parts=(first.parts[0], replace(second.parts[0], pages=(2,))))
    pages = list(office.search.pages(office.vault.append_record(joined)))

    assert [(number, page.entry.number, page.text.text if page.text else None) for number, _, page in pages] == [
        (1, 1, "một"),
        (2, 2, "hai"),
        (3, 2, "bốn"),
    ]
    assert [scan for _, scan, _ in pages] == [first.parts[0].sha256] * 2 + [second.parts[0].sha256]
    assert [one.version for one in office.search.history(joined)] == [1, 2]
