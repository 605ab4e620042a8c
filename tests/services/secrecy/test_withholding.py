"""One person takes a record out of sight at once; only two bring it back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archive.errors import IndexUnavailable, PageUnreadable, RequestRefused, VersionConflict
from archive.index.embedded.page_table import SqlitePageTable
from archive.index.embedded.search import EmbeddedIndex
from archive.model.counting import CountQuery
from archive.model.image import PageImage
from archive.model.pages import PageText
from archive.model.results import Actor, Problem, RecordState, ResultRecord
from archive.services.audit.recount import measure_scan
from archive.services.derived.catch_up import CatchUp
from archive.services.derived.comparison import Comparison
from archive.services.derived.publisher import Publisher
from archive.services.derived.run_locks import Runs
from archive.services.exchange.export import export
from archive.services.preservation.copy import Copying, CopyProgress
from archive.services.preservation.reconcile import Reconciling
from archive.services.preservation.verify import Maintenance
from archive.services.search.query import parse_query
from archive.services.search.search import Search
from archive.services.secrecy.withhold import Withholding
from archive.store import keys
from archive.store.backends.folder import FolderStore
from archive.store.integrity import read_whole
from archive.store.vault import Vault
from archive.store.verify.check import Check
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.whole_import import EchoEngine, draw_batch, draw_page, make_intake, run_import

THU, MINH, LAN = Actor("os:thu"), Actor("os:minh"), Actor("os:lan")


@dataclass(frozen=True)
class Home:
    """An archive with a batch: two results, one of them twice."""

    home: Path

    @property
    def vault(self) -> Vault:
        return Vault(FolderStore(self.home / "vault"))

    @property
    def index(self) -> EmbeddedIndex:
        return EmbeddedIndex(self.home / "index" / "search")

    @property
    def table(self) -> SqlitePageTable:
        return SqlitePageTable(self.home / "index" / "pages.sqlite")

    @property
    def catch_up(self) -> CatchUp:
        return CatchUp(self.vault, self.index, self.table, self.home / "index" / "caught-up")

    @property
    def maintenance(self) -> Maintenance:
        return Maintenance(self.vault, self.index, self.table, self.catch_up)

    @property
    def search(self) -> Search:
        return Search(self.vault, self.index)

    def of(self, actor: Actor) -> Withholding:
        """Return the service as ``actor`` uses it."""
        publisher = Publisher(self.catch_up, Runs(self.home / "running"))
        return Withholding(self.vault, publisher, actor, lambda: makers.AT, "test")

    def record(self, id_: str) -> ResultRecord:
        record = self.vault.head(id_)
        assert record is not None
        return record

    def found(self, words: str = "") -> list[str]:
        return [hit.record.id for hit in self.search.search(parse_query(words)).found]

    def payable(self) -> int:
        return sum(tally.pages for tally in self.table.tally(CountQuery()))


@dataclass(frozen=True)
class GivingUp(EchoEngine):
    """Reads no page."""

    def read(self, image: PageImage) -> PageText:
        """Give up."""
        raise PageUnreadable("gave up")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An archive that took in a batch."""
    home = Home(tmp_path / "home")
    draw_batch(tmp_path / "scans")
    run_import(make_intake(home.home, home.vault.store), tmp_path / "scans")
    return home


@pytest.fixture
def id_(home: Home) -> str:
    """The id of the result that was given twice."""
    return keys.result_id(keys.digest_of((home.home.parent / "scans" / "a.png").read_bytes()), 1)


def test_what_is_withheld_is_found_no_more_and_its_pages_are_counted(home: Home, id_: str) -> None:
    before = home.payable()
    assert id_ in home.found("giấy phép")
    done = home.of(THU).withhold(id_, "bears a secret mark")

    assert done.unpublished is None
    assert (done.record.state, done.record.version) == (RecordState.WITHHELD, 2)
    found = home.search.search(parse_query("giấy phép"))
    assert id_ not in [hit.record.id for hit in found.found]
    assert (found.total, found.gone) == (1, 0)
    assert home.payable() == before


def test_nothing_of_it_is_handed_out(home: Home, id_: str, tmp_path: Path) -> None:
    withheld = home.of(THU).withhold(id_, "secret").record

    with pytest.raises(RequestRefused, match=r"is withheld: nothing of it is handed out"):
        list(home.search.pages(withheld))
    with (tmp_path / "out").open("wb") as out, pytest.raises(RequestRefused, match="is withheld"):
        home.search.write_original(withheld, 1, out)
    with pytest.raises(RequestRefused, match="is withheld"):
        home.search.link(withheld, 1)


