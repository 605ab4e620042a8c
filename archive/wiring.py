"""Wiring: from settings to live objects; the only place that chooses a backend."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from archive import __version__
from archive.errors import RequestRefused, SettingsError
from archive.index.embedded import EmbeddedIndex
from archive.index.page_table import PageTable
from archive.index.page_table_sqlite import SqlitePageTable
from archive.index.search_index import SearchIndex
from archive.ingest.enhance import preparation_identity
from archive.model.results import Actor
from archive.ocr.choosing import engine_named
from archive.ocr.stamps import StampReader
from archive.rules.counting import RuleSet, load_rule_set
from archive.services.batches import Batches
from archive.services.catch_up import CatchUp
from archive.services.clock import utc_now
from archive.services.copying import Copying
from archive.services.counting import Counting
from archive.services.doctor import Doctor, House
from archive.services.intake import Bench, Intake
from archive.services.reconciling import Reconciling
from archive.services.running import Runs
from archive.services.search import Search
from archive.services.upkeep import Upkeep
from archive.services.walk import OnDisk, Place
from archive.settings import FILE_NAME, Settings
from archive.steps.desk import ReadingTools
from archive.store.folder import FolderStore
from archive.store.keys import digest_of
from archive.store.objects import ObjectStore
from archive.store.vault import Vault
from archive.work.processes import ProcessWorkers
from archive.work.workers import Workers

_SEARCH, _PAGES = "search", "pages.sqlite"  # what the embedded backends keep in the index folder

_ABREAST_HERE = 2  # on a disk, one journey waits for fsync while the other goes on
_ABREAST_MOST = 64  # Python itself does no more requests at once than some tens
_BUCKET_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")  # what boto3 takes; servers may take less

_MOST_PROBED_MIB = 64  # an examination should not send gigabytes

PIPELINE = "1"  # raised by hand when pages would be read differently for a reason that no identity shows


@dataclass(frozen=True)
class Archive:
    """The services that commands and, later, web pages share. Objects are made when first asked for."""

    settings: Settings
    actor: Actor

    @cached_property
    def vault(self) -> Vault:
        """The vault over the chosen store."""
        return Vault(open_store(self.settings.store, self.settings))

    @cached_property
    def index(self) -> SearchIndex:
        """The chosen search index."""
        if _is_elastic(self.settings):
            return _elastic_index(self.settings)
        return EmbeddedIndex(_index_folder(self.settings) / _SEARCH)

    @cached_property
    def table(self) -> PageTable:
        """The chosen page table."""
        if _is_elastic(self.settings):
            return _elastic_table(self.settings)
        return SqlitePageTable(_index_folder(self.settings) / _PAGES)

    @cached_property
    def runs(self) -> Runs:
        """The import runs of this home."""
        return Runs(self.settings.home / "running")

    @cached_property
    def catch_up(self) -> CatchUp:
        """What brings index and table up to the feed."""
        mark = self.settings.home / f"caught-up-{digest_of(self.settings.index.encode())[:8]}"  # one for each index
        return CatchUp(self.vault, self.index, self.table, mark)

    @property
    def rules(self) -> RuleSet:
        """The counting rule set that settings name."""
        return load_rule_set(self.settings.count_rules)

    def batches(self) -> Batches:
        """Batches: list, show, close."""
        return Batches(self.vault, self.actor, utc_now)

    def search(self) -> Search:
        """Search and show."""
        self.catch_up.after_killed(self.runs)
        return Search(self.vault, self.index)

    def counting(self) -> Counting:
        """Count and recount."""
        self.catch_up.after_killed(self.runs)
        return Counting(self.vault, self.table, self.rules)

    def upkeep(self) -> Upkeep:
        """Verify and reindex."""
        return Upkeep(self.vault, self.index, self.table, self.catch_up)

    def copying(self, url: str) -> Copying:
        """Copy the vault to the store that ``url`` names."""
        return Copying(self.vault.store, open_store(url, self.settings))

    def reconciling(self) -> Reconciling:
        """Compare the vault with what is derived from it, and mend that."""
        return Reconciling(self.vault, self.index, self.table, self.catch_up, self.upkeep())

    def doctor(self) -> Doctor:
        """Examine all this, each part opened when it is looked at."""
        settings = self.settings
        return Doctor(
            house=House(settings.home, settings.home / FILE_NAME, settings.secrets_in_file(), *_folders(settings)),
            store=lambda: self.vault.store,
            index=lambda: self.index,
            table=lambda: self.table,
            engine=lambda: engine_named(settings.ocr).identity,
            workers=lambda: make_workers(settings),
            large_bytes=_large_probe(settings),
        )

    def intake(self, workers: Workers) -> Intake:
        """Import, on ``workers``, which the caller closes."""
        engine = engine_named(self.settings.ocr)
        expected = {"engine": engine.identity, "preparation": preparation_identity()}
        bench = Bench(
            vault=self.vault,
            index=self.index,
            table=self.table,
            workers=workers,
            tools=ReadingTools(engine, StampReader(), self.settings.limits, expected),
            fingerprint={**expected, "pipeline": PIPELINE},
            software=f"results-archive {__version__}",
            runs=self.runs,
            catch_up=self.catch_up,
            commit_every=self.settings.commit_every,
            abreast=_abreast(self.settings, workers),
        )
        return Intake(bench, self.actor, utc_now)


def open_archive(settings: Settings, note: str | None = None) -> Archive:
    """Return the archive of ``settings``; its home is made when it is not there. Raises SettingsError."""
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"home {settings.home} cannot be made: {error.strerror}; choose another --home") from error
    if not os.access(settings.home, os.W_OK | os.X_OK):
        raise SettingsError(f"home {settings.home} cannot be written; choose another --home or mend its permissions")
    return Archive(settings, Actor(f"os:{_login()}", note))


def make_workers(settings: Settings) -> Workers:
    """Return the workers that ``work`` names. Raises SettingsError, WorkersUnavailable."""
    name, _, rest = settings.work.partition(":")
    if name == "dask" and rest.startswith("//"):
        _needs("distributed", "dask", settings.work)
        from archive.work.dask_workers import DaskWorkers

        return DaskWorkers(rest.removeprefix("//"), settings.dask, settings.plain_text)
    if name != "processes" or not rest.isdigit():
        raise SettingsError(
            f"setting work is {settings.work!r}; it must be processes:N, N = 0 for one for each core, "
            "or dask://SCHEDULER:8786"
        )
    return ProcessWorkers(int(rest) or _cores())


def serve_cluster(settings: Settings, url: str | None, jobs: int | None, say: Callable[[str], None]) -> None:
    """Be a machine of the Dask cluster at ``url``, or of that which ``work`` names. Raises SettingsError."""
    url = url or settings.work
    if not url.startswith("dask://"):
        raise SettingsError(f"{url!r} names no cluster; write it like dask://SCHEDULER:8786")
    _needs("distributed", "dask", url)
    from archive.work.dask_address import cluster_at
    from archive.work.dask_host import serve

    cluster = cluster_at(url.removeprefix("dask://"), settings.dask, settings.plain_text)
    serve(cluster, jobs or _cores(), say)


def open_store(url: str, settings: Settings) -> ObjectStore:
    """Return the store that ``url`` names: ``file:FOLDER`` or ``s3://BUCKET/PREFIX``. Raises SettingsError."""
    name, _, rest = url.partition(":")
    makers: Mapping[str, Callable[[str, Settings], ObjectStore]] = {
        "file": lambda path, settings: FolderStore(_folder(path, settings)),
        "s3": _bucket,
    }
    if name not in makers or not rest:
        raise SettingsError(f"{url!r} names no store; it must be file:FOLDER or s3://BUCKET/PREFIX")
    return makers[name](rest, settings)


