"""Values: the types that a reply may contain. A worker parses hostile files, so its replies must not run code."""

from __future__ import annotations

import io
import pickle
from dataclasses import is_dataclass
from enum import Enum
from typing import Any

from archive.errors import ArchiveError
from archive.messages.sentence import Sentence

# Of our package: dataclasses, enums, named tuples, sentences and errors, but no functions.
_OURS = "archive"
_PLAIN = {
    "builtins": {"bytearray", "complex", "frozenset", "range", "set"},
    "collections": {"Counter", "OrderedDict", "deque"},
    "datetime": {"date", "datetime", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
}


class _Unpickler(pickle.Unpickler):
    """Finds the classes of values and refuses everything else that a pickle may name, above all functions."""

    def find_class(self, module: str, name: str) -> Any:
        """Return the class ``name``. Raises UnpicklingError."""
        if (module, name) == ("builtins", "getattr"):
            return _member  # so Python 3.11.0 to 3.11.3 write a member of an enum
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        if module.partition(".")[0] == _OURS:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module and _is_value(found):
                return found
        raise pickle.UnpicklingError("an answer may hold values only")


def value_of(data: bytes) -> Any:
    """Return the value that a worker pickled. May raise any error of unpickling; runs only the code of values."""
    return _Unpickler(io.BytesIO(data)).load()


def _member(found: Any, name: str) -> Any:
    """Return a member of an enum; of nothing else, for ``getattr`` reaches everything. Raises UnpicklingError."""
    if isinstance(found, type) and issubclass(found, Enum) and name in found.__members__:
        return found[name]
    raise pickle.UnpicklingError("an answer may hold values only")


def _is_value(found: type) -> bool:
    return is_dataclass(found) or issubclass(found, Enum | tuple | ArchiveError | Sentence)
