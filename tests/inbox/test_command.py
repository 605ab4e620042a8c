"""archive import s3://…: the program as a process, with worker processes, on a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

import archive.wiring
from archive.errors import Exit
from archive.services.exchange.export import export
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from tests.commands.conftest import Home
from tests.commands.papers import KnowingEngine, save_batch
from tests.commands.subprocess_cli import finish, start
from tests.doubles.inline_workers import InlineWorkers
from tests.inbox.conftest import Operator
from tests.servers.fixtures import Bucket

SAMPLE = Path(__file__).parents[2] / "samples" / "scans" / "CV742.pdf"


@pytest.fixture(autouse=True)
def _server_in_the_settings(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings come from variables, which the program inherits."""
    monkeypatch.setenv("ARCHIVE_S3_ENDPOINT", bucket.server.endpoint)
    monkeypatch.setenv("ARCHIVE_S3_RETRIES", "0")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The command line in this process, with a reader that costs nothing."""
    monkeypatch.setattr(archive.wiring, "engine_named", lambda name: KnowingEngine())
    monkeypatch.setattr(archive.wiring, "make_workers", lambda settings: InlineWorkers())
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home")


def test_an_inbox_beside_a_folder_gives_the_same_records(operator: Operator, home: Home, tmp_path: Path) -> None:
    """The inbox is read by the program as a process with a worker process, as a person starts it."""
    folder = save_batch(tmp_path / "Hộp 7")
    (folder / SAMPLE.name).write_bytes(SAMPLE.read_bytes())
    (folder / "batch.toml").write_text('box = "7"\n')
    operator.put_folder(folder, "Hộp 7")
    other = Home(tmp_path / "other")
    code, out, err = finish(start(other.folder, "import", operator.url("Hộp 7"), "--jobs", "1"))
    on_disk, again = home("import", folder), other("import", operator.url("Hộp 7"), "--json")
    of_disk, of_bucket = (Vault(FolderStore(one.folder / "vault")) for one in (home, other))

    assert (code, out) == (on_disk.code, on_disk.out), err
    assert "Batch (đợt số hóa): Hộp 7\n  this run: 5 scans given, 5 new" in out
    assert list(export(of_bucket)) == list(export(of_disk))
    assert [batch.about for batch in of_bucket.batches()] == [{"box": "7"}]
    assert again.json[0]["new"] == {}


def test_what_is_given_twice_is_given_once(operator: Operator, home: Home) -> None:
    operator.put("b/x.txt", b"no scan")
    urls = [operator.url("b"), operator.url("b/"), operator.url("b/x.txt")]

    assert "this run: 1 scan given" in home("import", *urls, "--batch", "b").out


@pytest.mark.parametrize(
    ("url", "code", "complaint"),
    [
        ("s3://BUCKET/gone", Exit.USAGE, "is not there; check the spelling"),
        ("s3://no-such-bucket/x", Exit.SETTINGS, "there is no bucket no-such-bucket"),
        ("s3://", Exit.USAGE, "written like s3://BUCKET/PREFIX"),
        ("s3://key:hidden@BUCKET/x", Exit.USAGE, "credentials go to boto3"),
        ("s3://BUCKET/half\udcff", Exit.USAGE, "written like s3://BUCKET/PREFIX"),
    ],
)
def test_mistakes_are_said(url: str, code: Exit, complaint: str, bucket: Bucket, home: Home) -> None:
    answer = home("import", url.replace("BUCKET", bucket.name))

    assert (answer.code, answer.out) == (code, "")
    assert complaint in answer.err
    assert "hidden" not in answer.err, "a password that was typed by mistake is not repeated"


def test_the_vault_is_no_inbox(operator: Operator, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHIVE_STORE", operator.url("vault"))
    for path in ("vault", "vault/content", ""):
        answer = home("import", operator.url(path))
        assert (answer.code, "own vault" in answer.err) == (Exit.USAGE, True), answer


def test_a_dry_run_of_an_inbox_says_what_that_of_the_folder_says(
    operator: Operator, home: Home, tmp_path: Path
) -> None:
    folder = save_batch(tmp_path / "Hộp 7")
    operator.put_folder(folder, "Hộp 7")
    before = operator.keys()
    on_disk, in_bucket = (home("import", place, "--dry-run", "--json") for place in (folder, operator.url("Hộp 7")))

    assert in_bucket.json["batches"] == on_disk.json["batches"]
    assert in_bucket.json["batches"][0]["scans"] == {
        "new": 2,
        "further": 0,
        "duplicate": 1,
        "settled": 0,
        "rejected": 1,
    }
    assert operator.keys() == before


def test_a_vault_in_a_bucket_says_that_its_room_is_not_known(operator: Operator, home: Home, tmp_path: Path) -> None:
    (home.folder / "settings.toml").write_text(f'store = "{operator.url("vault")}"\n')
    said = home("import", save_batch(tmp_path / "Hộp 7"), "--dry-run")

    assert "the vault lies in a bucket, which does not say what is free." in said.out
    assert operator.keys() == {}, "nothing was written there either"


def test_an_inbox_in_which_nearly_nothing_is_a_scan_is_asked_about(operator: Operator, home: Home) -> None:
    for number in range(6):
        operator.put(f"b/{number}.pdf", b"no scan")
    said = home("import", operator.url("b"))

    assert said.code == Exit.USAGE
    assert "of 6 files, 6 are no PDF, TIFF, JPEG or PNG" in said.err