def _bucket(rest: str, settings: Settings) -> ObjectStore:
    _needs("boto3", "s3", f"s3:{rest}")
    from archive.store.s3 import S3Store

    bucket, _, prefix = rest.removeprefix("//").partition("/")
    if not rest.startswith("//") or not bucket:
        raise SettingsError(f"'s3:{rest}' names no bucket; write it like s3://BUCKET/PREFIX")
    if "@" in bucket:
        raise SettingsError("credentials do not belong into the store's URL; give them to boto3 (variables, profile)")
    return S3Store(bucket, prefix.strip("/"), settings.s3, settings.plain_text)


@contextmanager
def open_place(given: str, settings: Settings) -> Iterator[Place]:
    """Give the place of scans that a person named: a path, or ``s3://BUCKET/PREFIX`` of an inbox bucket.

    An inbox is reached by the settings under ``[s3]``. Raises RequestRefused, SettingsError, StoreUnavailable.
    """
    if not given.startswith("s3://"):
        yield OnDisk(Path(given), settings.home)
        return
    bucket, _, prefix = given.removeprefix("s3://").partition("/")
    if not _BUCKET_NAME.fullmatch(bucket) or not _is_text(prefix):
        raise RequestRefused(  # what was given is not repeated: it may hold a password
            "an address of an inbox is written like s3://BUCKET/PREFIX; credentials go to boto3 (variables, profile)"
        )
    _needs("boto3", "s3", "s3://")
    from archive.services.walk_inbox import find_in_bucket
    from archive.store.inbox import Inbox
    from archive.store.s3_client import S3Client

    inbox = Inbox(bucket, S3Client(settings.s3, settings.plain_text))
    try:
        yield find_in_bucket(inbox, prefix, _own_prefix(bucket, settings))
    finally:
        inbox.close()


