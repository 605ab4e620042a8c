"""A copy between two folders that is killed on its way: ``python -m … SOURCE TARGET NTH MOMENT``."""

from __future__ import annotations

import sys
from pathlib import Path

from archive.services.preservation.copy import Copying
from archive.store.backends.folder import FolderStore
from tests.doubles.stores import DyingStore

if __name__ == "__main__":
    source, target, nth, moment = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    for _ in Copying(FolderStore(source), DyingStore(target, nth, moment)).run():
        pass
