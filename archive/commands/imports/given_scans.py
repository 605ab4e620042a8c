"""Given scans: from the PATHS of a command line to scans by batch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from archive.errors import RequestRefused
from archive.messages.catalogue import quantity, tr
from archive.pipeline.context import Override
from archive.services.imports.folders import BatchFile, GivenFile, GivenPath
from archive.services.imports.overrides import named_file, with_override

Places = Mapping[str, GivenPath]  # by PATH as given
Links = dict[str, list[str]]  # by name of the batch: linked folders that lead elsewhere
Batches = dict[str, tuple[list[GivenFile], BatchFile | None]]  # by name: scans given, the batch.toml that speaks for it


def refuse_empty(places: Places) -> None:
    """Raise RequestRefused for a PATH without a file: a mistyped folder would become a batch that nobody wanted."""
    for path, place in places.items():
        linked: list[str] = []
        if next(place.scans(linked), None) is None:
            raise _holds_nothing(path, linked)


def batch_files(places: Places, name: str | None) -> dict[str, BatchFile | None]:
    """Return the batch.toml that speaks for each batch, the first one found, by the batch's name."""
    files: dict[str, BatchFile | None] = {}
    for place in places.values():
        batch = name or place.batch_name()
        files[batch] = files.get(batch) or place.batch_file()
    return files


def each_scan(
    places: Places, name: str | None, links: Links, is_new: Callable[[str], bool]
) -> Iterator[tuple[str, GivenFile]]:
    """Yield the name of the batch and the scan, for each scan of ``places``; add linked folders to ``links``.

    ``is_new`` says whether a digest was not met before: a folder, and a file of it beside it, give that file once.
    """
    for place in places.values():
        batch = name or place.batch_name()
        for one in place.scans(links.setdefault(batch, [])):
            if len(places) == 1 or is_new(_digest(batch, one)):  # one place gives each scan once
                yield batch, one


def by_batch(places: Places, name: str | None, links: Links) -> Batches:
    """Return the scans given, by batch; add linked folders to ``links``. Raises RequestRefused for an empty folder."""
    refuse_empty(places)
    batches: Batches = {batch: ([], file) for batch, file in batch_files(places, name).items()}
    met: set[str] = set()

    def is_new(digest: str) -> bool:
        known = digest in met
        met.add(digest)
        return not known

    for batch, one in each_scan(places, name, links, is_new):
        batches[batch][0].append(one)
    return batches


def add_override(place: GivenPath, option: str, override: Override, batches: Batches, name: str | None) -> None:
    """Add an override to the file at ``place``, which is given now if it was not yet. Raises RequestRefused."""
    one = named_file(place, option)
    found = False
    for batch, (files, batch_file) in batches.items():
        changed, here = with_override(files, one.source.location, override)
        batches[batch] = (changed, batch_file)
        found = found or here
    if not found:
        batch = name or place.batch_name()
        files, batch_file = batches.get(batch, ([], None))
        batches[batch] = ([*files, replace(one, override=override)], batch_file)


def _digest(batch: str, one: GivenFile) -> str:
    return hashlib.sha256(f"{batch}\0{one.source.location}".encode("utf-8", "surrogateescape")).hexdigest()


def _holds_nothing(path: str, linked: Sequence[str]) -> RequestRefused:
    if not linked:
        return RequestRefused(tr("import.holds_no_file", path=path))
    some = quantity("linked_folder", len(linked))
    return RequestRefused(tr("import.holds_no_file_but_linked_folders", path=path, linked_folders=some))
