"""A doctor looks at everything, hides nothing behind a failure, and names the gravest."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from archive.errors import EngineUnavailable, Exit, IndexUnavailable, SettingsError, WorkersUnavailable
from archive.index.embedded.page_table import SqlitePageTable
from archive.index.embedded.search import EmbeddedIndex
from archive.model.diagnosis import HealthCheck
from archive.services.derived.catch_up import CatchUp
from archive.services.health.doctor import CheckResult, Doctor, LocalPaths, exit_code_of
from archive.store.vault import Vault
from tests.doubles import false_stores
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import fill

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def _room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disks with room, whatever the one under the tests is like."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 40, 0, 1 << 40))


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """An archive that is well."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    store = MemoryStore()
    fill(store)
    index, table = EmbeddedIndex(home / "search"), SqlitePageTable(home / "pages.sqlite")
    CatchUp(Vault(store), index, table, home / "caught-up").run()
    return Doctor(
        paths=LocalPaths(home, home / "settings.toml", (), None, home / "index"),
        store=lambda: store,
        index=lambda: index,
        table=lambda: table,
        engine=lambda: "knowing-1",
        workers=InlineWorkers,
        large_bytes=1 << 20,
    )


def examined(doctor: Doctor) -> list[CheckResult]:
    return list(doctor.health_checks())


def unwell(seen: list[CheckResult]) -> list[tuple[str, str]]:
    return [(one.part, one.check.name) for one in seen if not one.check.ok]


def failing(error: Exception) -> Any:
    def fail() -> Any:
        raise error

    return fail


def test_an_archive_that_is_well_has_nothing_to_mend(doctor: Doctor) -> None:
    seen = examined(doctor)

    assert unwell(seen) == []
    assert exit_code_of(seen) is Exit.OK
    parts = dict.fromkeys(one.part for one in seen)
    assert list(parts) == ["home", "store", "search index", "page table", "agreement", "reader", "workers"]


@pytest.mark.parametrize(
    ("part", "broken", "code"),
    [
        ("store", {"store": failing(SettingsError("there is no bucket archive"))}, Exit.SETTINGS),
        ("store", {"store": false_stores.Away}, Exit.STORE),
        ("store", {"store": false_stores.Truncating}, Exit.STORE),
        ("search index", {"index": failing(IndexUnavailable("nobody answers"))}, Exit.INDEX),
        ("page table", {"table": failing(IndexUnavailable("nobody answers"))}, Exit.INDEX),
        ("reader", {"engine": failing(EngineUnavailable("no language data"))}, Exit.SETTINGS),
        ("workers", {"workers": failing(WorkersUnavailable("nobody answers"))}, Exit.SETTINGS),
    ],
)
def test_one_failure_is_said_with_its_code_and_hides_no_other_part(
    part: str, broken: dict[str, Any], code: Exit, doctor: Doctor
) -> None:
    seen = examined(replace(doctor, **broken))

    assert part in {name for name, _ in unwell(seen)}
    assert exit_code_of([one for one in seen if one.part == part]) is code
    assert {"home", "store", "search index", "page table", "reader", "workers"} <= {one.part for one in seen}


def test_the_store_is_graver_than_settings_and_these_than_the_index(doctor: Doctor) -> None:
    no_index = replace(doctor, index=failing(IndexUnavailable("away")))
    no_reader = replace(no_index, engine=failing(EngineUnavailable("away")))
    no_store = replace(no_reader, store=false_stores.Away)

    assert [exit_code_of(examined(one)) for one in (no_index, no_reader, no_store)] == [
        Exit.INDEX,
        Exit.SETTINGS,
        Exit.STORE,
    ]


def test_what_is_away_is_not_waited_for_again_when_index_and_vault_are_compared(doctor: Doctor) -> None:
    seen = examined(replace(doctor, index=failing(IndexUnavailable("away"))))

    assert unwell(seen) == [("search index", "reachable")]


