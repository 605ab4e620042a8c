"""Retries: requests that are tried again, as adapters and their libraries tell the standard library's logging."""

from __future__ import annotations

import logging
from collections.abc import Callable

from archive.run_log.error_locations import location

# Logger, level of its records about retries and lost connections, and how their messages begin. Of a record only the
# module, the line and the class of the error go on: messages of libraries quote addresses and requests.
_SOURCES = (
    ("archive", logging.INFO, "retry"),
    ("botocore.retries.standard", logging.DEBUG, "Retry needed"),
    ("elastic_transport.node_pool", logging.WARNING, "Node %r has failed"),
)


class RetryHandler(logging.Handler):
    """Calls ``write`` with logger, place and class for each retry, from ``attach`` to ``detach``."""

    def __init__(self, write: Callable[..., None]) -> None:
        super().__init__()
        self._write = write
        self._levels: list[tuple[logging.Logger, int]] = []

    def attach(self) -> None:
        """Listen to the loggers of all sources."""
        for name, level, _ in _SOURCES:
            logger = logging.getLogger(name)
            self._levels.append((logger, logger.level))
            logger.setLevel(level)
            logger.addHandler(self)

    def detach(self) -> None:
        """Listen no more, and leave the loggers as they were."""
        for logger, level in self._levels:
            logger.removeHandler(self)
            logger.setLevel(level)
        self._levels.clear()

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a retry on."""
        if isinstance(record.msg, str) and record.msg.startswith(tuple(start for _, _, start in _SOURCES)):
            kind = record.exc_info[0] if record.exc_info else None
            place = location(record.pathname, record.lineno)
            self._write(logger=record.name, place=place, **{"class": kind.__name__ if kind else None})
