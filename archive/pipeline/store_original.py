"""Store the original: after screening, copy the scan to the vault and compare it with its digest."""

from __future__ import annotations

from archive.errors import ContentDamaged, ObjectCorrupt, ScanChanged, StoreUnavailable
from archive.messages.catalogue import tr
from archive.pipeline.accept import Accepted
from archive.pipeline.context import ImportContext
from archive.sources.source import Source, digest_of_source, worker_error
from archive.store.vault import Vault
from archive.work.api import Done, Failed, Lost, RunAll, Task

_SECONDS_A_MIB = 2.0  # for the slowest share or disk that is still usable
_BASE_SECONDS = 120.0


def store_original(accepted: Accepted, context: ImportContext, run_all: RunAll) -> None:
    """Keep the original; after a lost worker try once more. Raises ScanChanged, Unreadable, StoreError."""
    seconds = _BASE_SECONDS + _SECONDS_A_MIB * accepted.bytes / 2**20
    arguments = (context.vault, accepted.scan.source, accepted.sha256)
    mib = context.tools.limits.worker_mib
    task = Task(copy_to_vault, arguments, seconds, mib, waits=True, about=accepted.line_id)
    for _ in range(2):
        (ending,) = run_all([task])
        if isinstance(ending, Done):
            return
        if isinstance(ending, Failed) and not getattr(ending.error, "retryable", False):
            raise worker_error(ending.error, accepted.scan.source)
    if isinstance(ending, Failed):
        raise ending.error
    if isinstance(ending, Lost):
        raise StoreUnavailable(tr("import.an_original_could_not_be_kept_because", why=ending.why))
    raise StoreUnavailable(tr("import.an_original_could_not_be_kept"))


def copy_to_vault(vault: Vault, source: Source, digest: str) -> None:
    """Stream a scan to the vault as content ``digest``. A worker's only effect.

    Raises ScanChanged when the scan no longer has that digest, ContentDamaged when the store has other bytes there,
    Unreadable, StoreError, SettingsError.
    """
    if vault.has(digest):
        if digest_of_source(source) != digest:
            raise ScanChanged(tr("rejected.the_file_changed_while_it_was"))
        vault.check(digest)  # left by a killed run, perhaps before it verified what it had written
        return
    try:
        with source.open() as stream:
            vault.keep(stream, digest)
    except ContentDamaged:
        raise
    except ObjectCorrupt as error:
        raise ScanChanged(tr("rejected.the_file_changed_while_it_was")) from error
