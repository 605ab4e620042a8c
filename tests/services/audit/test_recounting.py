"""A recount measures every original in guarded workers: one that is too large or too slow costs itself alone."""

from __future__ import annotations

import io
import resource
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from archive.index.embedded.page_table import SqlitePageTable
from archive.ingest.open import open_scan
from archive.model.ledger import Batch, LedgerLine, ScanOutcome
from archive.model.limits import Limits
from archive.model.pages import PageEntry, PageOutcome
from archive.rules.counting.judge import load_rule_set
from archive.services.audit.breakdown import CountRequest
from archive.services.audit.recount import Recount, Recounting
from archive.services.derived.rebuild import AllVersions
from archive.store import keys
from archive.store.backends.folder import FolderStore
from archive.store.vault import Vault
from archive.work.api import Ending, Lost, Task, TimedOut
from archive.work.local.pool import ProcessWorkers
from tests import makers
from tests.doubles.inline_workers import InlineWorkers

LIMITS = Limits(worker_mib=400)
RULES = load_rule_set("a4-2026.1")


def png(shade: int, size: tuple[int, int] = (827, 1169)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (shade, 255, 255)).save(file, "PNG", dpi=(100, 100))
    return file.getvalue()


def bomb() -> bytes:
    """Return a PDF of some kB whose content stream is 1 GiB of blanks, deflated twice."""
    deflate = zlib.compressobj(9)
    portion = deflate.compress(b" " * 2**20) + deflate.flush(zlib.Z_FULL_FLUSH)
    again = deflate.compress(b" " * 2**20) + deflate.flush(zlib.Z_FULL_FLUSH)  # each one alike: nothing to look back to
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    page.obj.Contents = pikepdf.Stream(pdf, b"")
    packed = zlib.compress(portion + again * 1023, 9)
    page.obj.Contents.write(packed, filter=pikepdf.Array([pikepdf.Name.FlateDecode] * 2))
    file = io.BytesIO()
    pdf.save(file, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return file.getvalue()


@dataclass
class Archived:
    """A vault with originals, their ledger, and recounts of both."""

    vault: Vault
    table: SqlitePageTable

    def batch(self, name: str) -> Batch:
        return self.vault.append_batch(replace(makers.batch(), id=keys.batch_id(name), name=name))

    def scan(
        self, batch: Batch, name: str, data: bytes, file: Path, outcome: ScanOutcome = ScanOutcome.STORED
    ) -> LedgerLine:
        """Keep an original and write its line as an import does."""
        digest = keys.digest_of(data)
        self.vault.keep(io.BytesIO(data), digest)
        file.write_bytes(data)
        with open_scan(file, LIMITS) as opened:
            entry = PageEntry(1, PageOutcome.RECOGNISED, opened.page(1).shape)
        path = keys.path_id(batch.id, name)
        line = replace(makers.line(), id=keys.line_id(path, 0), batch=batch.id, path_id=path, path=name, sha256=digest)
        return self.vault.append_line(
            replace(line, outcome=outcome, pages=(entry,), record=keys.result_id(digest, 1), at=makers.AT)
        )

    def recount(self, workers: ProcessWorkers | InlineWorkers, query: CountRequest | None = None) -> Recount:
        self.table.replace_all(AllVersions(self.vault))
        return Recounting(self.vault, self.table, RULES, workers, LIMITS).run(query or CountRequest())


@pytest.fixture
def archived(tmp_path: Path) -> Archived:
    return Archived(Vault(FolderStore(tmp_path / "vault")), SqlitePageTable(tmp_path / "pages.sqlite"))


@pytest.fixture
def workers() -> Iterator[ProcessWorkers]:
    made = ProcessWorkers(2)
    yield made
    made.close()


class Failing(InlineWorkers):
    """Workers that lose some tasks, the first time or every time, or let their time run out."""

    def __init__(self, lost: dict[str, int], late: tuple[str, ...] = ()) -> None:
        self.lost, self.late = lost, late

    def run(self, tasks: Iterator[Task | None], limit: int) -> Iterator[Ending]:
        """See Workers."""
        for task in tasks:
            assert task is not None
            name = task.arguments[3]
            if name in self.late:
                yield TimedOut(task)
            elif self.lost.get(name, 0):
                self.lost[name] -= 1
                yield Lost(task, "worker_died", "-9")
            else:
                yield from super().run(iter([task]), limit)


def test_what_was_imported_is_measured_alike(archived: Archived, tmp_path: Path, workers: ProcessWorkers) -> None:
    batch = archived.batch("Hộp 1")
    for shade in range(5):
        archived.scan(batch, f"{shade}.png", png(shade), tmp_path / "a")
    archived.scan(batch, "again.png", png(0), tmp_path / "a", ScanOutcome.DUPLICATE)

    for by in ((), ("size",), ("outcome", "contract")):
        found = archived.recount(workers, CountRequest(by=by))
        assert list(found.differences) == []
        assert found.ledger == found.again
        assert (found.scans, found.originals) == (6, 5)


def test_an_original_that_takes_all_memory_costs_itself_alone(
    archived: Archived, tmp_path: Path, workers: ProcessWorkers
) -> None:
    batch = archived.batch("Hộp 1")
    small = bomb()
    assert len(small) < 10_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = [archived.scan(batch, f"{shade}.png", png(shade), tmp_path / "a") for shade in range(3)]
    digest = keys.digest_of(small)
    archived.vault.keep(io.BytesIO(small), digest)
    path = keys.path_id(batch.id, "b.pdf")
    archived.vault.append_line(replace(lines[0], id=keys.line_id(path, 0), path_id=path, path="b.pdf", sha256=digest))

    found = archived.recount(workers)

    (difference,) = found.differences
    assert difference.path == "b.pdf"
    assert "could not be measured within the limits: the worker needed more than 400 MiB" in difference.message
    assert (found.scans, found.originals) == (4, 4)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024, "it is not the parent that pays"


def test_one_that_was_lost_is_tried_alone_before_it_is_blamed(archived: Archived, tmp_path: Path) -> None:
    batch = archived.batch("Hộp 1")
    lines = [archived.scan(batch, f"{shade}.png", png(shade), tmp_path / "a") for shade in range(4)]
    once, ever, late = (str(line.sha256) for line in lines[:3])

    found = archived.recount(Failing({once: 1, ever: 9}, (late,)))

    assert [(one.path, one.message.partition(": ")[2]) for one in found.differences] == [
        ("1.png", "the worker died (exit status -9). Look at it with a viewer."),
        ("2.png", "it took more than 61 s. Look at it with a viewer."),
    ]
    assert found.again.total.payable.pages == 2
    assert found.again.total.to_measure == 2, "what could not be measured proves no size"


def test_only_the_batch_that_was_asked_for_is_looked_at(archived: Archived, tmp_path: Path) -> None:
    first, second = archived.batch("Hộp 1"), archived.batch("Hộp 2")
    archived.scan(first, "a.png", png(1), tmp_path / "a")
    archived.table.replace_all(AllVersions(archived.vault))
    archived.scan(second, "b.png", png(2), tmp_path / "a")

    def unknown(query: CountRequest) -> list[str | None]:
        found = Recounting(archived.vault, archived.table, RULES, InlineWorkers(), LIMITS).run(query)
        return [one.path for one in found.differences if "does not know" in one.message]

    assert unknown(CountRequest(where=(("batch", "Hộp 1"),))) == []
    assert unknown(CountRequest(where=(("batch", "Hộp 2"),))) == ["b.png"]
    assert unknown(CountRequest()) == ["b.png"]
