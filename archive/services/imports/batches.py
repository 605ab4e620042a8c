"""Batches: opening, continuing and closing them; their given scans and their sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from types import MappingProxyType

from archive.clock import Clock
from archive.errors import RequestRefused, VersionConflict
from archive.messages.catalogue import quantity, tr
from archive.model.ledger import Batch, LedgerLine, ScanOutcome
from archive.model.results import Actor, Problem
from archive.services.derived.publisher import Publish, Publisher
from archive.services.imports.batch_seal import BatchSealDraft, BatchSealer, SealDifference
from archive.services.imports.problems import problems_of_line
from archive.services.unreadable_objects import UnreadableObjects, batches_by_id
from archive.store import keys
from archive.store.format.canonical_json import decode, encode_typed
from archive.store.integrity import INTEGRITY_ERRORS
from archive.store.keys import ChainKey
from archive.store.vault import Vault
from archive.store.version_chains import MAX_ATTEMPTS, refused_unseen
from archive.text.vietnamese import is_line, nfc


@dataclass(frozen=True)
class BatchSums:
    """The counts of a batch from its ledger. ``unfinished``: given scans without an outcome."""

    batch: Batch
    given: int
    scans: Mapping[ScanOutcome, int]
    pages: Mapping[str, int]  # by page outcome, of stored and duplicate scans alike
    unfinished: int
    failed_pages: int
    unreadable: int = 0  # unreadable objects: the numbers are too small if there are any
    after_closing: int | None = None  # lines and records that went on since; None where nobody asked, or it is open

    @property
    def closes(self) -> bool:
        """True when every scan given has exactly one outcome."""
        return self.unreadable == 0 and self.unfinished == 0 and self.given == sum(self.scans.values())


class Batches:
    """The batches of one vault."""

    def __init__(self, vault: Vault, actor: Actor, now: Clock, publisher: Publisher | None = None) -> None:
        """``publisher`` tells index and page table of closings; without it they learn of them by a catch-up."""
        self._vault = vault
        self._publishing = publisher.publishing if publisher is not None else _published_later
        self._actor = actor
        self._now = now
        self._sealer = BatchSealer(vault)

    def open(
        self,
        name: str,
        about: Mapping[str, str],
        paths: Iterable[str],
        retry: bool = False,
        further: Mapping[str, int] = MappingProxyType({}),
    ) -> Batch:
        """Open or continue the batch ``name`` and store the list of given scans, before any is read.

        ``about`` adds to the batch's metadata. ``retry`` appends a version, so that a concurrent close conflicts,
        and opens a closed batch. ``further``: how many scans must have an outcome under path ids that were given before
        with other bytes. Raises RequestRefused for a closed batch or a contradiction, StoreUnavailable.
        """
        name = checked_name(name)
        batch_id = keys.batch_id(name)
        given = Counter(keys.path_id(batch_id, path) for path in paths) | Counter(further)
        for _ in range(MAX_ATTEMPTS):
            before = self._vault.batch(batch_id)
            wanted = self._continued(before, batch_id, name, about, given, retry)
            if wanted == before:
                self._vault.make_durable(wanted)
                return wanted
            with suppress(VersionConflict):  # another run opened or continued it: read it again
                return self._vault.append_batch(wanted)
        raise refused_unseen()

    def close(self, name: str, accept_failed: bool = False) -> BatchSums:
        """Close a batch, with a seal over all its lines and records.

        Raises RequestRefused while its sum does not close, pages failed, or an import is running on it.
        """
        batch = self.named(name)
        if batch.closed:
            return self._sums(batch)
        for _ in range(MAX_ATTEMPTS):
            counted = _LineCounter()
            with self._sealer.draft(batch, counted.add) as draft:
                sums = counted.sums(batch, self._vault)
                _refuse_open_ends(sums, accept_failed)
                batch = self._append_closed(batch, draft)
                if self._sealer.is_current(batch, draft):
                    return replace(sums, batch=batch, after_closing=0)
        raise RequestRefused(tr("refused.batches.batch_is_closed_and_an", name=name))

    def _append_closed(self, batch: Batch, draft: BatchSealDraft) -> Batch:
        """Append the version that closes ``batch``; seal again if lines were added at the last moment."""
        sealed = draft.keep(self._vault)
        closed = replace(
            batch,
            version=batch.version + 1,
            closed=True,
            action="closed",
            sealed=sealed,
            actor=self._actor,
            at=self._now(),
        )
        try:
            with self._publishing() as publish:
                appended = self._vault.append_batch(closed)
                publish(ChainKey("batches", "", appended.id, appended.version))
                return appended
        except VersionConflict as error:
            raise RequestRefused(tr("refused.batches.batch_was_not_closed_an", name=batch.name)) from error

    def history(self, name: str, unreadable: UnreadableObjects) -> list[Batch]:
        """Return all readable versions of a batch, oldest first. Raises RequestRefused when there is none."""
        return list(unreadable.read_each(self._vault.versions_of_batch(self.named(name).id), self._vault.batch_at))

    def after_closing(self, batch: Batch) -> int | None:
        """Return how many lines and records of a closed batch went on since. Raises StoreError."""
        return self._sealer.after(batch)

    def differing(
        self, name: str | None, unreadable: UnreadableObjects, deep: bool = False
    ) -> Iterator[SealDifference]:
        """Yield the differences between closed batches (one, or all) and their seals; ``deep`` reads them.

        An unreadable batch, or object that its seal names, is noted in ``unreadable``. Raises StoreUnavailable.
        """

        def compared(batch: Batch) -> list[SealDifference]:
            return list(self._sealer.differences(batch, deep))

        for batch in [self.named(name)] if name is not None else batches_by_id(self._vault, unreadable).values():
            key = ChainKey("batches", "", batch.id, batch.version).key
            yield from unreadable.attempt(key, lambda batch=batch: compared(batch)) or ()  # type: ignore[misc]  # bound now

    def sums(self, name: str, unreadable: UnreadableObjects | None = None) -> BatchSums:
        """Return the sums of a batch, counted from the vault. Raises RequestRefused if the batch does not exist.

        Unreadable objects are noted in ``unreadable``; without it, StoreError is raised.
        """
        return self._sums(self.named(name), unreadable)

    def named(self, name: str) -> Batch:
        """Return the batch of this name. Raises RequestRefused when there is none."""
        batch = self._vault.batch(keys.batch_id(nfc(name).strip()))
        if batch is None:
            raise RequestRefused(tr("refused.batches.there_is_no_batch_archive", name=name))
        return batch

    def all(self, unreadable: UnreadableObjects) -> Iterator[BatchSums]:
        """Yield the sums of all batches. ``unreadable`` notes unreadable objects, also batches that only have lines."""
        found = batches_by_id(self._vault, unreadable)
        for batch in sorted(found.values(), key=lambda batch: batch.name):
            yield self._sums(batch, unreadable)
        for owner in {line.owner for line in self._vault.chain_keys("ledger")} - found.keys():
            unreadable.note_missing(ChainKey("batches", "", owner, 1).key)

    def lines(self, name: str, unreadable: UnreadableObjects) -> Iterator[LedgerLine]:
        """Yield the lines of a batch; one with an unreadable path has none, and is noted in ``unreadable``."""

        def line_at(head: ChainKey) -> LedgerLine:
            return unreadable.attempt(head.key, lambda: self._vault.line_at(head)) or self._vault.bare_line_at(head)

        yield from unreadable.read_each(self._vault.line_heads(self.named(name).id), line_at)

    def problems(self, line: LedgerLine, unreadable: UnreadableObjects) -> tuple[Problem, ...]:
        """Return all problems of one scan; an unreadable record is noted in ``unreadable``."""
        if line.record is None or line.outcome is not ScanOutcome.STORED:
            return problems_of_line(line, None)
        key, id_ = ChainKey("records", "", line.record, 1).key, line.record
        record = unreadable.attempt(key, lambda: self._vault.head(id_))
        if record is None:
            unreadable.note_missing(key)
        return problems_of_line(line, record)

    def _sums(self, batch: Batch, unreadable: UnreadableObjects | None = None) -> BatchSums:
        counted, met = _LineCounter(), UnreadableObjects()
        for line in met.read_each(self._vault.line_heads(batch.id), self._vault.bare_line_at):
            counted.add(line)
        sums = counted.sums(batch, self._vault, met)
        if unreadable is None:
            met.refuse()
        else:
            unreadable.add(met)
        return replace(sums, unreadable=len(met))

    def _continued(
        self,
        before: Batch | None,
        batch_id: str,
        name: str,
        about: Mapping[str, str],
        given: Counter[str],
        retry: bool,
    ) -> Batch:
        if before is None:
            first = (self._keep_list(given),) if given else ()
            return Batch(batch_id, 1, name, dict(about), first, False, self._actor, self._now(), action="opened")
        if before.closed and not retry:
            raise RequestRefused(tr("refused.batches.batch_is_closed_give_these", name=name))
        refuse_contrary(before, about)
        known = paths_given(before, self._vault)
        fresh = Counter({path: count for path, count in given.items() if count > known[path]})
        lists = (*before.given, self._keep_list(fresh)) if fresh else before.given
        wanted = replace(before, about={**before.about, **about}, given=lists)
        if wanted == before and not retry:
            return before
        action = "opened_again" if before.closed else "retried" if retry else "continued"
        following = replace(wanted, version=before.version + 1, actor=self._actor, at=self._now(), action=action)
        return replace(following, closed=False, sealed=None)

    def _keep_list(self, given: Counter[str]) -> str:
        paths = sorted(given.elements())
        return self._vault.keep_bytes(encode_typed("given", {"paths": paths}))


@contextmanager
def _published_later() -> Iterator[Publish]:
    yield lambda _: None


class _LineCounter:
    """Counts the lines of a batch one by one."""

    def __init__(self) -> None:
        self._scans: Counter[ScanOutcome] = Counter()
        self._pages: Counter[str] = Counter()
        self._paths: Counter[str] = Counter()
        self._failed = 0

    def add(self, line: LedgerLine) -> None:
        """Count one line."""
        self._scans[line.outcome] += 1
        self._paths[line.path_id] += 1
        self._pages.update(page.outcome.value for page in line.pages)
        if line.outcome is not ScanOutcome.WITHDRAWN:  # nobody reads its pages again
            self._failed += sum(page.outcome.failed for page in line.pages)

    def sums(self, batch: Batch, vault: Vault, unreadable: UnreadableObjects | None = None) -> BatchSums:
        """Return the sums of what was counted against what was given. Without ``unreadable``, raises StoreError."""
        given = paths_given(batch, vault, unreadable)
        unfinished = sum(max(0, count - self._paths[path]) for path, count in given.items())
        total = sum((given | self._paths).values())
        return BatchSums(batch, total, self._scans, self._pages, unfinished, self._failed)


def checked_name(name: str) -> str:
    """Return the name of a batch as it is stored. Raises RequestRefused for one that is no line of text."""
    name = nfc(name).strip()
    if not name or len(name) > 200 or not is_line(name):
        raise RequestRefused(tr("refused.batches.a_batch_name_is_one"))
    return name


def refuse_contrary(batch: Batch, about: Mapping[str, str]) -> None:
    """Raise RequestRefused when ``about`` contradicts what is said of a batch."""
    contrary = [key for key, value in about.items() if batch.about.get(key, value) != value]
    if contrary:
        raise RequestRefused(
            tr("refused.batches.batch_says_otherwise_about_mend", name=batch.name, contrary=", ".join(contrary))
        )


def _refuse_open_ends(sums: BatchSums, accept_failed: bool) -> None:
    name = sums.batch.name
    if not sums.closes:
        raise RequestRefused(
            tr("refused.batches.batch_cannot_be_closed_of", name=name, unfinished=sums.unfinished, given=sums.given)
        )
    if sums.failed_pages and not accept_failed:
        failed = quantity("page", sums.failed_pages)
        raise RequestRefused(tr("refused.batches.batch_has_pages_that", name=name, failed_pages=failed))


def paths_given(batch: Batch, vault: Vault, unreadable: UnreadableObjects | None = None) -> Counter[str]:
    """Return how many scans each path id was given with, over all runs. Raises StoreError without ``unreadable``."""
    given: Counter[str] = Counter()
    for digest in batch.given:
        try:
            given |= Counter(decode(vault.fetch(digest), "given")["paths"])
        except INTEGRITY_ERRORS as error:
            if unreadable is None:
                raise
            unreadable.note(keys.content_key(digest), error)
    return given
