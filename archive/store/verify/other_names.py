"""Files in a store that are no objects: somebody saved them there, or a setting leads a program to it."""

from __future__ import annotations

from collections.abc import Iterator

from archive.messages.catalogue import quantity, tr
from archive.messages.sentence import joined
from archive.store.api import ObjectStore, OtherNames, is_key
from archive.store.verify.finding import Finding

_MOST_FOLDERS = 10  # a mistyped copy may have put millions of files there


def other_names(store: ObjectStore) -> Iterator[Finding]:
    """Yield one finding for all files whose names are no keys, without these names: they may be those of people.

    Raises StoreUnavailable, SettingsError.
    """
    if not isinstance(store, OtherNames):
        return
    count, folders = 0, set[str]()
    for name in store.other_names():
        count += 1
        if len(folders) <= _MOST_FOLDERS:
            folders.add(_folder_of(name))
    if not count:
        return
    named = [folder or tr("finding.top_folder") for folder in sorted(folders)[:_MOST_FOLDERS]]
    more = [tr("finding.other_folders")] if len(folders) > _MOST_FOLDERS else []
    files = quantity("file", count)
    message = tr("finding.files_that_are_no_objects", files=files, folders=joined(", ", [*named, *more]))
    yield Finding("foreign", "", message)


def _folder_of(name: str) -> str:
    """Return the innermost folder around a file whose name the archive could have given, "" for the top."""
    parts = name.split("/")[:-1]
    whole = next((at for at, part in enumerate(parts) if not is_key(part)), len(parts))
    return "/".join(parts[:whole])
