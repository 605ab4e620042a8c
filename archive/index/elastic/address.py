"""ElasticAddress: hosts and name of an index in Elasticsearch, with the options of the connection."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from archive.errors import SettingsError
from archive.messages.catalogue import tr
from archive.model.options import ElasticOptions
from archive.model.transport_security import refuse_plain_text
from archive.model.urls import shown_address

_PORT: Final = 9200
# Elasticsearch's rules for index names, restricted further. It accepts 255 bytes; we append a suffix.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,199}")
_FINGERPRINT: Final = re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")
_API_KEY: Final = re.compile(r"[!-~]*")
_REPLICAS: Final = re.compile(r"\d+(-(\d+|all))?")
_EXAMPLE: Final = tr("elastic.write_it_like_https_host_9200")


@dataclass(frozen=True, slots=True)
class ElasticAddress:
    """One or several nodes of a cluster, and the name that our indexes there begin with."""

    hosts: tuple[str, ...]  # https://a:9200
    name: str
    options: ElasticOptions = field(default_factory=ElasticOptions)
    plain_text: bool = False  # whether it is allowed; the scheme of the hosts says whether it is used

    @classmethod
    def of(cls, url: str, options: ElasticOptions | None = None, plain_text: bool = False) -> ElasticAddress:
        """Return the address that ``https://a:9200,b:9200/name`` names. Raises SettingsError."""
        options = options or ElasticOptions()
        scheme, _, rest = url.partition("://")
        rest = rest.replace(f",{scheme}://", ",")  # users write it before each host, or only before the first
        nodes, _, name = rest.partition("/")
        if scheme not in ("https", "http") or not nodes:
            raise SettingsError(tr("elastic.names_no_elasticsearch", url=shown_address(url), example=_EXAMPLE))
        if "@" in rest:
            raise SettingsError(tr("elastic.credentials_do_not_belong_into_the"))
        if "://" in rest:
            raise SettingsError(tr("elastic.all_hosts_of_an_index_url", example=_EXAMPLE))
        name = name.rstrip("/")
        if _NAME.fullmatch(name) is None:
            raise SettingsError(tr("elastic.is_no_name_for_an_index", name=name, example=_EXAMPLE))
        hosts = [_host(scheme, node) for node in nodes.split(",")]
        if scheme == "http":
            for host in hosts:
                refuse_plain_text(host.hostname or "", "Elasticsearch", plain_text)
        _check(options)
        return cls(tuple(host.geturl() for host in hosts), name, options, plain_text)

    @property
    def url(self) -> str:
        """The address as users write it."""
        scheme, _, first = self.hosts[0].partition("://")
        others = [host.partition("://")[2] for host in self.hosts[1:]]
        return f"{scheme}://{','.join([first, *others])}/{self.name}"

    @property
    def is_tls(self) -> bool:
        """Whether all connections are encrypted."""
        return self.hosts[0].startswith("https:")


def _host(scheme: str, node: str) -> SplitResult:
    try:
        split = urlsplit(f"{scheme}://{node}")
        port = split.port or _PORT
    except ValueError as error:
        raise SettingsError(tr("elastic.is_no_host_and_port", node=node, example=_EXAMPLE)) from error
    if not split.hostname or split.path or split.query or split.fragment:
        raise SettingsError(tr("elastic.is_no_host_and_port", node=node, example=_EXAMPLE))
    name = f"[{split.hostname}]" if ":" in split.hostname else split.hostname
    return split._replace(netloc=f"{name}:{port}")


def _check(options: ElasticOptions) -> None:
    if options.api_key and (options.username or options.password):
        raise SettingsError(tr("elastic.set_elastic_api_key_or_elastic"))
    if _API_KEY.fullmatch(options.api_key) is None:  # it goes into a header, and the library's error would quote it
        raise SettingsError(tr("elastic.setting_elastic_api_key_holds_a"))
    if bool(options.username) != bool(options.password):
        raise SettingsError(tr("elastic.elastic_username_and_elastic_password_belong"))
    if options.fingerprint and _FINGERPRINT.fullmatch(options.fingerprint) is None:
        raise SettingsError(tr("elastic.setting_elastic_fingerprint_must_be_the"))
    if options.fingerprint and options.ca_certs:
        raise SettingsError(tr("elastic.set_elastic_ca_certs_or_elastic"))
    if _REPLICAS.fullmatch(options.replicas) is None:
        raise SettingsError(tr("elastic.setting_elastic_replicas_is_it_must", replicas=options.replicas))
