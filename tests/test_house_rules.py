"""The house rules of CONTRIBUTING.md hold: whatever a machine can judge, this file judges."""

from __future__ import annotations

import ast
import io
import os
import re
import subprocess
import sys
import tokenize
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HARD_FUNCTION_LINES = 60
HARD_MODULE_LINES = 400
FOLDER_MODULES = 15
LARGER_FOLDERS = {
    "archive/commands/verbs": "one file a verb: whoever knows the verb knows the file, however many there are",
}
CODE = tuple(sorted(path for part in ("archive", "samples", "bench") for path in (ROOT / part).rglob("*.py")))
ARCHIVE = tuple(path for path in CODE if path.is_relative_to(ROOT / "archive"))
MAY_KNOW_SETTINGS = ("archive/settings.py", "archive/backend_factory.py", "archive/wiring.py", "archive/commands/")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def shown(path: Path, line: int | None = None) -> str:
    return f"{path.relative_to(ROOT)}" + (f":{line}" if line else "")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def repository_files() -> list[Path]:
    """Return every file that is, or is about to be, in the repository; from the version control itself."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603 - fixed words
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: what belongs to the repository is not known")
    names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
    return [path for path in (ROOT / name for name in names) if path.is_file() and not path.is_symlink()]


def text_files() -> Iterator[tuple[Path, str]]:
    """Yield every text file of the repository; scans and other pictures are not text."""
    for path in repository_files():
        data = path.read_bytes()
        if b"\0" in data:
            continue
        try:
            yield path, data.decode("utf-8")
        except UnicodeDecodeError:
            continue


def comments(path: Path) -> Iterator[tuple[int, str]]:
    source = io.StringIO(path.read_text("utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_there_is_code_to_judge() -> None:
    assert len(ARCHIVE) > 50, "the rules below were judged on next to nothing"


def test_no_function_is_longer_than_sixty_lines() -> None:
    too_long = [
        f"{shown(path, node.lineno)} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path in CODE
        for node in ast.walk(parsed(path))
        if isinstance(node, Function) and node.end_lineno and node.end_lineno - node.lineno >= HARD_FUNCTION_LINES
    ]

    assert too_long == []


def test_no_module_is_longer_than_four_hundred_lines() -> None:
    lengths = {shown(path): len(path.read_text("utf-8").splitlines()) for path in CODE}

    assert {name: length for name, length in lengths.items() if length > HARD_MODULE_LINES} == {}


def test_no_folder_holds_more_than_fifteen_modules() -> None:
    """Else prefixes come back where packages should be."""
    modules = Counter(shown(path.parent) for path in ARCHIVE if path.name != "__init__.py")
    too_full = {folder for folder, count in modules.items() if count > FOLDER_MODULES}

    assert too_full == LARGER_FOLDERS.keys(), "a folder is too full, or has its exception without need"


def test_every_folder_of_modules_is_a_package() -> None:
    bare = {shown(path.parent) for path in ARCHIVE if not (path.parent / "__init__.py").is_file()}

    assert bare == set()


def test_every_module_has_a_caption_of_one_line() -> None:
    """The first line of the docstring is a sentence by itself; what follows stands apart from it."""
    bare = []
    for path in CODE:
        lines = (ast.get_docstring(parsed(path)) or "").split("\n")
        if not lines[0].endswith((".", "!", "?")) or (len(lines) > 1 and lines[1]):
            bare.append(shown(path))

    assert bare == []


def undocumented(body: list[ast.stmt], path: Path, owner: str = "") -> Iterator[str]:
    """Yield public definitions without a docstring, looking into public classes and not into functions."""
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            yield f"{shown(path, node.lineno)} {owner}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node.body, path, f"{node.name}.")


def test_everything_public_says_what_it_is() -> None:
    missing = [name for path in ARCHIVE for name in undocumented(parsed(path).body, path)]

    assert missing == []


SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore)\b", re.IGNORECASE)
NOQA_WITH_REASON = re.compile(r"#\s*noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*\s+(?:--|[-–—#])\s*(?:same\b|\w.{7,})")
IGNORE_WITH_REASON = re.compile(r"#\s*type: ignore\[[a-z-]+(, ?[a-z-]+)*\]\s+(?:--|[-–—#])\s*(?:same\b|\w.{7,})")
WHOLE_FILE = re.compile(r"#\s*(ruff: noqa|flake8: noqa|mypy: |type: ignore(?!\[)|pylint:|pragma: no cover)")


def is_explained(comment: str) -> bool:
    if WHOLE_FILE.search(comment):
        return False
    if not SUPPRESSION.search(comment):
        return True
    return bool(NOQA_WITH_REASON.search(comment) or IGNORE_WITH_REASON.search(comment))


@pytest.mark.parametrize(
    "comment",
    [
        "# plain words",
        "# " + "noqa: S603 - our own module",
        "# " + "type: ignore[arg-type]  # read() is all that create uses",
        "# " + "type: ignore[arg-type, index] - wait() returns what it was given",
    ],
)
def test_a_reason_is_seen(comment: str) -> None:
    assert is_explained(comment)


@pytest.mark.parametrize(
    "comment",
    [
        "# " + "noqa",
        "# " + "noqa: S603",
        "# " + "noqa: S603 - ok",
        "# " + "type: ignore",
        "# " + "type: ignore # I am sure that it works",
        "# " + "type: ignore[arg-type]",
        "# " + "ruff: noqa: S603 - the whole file",
    ],
)
def test_a_missing_reason_is_seen(comment: str) -> None:
    assert not is_explained(comment)


def test_every_lint_exception_in_code_carries_its_reason() -> None:
    every = [path for path in repository_files() if path.suffix == ".py" or path == ROOT / "scripts" / "docs"]
    unexplained = [
        f"{shown(path, line)} {comment}"
        for path in every
        for line, comment in comments(path)
        if not is_explained(comment)
    ]

    assert unexplained == []


def test_every_lint_exception_in_the_configuration_carries_its_reason() -> None:
    """Lines that switch a rule off for many files stand one by one, each with a comment."""
    section, unexplained, ignoring = "", [], False
    for number, line in enumerate((ROOT / "pyproject.toml").read_text("utf-8").splitlines(), 1):
        if line.startswith("["):
            section, ignoring = line.strip("[] "), False
            continue
        switches_off = (ignoring and line.strip().startswith('"')) or "ignore_" in line
        switches_off |= section == "tool.ruff.lint.per-file-ignores" and "=" in line
        if switches_off and "#" not in line:
            unexplained.append(f"pyproject.toml:{number} {line}")
        if section == "tool.ruff.lint" and line.startswith("ignore ="):
            ignoring = True
        if line.startswith("]"):
            ignoring = False

    assert unexplained == []


# Folders in which machines keep their users and mounts. What every Debian has (/usr, /proc, /dev) is no machine's own.
MACHINE_PATH = re.compile(
    r"(?<![\w.*/~}\])>-])/(?:home|root|Users|work|mnt|media|workspace|builds)/[\w.-]|[A-Z]:\\\\?Users"
)
REGISTRY = re.compile(
    r"\b(?:[\w-]+\.)*(?:pypi|pythonhosted|npmjs|artifactory|devpi|jfrog)\.[a-z]{2,}\b"
    r"|--(?:extra-)?index-url[= ]|--trusted-host[= ]|--find-links[= ]|\b(?:PIP|UV)_(?:EXTRA_)?INDEX_URL\b"
)


@pytest.mark.parametrize("text", ["see " + "/home" + "/thu/x", '"' + "/work" + '/main"', "C:\\" + "Users\\thu"])
def test_a_path_of_a_machine_is_seen(text: str) -> None:
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", ["tests/work/test_workers.py", "/usr/share/x", "../shared/home/x", "~/work/x"])
def test_other_paths_are_not_a_machines(text: str) -> None:
    assert not MACHINE_PATH.search(text)


def test_no_file_names_a_path_of_a_machine() -> None:
    own = re.compile(re.escape(str(ROOT)) + r"(?![\w-])") if len(ROOT.parts) > 2 else MACHINE_PATH
    found = [
        f"{shown(path, number)} {line.strip()[:80]}"
        for path, text in text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line) or own.search(line)
    ]

    assert found == []


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is the business of whoever installs, not of the repository."""
    found = [
        f"{shown(path, number)} {match.group()}"
        for path, text in text_files()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := REGISTRY.search(line))
    ]

    assert found == []


