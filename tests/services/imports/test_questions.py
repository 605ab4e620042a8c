"""What an import asks: a folder that is no box of scans, a batch that goes on with the names of other papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.model.ledger import ScanOutcome
from archive.services.imports.batches import Batches
from archive.services.imports.folders import DiskPath, GivenFile
from archive.services.imports.questions import QuestionKind, Questions, names_reused, nearly_no_scans
from archive.sources.source import FileSource
from archive.store import keys
from archive.store.vault import Vault
from tests import makers
from tests.doubles.memory_store import MemoryStore

BATCH = "Hộp 1"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def vault() -> Vault:
    return Vault(MemoryStore())


def fill(folder: Path, contents: dict[str, bytes]) -> list[GivenFile]:
    """Write files; return them as given."""
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return list(DiskPath(folder, folder.parent / "home").scans())


def settle(
    vault: Vault, path: str, content: bytes | None, outcome: ScanOutcome = ScanOutcome.STORED, occurrence: int = 0
) -> None:
    """Write the ledger line of one scan; without content, of one whose bytes are not known."""
    batch = keys.batch_id(BATCH)
    path_id = keys.path_id(batch, path)
    line = replace(makers.line(), id=keys.line_id(path_id, occurrence), batch=batch, path_id=path_id, outcome=outcome)
    digest = None if content is None else sha256(content).hexdigest()
    size = None if content is None else len(content)
    vault.append_line(replace(line, occurrence=occurrence, path=path, sha256=digest, bytes=size))


def begin(vault: Vault, contents: dict[str, bytes]) -> None:
    """Import scans of these names and contents, as far as the ledger goes."""
    Batches(vault, makers.ACTOR, lambda: makers.AT).open(BATCH, {}, contents)
    for path, content in contents.items():
        settle(vault, path, content)


def doubts(vault: Vault, files: Sequence[GivenFile]) -> list[QuestionKind]:
    return [question.kind for question in Questions(vault).about(BATCH, files)]


@pytest.mark.parametrize(
    ("given_", "strange", "asks"),
    [
        (4, 4, False),
        (5, 5, True),
        (6, 5, False),
        (9, 8, False),
        (9, 9, True),
        (10, 9, True),
        (20, 17, False),
        (20, 18, True),
        (1036, 1036, True),
        (1000, 899, False),
    ],
)
def test_a_folder_is_asked_about_from_five_files_and_nine_in_ten_that_are_no_scans(
    given_: int, strange: int, asks: bool
) -> None:
    assert nearly_no_scans(given_, strange) is asks


@pytest.mark.parametrize(
    ("given_", "others", "asks"),
    [(2, 2, False), (3, 2, False), (3, 3, True), (5, 3, True), (6, 3, True), (7, 3, False), (100, 49, False)],
)
def test_a_batch_is_asked_about_from_three_files_and_half_of_them_with_other_bytes(
    given_: int, others: int, asks: bool
) -> None:
    assert names_reused(given_, others) is asks


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_more_of_what_is_odd_never_takes_a_question_back(scans: int, odd: int) -> None:
    for asks in (nearly_no_scans, names_reused):
        assert asks(scans + odd, odd) <= asks(scans + odd + 1, odd + 1)
        assert asks(scans + odd + 1, odd) <= asks(scans + odd, odd)


@pytest.mark.parametrize(("scans", "asks"), [(0, True), (1, True), (2, False), (9, False)])
def test_files_are_known_by_their_first_bytes_and_not_by_their_names(
    vault: Vault, tmp_path: Path, scans: int, asks: bool
) -> None:
    contents = {f"{n:02}.pdf": b"plain text" for n in range(10 - scans)}
    contents |= {f"{n:02}.docx": PNG for n in range(scans)}

    assert doubts(vault, fill(tmp_path / "a", contents)) == ([QuestionKind.NO_SCANS] if asks else [])


def test_what_is_empty_or_not_there_is_no_scan(vault: Vault, tmp_path: Path) -> None:
    files = fill(tmp_path / "a", {f"{n}.pdf": b"" for n in range(4)})
    gone = GivenFile(FileSource(tmp_path / "gone.pdf"), "gone.pdf")

    assert doubts(vault, [*files, gone]) == [QuestionKind.NO_SCANS]


def test_an_ordinary_folder_costs_the_first_bytes_of_one_file_in_ten(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = fill(tmp_path / "a", {f"{n:03}.png": PNG for n in range(200)})
    opened = count_calls(monkeypatch, FileSource, "open")

    assert doubts(vault, files) == []
    assert len(opened) == 21


def test_files_that_the_batch_was_given_before_are_not_asked_about_again(vault: Vault, tmp_path: Path) -> None:
    contents = {f"{n}.txt": b"plain text" for n in range(10)}
    files = fill(tmp_path / "a", contents)
    assert doubts(vault, files) == [QuestionKind.NO_SCANS]
    Batches(vault, makers.ACTOR, lambda: makers.AT).open(BATCH, {}, contents)  # and the run was killed at once

    assert doubts(vault, files) == []


def other(content: bytes) -> bytes:
    """Return other bytes of the same number."""
    return bytes(255 - letter for letter in content)


@pytest.mark.parametrize("change", [other, lambda content: content + b"!"], ids=["same size", "other size"])
@pytest.mark.parametrize(("count", "changed", "asks"), [(4, 4, True), (4, 2, False), (6, 3, True), (2, 2, False)])
def test_names_that_were_given_with_other_bytes_are_asked_about(
    vault: Vault, tmp_path: Path, change: Callable[[bytes], bytes], count: int, changed: int, asks: bool
) -> None:
    before = {f"scan{n:04}.png": PNG + bytes([n]) for n in range(count)}
    begin(vault, before)
    now = {name: change(content) if n < changed else content for n, (name, content) in enumerate(before.items())}

    assert doubts(vault, fill(tmp_path / "a", now)) == ([QuestionKind.REUSED_NAMES] if asks else [])


def test_papers_that_were_added_to_the_box_do_not_hide_that_it_is_another(vault: Vault, tmp_path: Path) -> None:
    begin(vault, {f"{n}.png": PNG + bytes([n]) for n in range(5)})

    more = fill(tmp_path / "a", {f"{n}.png": PNG * 2 + bytes([n]) for n in range(10)})
    many_more = fill(tmp_path / "a", {f"{n}.png": PNG * 2 + bytes([n]) for n in range(11)})

    assert doubts(vault, more) == [QuestionKind.REUSED_NAMES]
    assert doubts(vault, many_more) == []


@pytest.mark.parametrize("outcome", [ScanOutcome.REJECTED, ScanOutcome.QUARANTINED])
def test_files_that_replace_rejected_or_secret_ones_are_not_asked_about(
    vault: Vault, tmp_path: Path, outcome: ScanOutcome
) -> None:
    names = [f"{n}.png" for n in range(5)]
    Batches(vault, makers.ACTOR, lambda: makers.AT).open(BATCH, {}, names)
    for name in names:
        settle(vault, name, None, outcome)

    assert doubts(vault, fill(tmp_path / "a", dict.fromkeys(names, PNG))) == []


def test_scans_of_both_days_are_known_when_the_second_day_is_given_again(vault: Vault, tmp_path: Path) -> None:
    first, second = ({f"{n}.png": PNG + day for n in range(5)} for day in (b"mon", b"tue"))
    begin(vault, first)
    files = fill(tmp_path / "a", second)
    assert doubts(vault, files) == [QuestionKind.REUSED_NAMES]
    for path, content in second.items():
        settle(vault, path, content, occurrence=1)

    assert doubts(vault, files) == []


@pytest.mark.parametrize("changed", [True, False])
def test_of_a_large_box_a_few_files_are_looked_at(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    before = {f"{n:03}.png": PNG + bytes([n]) for n in range(200)}
    begin(vault, before)
    files = fill(tmp_path / "a", {name: other(content) for name, content in before.items()} if changed else before)
    opened = count_calls(monkeypatch, FileSource, "open")

    assert doubts(vault, files) == ([QuestionKind.REUSED_NAMES] if changed else [])
    assert max(Counter(opened).values()) == 1, "the sample holds no file twice"
    assert len(opened) == (32 if changed else 17), "half of it is enough to see that nothing changed"


def count_calls(monkeypatch: pytest.MonkeyPatch, of: type, name: str) -> list[str]:
    """Return a list that gets the location of each source of which a method is called."""
    calls: list[str] = []
    real = getattr(of, name)

    def noted(source: FileSource) -> object:
        calls.append(source.location)
        return real(source)

    monkeypatch.setattr(of, name, noted)
    return calls
