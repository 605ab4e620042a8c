"""The command ``archive`` with a reader that knows canaries: it reads them, dies of them, or raises them."""

from __future__ import annotations

import os
from dataclasses import dataclass

import archive.wiring
from archive.commands import main
from archive.errors import PageUnreadable
from archive.model.image import PageImage
from archive.model.pages import PageText
from tests import makers
from tests.commands.papers import bars_on

CANARY = "Hoàng Yến Mẫu"  # a name that no log may hold
CANARY_NUMBER = "001082000017"
CRASHES, RAISES, REFUSES = 5, 6, 7  # bars on the page


@dataclass(frozen=True)
class CanaryEngine:
    """Reads a page by counting its bars."""

    identity: str = "canary-1"

    def read(self, image: PageImage) -> PageText:
        """Return words with the canaries, or fail in one of three ways."""
        bars = bars_on(image)
        if bars == CRASHES:
            os.abort()
        if bars == RAISES:
            raise KeyError(f"{CANARY} {CANARY_NUMBER}")
        if bars == REFUSES:
            raise PageUnreadable(f"{CANARY} {CANARY_NUMBER}")
        lines = ("ỦY BAN NHÂN DÂN XÃ SƠN HÀ", "Số: 12/GP-UBND", "GIẤY PHÉP XÂY DỰNG", f"Cấp cho ông (bà): {CANARY}")
        return makers.text(*lines, f"Số định danh cá nhân: {CANARY_NUMBER}", engine=self.identity)


if __name__ == "__main__":  # workers import this module too
    archive.wiring.engine_named = lambda name: CanaryEngine()  # type: ignore[assignment]  # a stand-in
    main()
