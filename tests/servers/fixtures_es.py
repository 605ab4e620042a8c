"""Fixtures: one node of Elasticsearch for all tests of a run; each test has a name of its own on it.

The conftest of all tests imports ``elastic_node`` and ``elastic_node_9``: a second import would start a second node.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

import pytest

from tests.servers import elasticsearch
from tests.servers.elastic_parts import JAVA_FOR, Unavailable, java_home
from tests.servers.elasticsearch import Elasticsearch

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of random name is made in it


@pytest.fixture(scope="session")
def elastic_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elasticsearch]:
    """The oldest version that we work with."""
    yield from _node(tmp_path_factory, "8.19.0")


@pytest.fixture(scope="session")
def elastic_node_9(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elasticsearch]:
    """The newest; it wants a newer Java than Debian 12 has, so it runs where one is found."""
    first, last = JAVA_FOR["9.2.2"]
    if java_home(first, last) is None:
        pytest.skip(f"Elasticsearch 9.2.2 needs a JDK {first} to {last}, and none is below /usr/lib/jvm")
    yield from _node(tmp_path_factory, "9.2.2")


def new_name() -> str:
    """Return a name that no other test uses."""
    return f"t-{uuid.uuid4().hex[:12]}"


def absent(error: Unavailable) -> NoReturn:
    """Skip the test for want of a server; fail on CI, where nothing may go untested."""
    if os.environ.get("CI"):
        pytest.fail(str(error))
    pytest.skip(str(error))


def _node(folders: pytest.TempPathFactory, version: str) -> Iterator[Elasticsearch]:
    # A new index is some dozens of forced writes: in memory they cost a fifth, and what a test proves is not the disk.
    place = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else folders.getbasetemp()
    with tempfile.TemporaryDirectory(prefix=f"elastic-{version}-", dir=place) as home:
        try:
            node = elasticsearch.up(Path(home), version, bound=True)
        except Unavailable as error:
            absent(error)
        try:
            yield node
        finally:
            node.kill()  # what it holds is thrown away