def test_an_export_says_that_it_is_withheld_and_no_more(home: Home, id_: str) -> None:
    home.of(THU).withhold(id_, "names Nguyễn Văn Mẫu")
    (line,) = (line for line in export(home.vault) if line["id"] == id_)

    assert (line["state"], line["version"]) == ("withheld", 2)
    assert (line["kind"], line["parts"], line["fields"], line["pages"], line["problems"]) == (None, [], {}, [], [])
    assert "Mẫu" not in str(line)


def test_it_stays_out_of_sight_after_a_rebuild_and_a_catch_up(home: Home, id_: str) -> None:
    home.of(THU).withhold(id_, "secret")

    rebuilt = home.maintenance.reindex()
    assert (rebuilt.records, rebuilt.unreadable) == (1, ())
    assert id_ not in home.found("giấy phép")
    home.catch_up.run()
    assert id_ not in home.found("giấy phép")
    assert home.search.search(parse_query("")).total == 1
    assert list(Comparison(home.vault, home.index, home.table).run()) == []
    assert Reconciling(home.vault, home.index, home.table, home.catch_up, home.maintenance).compare().derived == 0


def test_an_index_that_knows_the_open_version_is_mended_from_the_vault(home: Home, id_: str) -> None:
    """As after a run that was killed between truth and index."""
    known = home.record(id_)
    home.vault.append_record(replace(known, version=2, state=RecordState.WITHHELD))
    home.catch_up.run()
    assert home.search.search(parse_query("giấy phép")).total == 1


def test_a_home_that_has_not_heard_of_a_withholding_does_not_tell_that_there_was_a_hit(home: Home, id_: str) -> None:
    """As after a withholding from another home: neither the number of hits nor a facet counts it."""
    before = home.search.search(parse_query("giấy phép"))
    assert (before.total, before.facets["batch"]) == (2, (("Hộp 1", 2),))
    home.vault.append_record(replace(home.record(id_), version=2, state=RecordState.WITHHELD))
    found = home.search.search(parse_query("giấy phép"))

    assert (found.total, len(found.found), found.gone, found.unreadable) == (1, 1, 0, ())
    assert found.facets["batch"] == (("Hộp 1", 1),)

    (other,) = found.found
    home.vault.append_record(replace(home.record(other.record.id), version=2, state=RecordState.WITHHELD))
    found = home.search.search(parse_query("giấy phép"))
    assert (found.total, found.found, found.gone) == (0, (), 0)
    assert set(found.facets.values()) == {()}


def test_a_second_import_of_the_same_paper_neither_brings_it_back_nor_opens_it(
    home: Home, id_: str, tmp_path: Path
) -> None:
    home.of(THU).withhold(id_, "secret")
    again = tmp_path / "again"
    again.mkdir()
    (again / "other name.png").write_bytes((tmp_path / "scans" / "a.png").read_bytes())
    summary = run_import(make_intake(home.home, home.vault.store), again, "Hộp 2")
    run_import(make_intake(home.home, home.vault.store), tmp_path / "scans", retry=True)

    assert summary.fresh == {"duplicate": 1}
    assert [(one.path, one.problem.code, one.problem.record) for one in summary.problems] == [
        ("other name.png", "record_withheld", id_)
    ]
    assert summary.needs_person
    assert (home.record(id_).state, home.record(id_).version) == (RecordState.WITHHELD, 2)
    assert id_ not in home.found()


def test_a_retry_leaves_alone_what_is_withheld_though_pages_of_it_failed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    (tmp_path / "scans").mkdir()
    draw_page(1).save(tmp_path / "scans" / "a.png", dpi=(50, 50))
    intake = make_intake(home.home, home.vault.store, engine=GivingUp())
    run_import(intake, tmp_path / "scans")
    (head,) = home.vault.heads()
    home.of(THU).withhold(head.id, "secret")
    run_import(make_intake(home.home, home.vault.store), tmp_path / "scans", retry=True)

    assert (home.record(head.id).state, home.record(head.id).version) == (RecordState.WITHHELD, 2)


