"""Nothing leaves the machine in plain text unless a setting says so."""

from __future__ import annotations

import pytest

from archive.errors import SettingsError
from archive.model.transport_security import is_loopback, refuse_plain_text


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "LocalHost.", "es.localhost", "::1", "[::1]"])
def test_this_machine_is_known(host: str) -> None:
    assert is_loopback(host)
    refuse_plain_text(host, "the store", allowed=False)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "s3.example.vn", "localhost.example.vn", "127.0.0.1.example.vn", "fe80::1", ""]
)
def test_another_machine_is_refused_and_a_setting_allows_it(host: str) -> None:
    with pytest.raises(SettingsError, match="plain_text = true"):
        refuse_plain_text(host, "the store", allowed=False)
    refuse_plain_text(host, "the store", allowed=True)
