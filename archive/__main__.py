"""Entry point: the command ``archive``, also run as ``python -m archive``."""

from __future__ import annotations

import sys
from typing import NoReturn

from archive.errors import Exit


def main() -> NoReturn:
    """Run the command line."""
    try:
        from archive.commands import main as run  # takes a second, in which somebody may press Ctrl-C
    except KeyboardInterrupt:
        sys.exit(Exit.UNEXPECTED)  # nothing was begun, and there is nothing to tell
    run()


if __name__ == "__main__":
    main()
