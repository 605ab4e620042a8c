"""Settings: the only reader of configuration files and of the environment."""

from __future__ import annotations

import dataclasses
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints

from archive.errors import SettingsError
from archive.messages.catalogue import tr
from archive.messages.sentence import Sentence
from archive.model.limits import Limits
from archive.model.options import DaskOptions, ElasticOptions, LogOptions, S3Options
from archive.model.urls import shown_address

FILE_NAME = "settings.toml"
HOME_VARIABLE = "ARCHIVE_HOME"
_PREFIX = "ARCHIVE_"
# Settings that stand in a table of their own in the file: `[limits]`, then `scan_bytes = …`.
TABLES: Mapping[str, type] = {
    "limits": Limits,
    "s3": S3Options,
    "copy": S3Options,
    "elastic": ElasticOptions,
    "dask": DaskOptions,
    "log": LogOptions,
}
_MAY_BE_ZERO = frozenset(  # all of them whole numbers
    {"s3.lock_days", "copy.lock_days", "s3.retries", "copy.retries", "elastic.retries", "log.files"}
)
_ADDRESSES = frozenset({"store", "index", "work", "s3.endpoint", "copy.endpoint"})
_SECRET = frozenset({"elastic.api_key", "elastic.password"})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one run. ``origins``: the source of each value.

    Backends are URLs (docs/cli.md): ``store`` file:… or s3://…, ``index`` embedded:… or https://…, ``ocr``
    tesseract:LANG, ``work`` processes:N (0 for N means one for each core) or dask://….
    """

    home: Path
    store: str
    index: str
    ocr: str = "tesseract:vie"
    work: str = "processes:0"
    count_rules: str = "a4-2026.2"
    commit_every: int = 200  # records in one group commit of index and page table
    plain_text: bool = False  # whether connections to other machines may lack TLS
    limits: Limits = field(default_factory=Limits)
    s3: S3Options = field(default_factory=S3Options)
    copy: S3Options = field(default_factory=S3Options)  # of the other store of a copy or a repair
    elastic: ElasticOptions = field(default_factory=ElasticOptions)
    dask: DaskOptions = field(default_factory=DaskOptions)
    log: LogOptions = field(default_factory=LogOptions)
    origins: Mapping[str, str] = field(default_factory=dict)

    def listed(self) -> list[tuple[str, str, str]]:
        """Return (name, value, origin) of every setting, tables included, in a fixed order; secrets are not shown."""
        rows = []
        for item in dataclasses.fields(self):
            if item.name == "origins":
                continue
            value = getattr(self, item.name)
            if item.name in TABLES:
                rows += [(f"{item.name}.{one.name}", getattr(value, one.name)) for one in dataclasses.fields(value)]
            else:
                rows.append((item.name, value))
        return [(name, _shown(name, value), self.origins.get(name, "default")) for name, value in rows]

    def secrets_in_file(self) -> tuple[str, ...]:
        """Return the names of secret settings in the settings file, which only its owner should be able to read."""
        return tuple(name for name in sorted(_SECRET) if self.origins.get(name, "").startswith("file "))


def load(home: Path | None, environment: Mapping[str, str] | None = None, jobs: int | None = None) -> Settings:
    """Read the settings: options over ``ARCHIVE_…`` variables over ``settings.toml`` over defaults.

    Raises SettingsError for an unknown name or a value of the wrong kind.
    """
    environment = os.environ if environment is None else environment
    folder, home_origin = _home(home, environment)
    origins = {"home": home_origin}
    values: dict[str, Any] = {}
    for source, name, raw in (*_from_file(folder / FILE_NAME), *_from_environment(environment)):
        values[name] = _converted(name, raw, source)
        origins[name] = source
    if jobs is not None and values.get("work", "").startswith("dask:"):
        raise SettingsError(tr("settings.jobs_is_for_processes_of_this", origin=origins["work"]))
    if jobs is not None:
        values["work"], origins["work"] = f"processes:{jobs}", tr("settings.option_jobs")
    for name, value in list(values.items()):  # a setting missing in [copy] has the value of [s3]
        if name.startswith("s3."):
            values.setdefault(f"copy.{name.removeprefix('s3.')}", value)
    tables = {table: _table(table, kind, values) for table, kind in TABLES.items()}
    values.setdefault("store", f"file:{folder / 'vault'}")
    values.setdefault("index", f"embedded:{folder / 'index'}")
    return Settings(home=folder, origins=origins, **tables, **values)


def _table(table: str, kind: type, values: dict[str, Any]) -> Any:
    """Take the settings of one table out of ``values``; return them as what the code works with."""
    names = [name for name in values if name.startswith(f"{table}.")]
    return kind(**{name.removeprefix(f"{table}."): values.pop(name) for name in names})


def _shown(name: str, value: Any) -> str:
    if name in _SECRET:
        return tr("settings.set_not_shown") if value else ""
    if name in _ADDRESSES:
        return shown_address(value)  # backends refuse a URL with a password, but this list may be shown before that
    return str(value).lower() if isinstance(value, bool) else str(value)


def _home(option: Path | None, environment: Mapping[str, str]) -> tuple[Path, str]:
    if option is not None:
        return option.expanduser().absolute(), tr("settings.option_home")
    if environment.get(HOME_VARIABLE):
        return Path(environment[HOME_VARIABLE]).expanduser().absolute(), tr("settings.variable", variable=HOME_VARIABLE)
    return Path.home() / ".results-archive", "default"


def _kinds() -> dict[str, type[Any]]:
    """Return the kind of value of every setting that may be set."""
    kinds: dict[str, type[Any]] = {
        "store": str,
        "index": str,
        "ocr": str,
        "work": str,
        "count_rules": str,
        "commit_every": int,
        "plain_text": bool,
    }
    for table, options in TABLES.items():
        for name, kind in get_type_hints(options).items():
            kinds[f"{table}.{name}"] = kind
    return kinds


def _from_file(file: Path) -> list[tuple[str, str, Any]]:
    try:
        with file.open("rb") as stream:
            content = tomllib.load(stream)
    except (FileNotFoundError, NotADirectoryError):  # no home yet, or an impossible one: wiring reports it
        return []
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(tr("settings.cannot_be_read_mend_or_remove", file=file, error=error)) from error
    found = []
    for name, value in content.items():
        if name in TABLES and isinstance(value, dict):
            found += [(f"{name}.{key}", inner) for key, inner in value.items()]
        else:
            found.append((name, value))
    source: str = tr("settings.file", file=file)
    return [(source, name, value) for name, value in found]


def _from_environment(environment: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    found: list[tuple[str, str, Any]] = []
    for variable, value in sorted(environment.items()):
        if variable.startswith(_PREFIX) and variable != HOME_VARIABLE:
            name = variable.removeprefix(_PREFIX).lower()
            table, _, inner = name.partition("_")
            name = f"{table}.{inner}" if table in TABLES else name
            found.append((tr("settings.variable", variable=variable), name, value))
    return found


def _converted(name: str, raw: Any, source: str) -> Any:
    kinds = _kinds()
    if name not in kinds:
        raise SettingsError(tr("settings.unknown_setting_archive_settings_lists_those", name=name, source=source))
    kind = kinds[name]
    if issubclass(kind, StrEnum):
        return _chosen(kind, name, raw, source)
    if kind is bool:
        return _yes_or_no(name, raw, source)
    if kind is str:
        value, needs = raw if isinstance(raw, str) else None, tr("settings.text_in_quotes")
    else:
        value, needs = _number(kind, raw, name in _MAY_BE_ZERO), _needed_number(kind, name in _MAY_BE_ZERO)
    if value is None:
        raise SettingsError(tr("settings.setting_must_be", name=name, source=source, needs=needs))
    return value


def _number(kind: type[Any], raw: Any, may_be_zero: bool) -> Any:
    """Return a number, None for what is none that the setting may have; half a file or page is none."""
    if isinstance(raw, bool) or (kind is int and isinstance(raw, float)):
        return None
    try:
        value = kind(raw)
    except (TypeError, ValueError):
        return None
    return value if 0 < value < math.inf or (value == 0 and may_be_zero) else None


def _needed_number(kind: type[Any], may_be_zero: bool) -> Sentence:
    if may_be_zero:
        return tr("settings.a_whole_number_0_or_above")
    return tr("settings.a_whole_number_above_0") if kind is int else tr("settings.a_number_above_0")


def _chosen(kind: type[StrEnum], name: str, raw: Any, source: str) -> StrEnum:
    try:
        return kind(raw)
    except ValueError as error:
        raise SettingsError(
            tr("settings.setting_must_be_one_of", name=name, source=source, kind=", ".join(kind))
        ) from error


def _yes_or_no(name: str, raw: Any, source: str) -> bool:
    known = {"true": True, "false": False}
    word = str(raw).lower()  # a variable is text, a file has a kind of its own for it
    if word not in known:
        raise SettingsError(tr("settings.setting_must_be_true_or_false", name=name, source=source))
    return known[word]