def test_every_text_file_and_every_file_name_is_nfc() -> None:
    """Other normal forms stand in tests as escapes, where they can be seen."""
    texts = [shown(path) for path, text in text_files() if not unicodedata.is_normalized("NFC", text)]
    names = [shown(path) for path in repository_files() if not unicodedata.is_normalized("NFC", shown(path))]

    assert (texts, names) == ([], [])


def test_imports_point_down_and_siblings_never_import_each_other() -> None:
    """The layers stand in pyproject.toml; import-linter judges them."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run([*command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words

    assert done.returncode == 0, done.stdout + done.stderr


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, module) of all imports, also those inside functions."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def test_only_wiring_and_entry_points_know_settings() -> None:
    found = [
        f"{shown(path, line)} imports {module}"
        for path in ARCHIVE
        if not shown(path).startswith(MAY_KNOW_SETTINGS)
        for line, module in imported(path)
        if module == "archive.settings" or module.startswith("archive.settings.")
    ]

    assert found == []


def test_commands_ask_services_and_never_the_vault_or_an_index() -> None:
    """import-linter sees imports; this sees what wiring's Archive holds beside its services."""
    found = [
        f"{shown(path, node.lineno)} .{node.attr}"
        for path in ARCHIVE
        if shown(path).startswith("archive/commands/")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in ("vault", "index", "table")
    ]

    assert found == []


