"""Questions: what an import asks a person before it begins, because it cannot be taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from archive.messages.catalogue import quantity, tr
from archive.messages.sentence import Sentence
from archive.model.ledger import Batch
from archive.pipeline.accept import lines_under
from archive.rules.fields.dates import time_as_written
from archive.services.imports.batches import checked_name, paths_given
from archive.services.imports.expected_outcome import other_by_bytes, other_by_size
from archive.services.imports.file_facts import kind_of
from archive.services.imports.folders import GivenFile
from archive.store import keys
from archive.store.vault import Vault

# A handful of covering letters beside a few scans is no wrong folder; /etc is one, and so is a folder of letters
# in which a scan or two lie. Boxes that were scanned hold some notes and lists, never nine of them to one scan.
_FEWEST_STRANGE = 5
_STRANGE_OF_TEN = 9
# One or two scans under known names are bad scans made again (docs/adr/0005). Another box agrees in nearly all names
# and in no bytes, the same box in nearly all bytes: half lies between the two, however many papers were added.
_FEWEST_OTHER = 3
_SAMPLE = 32  # of the names given before: enough to tell nearly all from nearly none, at the same cost for any folder


class QuestionKind(StrEnum):
    """Why an import may be a mistake."""

    NO_SCANS = "nearly_no_scans"
    REUSED_NAMES = "reused_names"


@dataclass(frozen=True, slots=True)
class Question:
    """One question about the files given to one batch; ``text`` says what was seen and what it may mean."""

    kind: QuestionKind
    text: Sentence


def nearly_no_scans(given: int, strange: int) -> bool:
    """Return True when ``strange`` of the ``given`` files are so many that the folder may be the wrong one."""
    return strange >= _FEWEST_STRANGE and 10 * strange >= _STRANGE_OF_TEN * given


def names_reused(given: int, others: int) -> bool:
    """Return True when ``others`` of the ``given`` files, whose names were given with other bytes, are so many."""
    return others >= _FEWEST_OTHER and 2 * others >= given


def about_no_scans(batch: str, given: int, strange: int) -> Question:
    """Return the question about a folder in which nearly nothing is a scan."""
    text = tr("question.nearly_no_scans", name=batch, files=quantity("file", given), strange=strange)
    return Question(QuestionKind.NO_SCANS, text)


def about_reused_names(batch: Batch, given: int, vault: Vault) -> Question:
    """Return the question about a batch that is continued with the same names and other bytes."""
    since = time_as_written(first_version(batch, vault).at)
    return Question(
        QuestionKind.REUSED_NAMES,
        tr("question.reused_names", name=batch.name, since=since, files=quantity("file", given)),
    )


def first_version(batch: Batch, vault: Vault) -> Batch:
    """Return the version with which a batch began. Raises StoreError."""
    return vault.batch_at(next(vault.versions_of_batch(batch.id)))


class Questions:
    """Finds what an import must ask. Reads at most the first bytes of each file, and a few files that were given."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def about(self, name: str, files: Sequence[GivenFile], retry: bool = False) -> list[Question]:
        """Return the questions about ``files`` given to batch ``name``; none where the import is refused as closed.

        Files whose path the batch was given before are no news: an import that goes on asks nothing again.
        Raises RequestRefused for a bad name, StoreError, SettingsError.
        """
        name = checked_name(name)
        id_ = keys.batch_id(name)
        batch = self._vault.batch(id_)
        if batch is not None and batch.closed and not retry:
            return []
        known = paths_given(batch, self._vault) if batch is not None else Counter[str]()
        before = [one for one in files if keys.path_id(id_, one.path) in known]
        fresh = [one for one in files if keys.path_id(id_, one.path) not in known]
        questions = []
        strange = _strange(fresh, len(files))
        if nearly_no_scans(len(files), strange):
            questions.append(about_no_scans(name, len(files), strange))
        if batch is not None and self._reused(id_, before, len(files)):
            questions.append(about_reused_names(batch, len(files), self._vault))
        return questions

    def _reused(self, batch: str, before: Sequence[GivenFile], given: int) -> bool:
        """Return True when ``names_reused`` holds for the files ``before``, judged by a sample of them."""
        if not names_reused(given, len(before)):
            return False
        sample = [before[len(before) * at // _SAMPLE] for at in range(_SAMPLE)] if len(before) > _SAMPLE else before
        others = 0
        for seen, one in enumerate(sample):
            if not names_reused(given, _of_all(others + len(sample) - seen, sample, before)):
                return False  # whatever the rest says: an import that goes on reads no more of its files
            others += self._is_other(batch, one)
        return names_reused(given, _of_all(others, sample, before))

    def _is_other(self, batch: str, one: GivenFile) -> bool:
        """Return True when the path holds kept scans, all with other bytes; sizes decide where they can."""
        lines = list(lines_under(self._vault, batch, keys.path_id(batch, one.path)))
        by_size = other_by_size(lines, one.source)
        return other_by_bytes(lines, one.source) if by_size is None else by_size


def _of_all(others: int, sample: Sequence[GivenFile], before: Sequence[GivenFile]) -> int:
    return others * len(before) // len(sample)


def _strange(fresh: Sequence[GivenFile], given: int) -> int:
    """Return how many of the ``fresh`` files are no scans; fewer than there are once they cannot be nearly all."""
    strange = 0
    for seen, one in enumerate(fresh):
        if not nearly_no_scans(given, strange + len(fresh) - seen):
            return strange
        strange += kind_of(one.source) is None
    return strange