def _own_prefix(bucket: str, settings: Settings) -> str | None:
    """Return where in this bucket the archive's own vault lies; None when it lies elsewhere."""
    own, _, prefix = settings.store.removeprefix("s3://").partition("/")
    return prefix if settings.store.startswith("s3://") and own == bucket else None


def _is_text(given: str) -> bool:
    """Say whether words of a command line are UTF-8."""
    return not any("\ud800" <= letter <= "\udfff" for letter in given)


def _is_elastic(settings: Settings) -> bool:
    return settings.index.startswith(("https://", "http://"))


def _elastic_index(settings: Settings) -> SearchIndex:
    _needs("elasticsearch", "elasticsearch", settings.index)
    from archive.index.elastic import ElasticPlace
    from archive.index.elastic_search import ElasticIndex

    return ElasticIndex(ElasticPlace.of(settings.index, settings.elastic, settings.plain_text))


def _elastic_table(settings: Settings) -> PageTable:
    _needs("elasticsearch", "elasticsearch", settings.index)
    from archive.index.elastic import ElasticPlace
    from archive.index.elastic_page_table import ElasticPageTable

    return ElasticPageTable(ElasticPlace.of(settings.index, settings.elastic, settings.plain_text))


def _index_folder(settings: Settings) -> Path:
    name, _, rest = settings.index.partition(":")
    if name != "embedded" or not rest:
        raise SettingsError(
            f"setting index is {settings.index!r}; it must be embedded:FOLDER or https://HOST:9200/NAME"
        )
    return _folder(rest, settings)


def _large_probe(settings: Settings) -> int:
    """Return the size of an object that does not go to the store at one stroke, as far as it may be that large."""
    if not settings.store.startswith("s3:"):
        return 1 << 20
    mib = settings.s3.part_mib  # above this it no longer fits into memory, above whole_mib it goes up in parts
    return (max(mib, settings.s3.whole_mib if settings.s3.whole_mib <= _MOST_PROBED_MIB else 0) << 20) + 1


def _folders(settings: Settings) -> tuple[Path | None, Path | None]:
    """Return the folders of store and index on this machine, None for what lies elsewhere."""
    places = ((settings.store, "file"), (settings.index, "embedded"))
    parted = [(url.partition(":"), kind) for url, kind in places]
    store, index = (_folder(rest, settings) if name == kind else None for (name, _, rest), kind in parted)
    return store, index


def _needs(package: str, extra: str, url: str) -> None:
    """Raise SettingsError when the package that only this backend needs is not installed."""
    if find_spec(package) is None:
        raise SettingsError(f"{url!r} needs the package {package}; pip install 'results-archive[{extra}]'")


def _abreast(settings: Settings, workers: Workers) -> int:
    """Return how many journeys may speak to the store at the same time.

    A journey takes about 20 round trips besides reading; so many keep all workers reading at 50 ms each.
    """
    return _ABREAST_HERE if settings.store.startswith("file:") else min(_ABREAST_MOST, 4 + 4 * workers.count)


def _folder(path: str, settings: Settings) -> Path:
    return settings.home / Path(path).expanduser()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _login() -> str:
    """Return the name of the account that runs us: from the system, not from variables that anyone may set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())  # an account without a name, as in some containers
