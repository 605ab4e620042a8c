"""The file of one run, as a handler of the standard library's logging; a failure ends it with one warning."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from archive.run_log.fields import Value
from archive.run_log.folder import LogFolder

VALUES = "values"  # attribute of a log record that holds the fields of its line


class RunLogFile(logging.Handler):
    """Writes each record as one line of JSON, with one call of the system: a run that is killed leaves whole lines.

    Each part begins with the line ``start``, whose fields are ``start``. ``warn`` is called with the reason, once, when
    the file cannot be written, and nothing is written any more: a log is no reason to stop an import.
    """

    def __init__(self, folder: LogFolder, run: str, start: Mapping[str, Value], warn: Callable[[str], None]) -> None:
        super().__init__()
        self._folder, self._run, self._start, self._warn = folder, run, start, warn
        self._file: int | None = None
        self._part = 0
        self._bytes = 0
        self._failed = False

    @property
    def is_written(self) -> bool:
        """True when a line was written and none failed."""
        return self._file is not None

    def open(self) -> None:
        """Begin the first part, which a line would begin else."""
        with self._border():
            self._open_part(time.time())

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line; in a further part when this one is full."""
        if self._failed:
            return
        with self._border():
            line = self._line(record.created, record.msg, getattr(record, VALUES, {}))
            if self._file is None or self._bytes + len(line) > self._folder.part_bytes:
                self._open_part(record.created)
            self._write(line)

    def close(self) -> None:
        """Close the file; another line would open a further part."""
        self._close_file()
        super().close()

    @contextmanager
    def _border(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._failed = True
            self._close_file()
            self._warn(error.strerror or type(error).__name__)

    def _open_part(self, moment: float) -> None:
        self._close_file()
        self._part += 1
        self._bytes = 0
        self._file = self._folder.create(self._run, self._part)
        self._write(self._line(moment, "start", {**self._start, "part": self._part}))

    def _write(self, line: bytes) -> None:
        assert self._file is not None  # noqa: S101 - emit opened it
        self._bytes += len(line)
        while line:
            line = line[os.write(self._file, line) :]

    def _line(self, moment: float, event: str, values: Mapping[str, Any]) -> bytes:
        at = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        whole = {"at": at, "run": self._run, "event": event, **values}
        return (json.dumps(whole, separators=(",", ":")) + "\n").encode("ascii")

    def _close_file(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # a full network disk may say so here
                os.close(self._file)
            self._file = None
