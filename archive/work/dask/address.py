"""The address of a Dask cluster and its transport security: TLS, or plain text on this machine only."""

from __future__ import annotations

import logging
import platform
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from distributed.security import Security

from archive import __version__
from archive.errors import SettingsError
from archive.messages.catalogue import tr
from archive.model.options import DaskOptions
from archive.model.transport_security import refuse_plain_text
from archive.model.urls import shown_address

_PORT = 8786  # of a Dask scheduler, when the address names none
SOFTWARE = f"results-archive {__version__} on Python {'.'.join(platform.python_version_tuple()[:2])}"

COMPUTE, WAIT = "compute", "wait"  # Dask resources of a worker: its places for each sort of task
UNDER_WAY = "archive_under_way"  # metric of a worker: names of the tasks that its child processes run now
RUNS = "archive_software"  # what a worker reports about itself at the start: SOFTWARE


@dataclass(frozen=True, slots=True)
class Cluster:
    """A scheduler's address, and the security that both its client and its workers use."""

    host: str
    port: int
    security: Security

    @property
    def shown(self) -> str:
        """The address as users write it."""
        return f"dask://{self._netloc}"

    @property
    def url(self) -> str:
        """The address as Dask writes it."""
        return f"{'tls' if self.security.require_encryption else 'tcp'}://{self._netloc}"

    @property
    def _netloc(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def cluster_at(address: str, options: DaskOptions, plain_text: bool) -> Cluster:
    """Return the cluster at ``HOST:PORT``. Raises SettingsError: no address, no certificate, plain text elsewhere."""
    try:
        parts = urlsplit(f"//{address}")
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        host, port = None, 0
    if not host or parts.netloc != address or "@" in address:
        raise SettingsError(tr("work.is_no_address_of_a_scheduler", address=shown_address(address)))
    files = {"ca_file": options.ca_file, "cert_file": options.cert_file, "key_file": options.key_file}
    if not any(files.values()):
        refuse_plain_text(host, tr("work.the_dask_scheduler"), plain_text)
        return Cluster(host, port, Security(require_encryption=False))
    for name, file in files.items():
        if not Path(file).is_file():
            raise SettingsError(
                tr(
                    "work.setting_dask_names_no_file_a",
                    name=name,
                    file=file,
                    files=", ".join(f"dask.{name}" for name in files),
                )
            )
    return Cluster(host, port, _tls(options))


def _tls(options: DaskOptions) -> Security:
    security = Security(
        require_encryption=True,
        tls_ca_file=options.ca_file,
        tls_client_cert=options.cert_file,
        tls_client_key=options.key_file,
        tls_worker_cert=options.cert_file,
        tls_worker_key=options.key_file,
    )
    try:
        security.get_connection_args("client")  # loads the files
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError(tr("work.the_files_that_dask_ca_file")) from error
    return security


def keep_quiet() -> None:
    """Silence the logs of Dask and Tornado: they would quote tasks, which name files."""
    for name in [*logging.Logger.manager.loggerDict, "distributed", "tornado"]:
        if name.partition(".")[0] in ("distributed", "tornado"):
            logger = logging.getLogger(name)
            logger.handlers[:] = [logging.NullHandler()]
            logger.propagate = False
            logger.setLevel(logging.CRITICAL + 1)
