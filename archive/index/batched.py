"""Batches of items: lists that are small enough for one request or one commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items, in order, in lists of at most ``size``."""
    remaining = iter(items)
    while group := list(islice(remaining, size)):
        yield group