def test_two_people_lift_it(home: Home, id_: str) -> None:
    home.of(THU).withhold(id_, "secret")
    asked = home.of(THU).lift(id_, "it was a false alarm").record
    assert asked.state is RecordState.WITHHELD
    assert id_ not in home.found()
    with pytest.raises(RequestRefused, match=r"os:thu asked already .* another person"):
        home.of(THU).lift(id_, "really")
    with pytest.raises(RequestRefused, match="os:thu asked already"):
        home.of(Actor("os:thu", "under another name")).lift(id_, "really")
    lifted = home.of(MINH).lift(id_, "I looked too").record

    assert (lifted.state, lifted.version) == (RecordState.KEPT, 4)
    assert lifted.fields == home.record(id_).fields
    assert id_ in home.found("giấy phép")
    assert [
        (one.provenance.actor.identity, one.provenance.action, one.provenance.reason)
        for one in home.search.history(lifted)
    ][1:] == [
        ("os:thu", "withheld", "secret"),
        ("os:thu", "lift_asked", "it was a false alarm"),
        ("os:minh", "lifted", "I looked too"),
    ]


def test_who_objects_to_a_lift_that_is_asked_for_ends_that(home: Home, id_: str) -> None:
    home.of(THU).withhold(id_, "secret")
    home.of(THU).lift(id_, "false alarm")
    home.of(LAN).withhold(id_, "no, it is secret")
    asked = home.of(MINH).lift(id_, "false alarm")

    assert asked.record.provenance.action == "lift_asked"
    assert home.record(id_).state is RecordState.WITHHELD


@pytest.mark.parametrize("harmed", ["original", "reading"])
def test_what_is_damaged_stays_withheld(home: Home, id_: str, harmed: str) -> None:
    home.of(THU).withhold(id_, "secret")
    home.of(THU).lift(id_, "false alarm")
    part = home.record(id_).parts[0]
    key = {
        "original": keys.content_key(part.sha256),
        "reading": keys.reading_key(part.sha256, part.fingerprint, part.attempt),
    }[harmed]
    file = home.home / "vault" / key
    whole = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    with pytest.raises(RequestRefused, match=r"damaged: it stays withheld; run `archive verify`"):
        home.of(MINH).lift(id_, "false alarm")
    assert home.record(id_).state is RecordState.WITHHELD
    file.write_bytes(whole)
    assert home.of(MINH).lift(id_, "false alarm").record.state is RecordState.KEPT


def test_what_was_replaced_is_replaced_again_when_lifted(home: Home, id_: str) -> None:
    home.vault.append_record(replace(home.record(id_), version=2, state=RecordState.REPLACED, replaced_by="f" * 32))
    home.of(THU).withhold(id_, "secret")
    home.of(THU).lift(id_, "false alarm")

    lifted = home.of(MINH).lift(id_, "false alarm").record
    assert (lifted.state, lifted.replaced_by) == (RecordState.REPLACED, "f" * 32)


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "\x1b[2J", "x" * 501])
def test_a_reason_is_one_line(home: Home, id_: str, reason: str) -> None:
    with pytest.raises(RequestRefused, match="a reason is one line"):
        home.of(THU).withhold(id_, reason)
    assert home.record(id_).version == 1


def test_only_what_makes_sense_is_done(home: Home, id_: str) -> None:
    with pytest.raises(RequestRefused, match="is not withheld"):
        home.of(THU).lift(id_, "why not")
    home.of(THU).withhold(id_[:8].upper(), "secret")
    with pytest.raises(RequestRefused, match="is withheld already"):
        home.of(MINH).withhold(id_, "secret too")
    with pytest.raises(RequestRefused, match="no record id"):
        home.of(THU).withhold("xyz", "secret")


def test_a_destroyed_record_is_not_withheld(home: Home, id_: str) -> None:
    home.vault.append_record(
        replace(home.record(id_), version=2, state=RecordState.TOMBSTONE, parts=(), fields={}, problems=())
    )
    with pytest.raises(RequestRefused, match="is destroyed"):
        home.of(THU).withhold(id_, "secret")


def test_a_problem_comes_with_it_once(home: Home, id_: str) -> None:
    problem = Problem("secret_kept", page=1)
    home.of(THU).withhold(id_, "secret", problem)
    home.of(THU).lift(id_, "false alarm")
    home.of(MINH).withhold(id_, "secret", problem)

    assert [one.code for one in home.record(id_).problems].count("secret_kept") == 1


def test_a_reason_lies_in_the_body_alone(home: Home, id_: str) -> None:
    home.of(THU).withhold(id_, "names Nguyễn Văn Mẫu")
    heads = b"".join(read_whole(home.vault.store, key) for key in home.vault.store.keys("records/"))

    assert "Mẫu".encode() not in heads
    assert home.record(id_).provenance.reason == "names Nguyễn Văn Mẫu"


