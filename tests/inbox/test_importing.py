"""An import from an inbox bucket is an import: the same records, the same ledger, and nothing left behind."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive.errors import StoreUnavailable
from archive.model.image import PageImage
from archive.model.ledger import LedgerLine, ScanOutcome
from archive.model.pages import PageOutcome, PageText
from archive.services.exchange.export import export
from archive.services.imports.folders import GivenFile
from archive.services.imports.run import Intake, RunSummary
from archive.store import keys
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from archive.store.verify.check import Check
from archive.work.local.pool import ProcessWorkers
from tests.doubles.fault_proxy import Fault, FaultProxy, fault_proxy
from tests.doubles.whole_import import EchoEngine, draw_batch, draw_page, make_intake, run_import
from tests.inbox.conftest import Operator
from tests.test_pipeline import MoodyEngine, is_guilty


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(FolderStore(tmp_path / "vault"))


@pytest.fixture
def folder(tmp_path: Path, operator: Operator) -> Path:
    """A batch with everything, in a folder and in the inbox."""
    folder = tmp_path / "scans" / "hop1"
    draw_batch(folder)
    (folder / "empty.pdf").touch()
    operator.put_folder(folder, "hop1")
    return folder


@pytest.fixture
def one_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessWorkers]:
    """A worker process whose temporary folder is ``tmp_path / "temporary"``."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    workers = ProcessWorkers(1)
    yield workers
    workers.close()


@pytest.fixture
def proxy(operator: Operator) -> Iterator[FaultProxy]:
    with fault_proxy(operator.bucket.server.endpoint) as proxy:
        yield proxy


def take_in(intake: Intake, scans: list[GivenFile], name: str = "Hộp 1") -> RunSummary:
    *_, summary = intake.run(name, scans, {})
    assert isinstance(summary, RunSummary)
    return summary


def seen(vault: Vault) -> dict[str, Any]:
    """Return all that people could see of a vault."""
    lines = [line for batch in vault.batches() for line in vault.lines(batch.id)]
    ledger = sorted((line.path or "", line.outcome, line.reason or "", line.bytes or 0) for line in lines)
    return {"export": list(export(vault)), "ledger": ledger}


def only_line(vault: Vault) -> LedgerLine:
    (line,) = [line for batch in vault.batches() for line in vault.lines(batch.id)]
    return line


def png_of(page: Image.Image) -> bytes:
    out = BytesIO()
    page.save(out, "PNG", dpi=(50, 50))
    return out.getvalue()


def many_pages(count: int) -> bytes:
    out = BytesIO()
    first, *others = [draw_page(number) for number in range(count)]
    first.save(out, "TIFF", dpi=(50, 50), save_all=True, append_images=others)
    return out.getvalue()


def test_an_inbox_gives_the_same_records_as_the_folder(
    folder: Path, operator: Operator, tmp_path: Path, one_worker: ProcessWorkers
) -> None:
    before = operator.keys()
    from_disk, from_bucket = Vault(FolderStore(tmp_path / "v1")), Vault(FolderStore(tmp_path / "v2"))
    run_import(make_intake(tmp_path / "h1", from_disk.store), folder)
    take_in(make_intake(tmp_path / "h2", from_bucket.store, one_worker), operator.scans("hop1"))

    assert len(seen(from_bucket)["ledger"]) == 6
    assert seen(from_bucket) == seen(from_disk)
    assert list(Check(from_bucket.store).run()) == []
    assert operator.keys() == before, "the inbox is the operator's: nothing in it is changed"


def test_the_same_again_repeats_nothing_wherever_it_lies(
    folder: Path, operator: Operator, tmp_path: Path, vault: Vault
) -> None:
    intake = make_intake(tmp_path, vault.store)
    take_in(intake, operator.scans("hop1"))
    before = list(vault.store.keys())
    again = take_in(intake, operator.scans("hop1"))
    from_disk = run_import(intake, folder)

    assert list(vault.store.keys()) == before
    assert (again.fresh.total(), from_disk.fresh.total()) == (0, 0)


def test_a_scan_of_the_folder_is_known_again_in_the_inbox(
    folder: Path, operator: Operator, tmp_path: Path, vault: Vault
) -> None:
    intake = make_intake(tmp_path, vault.store)
    run_import(intake, folder, "Hộp 1")
    summary = take_in(intake, operator.scans("hop1"), "Hộp 2")

    assert summary.fresh[ScanOutcome.DUPLICATE] == 3
    assert summary.fresh[ScanOutcome.STORED] == 0


@dataclass(frozen=True)
class Meddler(EchoEngine):
    """Somebody changes the scan in the inbox while its page is read, once; with ``data`` None it is taken away."""

    operator: Operator | None = None
    data: bytes | None = None
    mark: Path = Path()

    @property
    def identity(self) -> str:
        """Name the reader by its test: a worker keeps the readers that it knows."""
        return f"meddler-{self.mark}"

    def read(self, image: PageImage) -> PageText:
        if not self.mark.exists():
            assert self.operator is not None
            self.mark.touch()
            if self.data is None:
                self.operator.remove("a.png")
            else:
                self.operator.put("a.png", self.data)
        return EchoEngine.read(self, image)


