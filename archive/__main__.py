"""Entry point: the command ``archive``, also run as ``python -m archive``."""

from __future__ import annotations

import sys
from typing import NoReturn

from archive.errors import Exit


def main() -> NoReturn:
    """Run the command line."""
    try:
        from archive.commands import main as run  # takes a second, during which a person may press Ctrl-C
    except KeyboardInterrupt:
        sys.exit(Exit.UNEXPECTED)  # nothing has started, so there is nothing to report
    run()


if __name__ == "__main__":
    main()
