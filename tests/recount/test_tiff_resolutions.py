"""Resolutions of a TIFF in whatever type a program wrote them: proven by import and recount, or by neither."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.ingest.open import open_scan
from archive.model.limits import Limits
from archive.model.pages import SizeOrigin
from archive.recount import measure

WIDTH, HEIGHT = 1654, 2339
CODES = {3: "H", 4: "I", 5: "2I", 8: "h", 9: "i", 10: "2i", 11: "f", 12: "d"}
Number = float | tuple[int, int]


def tiff(order: str, kind: int, x: Number, y: Number, unit: int | None) -> bytes:
    """Return a white page of one bit; ``order`` is < or >, ``kind`` the type of both resolutions."""
    data = bytes(-(-WIDTH // 8) * HEIGHT)
    entries: list[tuple[int, int, Number]] = [
        (256, 4, WIDTH), (257, 4, HEIGHT), (258, 3, 1), (259, 3, 1), (262, 3, 0), (277, 3, 1), (278, 4, HEIGHT),
        (279, 4, len(data)), (282, kind, x), (283, kind, y), *([(296, 3, unit)] if unit is not None else []),
    ]  # fmt: skip
    beyond = 8 + 2 + 12 * (len(entries) + 1) + 4
    entries = sorted([*entries, (273, 4, beyond + 32)])
    rows, apart = b"", b""
    for tag, code, value in entries:
        numbers = value if isinstance(value, tuple) else (value,)
        packed = struct.pack(order + CODES[code], *(float(n) if code > 10 else int(n) for n in numbers))
        if len(packed) > 4:
            apart += packed
            packed = struct.pack(order + "I", beyond + len(apart) - len(packed))
        rows += struct.pack(order + "HHI", tag, code, 1) + packed.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return head + rows + bytes(4) + apart.ljust(32, b"\0") + data


def both(file: Path) -> tuple[SizeOrigin, SizeOrigin | None]:
    """Return what import and recount say of a page, whose sizes are equal when both prove one."""
    with open_scan(file, Limits()) as scan:
        shape = scan.page(1).shape
    (page,) = measure(file, "a")
    if page.proven and shape.size_origin.proven:
        assert (page.width_mm, page.height_mm, page.dpi) == pytest.approx((shape.width_mm, shape.height_mm, shape.dpi))
    return shape.size_origin, page.size_origin


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize("unit", [None, 2])
def test_a_resolution_of_any_type_proves_the_size(tmp_path: Path, order: str, kind: int, unit: int | None) -> None:
    dots: Number = (200, 1) if kind in (5, 10) else 200
    file = tmp_path / "a.tif"
    file.write_bytes(tiff(order, kind, dots, dots, unit))

    assert both(file) == (SizeOrigin.IMAGE_DPI, SizeOrigin.IMAGE_DPI)


@pytest.mark.parametrize("dots", [(200, 0), (0, 0), (0, 1)])
def test_a_fraction_of_nothing_proves_nothing(tmp_path: Path, dots: tuple[int, int]) -> None:
    file = tmp_path / "a.tif"
    file.write_bytes(tiff("<", 5, dots, dots, 2))

    assert both(file) == (SizeOrigin.ASSUMED, SizeOrigin.ASSUMED)


@given(
    order=st.sampled_from("<>"),
    kind=st.sampled_from(sorted(CODES)),
    x=st.integers(0, 30_000),
    y=st.integers(0, 30_000),
    below=st.sampled_from([0, 1, 2, 10, 100]),
    unit=st.sampled_from([None, 0, 1, 2, 3, 4]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_import_and_recount_agree_on_every_resolution(
    tmp_path: Path, order: str, kind: int, x: int, y: int, below: int, unit: int | None
) -> None:
    file = tmp_path / "a.tif"
    pair = ((x, below), (y, below)) if kind in (5, 10) else (x, y)
    file.write_bytes(tiff(order, kind, *pair, unit))
    imported, recounted = both(file)

    assert imported is recounted
