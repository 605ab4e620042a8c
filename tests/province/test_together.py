"""Many imports, one vault, one index: nothing is lost and nothing is twice."""

from __future__ import annotations

import urllib.request
from pathlib import Path
from typing import Any

import pytest

from archive.model.counting import CountQuery
from archive.model.search import Query
from tests.doubles.whole_import import draw_page
from tests.province.conftest import Province, ended, is_whole, state

IMPORTS = 20
SCANS_EACH = 6


def test_a_bucket_and_elasticsearch_give_what_a_folder_gives(
    province: Province, scans: Path, undisturbed: dict[str, Any]
) -> None:
    assert ended(province.start("home", scans, "Hộp 1")) == "35 new, closes, 0 left"
    assert state(province.home()) == undisturbed
    assert ended(province.start("another", scans, "Hộp 1")) == "0 new, closes, 0 left"
    assert is_whole(province.home().maintenance())


def test_an_officer_opens_an_original_by_a_link(province: Province, tmp_path: Path) -> None:
    folder = tmp_path / "hop"
    folder.mkdir()
    draw_page(7).save(folder / "Giấy phép.png", dpi=(50, 50))
    ended(province.start("home", folder, "Hộp 7"))
    search = province.home().search()
    (hit,) = search.search(Query()).found
    with urllib.request.urlopen(search.link(hit.record, 1)) as answer:  # noqa: S310 - a link of our own server
        original = answer.read()

    assert original == (folder / "Giấy phép.png").read_bytes()


def test_the_same_folder_given_twice_at_once_is_taken_in_once(
    province: Province, scans: Path, undisturbed: dict[str, Any]
) -> None:
    both = [province.start(home, scans, "Hộp 1") for home in ("left", "right")]
    said = [ended(process) for process in both]

    assert all(line.endswith("closes, 0 left") for line in said)
    assert state(province.home()) == undisturbed
    assert is_whole(province.home().maintenance())


@pytest.mark.long
def test_twenty_imports_share_one_vault_and_one_index(province: Province, tmp_path: Path) -> None:
    """Each with a home of its own; every second box holds a scan that the first box holds too."""
    boxes = []
    for box in range(IMPORTS):
        folder = tmp_path / "boxes" / f"hop-{box}"
        folder.mkdir(parents=True)
        for place in range(SCANS_EACH):
            seed = 1 if place == 0 and box % 2 == 0 else 1000 + 100 * box + place
            draw_page(seed).save(folder / f"{place}.png", dpi=(50, 50))
        boxes.append(folder)
    processes = [province.start(f"home{number}", box, f"Hộp {number}") for number, box in enumerate(boxes)]
    said = [ended(process) for process in processes]
    archive = province.home()
    distinct = IMPORTS * SCANS_EACH - IMPORTS // 2 + 1

    assert said == [f"{SCANS_EACH} new, closes, 0 left"] * IMPORTS
    assert len(list(archive.vault.record_heads())) == distinct
    assert archive.index.search(Query()).total == distinct
    assert sum(tally.pages for tally in archive.table.tally(CountQuery())) == IMPORTS * SCANS_EACH
    assert is_whole(archive.maintenance())
