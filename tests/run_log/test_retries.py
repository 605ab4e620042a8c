"""Retries in the run log: logger, module, line and class, whatever a library's message quotes."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from archive.run_log.folder import LogFolder
from archive.run_log.run_log import RunLog


@pytest.mark.parametrize(
    ("logger", "level", "message"),
    [
        ("archive.index.elastic.connection", logging.INFO, "retry"),
        ("botocore.retries.standard", logging.DEBUG, "Retry needed, retrying request after delay of: %s"),
        ("elastic_transport.node_pool", logging.WARNING, "Node %r has failed for 2 times in a row"),
    ],
)
def test_a_retry_is_a_line_without_the_message(logger: str, level: int, message: str, tmp_path: Path) -> None:
    source = logging.getLogger(logger)
    before = (source.level, list(source.handlers))
    log = RunLog()
    log.begin(LogFolder(tmp_path / "log", 10, 1), {"command": "import"}, [].append)
    try:
        raise ConnectionError("https://mau.example/Nguyễn Văn Mẫu")
    except ConnectionError:
        source.log(level, message, *(["https://mau.example"] if "%" in message else []), exc_info=True)
    source.warning("Nguyễn Văn Mẫu and other things that libraries say")
    log.end(0)
    (file,) = (tmp_path / "log").iterdir()
    _, retry, end = map(json.loads, file.read_text().splitlines())

    assert (retry["event"], retry["logger"], retry["class"]) == ("retry", logger, "ConnectionError")
    assert retry["place"].startswith("test_retries.py:")
    assert end["events"] == {"retry": 1}
    assert "mau" not in file.read_text()
    assert (source.level, list(source.handlers)) == before, "loggers are left as they were"
