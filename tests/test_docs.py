"""Documents name what there is: files, links, scripts, packages, layers."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.documents import CODE, DOCUMENTS, ROOT, blocks, shown, text_of, ticked, without_blocks


def slug(heading: str) -> str:
    """Return the anchor that a heading gets where documents are shown."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    return {
        slug(heading) for heading in re.findall(r"^#+ (.+)$", without_blocks(path.read_text("utf-8")), re.MULTILINE)
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_local_links_lead_somewhere(document: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(document.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = (document.parent / name) if name else document
        if not place.exists() or (anchor and anchor not in anchors(place)):
            broken.append(target)

    assert broken == []


NAMED_FILE = re.compile(r"(?:archive|tests|scripts|docs|samples|bench|\.ci)/[\w./-]*")


@pytest.mark.parametrize("document", DOCUMENTS, ids=shown)
def test_files_that_documents_name_exist(document: Path) -> None:
    named = {word for span in ticked(document.read_text("utf-8")) for word in span.split()}
    gone = [word for word in sorted(named) if NAMED_FILE.fullmatch(word) and not (ROOT / word).exists()]

    assert gone == []


def defined(path: Path) -> set[str]:
    """Return the functions and classes of a module, and methods as ``Class.method``."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    top = [node for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, kinds)]
    methods = {f"{node.name}.{one.name}" for node in top for one in ast.walk(node) if isinstance(one, ast.FunctionDef)}
    return {node.name for node in top} | methods


def test_every_step_on_the_page_of_architecture_is_a_function_of_its_file() -> None:
    page = ROOT / "docs" / "architecture.md"
    steps = re.findall(r"\[`([\w.]+)`\]\(([^)]+\.py)\)", page.read_text("utf-8"))

    assert len(steps) > 20, "the page shows too few steps"
    assert [(name, file) for name, file in steps if name not in defined(page.parent / file)] == []


def test_documents_that_the_code_names_exist() -> None:
    """``docs/adr/0003`` stands for the file that begins so."""
    named = {
        (shown(path), name.rstrip("."))
        for path in CODE
        for name in re.findall(r"\bdocs/[\w./-]+", path.read_text("utf-8"))
    }

    assert [(code, name) for code, name in sorted(named) if not list(ROOT.glob(f"{name}*"))] == []


def test_every_script_is_described_in_contributing() -> None:
    scripts = {f"scripts/{path.name}" for path in (ROOT / "scripts").iterdir() if path.is_file()}

    assert scripts - ticked(text_of("CONTRIBUTING.md")) == set()


def test_every_package_has_a_line_about_why_it_is_here() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        project = tomllib.load(stream)
    named = [*project["project"]["dependencies"], *(w for g in project["dependency-groups"].values() for w in g)]
    named += [word for extra in project["project"]["optional-dependencies"].values() for word in extra]
    packages = {re.split(r"[^\w-]", word)[0] for word in named}
    rows = set(re.findall(r"^\| `([\w-]+)` \|", text_of("docs/dependencies.md"), re.MULTILINE))

    assert packages - rows == set()


def test_versions_in_the_list_of_packages_are_those_that_are_pinned() -> None:
    pinned = dict(re.findall(r"^([\w-]+)==(\S+)", text_of("requirements.txt") + text_of("requirements-dev.txt"), re.M))
    shown = re.findall(r"^\| `([\w-]+)` \| ([\d.]+) \|", text_of("docs/dependencies.md"), re.MULTILINE)

    assert shown, "no versions are shown"
    assert [(name, version) for name, version in shown if pinned.get(name) != version] == []


def test_the_layers_in_contributing_are_those_of_the_linter() -> None:
    with (ROOT / "pyproject.toml").open("rb") as stream:
        contracts = tomllib.load(stream)["tool"]["importlinter"]["contracts"]
    layers = [set(re.findall(r"archive\.(\w+)", layer)) for layer in contracts[0]["layers"]]
    drawn = next(block for block in blocks(text_of("CONTRIBUTING.md"), "text") if "pipeline" in block)

    assert [set(line.split("    ")[0].split()) & set.union(*layers) for line in unindented(drawn)] == layers


def unindented(block: str) -> list[str]:
    return [line.strip() for line in block.splitlines()]
