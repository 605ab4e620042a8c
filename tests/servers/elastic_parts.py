"""What a node of Elasticsearch is made of: a fitting Java, and the vendor's jars from Maven Central, fetched once."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent / "elastic_node"
_DESCRIPTOR: Final = "META-INF/es-plugins/transport-netty4/plugin-descriptor.properties"
_FETCH_SECONDS: Final = 600  # 40 MB of jars over a slow line

# First and last major version of Java that a version of the server was seen to run on.
JAVA_FOR: Final[Mapping[str, tuple[int, int]]] = {"8.19.0": (17, 23), "9.2.2": (21, 25)}


class Unavailable(Exception):
    """This machine lacks Java or Maven for a server; the message says what to install."""


@dataclass(frozen=True)
class Parts:
    """Where the parts of one version lie. They are shared by all nodes of all test runs, and never written again."""

    java: Path
    lib: Path
    modules: Path
    classes: Path


def parts(version: str) -> Parts:
    """Return the parts of ``version``, fetched when they are not there yet. Raises Unavailable."""
    java = java_home(*JAVA_FOR[version])
    if java is None:
        first, last = JAVA_FOR[version]
        raise Unavailable(f"Elasticsearch {version} needs a JDK {first} to {last}; install one below /usr/lib/jvm")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "results-archive-tests"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"elasticsearch-{version}-{_recipe()}"
    with (cache / f"elasticsearch-{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed
        if not folder.exists():
            _fetch(version, java, folder)
    return Parts(java / "bin" / "java", folder / "lib", folder / "modules", folder / "classes")


def java_home(first: int, last: int) -> Path | None:
    """Return the newest JDK of these major versions."""
    found = {version: home for home in _homes() if (version := _major(home)) and first <= version <= last}
    return found[max(found)] if found else None


def _homes() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    yield from sorted(Path("/usr/lib/jvm").glob("*"))


def _major(home: Path) -> int | None:
    """Return the major version that a JDK's own ``release`` file tells; None for what has no compiler."""
    if not (home / "bin" / "javac").exists() or not (home / "release").exists():
        return None
    told = re.search(r'^JAVA_VERSION="(\d+)', (home / "release").read_text("utf-8"), re.MULTILINE)
    return int(told[1]) if told else None


def _recipe() -> str:
    """Return a number that changes when the files that make a node do: old caches are then left alone."""
    size = sum(len(file.read_bytes()) * (at + 1) for at, file in enumerate(sorted(_HERE.iterdir())))
    return f"{size:x}"


def _fetch(version: str, java: Path, target: Path) -> None:
    """Make ``target`` at once or not at all: the name appears when everything is in it."""
    maven = shutil.which("mvn")
    if maven is None:
        raise Unavailable(f"Elasticsearch {version} comes from Maven Central, and there is no mvn; install maven")
    with tempfile.TemporaryDirectory(dir=target.parent) as work:
        made = Path(work) / "made"
        lib, netty, classes = made / "lib", made / "modules" / "transport-netty4", made / "classes"
        for folder in (lib, netty, classes):
            folder.mkdir(parents=True)
        copy = ["dependency:copy-dependencies", f"-Delastic={version}", f"-DoutputDirectory={lib}"]
        _run([maven, "-q", "-B", "-f", str(_HERE / "pom.xml"), *copy])
        for pattern in ("netty-*.jar", "transport-netty4-*.jar"):
            for jar in lib.glob(pattern):
                jar.rename(netty / jar.name)
        with zipfile.ZipFile(next(netty.glob("transport-netty4-*.jar"))) as jar_file:
            (netty / Path(_DESCRIPTOR).name).write_bytes(jar_file.read(_DESCRIPTOR))
        compiler = [str(java / "bin" / "javac"), "--module-path", str(lib), "--add-modules", "org.elasticsearch.server"]
        _run([*compiler, "-d", str(classes), str(_HERE / "Start.java")])
        made.rename(target)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_FETCH_SECONDS, check=False)  # noqa: S603 - fixed words and paths
    if done.returncode:
        raise Unavailable(f"{Path(command[0]).name} failed: {(done.stdout + done.stderr)[-2000:]}")
