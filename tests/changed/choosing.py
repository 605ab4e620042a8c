"""Chooses the tests that concern changed files: by the import graph, by folders that mirror each other, by file names.

A test is chosen when it changed, when it lies in the folder of ``tests/`` that mirrors the folder of a changed module,
or when it reaches a changed file within ``REACH`` imports. A fixture counts as an import: a test imports the conftest
modules of its folders, except that of all tests. So does the name of a module in a string, as in ``python -m NAME``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import grimp  # comes with import-linter

REACH: Final = 2  # imports between a test and what changed; at 3 nearly all tests reach nearly all modules
PACKAGES: Final = ("archive", "tests", "samples", "bench", "training")
ALWAYS: Final = ("tests/test_house_rules.py", "tests/test_docs*.py")
EVERYTHING: Final = ("pyproject.toml", "requirements.txt", "requirements-dev.txt", "tests/conftest.py", "scripts/setup")
SERVERS: Final[Mapping[str, tuple[str, ...]]] = {  # which changed files want which servers
    "s3": (
        "archive/store/backends/s3/",
        "archive/sources/bucket",
        "archive/services/imports/buckets.py",
        "tests/servers/seaweedfs.py",
        "tests/servers/fixtures.py",
    ),
    "elasticsearch": ("archive/index/elastic/", "tests/servers/elastic", "tests/servers/fixtures_es.py"),
    "dask": ("archive/work/dask/", "tests/servers/dask_cluster.py"),
}
_ROOT_CONFTEST: Final = "tests.conftest"


@dataclass(frozen=True)
class Choice:
    """Test files to run, nearest to the change first; the rest of the suite; the servers that may be started.

    ``everything`` names the file for which no choice can be made.
    """

    chosen: tuple[str, ...]
    rest: tuple[str, ...]
    servers: frozenset[str]
    everything: str | None = None


class Suite:
    """The tests of a repository, and who imports whom in it."""

    def __init__(self, root: Path, packages: Iterable[str] = PACKAGES) -> None:
        self.root = root
        graph = grimp.build_graph(*packages, cache_dir=None)
        self._importers = {name: set(graph.find_modules_that_directly_import(name)) for name in graph.modules}
        self._files = {name: file for name in graph.modules if (file := _file_of(root, name))}
        self._texts = {name: (root / file).read_text("utf-8") for name, file in self._files.items()}
        self.tests = tuple(sorted(file for file in self._files.values() if _is_test(file)))
        for name, file in self._files.items():
            for conftest in self._conftests(file):
                self._importers[conftest].add(name)
            for named in self._named_modules(name):
                self._importers[named].add(name)

    def choose(self, changed: Iterable[str]) -> Choice:
        """Choose for changed files, given as paths from the root with ``/``."""
        files = sorted(set(changed))
        for file in files:
            if file in EVERYTHING:
                return Choice(self.tests, (), frozenset(SERVERS), file)
        nearness: dict[str, tuple[int, str]] = {}
        for file in files:
            for distance, test in (*self._by_imports(file), *self._mirrored(file)):
                nearness[test] = min(nearness.get(test, (distance, test)), (distance, test))
        always = [test for test in self.tests if any(PurePosixPath(test).match(one) for one in ALWAYS)]
        chosen = (*always, *sorted(nearness.keys() - set(always), key=lambda test: nearness[test]))
        servers = frozenset(name for name, places in SERVERS.items() if any(file.startswith(places) for file in files))
        return Choice(chosen, tuple(test for test in self.tests if test not in chosen), servers)

    def imports(self, test: str, module: str) -> bool:
        """Say whether a test file imports a module itself."""
        return any(self._files.get(name) == test for name in self._importers.get(module, ()))

    def _by_imports(self, file: str) -> Iterator[tuple[int, str]]:
        """Yield (imports in between, test) for tests that reach a changed file."""
        front = set(self._modules_of(file))
        seen = set(front)
        for distance in range(REACH + 1):
            yield from ((distance, self._files[name]) for name in front if self._files.get(name) in self.tests)
            front = {importer for name in front for importer in self._importers.get(name, ())} - seen
            seen |= front

    def _mirrored(self, file: str) -> Iterator[tuple[int, str]]:
        """Yield the tests of the deepest folder that mirrors the folder of a changed module."""
        parts = PurePosixPath(file).parts
        if parts[0] != "archive" or not file.endswith(".py"):
            return
        stem = PurePosixPath(file).stem.strip("_")
        folder = PurePosixPath("tests", *parts[1:-1])
        while folder.name != "tests":
            beside = [test for test in self.tests if PurePosixPath(test).parent == folder]
            if beside:
                named = [test for test in beside if stem in PurePosixPath(test).stem]
                yield from ((1 if test in named else 2, test) for test in beside)
                return
            folder = folder.parent

    def _modules_of(self, file: str) -> list[str]:
        """Return the module that a file is; for any other file those that name it, else those of its package."""
        if file.endswith(".py"):
            return [_module_of(file)]
        path = PurePosixPath(file)
        naming = [name for name, text in self._texts.items() if path.name in text and name not in self._listing()]
        if naming or not (path.parts[0] == "archive" or "golden" in path.parts):
            return naming
        package = next((one for one in path.parents if (self.root / one / "__init__.py").exists()), path.parent)
        return [name for name, other in self._files.items() if PurePosixPath(other).is_relative_to(package)]

    def _listing(self) -> frozenset[str]:
        """Return the modules that name files without reading them: this package."""
        return frozenset(name for name in self._files if name.startswith("tests.changed"))

    def _conftests(self, file: str) -> Iterator[str]:
        if file.startswith("tests/"):
            for folder in PurePosixPath(file).parents:
                name = ".".join((*folder.parts, "conftest"))
                if name in self._files and name != _ROOT_CONFTEST and self._files[name] != file:
                    yield name

    def _named_modules(self, name: str) -> Iterator[str]:
        if name.startswith("tests."):
            for node in ast.walk(ast.parse(self._texts[name])):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in self._files:
                    yield node.value


def _file_of(root: Path, module: str) -> str | None:
    path = PurePosixPath(*module.split("."))
    for file in (path.with_suffix(".py") if path.suffix == "" else path, path / "__init__.py"):
        if (root / file).is_file():
            return str(file)
    return None


def _module_of(file: str) -> str:
    parts = PurePosixPath(file).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_test(file: str) -> bool:
    return file.startswith("tests/") and PurePosixPath(file).name.startswith("test_")
