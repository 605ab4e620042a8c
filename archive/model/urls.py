"""URLs as they may be shown: user information before an @ may be a password, and is removed."""

from __future__ import annotations

import re
from typing import Final

# Up to the last @, because a password may hold any character; a local path may hold an @ but no password.
_LOGIN: Final = re.compile(r"(?!file:|embedded:)([A-Za-z0-9+]+:(?://)?)?.*@", re.DOTALL)


def shown_address(url: str) -> str:
    """Return ``url`` without user and password."""
    return _LOGIN.sub(lambda found: f"{found[1] or ''}…@", url, count=1) if _LOGIN.match(url) else url
