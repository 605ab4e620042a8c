"""Seals as stored: one chain for the whole archive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from archive.errors import ObjectCorrupt
from archive.messages.catalogue import tr
from archive.model.merkle_seals import Seal
from archive.store import keys
from archive.store.format import json_values
from archive.store.format.canonical_json import decode, encode_typed
from archive.store.integrity import read_decoded
from archive.store.keys import ChainKey
from archive.store.vault import Vault

_DIGEST = re.compile("[0-9a-f]{64}")


class Seals:
    """The seals of one vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def append(self, seal: Seal) -> Seal:
        """Append ``seal`` as the version it says it is. Raises VersionConflict, ObjectCorrupt, StoreUnavailable."""
        entry = seal_key(seal.version)
        seal = replace(seal, previous=self._vault.chains.previous(entry, seal.digest))
        return replace(seal, digest=self._vault.chains.append(entry, encode_seal(seal)))

    def all(self) -> Iterator[Seal]:
        """Yield all seals, oldest first. Raises ObjectCorrupt, StoreUnavailable."""
        for entry in self._vault.chains.entries(seal_key(0).prefix):
            seal, digest = read_decoded(
                self._vault.store, entry.key, lambda data: (decode_seal(data), keys.digest_of(data))
            )
            yield replace(seal, digest=digest)


def seal_key(version: int) -> ChainKey:
    """Return the key of seal number ``version``."""
    return ChainKey("seals", "", keys.seal_id(), version)


def encode_seal(seal: Seal) -> bytes:
    """Return a seal as stored."""
    value = asdict(seal)
    del value["digest"]
    return encode_typed("seal", {"id": keys.seal_id(), **value})


def decode_seal_head(data: bytes) -> dict[str, Any]:
    """Return a seal as JSON values. Raises ObjectCorrupt."""
    return decode(data, "seal")


def decode_seal(data: bytes) -> Seal:
    """Return the seal of ``data``. Raises ObjectCorrupt."""
    value = decode_seal_head(data)
    try:
        names = ("version", "day", "count", "empty", "root", "list", "at", "previous")
        seal = Seal(actor=json_values.read_actor(value["actor"]), **{name: value[name] for name in names})
        if not is_list(seal.list, seal.root, seal.count, seal.empty):
            raise ValueError("no list")
        if seal.day is not None:
            date.fromisoformat(seal.day)
    except (KeyError, TypeError, ValueError) as error:
        raise ObjectCorrupt(tr("store.format.a_stored_seal_lacks_or_misnames")) from error
    return seal


def is_list(list_: object, root: object, *counts: object) -> bool:
    """Return True when these have the form of a list's digest, its root, and counts."""
    hex_ = all(isinstance(one, str) and _DIGEST.fullmatch(one) for one in (list_, root))
    return hex_ and all(type(count) is int and count >= 0 for count in counts)
