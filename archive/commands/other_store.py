"""The second store that a person names on the command line."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from archive.errors import RequestRefused
from archive.messages.catalogue import tr
from archive.settings import Settings


def other_store(option: str, url: str, settings: Settings) -> str:
    """Return the URL of another store; a relative folder starts at the current directory, not at the home.

    Raises RequestRefused when it is, holds or lies in the archive's own store.
    """
    kind, _, rest = url.partition(":")
    if kind == "file" and rest:
        url = f"file:{Path(rest).expanduser().absolute()}"
    ours = _place(settings.store, settings.home, settings.s3.endpoint)
    theirs = _place(url, settings.home, settings.copy.endpoint)
    if ours[0] == theirs[0] and (ours[1].is_relative_to(theirs[1]) or theirs[1].is_relative_to(ours[1])):
        raise RequestRefused(tr("other_store.is_the_archive_s_own", option=option, url=url))
    return url


def _place(url: str, home: Path, endpoint: str) -> tuple[str, PurePosixPath]:
    """Return the kind of place that a URL names, and its path: two places of the same kind can be compared."""
    kind, _, rest = url.partition(":")
    if kind == "file":
        return kind, PurePosixPath((home / Path(rest).expanduser()).resolve())
    return f"{kind} at {endpoint}", PurePosixPath("/" + rest.strip("/"))
