"""BatchSealer: seals the contents of a batch when it is closed, and finds later differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import TracebackType

from archive.concurrency.ordered import map_ordered
from archive.messages.catalogue import tr
from archive.model.ledger import Batch, BatchSeal, LedgerLine
from archive.store import keys
from archive.store.integrity import INTEGRITY_ERRORS, read_whole
from archive.store.keys import ChainKey
from archive.store.seals.seal_list import Mark, SealedVersion, SealListDraft, batch_name, read_list
from archive.store.vault import Vault


@dataclass(frozen=True, slots=True)
class SealDifference:
    """One difference between a closed batch's seal and the vault."""

    batch: str  # name
    message: str


@dataclass(frozen=True, slots=True)
class BatchSealDraft:
    """The seal of a batch before it is stored. A context manager: the list is in a temporary file."""

    list: SealListDraft
    lines: set[ChainKey] = field(default_factory=set)

    def __enter__(self) -> BatchSealDraft:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.list.__exit__()

    def keep(self, vault: Vault) -> BatchSeal:
        """Keep the list. Raises StoreUnavailable."""
        lines = len(self.lines)
        return BatchSeal(lines, self.list.count - lines, self.list.root(), self.list.keep(vault))


class BatchSealer:
    """Seals the batches of one vault, and compares them with it."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def draft(self, batch: Batch, look: Callable[[LedgerLine], None]) -> BatchSealDraft:
        """Return a seal over the present lines of ``batch``; ``look`` gets each line, so that sums use the same lines.

        Reads each line's head, and lists and reads each record's last version. Raises StoreError.
        """
        draft = BatchSealDraft(SealListDraft(batch_name(batch.id)))
        records: set[str] = set()
        for line in self._vault.bare_lines(batch.id):
            look(line)
            entry = ChainKey("ledger", batch.id, line.id, line.version)
            draft.lines.add(entry)
            draft.list.add(SealedVersion(Mark.KEPT, entry, line.digest))
            records |= {line.record} if line.record is not None else set()
        for version in map_ordered(sorted(records), self._record):
            if version is not None:  # else it is lost: `archive verify` reports it
                draft.list.add(version)
        return draft

    def is_current(self, batch: Batch, draft: BatchSealDraft) -> bool:
        """Return True when the vault still lists the same lines. Raises StoreUnavailable."""
        return set(self._vault.line_heads(batch.id)) == draft.lines

    def after(self, batch: Batch) -> int | None:
        """Return how many lines and records have newer versions since ``batch`` was closed; None when it is not sealed.

        Uses only listings. Raises StoreError.
        """
        if batch.sealed is None:
            return None
        lines = {entry.id: entry.version for entry in self._vault.line_heads(batch.id)}
        later = 0
        for sealed, last in map_ordered(read_list(self._vault.store, batch.sealed.list), self._with_last(lines)):
            later += last is not None and last > sealed.entry.version
        return later

    def differences(self, batch: Batch, deep: bool = False) -> Iterator[SealDifference]:
        """Yield the differences between a closed batch's lines and its seal, by listings only.

        ``deep``: also read every sealed line and record. Raises StoreError.
        """
        if batch.sealed is None:
            return
        listed = {entry.id: entry.version for entry in self._vault.line_heads(batch.id)}
        sealed_list = read_list(self._vault.store, batch.sealed.list)
        for sealed, same in map_ordered(sealed_list, self._held) if deep else map(_trusted, sealed_list):
            is_line, shown = sealed.entry.space != "records", sealed.entry.id[:12]
            if is_line and listed.pop(sealed.entry.id, 0) < sealed.entry.version:
                yield SealDifference(batch.name, tr("sealed.line_is_lost", line=shown))
            elif not same and is_line:
                yield SealDifference(batch.name, tr("sealed.line_is_another", line=shown))
            elif not same:
                yield SealDifference(batch.name, tr("sealed.record_is_another", record=shown))
        for line in sorted(listed):
            yield SealDifference(batch.name, tr("sealed.line_was_added", line=line[:12]))

    def _held(self, sealed: SealedVersion) -> tuple[SealedVersion, bool]:
        try:
            return sealed, keys.digest_of(read_whole(self._vault.store, sealed.entry.key)) == sealed.digest
        except INTEGRITY_ERRORS:
            return sealed, False

    def _record(self, record: str) -> SealedVersion | None:
        last = self._vault.chains.last(ChainKey("records", "", record, 0))
        if last is None:
            return None
        return SealedVersion(Mark.KEPT, last, keys.digest_of(read_whole(self._vault.store, last.key)))

    def _with_last(self, lines: dict[str, int]) -> Callable[[SealedVersion], tuple[SealedVersion, int | None]]:
        def look(sealed: SealedVersion) -> tuple[SealedVersion, int | None]:
            if sealed.entry.space == "ledger":
                return sealed, lines.get(sealed.entry.id)
            last = self._vault.chains.last(sealed.entry)
            return sealed, last.version if last else None

        return look


def _trusted(sealed: SealedVersion) -> tuple[SealedVersion, bool]:
    return sealed, True