def test_a_scan_that_changes_while_it_is_read_is_read_again(
    folder: Path, operator: Operator, tmp_path: Path, vault: Vault
) -> None:
    operator.put("a.png", (folder / "a.png").read_bytes())
    new = png_of(draw_page(55))
    meddler = Meddler(operator, new, tmp_path / "meddled")
    take_in(make_intake(tmp_path, vault.store, engine=meddler), operator.scans("a.png"))

    assert (only_line(vault).outcome, only_line(vault).sha256) == (ScanOutcome.STORED, keys.digest_of(new))
    assert [vault.fetch(part.sha256) for record in vault.heads() for part in record.parts] == [new]
    assert list(Check(vault.store).run()) == []


def test_a_scan_that_is_taken_away_while_it_is_read_is_rejected(
    folder: Path, operator: Operator, tmp_path: Path, vault: Vault
) -> None:
    operator.put("a.png", (folder / "a.png").read_bytes())
    meddler = Meddler(operator, None, tmp_path / "meddled")
    take_in(make_intake(tmp_path, vault.store, engine=meddler), operator.scans("a.png"))

    assert (only_line(vault).outcome, only_line(vault).reason) == (ScanOutcome.REJECTED, "vanished")
    assert list(vault.heads()) == []


def test_a_scan_that_changed_between_two_runs_is_another_scan_under_its_name(
    folder: Path, operator: Operator, tmp_path: Path, vault: Vault
) -> None:
    """As in a folder: scanners begin with scan0001 every morning."""
    intake = make_intake(tmp_path, vault.store)
    take_in(intake, operator.scans("hop1"))
    draw_page(77).save(folder / "a.png", dpi=(50, 50))
    operator.put_folder(folder, "hop1")
    summary = take_in(intake, operator.scans("hop1"))

    assert summary.sums is not None
    assert (summary.fresh.total(), summary.sums.given, summary.sums.closes) == (1, 7, True)


def test_a_scan_that_changed_after_it_was_listed_is_taken_as_it_is_now(
    folder: Path, operator: Operator, tmp_path: Path, vault: Vault
) -> None:
    scans = operator.scans("hop1/a.png")
    operator.put("hop1/a.png", (folder / "b.tif").read_bytes())
    take_in(make_intake(tmp_path, vault.store), scans)

    assert only_line(vault).sha256 == keys.digest_of((folder / "b.tif").read_bytes())


def test_an_inbox_out_of_reach_ends_the_run_and_rejects_nothing(
    folder: Path, operator: Operator, tmp_path: Path, vault: Vault, proxy: FaultProxy
) -> None:
    by_proxy = operator.reached_by(proxy.endpoint)
    scans = by_proxy.scans("hop1/b.tif")
    proxy.plan(Fault("GET", "b.tif", times=1))  # the digest is taken, then the server is gone
    down = proxy.plan(Fault("GET", "b.tif", times=-1, status=503))
    with pytest.raises(StoreUnavailable):
        take_in(make_intake(tmp_path, vault.store), scans)
    assert down.met > 0
    assert [line for batch in vault.batches() for line in vault.lines(batch.id)] == []

    proxy.heal()
    take_in(make_intake(tmp_path, vault.store), scans)
    by_proxy.inbox.close()
    assert only_line(vault).outcome is ScanOutcome.STORED


def test_a_scan_is_fetched_once_a_worker_however_many_units_it_has(
    operator: Operator, tmp_path: Path, vault: Vault, proxy: FaultProxy, one_worker: ProcessWorkers
) -> None:
    operator.put("hop/long.tif", many_pages(20))
    by_proxy = operator.reached_by(proxy.endpoint)
    take_in(make_intake(tmp_path, vault.store, one_worker), by_proxy.scans("hop"))
    by_proxy.inbox.close()
    asked = Counter(line.split(" ")[0] for line in proxy.seen if "long.tif" in line and "list-type" not in line)

    assert len(only_line(vault).pages) == 20
    assert asked["GET"] == 3, "for the digest, for three units of pages, for the vault"
    assert set(asked) == {"GET", "HEAD"}


@dataclass(frozen=True)
class Witness(MoodyEngine):
    """Notes where the copy lies that its worker reads, and dies on the guilty page."""

    temporary: Path = Path()
    note: Path = Path()

    def read(self, image: PageImage) -> PageText:
        if is_guilty(image):
            copies = {str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}
            copies = {path for path in copies if path.startswith(str(self.temporary))}
            with self.note.open("a") as note:
                note.write(f"{len(copies)} {len(list(self.temporary.iterdir()))}\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return EchoEngine.read(self, image)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are seen in /proc: Linux only")
def test_a_worker_that_is_killed_leaves_nothing_on_its_disk(
    operator: Operator, tmp_path: Path, vault: Vault, one_worker: ProcessWorkers
) -> None:
    operator.put("guilty.png", png_of(draw_page(3, (585, 413))))
    temporary, note = tmp_path / "temporary", tmp_path / "note"
    engine = Witness(temporary=temporary, note=note)
    take_in(make_intake(tmp_path, vault.store, one_worker, engine), operator.scans("guilty.png"))

    assert [page.outcome for page in only_line(vault).pages] == [PageOutcome.ENGINE_FAILED]
    assert note.read_text().split("\n")[:2] == ["1 0", "1 0"], "a copy is open, and no name leads to it"
    assert list(temporary.iterdir()) == []
