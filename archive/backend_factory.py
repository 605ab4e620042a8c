"""Backends: from URLs and settings to stores, indices, inboxes and workers; the only place that chooses one.

A package that only one backend needs is imported where that backend is chosen, because it may be absent.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from archive.errors import RequestRefused, SettingsError
from archive.index.api import SearchIndex
from archive.index.embedded.page_table import SqlitePageTable
from archive.index.embedded.search import EmbeddedIndex
from archive.index.page_table_api import PageTable
from archive.messages.catalogue import tr
from archive.model.options import S3Options
from archive.model.urls import shown_address
from archive.services.imports.folders import DiskPath, GivenPath
from archive.settings import Settings
from archive.store.api import ObjectStore
from archive.store.backends.folder import FolderStore
from archive.work.api import Workers
from archive.work.local.pool import ProcessWorkers

_SEARCH, _PAGES = "search", "pages.sqlite"  # what the embedded backends keep in the index folder

_LOCAL_CONCURRENT_SCANS = 2  # on a disk, one journey waits for fsync while the other runs
_MAX_CONCURRENT_SCANS = 64  # one Python process handles a few dozen requests at once
_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")  # what boto3 accepts; servers may accept less


def make_workers(settings: Settings) -> Workers:
    """Return the workers that the setting ``work`` names. Raises SettingsError, WorkersUnavailable."""
    name, _, rest = settings.work.partition(":")
    if name == "dask" and rest.startswith("//"):
        _needs("distributed", "dask", settings.work)
        from archive.work.dask.workers import DaskWorkers

        return DaskWorkers(rest.removeprefix("//"), settings.dask, settings.plain_text)
    if name != "processes" or not rest.isdigit():
        raise SettingsError(tr("settings.setting_work_is_it_must_be", work=shown_address(settings.work)))
    return ProcessWorkers(int(rest) or _cores())


def serve_cluster(settings: Settings, url: str | None, jobs: int | None, say: Callable[[str], None]) -> None:
    """Serve the Dask cluster at ``url``, or the one that the setting ``work`` names. Raises SettingsError."""
    if url is None and not settings.work.startswith("dask://"):
        raise SettingsError(tr("settings.the_setting_work_is_which_names", work=settings.work))
    url = url or settings.work
    if not url.startswith("dask://"):
        raise SettingsError(tr("settings.names_no_cluster_write_it_like", url=shown_address(url)))
    _needs("distributed", "dask", url)
    from archive.work.dask.address import cluster_at
    from archive.work.dask.host import serve

    cluster = cluster_at(url.removeprefix("dask://"), settings.dask, settings.plain_text)
    serve(cluster, jobs or _cores(), say)


def open_store(settings: Settings) -> ObjectStore:
    """Return the store that the setting ``store`` names. Raises SettingsError."""
    return _store(settings.store, settings, settings.s3)


def open_other_store(url: str, settings: Settings) -> ObjectStore:
    """Return another store, to copy to or to repair from; a bucket by the settings under ``[copy]``.

    Raises SettingsError.
    """
    return _store(url, settings, settings.copy)


def _store(url: str, settings: Settings, options: S3Options) -> ObjectStore:
    name, _, rest = url.partition(":")
    if name == "file" and rest:
        return FolderStore(folder_of(rest, settings))
    if name == "s3" and rest:
        return _bucket(rest, options, settings.plain_text)
    raise SettingsError(tr("settings.names_no_store_it_must_be", url=shown_address(url)))


def _bucket(rest: str, options: S3Options, plain_text: bool) -> ObjectStore:
    _needs("boto3", "s3", f"s3:{rest}")
    from archive.store.backends.s3.store import S3Store

    bucket, _, prefix = rest.removeprefix("//").partition("/")
    if not rest.startswith("//") or not bucket:
        raise SettingsError(tr("settings.names_no_bucket_write_it_like", url=shown_address(f"s3:{rest}")))
    if "@" in rest:  # a secret may hold a slash; its end would look like a prefix
        raise SettingsError(tr("settings.credentials_do_not_belong_into_the"))
    return S3Store(bucket, prefix.strip("/"), options, plain_text)


@contextmanager
def open_given_path(given: str, settings: Settings) -> Iterator[GivenPath]:
    """Open the place of scans that a person named: a path, or ``s3://BUCKET/PREFIX`` of an inbox bucket.

    An inbox is reached by the settings under ``[s3]``. Raises RequestRefused, SettingsError, StoreUnavailable.
    """
    if not given.startswith("s3://"):
        yield DiskPath(Path(given), settings.home)
        return
    bucket, _, prefix = given.removeprefix("s3://").partition("/")
    if not _BUCKET_NAME.fullmatch(bucket) or not _is_text(prefix):
        raise RequestRefused(  # the message does not repeat the URL, which may hold a password
            tr("refused.backends.an_address_of_an_inbox")
        )
    _needs("boto3", "s3", "s3://")
    from archive.services.imports.buckets import find_in_bucket
    from archive.sources.bucket import InboxBucket
    from archive.store.backends.s3.client import S3Client

    inbox = InboxBucket(bucket, S3Client(settings.s3, settings.plain_text))
    try:
        yield find_in_bucket(inbox, prefix, _own_prefix(bucket, settings))
    finally:
        inbox.close()


def _own_prefix(bucket: str, settings: Settings) -> str | None:
    """Return the prefix of the archive's own vault in this bucket; None when the vault lies elsewhere."""
    own, _, prefix = settings.store.removeprefix("s3://").partition("/")
    return prefix if settings.store.startswith("s3://") and own == bucket else None


