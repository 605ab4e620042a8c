"""Batch metadata: the keys of what is said about a batch for payment (docs/cli.md)."""

from __future__ import annotations

from typing import Final

ABOUT_KEYS: Final = ("contract", "contractor", "workstation", "scanner", "box", "operator", "sides", "note")
OWN_KEY: Final = r"x_[a-z0-9_]{1,40}"  # a regular expression: keys that a province makes for itself
