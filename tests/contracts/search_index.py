"""What every SearchIndex must do; a backend joins by giving an ``index`` fixture: empty, and alone for each test."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from archive.errors import BadQuery, StoreUnavailable
from archive.index.api import SearchIndex
from archive.model.search import Clause, Hits, IndexEntry, Query, Sort
from archive.text.vietnamese import tokens


def entry(id_: str, body: str = "", **said: Any) -> IndexEntry:
    """Return an entry that says nothing but what is given."""
    nothing = IndexEntry(
        id=id_,
        version=1,
        batch="Hộp 12",
        kind=None,
        number_key=None,
        issued_from=None,
        issued_to=None,
        agency=None,
        holder_name=None,
        holder_id=None,
        title="",
        body=body,
    )
    return replace(nothing, **said)


def words(text: str, *, excluded: bool = False) -> tuple[Clause, ...]:
    """Return a clause for each word."""
    return tuple(Clause((token.exact,), (token.folded,), excluded=excluded) for token in tokens(text))


def phrase(text: str, *, excluded: bool = False) -> Clause:
    """Return a clause that wants all words side by side."""
    found = tokens(text)
    return Clause(tuple(t.exact for t in found), tuple(t.folded for t in found), phrase=True, excluded=excluded)


def number(key: str, *, excluded: bool = False) -> Clause:
    """Return a clause for an official number by its key."""
    parts = tuple(key.split())
    return Clause(parts, parts, phrase=True, excluded=excluded, number_key=key)


def ids(hits: Hits) -> list[str]:
    """Return the ids of a page of hits in their order."""
    return [hit.id for hit in hits.hits]


def all_pages(index: SearchIndex, query: Query) -> list[Hits]:
    """Return all pages of hits, following the cursors."""
    pages = [index.search(query)]
    while pages[-1].cursor is not None:
        pages.append(index.search(replace(query, cursor=pages[-1].cursor)))
        assert len(pages) < 100, "the cursors go round in a circle"
    return pages


class SearchIndexContract:
    """Inherit, and provide ``index``."""

    def found(self, index: SearchIndex, text: str) -> list[str]:
        return ids(index.search(Query(words(text))))

    # A fresh archive

    def test_a_fresh_index_has_nothing_and_that_is_no_error(self, index: SearchIndex) -> None:
        hits = index.search(Query(words("giấy")))

        assert (hits.total, hits.hits, hits.cursor) == (0, (), None)
        assert hits.facets == {"kind": (), "agency": (), "year": (), "batch": ()}
        assert index.missing({"a": 1}) == {"a"}

    def test_nothing_can_be_put(self, index: SearchIndex) -> None:
        index.put([])
        index.put(iter(()))

        assert index.search(Query()).total == 0

    # Words

    @pytest.mark.parametrize("asked", ["giấy phép xây dựng", "giay phep xay dung", "GIẤY PHÉP", "Phép xây", "gíây"])
    def test_words_are_found_with_and_without_marks(self, index: SearchIndex, asked: str) -> None:
        index.put([entry("a", "Cấp giấy phép xây dựng nhà ở"), entry("b", "Giấy khai sinh")])

        expected = ["a", "b"] if asked == "gíây" else ["a"]
        assert sorted(self.found(index, asked)) == expected

    @pytest.mark.parametrize(
        ("printed", "asked"),
        [
            ("hoà bình", "hòa"),
            ("hòa bình", "hoà"),
            ("thuỷ lợi", "thủy"),
            ("QUYẾT ĐỊNH", "quyết định"),
            ("đất đai", "dat dai"),
            ("Ðất đai", "đất"),
            ("kỹ thuật", "kĩ thuật"),
            ("Lí Thường Kiệt", "Lý Thường Kiệt"),
            ("quí I", "quý"),
            ("số 0123", "123"),
            ("số 123", "0123"),
            ("120 m²", "m2"),
        ],
    )
    def test_spellings_meet(self, index: SearchIndex, printed: str, asked: str) -> None:
        index.put([entry("a", printed), entry("b", "khác hẳn")])

        assert self.found(index, asked) == ["a"]

    @pytest.mark.parametrize("stored", ["NFC", "NFD"])
    @pytest.mark.parametrize("asked", ["NFC", "NFD"])
    def test_normal_forms_meet(self, index: SearchIndex, stored: str, asked: str) -> None:
        index.put([entry("a", unicodedata.normalize(stored, "Nguyễn Thị Ước"), title="khác")])

        assert self.found(index, unicodedata.normalize(asked, "nguyễn ước")) == ["a"]

    def test_every_word_must_occur(self, index: SearchIndex) -> None:
        index.put([entry("a", "giấy phép"), entry("b", "giấy"), entry("c", "dựng", title="giấy phép")])

        assert sorted(self.found(index, "giấy phép")) == ["a", "c"]
        assert self.found(index, "giấy dựng") == ["c"]

    def test_a_word_is_found_whole_and_not_inside_others(self, index: SearchIndex) -> None:
        index.put([entry("a", "nghiệp"), entry("b", "hiệp hội")])

        assert self.found(index, "hiệp") == ["b"]

    # Ranking

    def test_exact_marks_rank_above_folded_ones(self, index: SearchIndex) -> None:
        index.put([entry("a", "đạt " * 50), entry("b", "dat dat dat"), entry("c", "đất " + "x " * 500)])

        assert self.found(index, "đất")[0] == "c"
        assert sorted(self.found(index, "đất")) == ["a", "b", "c"]

    def test_more_words_with_exact_marks_rank_higher(self, index: SearchIndex) -> None:
        index.put([entry("a", "quyet dinh"), entry("b", "quyết dinh"), entry("c", "quyết định " + "x " * 99)])

        assert self.found(index, "quyết định") == ["c", "b", "a"]

    def test_exact_marks_outweigh_a_folded_title(self, index: SearchIndex) -> None:
        index.put([entry("a", "dat " * 9, title="dat"), entry("b", "thửa đất " + "x " * 99)])

        assert self.found(index, "đất") == ["b", "a"]

    def test_words_without_marks_favour_no_marks(self, index: SearchIndex) -> None:
        index.put([entry("a", "đất đất đất"), entry("b", "dat x x x x x x x")])

        assert self.found(index, "dat") == ["a", "b"]

    def test_the_title_weighs_more_than_the_body(self, index: SearchIndex) -> None:
        index.put([entry("a", "giấy phép", title="khai sinh"), entry("b", "khai sinh", title="giấy phép")])

        assert self.found(index, "giấy phép") == ["b", "a"]
        assert self.found(index, "khai sinh") == ["a", "b"]

    def test_equal_hits_stand_in_the_order_of_their_ids(self, index: SearchIndex) -> None:
        for id_ in ("d", "b", "e", "a", "c"):
            index.put([entry(id_, "giấy phép")])

        assert self.found(index, "giấy") == ["a", "b", "c", "d", "e"]
        assert ids(index.search(Query())) == ["a", "b", "c", "d", "e"]

    # Phrases and exclusion

    def test_a_phrase_wants_its_words_side_by_side(self, index: SearchIndex) -> None:
        index.put([entry("a", "giấy phép xây dựng"), entry("b", "phép giấy"), entry("c", "giấy của phép")])

        assert ids(index.search(Query((phrase("giay phep"),)))) == ["a"]
        assert ids(index.search(Query((phrase("phép xây dựng"),)))) == ["a"]

    def test_a_phrase_may_stand_in_the_title_but_not_across_into_the_body(self, index: SearchIndex) -> None:
        index.put([entry("a", "dựng", title="giấy phép xây")])

        assert ids(index.search(Query((phrase("phép xây"),)))) == ["a"]
        assert ids(index.search(Query((phrase("xây dựng"),)))) == []

    def test_a_phrase_with_its_marks_ranks_higher(self, index: SearchIndex) -> None:
        index.put([entry("a", "giay phep " * 20), entry("b", "giấy phép " + "x " * 200)])

        assert ids(index.search(Query((phrase("giấy phép"),)))) == ["b", "a"]

    def test_a_phrase_of_one_word_is_that_word(self, index: SearchIndex) -> None:
        index.put([entry("a", "giấy")])

        assert ids(index.search(Query((phrase("giấy"),)))) == ["a"]

    def test_an_excluded_word_must_not_occur(self, index: SearchIndex) -> None:
        index.put([entry("a", "giấy phép"), entry("b", "giấy", title="phép"), entry("c", "giấy khai sinh")])

        assert ids(index.search(Query((*words("giấy"), *words("phep", excluded=True))))) == ["c"]

    def test_an_excluded_word_with_marks_hides_no_other_word(self, index: SearchIndex) -> None:
        index.put([entry("a", "thửa đất"), entry("b", "kết quả đạt"), entry("c", "tien dat")])

        assert ids(index.search(Query(words("đất", excluded=True)))) == ["b", "c"]
        assert ids(index.search(Query(words("dat", excluded=True)))) == []

    def test_an_excluded_phrase_leaves_its_words_elsewhere_alone(self, index: SearchIndex) -> None:
        index.put([entry("a", "giấy phép"), entry("b", "phép giấy")])

        assert ids(index.search(Query((*words("giấy"), phrase("giấy phép", excluded=True))))) == ["b"]

    def test_exclusion_alone_gives_all_the_others(self, index: SearchIndex) -> None:
        index.put([entry("a", "giấy"), entry("b", "phép")])

        assert ids(index.search(Query(words("giấy", excluded=True)))) == ["b"]

    # Official numbers

    def test_its_own_number_comes_before_mentions(self, index: SearchIndex) -> None:
        index.put(
            [
                entry("a", "Căn cứ Quyết định số 0123/QĐ-UBND " * 9),
                entry("b", "không đọc được số", number_key="123 qd ubnd"),
                entry("c", "123/QD-UBND", title="Quyết định 123/QĐ-UBND"),
                entry("d", "1123/QĐ-UBND, 123/QĐ-SXD, UBND 123", number_key="123 qd sxd"),
            ]
        )
        hits = index.search(Query((number("123 qd ubnd"),)))

        assert ids(hits)[0] == "b"
        assert sorted(ids(hits)) == ["a", "b", "c"]

    def test_its_own_number_comes_before_any_exact_marks(self, index: SearchIndex) -> None:
        index.put(
            [
                entry("a", "giấy phép xây dựng 123/QĐ-UBND " * 9, title="giấy phép xây dựng"),
                entry("b", "giay phep xay dung", number_key="123 qd ubnd"),
            ]
        )

        assert ids(index.search(Query((*words("giấy phép xây dựng"), number("123 qd ubnd"))))) == ["b", "a"]

    def test_a_number_can_be_excluded(self, index: SearchIndex) -> None:
        index.put([entry("a", number_key="123 qd ubnd"), entry("b", "số 123/QĐ-UBND"), entry("c", "số 124/QĐ-UBND")])

        assert ids(index.search(Query((number("123 qd ubnd", excluded=True),)))) == ["c"]

    # Filters

    def test_kind_and_batch_are_matched_whole(self, index: SearchIndex) -> None:
        index.put([entry("a", kind="giay-phep", batch="Hộp 1"), entry("b", kind="giay-phep-xay-dung", batch="Hộp 12")])

        assert ids(index.search(Query(kind="giay-phep"))) == ["a"]
        assert ids(index.search(Query(batch="Hộp 1"))) == ["a"]
        assert ids(index.search(Query(batch=unicodedata.normalize("NFD", "Hộp 12")))) == ["b"]
        assert ids(index.search(Query(batch="hộp"))) == []

    @pytest.mark.parametrize("asked", ["Hoa Lư", "hoa lu", "lư HOA"])
    def test_an_agency_is_found_by_words_of_its_name(self, index: SearchIndex, asked: str) -> None:
        index.put([entry("a", agency="UBND thành phố Hoa Lư"), entry("b", "Hoa Lư", agency="UBND xã Gia Hoà")])

        assert ids(index.search(Query(agency=asked))) == ["a"]

    def test_a_holder_is_found_by_words_of_the_name_exact_marks_first(self, index: SearchIndex) -> None:
        index.put(
            [
                entry("a", holder_name="Nguyễn Văn Mẩu"),
                entry("b", holder_name="NGUYỄN VĂN MẪU"),
                entry("c", "Nguyễn Văn Mẫu", holder_name="Trần Thị Thử"),
            ]
        )

        assert ids(index.search(Query(holder="nguyễn mẫu"))) == ["b", "a"]
        assert ids(index.search(Query(holder="nguyen van mau"))) == ["a", "b"]

    def test_a_holder_id_is_matched_exactly(self, index: SearchIndex) -> None:
        index.put(
            [entry("a", holder_id="037085000001"), entry("b", holder_id="37085000001"), entry("c", "037085000001")]
        )

        assert ids(index.search(Query(holder_id="037085000001"))) == ["a"]
        assert ids(index.search(Query(holder_id="03708500000"))) == []

    @pytest.mark.parametrize(
        ("first", "last", "expected"),
        [
            ("2021-03-05", "2021-03-05", ["day", "month", "year"]),
            ("2021-03-06", "2021-03-31", ["month", "year"]),
            ("2021-04-01", None, ["later", "year"]),
            (None, "2021-02-28", ["year"]),
            (None, "2020-12-31", []),
            ("2022-01-01", "2022-12-31", ["later"]),
            ("2020-01-01", "2030-01-01", ["day", "later", "month", "year"]),
        ],
    )
    def test_dates_match_by_overlap_and_never_where_there_is_none(
        self, index: SearchIndex, first: str | None, last: str | None, expected: list[str]
    ) -> None:
        index.put(
            [
                entry("day", issued_from="2021-03-05", issued_to="2021-03-05"),
                entry("month", issued_from="2021-03-01", issued_to="2021-03-31"),
                entry("year", issued_from="2021-01-01", issued_to="2021-12-31"),
                entry("later", issued_from="2022-06-01", issued_to="2022-06-01"),
                entry("undated", "năm 2021"),
            ]
        )

        assert ids(index.search(Query(issued_from=first, issued_to=last))) == expected

    def test_all_filters_and_words_must_hold(self, index: SearchIndex) -> None:
        index.put(
            [
                entry("a", "giấy", kind="k", holder_name="Lê Thử", issued_from="2021-01-01", issued_to="2021-01-01"),
                entry("b", "giấy", kind="k", holder_name="Lê Thử"),
                entry("c", "giấy", kind="k", issued_from="2021-01-01", issued_to="2021-01-01"),
                entry("d", "phép", kind="k", holder_name="Lê Thử", issued_from="2021-01-01", issued_to="2021-01-01"),
            ]
        )

        assert ids(index.search(Query(words("giấy"), kind="k", holder="Lê", issued_from="2020-01-01"))) == ["a"]

    # Order and pages

    def test_by_date_the_newest_comes_first_and_no_date_last(self, index: SearchIndex) -> None:
        index.put(
            [
                entry("undated", "giấy giấy giấy"),
                entry("old", "giấy", issued_from="1999-12-31", issued_to="1999-12-31"),
                entry("new", "giấy", issued_from="2021-03-05", issued_to="2021-03-05"),
                entry("year", "giấy", issued_from="2021-01-01", issued_to="2021-12-31"),
                entry("new too", "giấy", issued_from="2021-03-05", issued_to="2021-03-05"),
            ]
        )

        assert ids(index.search(Query(words("giấy"), sort=Sort.DATE))) == ["new", "new too", "year", "old", "undated"]

    @pytest.mark.parametrize("sort", list(Sort))
    @pytest.mark.parametrize("asked", ["", "giấy", "giấy phép"])
    @pytest.mark.parametrize("limit", [1, 3, 7, 25])
    def test_pages_hold_every_hit_once(self, index: SearchIndex, sort: Sort, asked: str, limit: int) -> None:
        for group in range(3):  # commits of their own: an engine may keep them in segments of their own
            index.put(
                [
                    entry(
                        f"{group}{i}",
                        "giấy phép " * (i % 4 + 1),
                        issued_from=f"202{i % 3}-01-01",
                        issued_to="2029-01-01",
                    )
                    for i in range(7)
                ]
            )
        whole = index.search(Query(words(asked), sort=sort, limit=100))
        pages = all_pages(index, Query(words(asked), sort=sort, limit=limit))

        assert [id_ for page in pages for id_ in ids(page)] == ids(whole)
        assert len(set(ids(whole))) == 21
        assert {page.total for page in pages} == {21}
        assert all(len(page.hits) == limit for page in pages[:-1])

    def test_the_last_page_has_no_cursor(self, index: SearchIndex) -> None:
        index.put([entry("a"), entry("b")])

        assert index.search(Query(limit=1)).cursor is not None
        assert index.search(Query(limit=2)).cursor is None

    def test_a_page_may_have_another_size_than_the_one_before(self, index: SearchIndex) -> None:
        index.put([entry(id_) for id_ in "abcd"])
        first = index.search(Query(limit=1))

        assert ids(index.search(Query(limit=3, cursor=first.cursor))) == ["b", "c", "d"]

    @pytest.mark.parametrize(
        "other", [Query(words("phép")), Query(words("giấy"), kind="k"), Query(words("giấy"), sort=Sort.DATE), Query()]
    )
    def test_a_cursor_is_refused_for_another_query(self, index: SearchIndex, other: Query) -> None:
        index.put([entry("a", "giấy phép", kind="k"), entry("b", "giấy phép", kind="k")])
        cursor = index.search(Query(words("giấy"), limit=1)).cursor

        with pytest.raises(BadQuery, match="another search"):
            index.search(replace(other, limit=1, cursor=cursor))

    @pytest.mark.parametrize("cursor", ["", "x", "nonsense", "AAAA", "é"])
    def test_a_damaged_cursor_is_refused(self, index: SearchIndex, cursor: str) -> None:
        with pytest.raises(BadQuery, match="cursor"):
            index.search(Query(cursor=cursor))

    @pytest.mark.parametrize("limit", [0, -1, 100_000])
    def test_a_page_of_no_sensible_size_is_refused(self, index: SearchIndex, limit: int) -> None:
        with pytest.raises(BadQuery, match="page of hits"):
            index.search(Query(limit=limit))

    # Facets

    def test_facets_count_all_hits_most_frequent_first(self, index: SearchIndex) -> None:
        issued = {"issued_from": "2021-03-05", "issued_to": "2021-03-05"}
        index.put(
            [
                entry("a", "giấy", kind="giay-phep", agency="UBND tỉnh", batch="Hộp 1", **issued),
                entry("b", "giấy", kind="giay-phep", agency="Sở Xây dựng", batch="Hộp 2", **issued),
                entry("c", "giấy", kind="ban-sao", agency="Sở Xây dựng", batch="Hộp 2"),
                entry("d", "giấy", batch="Hộp 2", issued_from="1999-01-01", issued_to="1999-12-31"),
                entry("e", "khác", kind="ban-sao", batch="Hộp 9"),
            ]
        )

        assert index.search(Query(words("giấy"), limit=1)).facets == {
            "kind": (("giay-phep", 2), ("ban-sao", 1)),
            "agency": (("Sở Xây dựng", 2), ("UBND tỉnh", 1)),
            "year": (("2021", 2), ("1999", 1)),
            "batch": (("Hộp 2", 3), ("Hộp 1", 1)),
        }

    # Versions

    def test_a_newer_version_replaces_the_older_one(self, index: SearchIndex) -> None:
        index.put([entry("a", "cũ")])
        index.put([entry("a", "mới", version=2)])

        assert self.found(index, "cũ") == []
        assert [(hit.id, hit.version) for hit in index.search(Query(words("mới"))).hits] == [("a", 2)]

    def test_an_older_version_never_wins(self, index: SearchIndex) -> None:
        index.put([entry("a", "mới", version=10)])
        index.put([entry("a", "cũ", version=9)])

        assert self.found(index, "mới") == ["a"]
        assert self.found(index, "cũ") == []

    @pytest.mark.parametrize("versions", [(1, 2), (2, 1), (1, 3, 2), (3, 1, 2)])
    def test_the_order_within_one_put_does_not_matter(self, index: SearchIndex, versions: tuple[int, ...]) -> None:
        index.put([entry("a", f"bản{version}", version=version) for version in versions])

        assert index.search(Query()).total == 1
        assert self.found(index, f"bản{max(versions)}") == ["a"]

    def test_the_same_version_again_stays_one_record(self, index: SearchIndex) -> None:
        index.put([entry("a", "giấy"), entry("b", "giấy")])
        index.put([entry("a", "giấy")])

        assert index.search(Query(words("giấy"))).total == 2

    def test_what_is_hidden_is_found_by_nothing(self, index: SearchIndex) -> None:
        said = {"kind": "giay-phep", "agency": "Sở Xây dựng", "number_key": "1 gp", "issued_from": "2021-01-01"}
        index.put([entry("a", "giấy phép", holder_id="1", **said), entry("b", "giấy khác")])
        index.put([IndexEntry.hidden_entry("a", 2)])

        assert self.found(index, "giấy") == ["b"]
        for query in (
            Query(kind="giay-phep"),
            Query(agency="xây"),
            Query(holder_id="1"),
            Query((number("1 gp"),)),
            Query((phrase("giấy phép"),)),
            Query(issued_from="2020-01-01"),
            Query((number("1 gp"),), batch="Hộp 12"),
        ):
            assert index.search(query).total == 0
        assert (ids(index.search(Query())), index.search(Query()).total) == (["b"], 1)
        assert ids(index.search(Query(words("phép", excluded=True)))) == ["b"]
        assert ids(index.search(Query(sort=Sort.DATE))) == ["b"]
        assert index.search(Query()).facets["batch"] == (("Hộp 12", 1),)
        assert index.search(Query()).facets["kind"] == ()

    def test_no_older_version_brings_back_what_is_hidden_and_a_newer_one_does(self, index: SearchIndex) -> None:
        index.put([IndexEntry.hidden_entry("a", 2)])
        index.put([entry("a", "giấy phép")])

        assert self.found(index, "giấy") == []
        assert index.missing({"a": 2}) == set()
        index.put([entry("a", "giấy phép", version=3)])
        assert self.found(index, "giấy") == ["a"]

    def test_what_is_hidden_stays_hidden_when_everything_is_replaced(self, index: SearchIndex) -> None:
        index.put([entry("a", "giấy phép")])
        index.replace_all([IndexEntry.hidden_entry("a", 2), entry("b", "giấy")])

        assert self.found(index, "giấy") == ["b"]
        assert index.missing({"a": 2, "b": 1}) == set()

    def test_whoever_compares_an_index_sees_what_is_hidden_too(self, index: SearchIndex) -> None:
        index.put([IndexEntry.hidden_entry("a", 2), entry("b", "giấy")])

        assert ids(index.search(Query(hidden=True))) == ["a", "b"]

    def test_missing_is_what_is_not_there_in_that_version(self, index: SearchIndex) -> None:
        index.put([entry("a", version=2), entry("b", version=1)])

        assert index.missing({}) == set()
        assert index.missing({"a": 1, "b": 1}) == set()
        assert index.missing({"a": 2, "b": 2, "c": 1}) == {"b", "c"}

    def test_missing_answers_for_many_at_once(self, index: SearchIndex) -> None:
        index.put([entry(f"{i:04}") for i in range(0, 1200, 2)])

        assert index.missing({f"{i:04}": 1 for i in range(1200)}) == {f"{i:04}" for i in range(1, 1200, 2)}

    # Replacing everything

    def test_replacing_everything_leaves_nothing_old(self, index: SearchIndex) -> None:
        index.put([entry("a", "cũ", version=5)])
        index.replace_all([entry("b", "mới"), entry("a", "mới", version=4)])

        assert self.found(index, "cũ") == []
        assert self.found(index, "mới") == ["a", "b"]
        assert index.missing({"a": 5, "b": 1}) == {"a"}

    def test_replacing_everything_is_invisible_until_it_is_complete(self, index: SearchIndex) -> None:
        index.put([entry("a", "cũ")])
        seen = []

        def entries() -> Iterator[IndexEntry]:
            for i in range(3):
                yield entry(f"n{i}", "mới")
                seen.append((self.found(index, "cũ"), self.found(index, "mới")))

        index.replace_all(entries())

        assert seen == [(["a"], [])] * 3
        assert self.found(index, "mới") == ["n0", "n1", "n2"]

    def test_a_replacement_that_fails_leaves_the_old_index_serving(self, index: SearchIndex) -> None:
        index.put([entry("a", "cũ")])

        def entries() -> Iterator[IndexEntry]:
            yield entry("b", "mới")
            raise StoreUnavailable("the store went away")

        with pytest.raises(StoreUnavailable):
            index.replace_all(entries())
        assert ids(index.search(Query())) == ["a"]
        index.put([entry("c", "sau")])
        assert ids(index.search(Query())) == ["a", "c"]

    def test_everything_may_be_replaced_by_nothing(self, index: SearchIndex) -> None:
        index.put([entry("a")])
        index.replace_all(())

        assert index.search(Query()).total == 0

    def test_what_is_put_after_a_replacement_is_found(self, index: SearchIndex) -> None:
        index.replace_all([entry("a", "giấy")])
        index.put([entry("b", "giấy")])

        assert self.found(index, "giấy") == ["a", "b"]