def _is_text(given: str) -> bool:
    """Say whether words of a command line are UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in given)


def open_index(settings: Settings) -> SearchIndex:
    """Return the search index that ``index`` names. Raises SettingsError."""
    if not _is_elastic(settings):
        return EmbeddedIndex(_index_folder(settings) / _SEARCH)
    _needs("elasticsearch", "elasticsearch", settings.index)
    from archive.index.elastic.address import ElasticAddress
    from archive.index.elastic.search import ElasticIndex

    return ElasticIndex(ElasticAddress.of(settings.index, settings.elastic, settings.plain_text))


def open_table(settings: Settings) -> PageTable:
    """Return the page table that lies beside the search index. Raises SettingsError."""
    if not _is_elastic(settings):
        return SqlitePageTable(_index_folder(settings) / _PAGES)
    _needs("elasticsearch", "elasticsearch", settings.index)
    from archive.index.elastic.address import ElasticAddress
    from archive.index.elastic.page_table import ElasticPageTable

    return ElasticPageTable(ElasticAddress.of(settings.index, settings.elastic, settings.plain_text))


def _is_elastic(settings: Settings) -> bool:
    return settings.index.startswith(("https://", "http://"))


def _index_folder(settings: Settings) -> Path:
    name, _, rest = settings.index.partition(":")
    if name != "embedded" or not rest:
        raise SettingsError(tr("settings.setting_index_is_it_must_be", index=shown_address(settings.index)))
    return folder_of(rest, settings)


def _needs(package: str, extra: str, url: str) -> None:
    """Raise SettingsError when the package that only this backend needs is not installed."""
    if find_spec(package) is None:
        raise SettingsError(
            tr("settings.needs_the_package_pip_install_results", url=shown_address(url), package=package, extra=extra)
        )


def concurrent_scans(settings: Settings, workers: Workers) -> int:
    """Return how many journeys may use the store at the same time.

    A journey needs about 20 round trips besides reading. This number keeps all workers busy at 50 ms a round trip.
    """
    if settings.work.startswith("dask:"):
        return _MAX_CONCURRENT_SCANS  # machines may join at any time
    return (
        _LOCAL_CONCURRENT_SCANS
        if settings.store.startswith("file:")
        else min(_MAX_CONCURRENT_SCANS, 4 + 4 * workers.count)
    )


def folder_of(path: str, settings: Settings) -> Path:
    """Return the folder that a URL of this machine names: relative ones lie in the home."""
    return settings.home / Path(path).expanduser()


def local_folders(settings: Settings) -> tuple[Path | None, Path | None]:
    """Return the folders of store and index on this machine, None for a remote one."""
    places = ((settings.store, "file"), (settings.index, "embedded"))
    parted = [(url.partition(":"), kind) for url, kind in places]
    store, index = (folder_of(rest, settings) if name == kind and rest else None for (name, _, rest), kind in parted)
    return store, index


def check_vault_is_apart(settings: Settings, log_folder: Path) -> None:
    """Raise SettingsError when files that are no objects would be written into the vault's folder."""
    store, index = local_folders(settings)
    if store is None:
        return
    vault = Path(os.path.realpath(store))
    for name, folder in (("home", settings.home), ("index", index), ("log.folder", log_folder)):
        if folder is not None and Path(os.path.realpath(folder)).is_relative_to(vault):
            raise SettingsError(tr("settings.lies_in_the_vault", name=name, folder=folder, vault=store))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
