"""``scripts/check --changed``: which tests concern a change, and how long they may take."""
