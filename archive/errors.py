"""All errors that the archive raises, as one tree.

    ArchiveError                  exit_code, retryable
    ├─ SettingsError              4   a setting, a missing package or a folder is wrong
    ├─ InputRejected              3   a person must act on the scan
    │  ├─ Unreadable                  damaged, empty or vanished
    │  ├─ Encrypted                   locked by a password
    │  ├─ Unsupported                 not a supported file format
    │  ├─ TooLarge                    over a limit of the limits table
    │  └─ NotScreened                 not all of it could be screened
    ├─ ScanChanged                    the file changed since it was accepted: accept it again
    ├─ OcrError                   1
    │  ├─ EngineUnavailable       4   no engine, no language data
    │  ├─ WorkersUnavailable      4   no scheduler, no workers; retryable
    │  └─ PageUnreadable              the image of this page cannot be read
    ├─ StoreError                 5
    │  ├─ ObjectMissing
    │  ├─ ObjectCorrupt           7   bytes that do not match their digest
    │  │  ├─ ObjectNewer             only a newer release can read it
    │  │  └─ ContentDamaged           content that lies in the store already
    │  ├─ AlreadyStored
    │  ├─ VersionConflict             retryable
    │  └─ StoreUnavailable            retryable
    │     └─ ObjectUnreadable         retryable; only the bytes of this object cannot be read
    ├─ SearchError                6
    │  ├─ BadQuery                2
    │  └─ IndexUnavailable            retryable
    └─ RequestRefused             2   the request names something that does not exist, or is not allowed now

Every adapter translates foreign exceptions into these, once, with ``from``.
A message says what happened, to which object, and what to do next. It never contains text of a page,
a person's name or a personal number.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class Exit(IntEnum):
    """The fixed exit codes of every command (docs/cli.md repeats them)."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    NEEDS_PERSON = 3
    SETTINGS = 4
    STORE = 5
    INDEX = 6
    VERIFY_FAILED = 7


class ArchiveError(Exception):
    """Root of all errors that the archive raises on purpose."""

    exit_code: Exit = Exit.UNEXPECTED
    retryable: bool = False


class SettingsError(ArchiveError):
    """A setting, a folder or an optional package is not usable."""

    exit_code = Exit.SETTINGS


class InputRejected(ArchiveError):
    """A scan cannot be imported; a person must act.

    ``reason`` is the stable slug that the ledger keeps; ``params`` holds its numbers.
    """

    exit_code = Exit.NEEDS_PERSON
    reason = "rejected"

    def __init__(self, message: str, reason: str | None = None, params: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.params = dict(params or {})
        if reason is not None:
            self.reason = reason

    def __reduce__(self) -> tuple[type[InputRejected], tuple[str, str, dict[str, str]]]:
        """Keep ``reason`` and ``params`` when the error travels from a worker process."""
        return (type(self), (str(self), self.reason, self.params))


class Unreadable(InputRejected):
    """Damaged, empty, or gone before it could be read."""

    reason = "unreadable"


class Encrypted(InputRejected):
    """Locked by a password that we do not have."""

    reason = "encrypted"


class Unsupported(InputRejected):
    """Not a PDF, TIFF, JPEG or PNG."""

    reason = "unsupported"


class TooLarge(InputRejected):
    """Over one of the limits in settings ``[limits]``."""

    reason = "over_limit"


class NotScreened(InputRejected):
    """Not all of the scan could be screened for secret marks."""

    reason = "not_screened"


class ScanChanged(ArchiveError):
    """The operator's scan changed between accepting, reading and keeping: it must be accepted again."""


class OcrError(ArchiveError):
    """Reading failed; this never means an empty page.

    ``cause`` is the stable slug of the reason (``rules.problem_texts``); ``params`` holds its numbers.
    """

    cause = "reader_failed"

    def __init__(self, message: str, cause: str | None = None, params: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.params = dict(params or {})
        if cause is not None:
            self.cause = cause

    def __reduce__(self) -> tuple[type[OcrError], tuple[str, str, dict[str, str]]]:
        """Keep ``cause`` and ``params`` when the error travels from a worker process."""
        return (type(self), (str(self), self.cause, self.params))


class EngineUnavailable(OcrError):
    """No engine or no language data on this machine."""

    exit_code = Exit.SETTINGS


class WorkersUnavailable(OcrError):
    """The cluster cannot be reached, or lost its scheduler."""

    exit_code = Exit.SETTINGS
    retryable = True


class PageUnreadable(OcrError):
    """The image of this page cannot be decoded."""

    cause = "picture_damaged"


class StoreError(ArchiveError):
    """The object store or the vault failed."""

    exit_code = Exit.STORE


class ObjectMissing(StoreError):
    """No object under that key."""


class ObjectCorrupt(StoreError):
    """Bytes that do not match their digest or their format."""

    exit_code = Exit.VERIFY_FAILED


class ObjectNewer(ObjectCorrupt):
    """An object in a format of a newer release, which this release cannot read. It is not damaged."""


class ContentDamaged(ObjectCorrupt):
    """Content in the store does not have the bytes of its digest."""


class AlreadyStored(StoreError):
    """``create`` found an object under that key; nothing was changed."""


class VersionConflict(StoreError):
    """Another writer appended this version first."""

    retryable = True


class StoreUnavailable(StoreError):
    """The store cannot be reached, is full, or refuses to write for now."""

    retryable = True


class ObjectUnreadable(StoreUnavailable):
    """The store answers, but cannot read all bytes of this object."""


class SearchError(ArchiveError):
    """Searching or counting failed."""

    exit_code = Exit.INDEX


class BadQuery(SearchError):
    """The query cannot be understood."""

    exit_code = Exit.USAGE


class IndexUnavailable(SearchError):
    """The index or the page table is locked, missing or damaged."""

    retryable = True


class RequestRefused(ArchiveError):
    """The request names something that does not exist, or is not allowed in this state."""

    exit_code = Exit.USAGE
