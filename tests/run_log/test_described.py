"""Every event and field of the run log is described for administrators, and every field that code writes is known."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from archive.run_log.fields import FIELDS
from tests.documents import CODE, shown, text_of, ticked


def chapter() -> str:
    return re.split(r"^## ", text_of("docs/operations.md").partition("## The run log\n")[2], flags=re.MULTILINE)[0]


def writes() -> Iterator[tuple[str, str, set[str]]]:
    """Yield place, event and field names of each call that writes a line."""
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "write"):
                continue
            if not node.args or not isinstance(node.args[0], ast.Constant) or not isinstance(node.args[0].value, str):
                continue
            if ast.unparse(node.func.value).endswith(("log", "self")):
                names = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
                yield f"{shown(path)}:{node.lineno}", node.args[0].value, names


def test_every_field_and_event_is_described() -> None:
    events = {event for _, event, _ in writes()} | {"start", "retry"}
    known = ticked(chapter())

    assert {"scan", "failure", "end", "error", "result"} <= events, "the search for events finds too little"
    assert FIELDS.keys() - known == set()
    assert events - known == set()


def test_every_event_that_is_described_is_written() -> None:
    described = set(re.findall(r"^\| `(\w+)` \|", chapter(), re.MULTILINE))

    assert described == {event for _, event, _ in writes()} | {"start", "retry"}


def test_every_field_that_the_code_writes_is_known() -> None:
    unknown = [(place, name) for place, _, names in writes() for name in sorted(names - FIELDS.keys())]

    assert unknown == []
