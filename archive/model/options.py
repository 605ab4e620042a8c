"""Options of remote backends: a bucket, a search server, a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Addressing(StrEnum):
    """Form of a bucket's address: its first path segment, or part of the host's name."""

    AUTO = "auto"
    PATH = "path"
    VIRTUAL = "virtual"


class UploadCheck(StrEnum):
    """How an upload is verified: its bytes are read back and hashed, or the server's checksum is compared."""

    READ_BACK = "read_back"
    CHECKSUM = "checksum"


@dataclass(frozen=True, slots=True)
class S3Options:
    """Settings under ``[s3]``. Credentials are found by boto3's own chain on every machine, not here."""

    endpoint: str = ""  # empty: AWS
    region: str = ""  # empty: what boto3's chain says, else us-east-1
    addressing: Addressing = Addressing.AUTO
    ca_bundle: str = ""  # PEM file; empty: the system's authorities
    profile: str = ""  # of boto3's configuration; empty: its default
    destroy_profile: str = ""  # credentials that may delete versions; used by disposal alone
    upload_check: UploadCheck = UploadCheck.READ_BACK
    lock_days: int = 0  # governance lock of new objects; 0: none
    part_mib: int = 16  # objects up to this are held in memory; also the size of parts
    whole_mib: int = 5120  # objects up to this go up in one request, the most that S3 takes; above it in parts
    connect_seconds: float = 5.0
    read_seconds: float = 60.0
    retries: int = 4  # after the first try, with growing pauses


@dataclass(frozen=True, slots=True)
class ElasticOptions:
    """Settings under ``[elastic]``."""

    ca_certs: str = ""  # PEM file; empty: the system's authorities
    fingerprint: str = ""  # SHA-256 of the server's certificate, instead of an authority
    api_key: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    shards: int = 1
    replicas: str = "0-1"  # a number, or a range: as many as the nodes allow
    seconds: float = 30.0  # longest wait for one answer
    retries: int = 4  # after the first try, with growing pauses


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Settings under ``[log]``: the run log."""

    folder: str = "log"  # relative ones lie in the home
    files: int = 1_000  # number of files kept, one for each run; 0: no log
    mib: int = 100  # their total size


@dataclass(frozen=True, slots=True)
class DaskOptions:
    """Settings under ``[dask]``: PEM files for a cluster with TLS."""

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    connect_seconds: float = 10.0
