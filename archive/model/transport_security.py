"""Transport safety: unencrypted connections are for loopback alone, unless a setting allows more."""

from __future__ import annotations

import ipaddress

from archive.errors import SettingsError
from archive.messages.catalogue import tr


def is_loopback(host: str) -> bool:
    """Return True when ``host``, a name or an address, is this machine itself: it need not be looked up for that."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761: never leaves the machine
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_plain_text(host: str, what: str, allowed: bool) -> None:
    """Raise SettingsError when ``what`` on ``host`` would be spoken to without TLS and no setting allows it."""
    if not allowed and not is_loopback(host):
        raise SettingsError(tr("settings.on_would_be_spoken_to_in", what=what, host=host))
