"""Limits that are checked before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one scan and one page; every one is a setting under ``[limits]``.

    ``page_pixels`` is the largest image that is decoded at all: 200 million is more than an
    A0 at 300 dpi (139 million). ``whole_pixels`` is the largest image that is decoded at full size: an A3 at
    300 dpi has 17.4 million; above it pages are decoded reduced and one at a time on a machine.
    """

    scan_bytes: int = 2 * 1024**3
    scan_pages: int = 5_000
    page_pixels: int = 200_000_000
    page_side: int = 30_000  # pixels
    whole_pixels: int = 20_000_000
    page_seconds: float = 60.0  # reading one page
    worker_mib: int = 600  # resident memory of a worker, ordinary pages
    large_worker_mib: int = 1_500  # resident memory while a reduced page is decoded