def test_it_is_withheld_though_the_index_is_away_and_the_next_search_catches_up(
    home: Home, id_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(EmbeddedIndex, "put", _refuse)
        done = home.of(THU).withhold(id_, "secret")
    assert isinstance(done.unpublished, IndexUnavailable)
    assert id_ not in home.found("giấy phép")

    home.catch_up.ensure_current(Runs(home.home / "running"))
    assert home.search.search(parse_query("giấy phép")).total == 1


def test_a_version_that_comes_in_between_is_withheld_too(home: Home, id_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    append = Vault.append_record
    raced = iter([True])

    def slower(vault: Vault, record: ResultRecord) -> ResultRecord:
        if next(raced, False):
            append(vault, replace(home.record(id_), version=2))
            raise VersionConflict("somebody was faster")
        return append(vault, record)

    monkeypatch.setattr(Vault, "append_record", slower)
    assert home.of(THU).withhold(id_, "secret").record.version == 3


def _refuse(*_: object) -> None:
    raise IndexUnavailable("away")


class TestCopies:
    """A copy leaves out what is withheld, and says so; it is whole all the same."""

    def copied(self, home: Home, target: MemoryStore) -> CopyProgress:
        """Copy the vault; return the sum."""
        *_, done = Copying(home.vault.store, target).run()
        assert isinstance(done, CopyProgress)
        return done

    def test_a_new_copy_lacks_it_and_verifies(self, home: Home, id_: str) -> None:
        home.of(THU).withhold(id_, "names Nguyễn Văn Mẫu")
        target = MemoryStore()
        done = self.copied(home, target)

        part = home.record(id_).parts[0]
        assert keys.content_key(part.sha256) not in target.objects
        assert list(target.keys(keys.reading_prefix(part.sha256, part.fingerprint))) == []
        assert not any("Mẫu".encode() in data for data in target.objects.values())
        assert (done.left_out, done.exposed, done.damaged) == (4, 0, 0)
        check = Check(target)
        assert list(check.run()) == []
        assert check.report.withheld > 0

    def test_what_is_restored_from_a_copy_says_that_it_is_withheld(self, home: Home, id_: str, tmp_path: Path) -> None:
        home.of(THU).withhold(id_, "secret")
        (tmp_path / "other").mkdir()
        other = Home(tmp_path / "other")
        list(Copying(home.vault.store, other.vault.store).run())

        assert other.maintenance.reindex().unreadable == ()
        assert id_ not in other.found()
        assert other.payable() == home.payable()
        assert [one.state.value for one in other.search.history(other.record(id_))] == ["kept", "withheld"]
        (line,) = (line for line in export(other.vault) if line["id"] == id_)
        assert line["state"] == "withheld"
        record = other.record(id_)
        measured = measure_scan(other.vault, record.batch, record.provenance.line, record.parts[0].sha256)
        assert measured.reason is not None
        assert measured.reason.startswith("Its record is withheld")
        other.of(THU).lift(id_, "false alarm")
        with pytest.raises(RequestRefused, match="lift it in the archive that it was copied from"):
            other.of(MINH).lift(id_, "false alarm")

    def test_an_earlier_copy_keeps_what_it_has_and_that_is_said(self, home: Home, id_: str) -> None:
        target = MemoryStore()
        self.copied(home, target)
        home.of(THU).withhold(id_, "secret")
        done = self.copied(home, target)

        assert (done.left_out, done.exposed) == (1, 3)  # the new body; original, reading, first body
        assert list(Check(target).run()) == []

    def test_what_is_lifted_is_copied_again(self, home: Home, id_: str) -> None:
        target = MemoryStore()
        home.of(THU).withhold(id_, "secret")
        self.copied(home, target)
        home.of(THU).lift(id_, "false alarm")
        home.of(MINH).lift(id_, "false alarm")
        done = self.copied(home, target)

        assert (done.left_out, done.exposed) == (0, 0)
        assert sorted(target.objects) == sorted(home.vault.store.keys())
        check = Check(target)
        assert list(check.run()) == []
        assert check.report.withheld == 0

    def test_what_is_missing_of_other_records_is_missing(self, home: Home, id_: str) -> None:
        home.of(THU).withhold(id_, "secret")
        target = MemoryStore()
        self.copied(home, target)
        other = next(record for record in home.vault.heads() if record.id != id_)
        del target.objects[keys.content_key(other.parts[0].sha256)]

        assert {finding.code for finding in Check(target).run()} == {"missing"}
