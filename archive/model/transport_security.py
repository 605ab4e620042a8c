"""Transport security: connections without TLS only to loopback, unless a setting allows others."""

from __future__ import annotations

import ipaddress

from archive.errors import SettingsError
from archive.messages.catalogue import tr


def is_loopback(host: str) -> bool:
    """Return True when ``host``, a name or an address, is this machine; no DNS lookup is made."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761: never leaves the machine
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_plain_text(host: str, what: str, allowed: bool) -> None:
    """Raise SettingsError when a connection to ``what`` on ``host`` would lack TLS and no setting allows that."""
    if not allowed and not is_loopback(host):
        raise SettingsError(tr("settings.on_would_be_spoken_to_in", what=what, host=host))
