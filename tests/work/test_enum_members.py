"""Members of enums in a worker's answer, as Python 3.11.0 to 3.11.3 write them: by ``getattr``, which reaches all."""

from __future__ import annotations

import pickle

import pytest

from archive.model.pages import PageOutcome
from archive.work.values import value_of


class _Named:
    def __init__(self, owner: type, name: str) -> None:
        self._named = (owner, name)

    def __reduce__(self) -> tuple[object, tuple[type, str]]:
        return getattr, self._named


def test_a_member_of_an_enum_is_a_value() -> None:
    assert value_of(pickle.dumps(_Named(PageOutcome, "BLANK"))) is PageOutcome.BLANK


@pytest.mark.parametrize("name", ["mro", "__subclasses__", "__init_subclass__", "failed"])
def test_nothing_else_of_a_class_is(name: str) -> None:
    with pytest.raises(pickle.UnpicklingError):
        value_of(pickle.dumps(_Named(PageOutcome, name)))
