"""Seal: one root over all announcements of a day, to be kept outside the archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from archive.clock import Clock
from archive.concurrency.ordered import map_ordered
from archive.errors import ObjectCorrupt, ObjectMissing, RequestRefused, VersionConflict
from archive.messages.catalogue import tr
from archive.model.merkle_seals import Seal
from archive.model.results import Actor
from archive.store import keys
from archive.store.integrity import read_whole, validate
from archive.store.keys import Announcement, ChainKey
from archive.store.seals.chain import Seals
from archive.store.seals.seal_list import Mark, SealedVersion, SealListDraft, SealRoot, day_name, read_list
from archive.store.vault import Vault
from archive.store.verify.scratch_database import ScratchDatabase, pack_chain, unpack_chain
from archive.store.version_chains import MAX_ATTEMPTS, refused_unseen

_DAY = timedelta(days=1)
_SETTLED = timedelta(hours=1)  # after midnight: versions announced before it are written by then, or never
_CHAINS = ("records", "ledger", "batches")
_WITHOUT_WITNESS = """
SELECT h.chain, h.version, h.digest FROM head h
WHERE NOT EXISTS (SELECT 1 FROM announced a
                  WHERE a.chain = h.chain AND a.version = h.version AND a.digest = h.digest)
ORDER BY h.chain, h.version
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One seal, new or existing; ``before``: the last day sealed before it; ``other``: an earlier root of its day."""

    seal: Seal
    fresh: bool
    before: Seal | None
    other: str | None = None


@dataclass(frozen=True, slots=True)
class RootCheck:
    """Whether the archive has a root now, and its subject: a day, the adoption (None), or unknown."""

    day: str | None
    seal: int | None
    holds: bool


class Sealing:
    """Makes and checks the seals of one vault."""

    def __init__(self, vault: Vault, actor: Actor, now: Clock) -> None:
        self._vault = vault
        self._seals = Seals(vault)
        self._actor = actor
        self._now = now

    def seal(self, day: date | None = None) -> Iterator[Sealed]:
        """Seal ``day``, or every past day with announcements and without a seal; also yield the last sealed day.

        Raises RequestRefused (the day is not over, or an older archive was not adopted), ObjectCorrupt (a version
        differs from its announcement: a seal would vouch for it), StoreUnavailable.
        """
        if day is not None:
            self._refuse_early(day)
            yield self._sealed(day)
            return
        known = [seal.day for seal in self._seals.all() if seal.day is not None]
        fresh = [one for one in self._days() if one.isoformat() not in known]
        for one in fresh:
            yield self._sealed(one)
        if not fresh and known:
            yield self._sealed(date.fromisoformat(max(known)))

    def adopt(self) -> Sealed | None:
        """Seal what an earlier release wrote without witnesses; None when everything has its witness.

        Raises RequestRefused when seals exist already, because later versions must have a witness,
        ObjectCorrupt, StoreUnavailable.
        """
        if next(self._seals.all(), None) is not None:
            raise RequestRefused(tr("refused.seal.the_archive_has_seals_already"))
        with ScratchDatabase() as spool, SealListDraft(day_name(None)) as draft:
            for said in map(keys.announcement, self._vault.store.keys("feed/")):
                if said is not None and said.digest is not None:
                    spool.add("announced", pack_chain(said.entry), said.entry.version, bytes.fromhex(said.digest))
            entries = (entry for space in _CHAINS for entry in self._vault.chain_keys(space))
            for entry, digest in map_ordered(entries, self._judged):
                spool.add("head", pack_chain(entry), entry.version, bytes.fromhex(digest), None)
            spool.index()
            for chain, version, digest_ in spool.ask(_WITHOUT_WITNESS):
                draft.add(SealedVersion(Mark.ADOPTED, unpack_chain(chain, version), digest_.hex()))
            return Sealed(self._append(None, draft), True, None) if draft.count else None

    def check(self, root: str, day: date | None = None) -> RootCheck:
        """Return whether the archive has ``root`` now: that of a day, or the digest of a seal. Raises StoreError.

        Works without seals, too: it then computes the root of ``day``, or of every day.
        """
        if len(root) != 64 or set(root) - set("0123456789abcdef"):
            raise RequestRefused(tr("refused.seal.no_root"))
        seal = next((seal for seal in self._seals.all() if root in (seal.root, seal.digest)), None)
        if seal is not None and seal.day is None:
            return RootCheck(None, seal.version, self._adopted_root(seal) == seal.root)
        if seal is not None and seal.day is not None:
            holds = self._root(date.fromisoformat(seal.day)) == seal.root
            return RootCheck(seal.day, seal.version, holds)
        for one in [day] if day is not None else self._days():
            if self._root(one) == root:
                return RootCheck(one.isoformat(), None, True)
        return RootCheck(day.isoformat() if day else None, None, False)

    # One day.

    def _sealed(self, day: date) -> Sealed:
        with SealListDraft(day_name(day.isoformat())) as draft:
            for version in self._versions(day, strict=True):
                draft.add(version)
            seals = list(self._seals.all())
            earlier = [seal for seal in seals if seal.day is not None and seal.day < day.isoformat()]
            before = max(earlier, key=lambda seal: (seal.day, seal.version), default=None)
            same = [seal for seal in seals if seal.day == day.isoformat()]
            if same and same[-1].root == draft.root():
                return Sealed(same[-1], False, before)
            if not any(seal.day is None for seal in seals):
                _refuse_unadopted(self._vault.chains.announced(_name(day)) if seals else self._announced())
            return Sealed(self._append(day, draft), True, before, same[-1].root if same else None)

    def _append(self, day: date | None, draft: SealListDraft) -> Seal:
        content = draft.keep(self._vault)
        for _ in range(MAX_ATTEMPTS):
            seals = list(self._seals.all())
            last = seals[-1] if seals else None
            seal = Seal(
                version=last.version + 1 if last else 1,
                day=day.isoformat() if day else None,
                count=draft.count,
                empty=draft.empty,
                root=draft.root(),
                list=content,
                actor=self._actor,
                at=self._now(),
                digest=last.digest if last else None,
            )
            try:
                return self._seals.append(seal)
            except VersionConflict:
                continue  # another machine sealed a day meanwhile: append after it
        raise refused_unseen()

    def _announced(self) -> Iterator[Announcement]:
        """Yield every announcement of the archive, to check for missing witnesses before the first seal."""
        yield from filter(None, map(keys.announcement, self._vault.store.keys("feed/")))

    def _root(self, day: date) -> str:
        root = SealRoot(day_name(day.isoformat()))
        for version in self._versions(day, strict=False):
            root.add(version)
        return root.root()

    def _versions(self, day: date, strict: bool) -> Iterator[SealedVersion]:
        """Yield the announcements of a day with the digest of the stored version; seals themselves are not sealed."""
        announced = (one for one in self._vault.chains.announced(_name(day)) if one.entry.space != "seals")
        for said, digest in map_ordered(announced, lambda one: (one, self._digest(one.entry))):
            if said.digest is None:
                yield SealedVersion(Mark.EMPTY if digest is None else Mark.ADOPTED, said.entry, digest)
            elif digest == said.digest:
                yield SealedVersion(Mark.KEPT, said.entry, digest)
            else:
                if strict and digest is not None:
                    self._refuse_altered(said, digest)
                yield SealedVersion(Mark.EMPTY, said.entry, said.digest)

    def _digest(self, entry: ChainKey) -> str | None:
        try:
            return keys.digest_of(read_whole(self._vault.store, entry.key))
        except ObjectMissing:
            return None

    def _refuse_altered(self, said: Announcement, digest: str) -> None:
        """Raise ObjectCorrupt unless the stored version was announced, on this or (after a race) an adjacent day."""
        day = datetime.strptime(said.day, "%Y%m%d").replace(tzinfo=UTC).date()
        for days in (0, -1, 1):
            key = said._replace(day=_name(day + days * _DAY), digest=digest).key
            if next(self._vault.store.keys(key), None) is not None:
                return
        raise ObjectCorrupt(tr("seal.is_not_what_was_announced_so", key=said.entry.key))

    def _adopted_root(self, seal: Seal) -> str:
        """Return the present root over the versions that an adoption named."""
        root = SealRoot(day_name(None))
        named = read_list(self._vault.store, seal.list)
        for version, digest in map_ordered(named, lambda one: (one, self._digest(one.entry))):
            root.add(version._replace(digest=digest))
        return root.root()

    def _judged(self, entry: ChainKey) -> tuple[ChainKey, str]:
        data = read_whole(self._vault.store, entry.key)
        try:
            validate(entry.key, data)
        except ObjectCorrupt as error:
            raise ObjectCorrupt(tr("seal.is_damaged_and_is_not_adopted", key=entry.key, error=error)) from error
        return entry, keys.digest_of(data)

    # Which days.

    def _days(self) -> Iterator[date]:
        """Yield the past days with announcements."""
        first = next(filter(None, map(keys.announcement, self._vault.store.keys("feed/"))), None)
        if first is None:
            return
        day = datetime.strptime(first.day, "%Y%m%d").replace(tzinfo=UTC).date()
        days = []
        while self._is_over(day):
            days.append(day)
            day += _DAY
        yield from (one for one, holds in map_ordered(days, lambda one: (one, self._holds(one))) if holds)

    def _holds(self, day: date) -> bool:
        return any(said.entry.space != "seals" for said in self._vault.chains.announced(_name(day)))

    def _is_over(self, day: date) -> bool:
        over = datetime(day.year, day.month, day.day, tzinfo=UTC) + _DAY + _SETTLED
        return datetime.fromisoformat(self._now()) >= over

    def _refuse_early(self, day: date) -> None:
        if not self._is_over(day):
            raise RequestRefused(tr("refused.seal.is_not_over_it_can", day=day.isoformat()))


def _refuse_unadopted(announced: Iterable[Announcement]) -> None:
    if any(said.digest is None for said in announced):
        raise RequestRefused(tr("refused.seal.an_earlier_release_wrote_this"))


def _name(day: date) -> str:
    return day.strftime("%Y%m%d")
