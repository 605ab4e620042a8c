"""ElasticAddress: hosts and name of an index in Elasticsearch, with the options of the connection."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from archive.errors import SettingsError
from archive.model.options import ElasticOptions
from archive.model.transport_security import refuse_plain_text
from archive.model.urls import shown_address

_PORT: Final = 9200
# Elasticsearch's own rules for the names of indexes, less what we have no use for. It takes 255 bytes; we append to it.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,199}")
_FINGERPRINT: Final = re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")
_API_KEY: Final = re.compile(r"[!-~]*")
_REPLICAS: Final = re.compile(r"\d+(-(\d+|all))?")
_EXAMPLE: Final = "write it like https://HOST:9200/NAME"


@dataclass(frozen=True, slots=True)
class ElasticAddress:
    """One or several nodes of a cluster, and the name that our indexes there begin with."""

    hosts: tuple[str, ...]  # https://a:9200
    name: str
    options: ElasticOptions = field(default_factory=ElasticOptions)
    plain_text: bool = False  # what was allowed, not what is: the scheme of the hosts says that

    @classmethod
    def of(cls, url: str, options: ElasticOptions | None = None, plain_text: bool = False) -> ElasticAddress:
        """Return the place that ``https://a:9200,b:9200/name`` names. Raises SettingsError."""
        options = options or ElasticOptions()
        scheme, _, rest = url.partition("://")
        rest = rest.replace(f",{scheme}://", ",")  # people write it before each host, or before the first alone
        nodes, _, name = rest.partition("/")
        if scheme not in ("https", "http") or not nodes:
            raise SettingsError(f"{shown_address(url)!r} names no Elasticsearch; {_EXAMPLE}")
        if "@" in rest:
            raise SettingsError(
                "credentials do not belong into the index's URL; set elastic.api_key, or elastic.username and "
                "elastic.password"
            )
        if "://" in rest:
            raise SettingsError(f"all hosts of an index's URL are spoken to alike, by https or by http; {_EXAMPLE}")
        name = name.rstrip("/")
        if _NAME.fullmatch(name) is None:
            raise SettingsError(
                f"{name!r} is no name for an index in Elasticsearch; it has lower-case letters, digits, - and _, "
                f"begins with a letter or digit, and is at most 200 long: {_EXAMPLE}"
            )
        hosts = [_host(scheme, node) for node in nodes.split(",")]
        if scheme == "http":
            for host in hosts:
                refuse_plain_text(host.hostname or "", "Elasticsearch", plain_text)
        _check(options)
        return cls(tuple(host.geturl() for host in hosts), name, options, plain_text)

    @property
    def url(self) -> str:
        """The place as people write it."""
        scheme, _, first = self.hosts[0].partition("://")
        others = [host.partition("://")[2] for host in self.hosts[1:]]
        return f"{scheme}://{','.join([first, *others])}/{self.name}"

    @property
    def is_tls(self) -> bool:
        """Whether all that travels is encrypted."""
        return self.hosts[0].startswith("https:")


def _host(scheme: str, node: str) -> SplitResult:
    try:
        split = urlsplit(f"{scheme}://{node}")
        port = split.port or _PORT
    except ValueError as error:
        raise SettingsError(f"{node!r} is no host and port; {_EXAMPLE}") from error
    if not split.hostname or split.path or split.query or split.fragment:
        raise SettingsError(f"{node!r} is no host and port; {_EXAMPLE}")
    name = f"[{split.hostname}]" if ":" in split.hostname else split.hostname
    return split._replace(netloc=f"{name}:{port}")


def _check(options: ElasticOptions) -> None:
    if options.api_key and (options.username or options.password):
        raise SettingsError("set elastic.api_key, or elastic.username and elastic.password, and not both")
    if _API_KEY.fullmatch(options.api_key) is None:  # it goes into a header, whose own error would quote it
        raise SettingsError(
            "setting elastic.api_key holds a sign that no key has, perhaps a space or a line end; set it to the text "
            "that the server calls `encoded`"
        )
    if bool(options.username) != bool(options.password):
        raise SettingsError("elastic.username and elastic.password belong together; set both or none")
    if options.fingerprint and _FINGERPRINT.fullmatch(options.fingerprint) is None:
        raise SettingsError(
            "setting elastic.fingerprint must be the SHA-256 of the server's certificate: 64 hexadecimal digits, as "
            "`openssl x509 -noout -fingerprint -sha256` shows them"
        )
    if options.fingerprint and options.ca_certs:
        raise SettingsError("set elastic.ca_certs or elastic.fingerprint, and not both: one of them would be ignored")
    if _REPLICAS.fullmatch(options.replicas) is None:
        raise SettingsError(f"setting elastic.replicas is {options.replicas!r}; it must be like 1, 0-1 or 0-all")
