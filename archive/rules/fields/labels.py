"""Labels of printed forms, as data."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources

from archive.rules.kinds import folded_words


@functools.cache
def labels() -> dict[str, tuple[str, ...]]:
    """Return the folded labels of each group of data/labels.toml, earlier ones first, read once."""
    data = tomllib.loads(resources.files("archive.rules").joinpath("data/labels.toml").read_text(encoding="utf-8"))
    return {group: tuple(folded_words(label) for label in entries) for group, entries in data.items()}


@functools.cache
def label_groups() -> dict[str, tuple[str, int]]:
    """Return for each folded label its group and its rank within the group."""
    return {label: (group, rank) for group, entries in labels().items() for rank, label in enumerate(entries)}