def test_a_home_open_to_others_is_to_be_closed(doctor: Doctor) -> None:
    doctor.paths.home.chmod(0o755)
    (one,) = [one for one in examined(doctor) if not one.check.ok]

    assert (one.part, one.check.advice, one.code) == ("home", f"chmod 700 {doctor.paths.home}", Exit.SETTINGS)


@pytest.mark.parametrize(("mode", "well"), [(0o600, True), (0o644, False), (0o640, False)])
def test_a_settings_file_with_secrets_is_its_owners_alone(mode: int, well: bool, doctor: Doctor) -> None:
    doctor.paths.settings_file.write_text('[elastic]\napi_key = "k"\n')
    doctor.paths.settings_file.chmod(mode)
    seen = examined(replace(doctor, paths=replace(doctor.paths, secrets=("elastic.api_key",))))

    assert unwell(seen) == ([] if well else [("home", "secrets")])


def test_a_settings_file_without_secrets_may_be_read_by_anyone(doctor: Doctor) -> None:
    doctor.paths.settings_file.write_text("commit_every = 100\n")
    doctor.paths.settings_file.chmod(0o644)

    assert unwell(examined(doctor)) == []


def test_a_full_disk_is_said_before_an_import_stops(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1 << 40, 0, 1 << 20))

    assert unwell(examined(doctor)) == [("home", "disk")]


def test_a_store_folder_that_is_not_mounted_is_not_made(doctor: Doctor, tmp_path: Path) -> None:
    folder = tmp_path / "nas" / "vault"
    seen = examined(replace(doctor, paths=replace(doctor.paths, store_folder=folder)))

    assert unwell(seen) == [("store", "reachable")]
    assert exit_code_of(seen) is Exit.STORE
    assert not folder.parent.exists()


def test_what_index_and_table_lack_is_counted(doctor: Doctor) -> None:
    fill(doctor.store(), ("ba",), batch="Hộp 13")
    signs = {one.check.name: one.check for one in examined(doctor) if one.part == "agreement"}

    assert (signs["records"].ok, signs["lines"].ok) == (False, False)
    assert "holds 3 records; the search index lacks 1 of them and has 0 others" in signs["records"].seen
    assert "holds 3 ledger lines; the page table lacks 4 versions" in signs["lines"].seen
    assert "archive reconcile --fix" in (signs["records"].advice or "")


class Telling(MemoryStore):
    """A store that can say more about itself."""

    def health_checks(self) -> Iterator[HealthCheck]:
        """Say it."""
        yield HealthCheck("bucket", True, "answers")
        yield HealthCheck("clock", False, "the server's clock is 20 minutes behind", "set the clock")


def test_what_a_backend_says_of_itself_is_heard(doctor: Doctor) -> None:
    store = Telling()
    for key in doctor.store().keys(""):
        with doctor.store().read(key) as stream:
            store.create(key, BytesIO(stream.read()))
    seen = examined(replace(doctor, store=lambda: store))

    assert unwell(seen) == [("store", "clock")]
    assert exit_code_of(seen) is Exit.STORE


class Unreachable(MemoryStore):
    """A store that says itself that it cannot be reached."""

    def health_checks(self) -> Iterator[HealthCheck]:
        """Say it."""
        yield HealthCheck("bucket", False, "nobody answers", "start the server")

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Nobody may ask."""
        raise AssertionError("it was tried again")


def test_what_says_that_it_is_away_is_not_tried_once_more(doctor: Doctor) -> None:
    seen = examined(replace(doctor, store=Unreachable))

    assert unwell(seen) == [("store", "bucket")]
    assert "agreement" not in {one.part for one in seen}


class Closing(InlineWorkers):
    """Workers that know whether they were sent home."""

    closed = False

    def close(self) -> None:
        """Go home."""
        Closing.closed = True


def test_workers_are_sent_home(doctor: Doctor) -> None:
    examined(replace(doctor, workers=Closing))

    assert Closing.closed
