"""Further scans: names that come back with other papers owe an outcome, also where their import is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import RequestRefused
from archive.services.imports.batches import Batches
from archive.services.imports.folders import walk
from archive.services.imports.run import Progress
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.whole_import import draw_page, make_intake, run_import

NAMES = [f"scan{number:04}.png" for number in range(1, 5)]


def draw_box(folder: Path, seed: int, names: list[str] = NAMES) -> Path:
    folder.mkdir()
    for place, name in enumerate(names):
        draw_page(seed + place).save(folder / name, dpi=(50, 50))
    return folder


@pytest.fixture
def vault() -> Vault:
    return Vault(MemoryStore())


def broken_off(home: Path, vault: Vault, folder: Path) -> None:
    """Import until the first scan is settled."""
    events = make_intake(home, vault.store).run("Hộp 1", list(walk(folder, home)), {})
    for event in events:
        if isinstance(event, Progress) and event.scans == 1:
            break
    events.close()  # type: ignore[attr-defined]  # a generator


def test_a_broken_import_of_other_papers_leaves_its_scans_unfinished(tmp_path: Path, vault: Vault) -> None:
    """A scanner numbers anew each morning (docs/adr/0005): the batch must not close without Tuesday's papers."""
    monday, tuesday = draw_box(tmp_path / "monday", 1), draw_box(tmp_path / "tuesday", 100)
    run_import(make_intake(tmp_path / "home", vault.store), monday)
    batches = Batches(vault, makers.ACTOR, lambda: makers.AT)
    broken_off(tmp_path / "home", vault, tuesday)
    sums = batches.sums("Hộp 1")

    assert sums.given == 8
    assert 0 < sums.unfinished < 4
    assert not sums.closes
    with pytest.raises(RequestRefused, match="cannot be closed"):
        batches.close("Hộp 1")

    summary = run_import(make_intake(tmp_path / "home", vault.store), tuesday)
    assert summary.sums is not None
    assert (summary.sums.given, summary.sums.unfinished) == (8, 0)
    assert batches.close("Hộp 1").batch.closed


def test_the_same_papers_again_owe_nothing_more(tmp_path: Path, vault: Vault) -> None:
    monday = draw_box(tmp_path / "monday", 1)
    intake = make_intake(tmp_path / "home", vault.store)
    run_import(intake, monday)
    version = vault.batch(next(iter(vault.batches())).id)
    summary = run_import(intake, monday)

    assert summary.sums is not None
    assert (summary.sums.given, summary.sums.unfinished) == (4, 0)
    assert summary.batch == version, "no version of the batch is made"


def test_some_of_the_same_papers_and_some_others(tmp_path: Path, vault: Vault) -> None:
    monday = draw_box(tmp_path / "monday", 1)
    mixed = draw_box(tmp_path / "mixed", 100, NAMES[:2])
    for name in NAMES[2:]:
        (mixed / name).write_bytes((monday / name).read_bytes())
    intake = make_intake(tmp_path / "home", vault.store)
    run_import(intake, monday)
    summary = run_import(intake, mixed)

    assert summary.sums is not None
    assert (summary.sums.given, summary.sums.unfinished) == (6, 0)


def test_other_papers_of_the_same_size_are_told_apart_by_their_bytes(tmp_path: Path, vault: Vault) -> None:
    monday, tuesday = draw_box(tmp_path / "monday", 1), draw_box(tmp_path / "tuesday", 100)
    sizes = {name: (monday / name).stat().st_size for name in NAMES}
    for name in NAMES[1:]:  # an image that ends early is padded: what follows the end of a PNG belongs to no page
        content = (monday / name).read_bytes()
        (tuesday / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert (tuesday / name).stat().st_size == sizes[name]
    intake = make_intake(tmp_path / "home", vault.store)
    run_import(intake, monday)
    summary = run_import(intake, tuesday)

    assert summary.sums is not None
    assert (summary.sums.given, summary.sums.unfinished) == (8, 0)
