"""A worker that is lost over a scan: the error says why, and where in the code, and nothing of the scan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from archive.errors import StoreUnavailable, Unreadable
from archive.pipeline.accept import Accepted, accept
from archive.pipeline.context import GivenScan, ImportContext
from archive.pipeline.store_original import store_original
from archive.pipeline.tasks import read_scan
from archive.sources.source import FileSource
from archive.store.backends.folder import FolderStore
from archive.work.api import Ending, Lost, Task
from tests import makers
from tests.doubles.inline_workers import InlineWorkers
from tests.doubles.whole_import import EchoEngine, draw_page, make_context

STEPS = {"open": (read_scan, Unreadable), "store": (store_original, StoreUnavailable)}


def lost(tasks: Sequence[Task]) -> list[Ending]:
    return [Lost(task, "worker_error", "KeyError (scan.py:12)") for task in tasks]


@pytest.fixture
def context(tmp_path: Path) -> ImportContext:
    return make_context(tmp_path, FolderStore(tmp_path / "vault"), InlineWorkers(), EchoEngine())


@pytest.fixture
def accepted(tmp_path: Path, context: ImportContext) -> Accepted:
    draw_page(1).save(tmp_path / "Nguyễn Văn Mẫu.png", dpi=(50, 50))
    source = FileSource(tmp_path / "Nguyễn Văn Mẫu.png")
    return accept(GivenScan(source, source.path.name, "path", makers.batch()), context)


@pytest.mark.parametrize(("step", "raised"), STEPS.values(), ids=STEPS)
def test_an_error_that_nobody_foresaw_is_named_with_its_place(
    step: Callable[..., Any], raised: type[Exception], accepted: Accepted, context: ImportContext
) -> None:
    with pytest.raises(raised, match=r"unexpected KeyError \(scan\.py:12\) in the worker") as error:
        step(accepted, context, lost)
    assert "Mẫu" not in str(error.value)
