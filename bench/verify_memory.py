"""Memory of `archive verify` over a vault of many small objects, and what it would be at two million pages.

    python -m bench.verify_memory --scans 25000
    python -m bench.verify_memory --database 500000

Each scan has eight objects, as an import leaves them: original, reading, two bodies, two heads, two announcements.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from archive.store import keys
from archive.store.backends.folder import FolderStore
from archive.store.format.canonical_json import encode
from archive.store.vault import Vault
from archive.store.verify.check import Check
from archive.store.verify.reference_check import ReferenceCheck
from archive.store.verify.scratch_database import ScratchDatabase
from tests import makers
from tests.doubles.memory_store import MemoryStore
from tests.doubles.vaults import line_of, record_of

_PAGES_A_SCAN = 4
_PAGES = 2_000_000
_LINES_A_BATCH = 5_000


class _Unsafe(FolderStore):
    """A folder that does not wait for the disk: only for filling."""

    def create(self, key: str, data: object) -> None:  # type: ignore[override]  # bytes of ours
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.read())  # type: ignore[attr-defined]  # a stream


def fill(root: Path, scans: int) -> None:
    """Put a vault of so many scans into ``root``."""
    vault = Vault(_Unsafe(root))
    for first in range(0, scans, _LINES_A_BATCH):
        name = f"Hộp {first}"
        names = [f"scan {number}" for number in range(first, min(scans, first + _LINES_A_BATCH))]
        batch = replace(makers.batch(), id=keys.batch_id(name), name=name)
        paths = sorted(keys.path_id(batch.id, one) for one in names)
        given = vault.keep_bytes(encode({"format": 1, "type": "given", "paths": paths}))
        vault.append_batch(replace(batch, given=(given,)))
        for one in names:
            line = line_of(one, name)
            vault.append_record(record_of(one, vault, line))
            vault.append_line(line)


def measure(root: Path) -> None:
    """Check a vault and print what it took; in a process of its own, so that filling does not count."""
    before = _resident()
    began = time.monotonic()
    check = Check(FolderStore(root))
    findings = sum(1 for _ in check.run())
    seconds, after = time.monotonic() - began, _resident()
    objects = check.report.objects
    print(f"{objects:,} objects, {findings} findings, {seconds:.1f} s, {objects / seconds:,.0f} objects/s")
    print(f"peak resident {after:.0f} MiB, {after - before:.0f} MiB above the start")
    whole = _PAGES // _PAGES_A_SCAN * 8
    print(f"at {_PAGES:,} pages ({whole:,} objects): {whole / objects * seconds / 60:.0f} minutes")


def database(scans: int) -> None:
    """Print what the scratch database alone takes for so many scans: what of a check could grow with the archive."""
    before, began = _resident(), time.monotonic()
    with ScratchDatabase() as facts:
        for number in range(scans):
            _note_scan(facts, number)
        facts.index()
        list(ReferenceCheck(MemoryStore(), facts).run())
        pages = facts.one("PRAGMA page_count") or (0,)
        seconds, mib = time.monotonic() - began, pages[0] * 4096 / 2**20
    print(f"{8 * scans:,} objects: {_resident() - before:.0f} MiB resident, {mib:.0f} MiB on disk, {seconds:.0f} s")


def _note_scan(facts: ScratchDatabase, number: int) -> None:
    def digest(what: str) -> bytes:
        return hashlib.sha256(f"{what}{number}".encode()).digest()

    batch = hashlib.sha256(str(number // _LINES_A_BATCH).encode()).digest()[:16]
    record, line = b"\1" + digest("record")[:16], b"\2" + batch + digest("line")[:16]
    for what in ("original", "record body", "line body"):
        facts.add("content", digest(what))
        facts.add("content_ref", digest(what), record, 1, what)
    reading = digest("original") + bytes(10)
    facts.add("reading", reading, digest("reading"))
    facts.add("reading_ref", reading, digest("reading"), record, 1)
    for chain in (record, line):
        facts.add("head", chain, 1, digest("head"), batch)
        facts.add("announced", chain, 1, digest("head"))
    facts.add("chain_ref", record, line, 1)


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Fill a temporary vault and check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=25_000)
    parser.add_argument("--measure", type=Path, help="check this vault only")
    parser.add_argument("--database", type=int, metavar="SCANS", help="measure the scratch database alone")
    options = parser.parse_args()
    if options.database:
        database(options.database)
        return
    if options.measure:
        measure(options.measure)
        return
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), options.scans)
        subprocess.run([sys.executable, "-m", "bench.verify_memory", "--measure", folder], check=True)


if __name__ == "__main__":
    main()
