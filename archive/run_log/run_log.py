"""RunLog: writes what one command does, line by line; made where the command begins and passed down."""

from __future__ import annotations

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

from archive.clock import utc_now
from archive.run_log.error_locations import causes_of, place_of, stack_of
from archive.run_log.fields import admitted
from archive.run_log.file import VALUES, RunLogFile
from archive.run_log.folder import LogFolder
from archive.run_log.retries import RetryHandler
from archive.run_log.usage import usage

_MAX_LINES = 1_000  # of one event of which damage may bring millions; the line ``end`` counts all
_BOUNDED = frozenset({"finding", "failure", "retry", "difference"})


class RunLog:
    """The log of one run. Before ``begin``, and where the log is off, every line is dropped.

    No verb raises: a disk that is full, or a folder that cannot be made, is told once, to ``warn``.
    """

    def __init__(self) -> None:
        # Of this object alone: loggers that other code finds by name write nothing here.
        self._logger = logging.Logger("archive.run", logging.INFO)
        self._file: RunLogFile | None = None
        self._counts: Counter[str] = Counter()
        self._began = time.monotonic()
        self._failures_only = False
        self._run = ""
        self._retries = RetryHandler(partial(self.write, "retry"))

    @property
    def id(self) -> str | None:
        """The id by which an administrator finds this run; None when nothing of it was written."""
        return self._run if self._file is not None and self._file.is_written else None

    def begin(
        self,
        folder: LogFolder,
        start: Mapping[str, object],
        warn: Callable[[str], None],
        failures_only: bool = False,
    ) -> None:
        """Begin a file in ``folder`` with the line ``start``; with ``failures_only``, not before something failed."""
        if not folder.files:
            return
        self._run = f"{utc_now().replace('-', '').replace(':', '')}-{secrets.token_hex(3)}"
        self._file = RunLogFile(folder, self._run, admitted(start), warn)
        self._logger.addHandler(self._file)
        self._failures_only = failures_only
        self._began = time.monotonic()
        if not failures_only:
            self._file.open()
            self._retries.attach()

    def write(self, event: str, **values: object) -> None:
        """Write one line. Values are those of ``archive.run_log.fields``."""
        if self._file is None or self._failures_only:
            return
        self._counts[event] += 1
        if event not in _BOUNDED or self._counts[event] <= _MAX_LINES:
            self._logger.info(event, extra={VALUES: admitted(values)})

    def error(self, error: BaseException, unexpected: bool = False) -> None:
        """Write which error ends the run and where it came from, without its message."""
        self._failures_only = self._failures_only and not unexpected
        stack = stack_of(error)
        named = {"class": type(error).__name__, "place": place_of(error) if stack else None}
        self.write("error", **named, stack=stack, caused_by=causes_of(error))

    def end(self, exit_code: int) -> None:
        """Write the last line and close the file."""
        if self._file is None:
            return
        seconds = time.monotonic() - self._began
        self.write("end", exit=exit_code, seconds=seconds, **usage(), events=dict(self._counts))
        self._retries.detach()
        self._logger.removeHandler(self._file)
        self._file.close()
        self._file = None