def reads_environment(node: ast.AST) -> bool:
    """Say whether ``node`` asks for an environment variable; setting one for a native library is no question."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        inner = node.func.value
        if node.func.attr == "getenv":
            return True
        return node.func.attr == "get" and isinstance(inner, ast.Attribute) and inner.attr == "environ"
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "environ"
    return False


def test_only_settings_read_the_environment() -> None:
    found = [
        shown(path, getattr(node, "lineno", None))
        for path in ARCHIVE
        if shown(path) != "archive/settings.py"
        for node in ast.walk(parsed(path))
        if reads_environment(node)
    ]

    assert found == []


def prints(node: ast.AST) -> bool:
    """Say whether ``node`` prints text: click's functions, print, or a standard stream's own ``write``."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "click" and any(alias.name in ("echo", "secho", "style") for alias in node.names)
    if not isinstance(node, ast.Call):
        return False
    said = ast.unparse(node.func)
    return said in ("print", "click.echo", "click.secho", "click.style", "traceback.print_exc") or bool(
        re.fullmatch(r"sys\.std(out|err)\.write(lines)?", said)
    )


def test_text_is_printed_at_one_address() -> None:
    """There control signs of foreign text lose their power over the terminal."""
    found = [
        shown(path, getattr(node, "lineno", None))
        for path in ARCHIVE
        if shown(path) != "archive/commands/printing.py"
        for node in ast.walk(parsed(path))
        if prints(node)
    ]

    assert found == []


def test_the_layers_of_the_linter_are_all_that_there_is() -> None:
    """A new package without a place among the layers would escape the linter."""
    layers = (ROOT / "pyproject.toml").read_text("utf-8").split('type = "layers"', 1)[1].split("]", 1)[0]
    named = set(re.findall(r"archive\.(\w+)", layers))
    there = {path.parent.name for path in (ROOT / "archive").glob("*/__init__.py")}
    there |= {path.stem for path in (ROOT / "archive").glob("*.py") if not path.stem.startswith("__")}

    assert there - named == {"settings"}
