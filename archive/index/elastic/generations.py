"""ElasticGenerations: the physical indexes behind an alias, of which one serves while a next one may be filled.

``NAME-records`` is the alias that readers and writers use; ``NAME-records-v1-000002`` is a generation: version of the
schema, running number. One that does not serve yet has an alias of its own, through which it is filled:
``NAME-records-building-000002``, or ``NAME-records-once-000002`` when nobody may go on with it. Aliases are made and
moved together with the indexes, in one step of the cluster: there is no lock that a killed process could leave behind.
A put also writes to the generations that are being filled, so that a swap loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from elasticsearch import BadRequestError, Elasticsearch

from archive.errors import IndexUnavailable
from archive.index.elastic.bulk import Document, batches
from archive.index.elastic.connection import ElasticConnection
from archive.index.elastic.errors import AliasMissing, cause_of
from archive.index.resumable import Resumable
from archive.messages.catalogue import tr

_MAX_ATTEMPTS: Final = 10  # each is lost only to a rebuild that ended at that moment; ten in a row are no coincidence
_NOT_FOUND: Final = 404
_EXISTS: Final = "resource_already_exists_exception"

T = TypeVar("T")
Group = TypeVar("Group")
Lacking = TypeVar("Lacking")


@dataclass(frozen=True, slots=True)
class Shape:
    """Schema of an index: the end of its alias, its mapping, and a number raised whenever the mapping changes."""

    what: str
    schema: int
    mappings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Generation:
    """One physical index."""

    index: str
    schema: int
    number: int
    aliases: frozenset[str]


class ElasticGenerations:
    """The generations of one ``shape``. Raises IndexUnavailable and SettingsError throughout."""

    def __init__(self, connection: ElasticConnection, shape: Shape) -> None:
        self.alias = f"{connection.address.name}-{shape.what}"
        self.shape = shape
        self._connection = connection
        self._named = re.compile(rf"{re.escape(self.alias)}-v(\d+)-(\d{{6,}})")

    def all(self) -> list[Generation]:
        """Return all generations, oldest first. Raises IndexUnavailable when the alias leads to a foreign index."""
        asked = f"{self.alias}-v*,{self.alias}"
        told = self._connection.call(lambda client: client.indices.get_alias(index=asked, ignore_unavailable=True).body)
        strangers = sorted(index for index, about in told.items() if self._is_stranger(index, about["aliases"]))
        if strangers:
            raise IndexUnavailable(
                tr("elastic.on_the_search_server_is_or", alias=self.alias, strangers=", ".join(strangers))
            )
        found = [
            Generation(index, int(match[1]), int(match[2]), frozenset(about["aliases"]))
            for index, about in told.items()
            if (match := self._named.fullmatch(index))
        ]
        return sorted(found, key=lambda generation: generation.number)

    def _is_stranger(self, index: str, aliases: Iterable[str]) -> bool:
        """Return True when an index uses our alias, or its name, but is no generation of ours."""
        return self._named.fullmatch(index) is None and (index == self.alias or self.alias in aliases)

    def serving(self) -> str | None:
        """Return the index that serves, None on a fresh archive. Raises IndexUnavailable for another schema."""
        return self._serving(self.all())

    def mappings(self) -> dict[str, Any]:
        """Return the mapping that a new generation gets."""
        return {**self.shape.mappings, "_meta": {"schema": self.shape.schema}}

    def there(self) -> bool:
        """Return True when the alias exists."""
        return bool(self._connection.call(lambda client: client.indices.exists_alias(name=self.alias)))

    def put(self, documents: list[Document]) -> None:
        """Write documents to the serving generation, which is created when missing; searches find them at once."""
        self.put_through(lambda alias, seen: self._connection.bulk(alias, documents, refresh=seen))

    def put_through(self, write: Callable[[str, bool], None]) -> None:
        """Call ``write(alias, seen)`` for every generation that a put must reach.

        ``seen``: the generation serves, so that searches must find the documents at once. A write may be repeated,
        and may raise AliasMissing when a swap removed its alias.
        """
        for _ in range(_MAX_ATTEMPTS):
            found = self.all()
            if self._serving(found) is None:
                self._create(_next_number(found), self.alias)
                continue
            # The one being filled first: if the swap comes in between, the alias already leads there.
            targets = [*filter(None, map(self._filled_through, found)), self.alias]
            try:
                for alias in targets:
                    write(alias, alias == self.alias)
            except AliasMissing:
                continue
            return
        raise self._restless()

    def replace_all(
        self,
        entries: Iterable[T],
        documents: Callable[[Iterable[T]], Iterable[Document]],
        missing_in: Callable[[str], Any],
    ) -> None:
        """Fill a new generation with documents, and let it serve; see ``rebuild``."""
        self.rebuild(entries, lambda wanted: batches(documents(wanted)), self._connection.bulk_batch, missing_in)

    def rebuild(
        self,
        entries: Iterable[T],
        groups: Callable[[Iterable[T]], Iterable[Group]],
        write: Callable[[str, Group], None],
        missing_in: Callable[[str], Any],
    ) -> None:
        """Fill a new generation, then let it serve in one step that also removes the old ones.

        ``groups`` cuts the entries into groups, one for each ``write(alias, group)``; writes must be idempotent. With
        ``Resumable`` entries an unfinished rebuild is continued: ``missing_in`` of its index names the missing
        entries. Of two concurrent rebuilds the later one decides; the other one ends without an error.
        """
        resumable = isinstance(entries, Resumable)
        generation = self._unfinished() if resumable else None
        if generation is None:
            generation = self._begin("building" if resumable else "once")
        wanted = entries.lacking(missing_in(generation.index)) if isinstance(entries, Resumable) else entries
        try:
            if self._fill(generation, groups(wanted), write):
                self._serve(generation)
        except BaseException:
            if not resumable:
                self._drop(generation)
            raise

    def _serving(self, found: list[Generation]) -> str | None:
        serving = [generation for generation in found if self.alias in generation.aliases]
        if not serving:
            return None
        if len(serving) > 1:
            raise IndexUnavailable(tr("elastic.the_alias_stands_for_several_indexes", alias=self.alias))
        if serving[0].schema != self.shape.schema:
            raise IndexUnavailable(tr("elastic.the_index_was_made_by_another", index=serving[0].index))
        return serving[0].index

    def _unfinished(self) -> Generation | None:
        """Return the latest unfinished generation of our schema that can be continued, None without one."""
        begun = [generation for generation in self.all() if generation.schema == self.shape.schema]
        ours = [generation for generation in begun if self._name("building", generation.number) in generation.aliases]
        return ours[-1] if ours else None

    def _begin(self, state: str) -> Generation:
        for _ in range(_MAX_ATTEMPTS):
            number = _next_number(self.all())
            alias = self._name(state, number)
            if self._create(number, alias):
                return Generation(self._index(number), self.shape.schema, number, frozenset({alias}))
        raise self._restless()

    def _create(self, number: int, alias: str) -> bool:
        """Make an index and its alias in one step; return False when another process made it first."""

        def create(client: Elasticsearch) -> bool:
            try:
                client.indices.create(
                    index=self._index(number),
                    aliases={alias: {}},
                    mappings=self.mappings(),
                    settings=self._settings(),
                )
            except BadRequestError as error:
                if cause_of(error) != _EXISTS:
                    raise
                return False
            return True

        return self._connection.call(create)

    def _fill(self, generation: Generation, groups: Iterable[Group], write: Callable[[str, Group], None]) -> bool:
        """Write all groups; False when a rebuild that began later has ended, so that nothing is left to do."""
        alias = next(iter(generation.aliases))
        try:
            for group in groups:  # asks which entries the index lacks; a later rebuild may have removed that index
                try:
                    write(alias, group)
                except AliasMissing:
                    if not self._is_served(generation):
                        return False
                    alias = self.alias  # another process continued the same generation and finished first
                    write(alias, group)
        except AliasMissing:
            if self._is_served(generation):
                raise
            return False
        self._connection.call(
            lambda client: client.options(ignore_status=_NOT_FOUND).indices.refresh(index=generation.index)
        )
        return True

    def _is_served(self, generation: Generation) -> bool:
        """Return True when ``generation`` serves, False when a later one does. Raises IndexUnavailable."""
        found = self.all()
        serving = [other for other in found if self.alias in other.aliases]
        if any(other.index == generation.index for other in serving):
            return True
        if any(other.number > generation.number for other in serving):
            return False
        raise IndexUnavailable(tr("elastic.the_index_was_removed_while_it", index=generation.index))

    def _serve(self, generation: Generation) -> None:
        """Move the alias to ``generation`` and remove earlier generations, in one step. A lost race is retried."""
        for _ in range(_MAX_ATTEMPTS):
            found = self.all()
            alive = {other.index: other for other in found}
            mine = alive.get(generation.index)
            older = [other for other in found if other.number < generation.number]
            if mine is None:
                self._is_served(generation)
                return
            if self.alias in mine.aliases and not older:
                return
            if any(self.alias in other.aliases and other.number > mine.number for other in found):
                self._drop(generation)
                return
            if self._swap(mine, older):
                return
        raise self._restless()

    def _swap(self, mine: Generation, older: list[Generation]) -> bool:
        actions: list[dict[str, Any]] = [{"remove_index": {"index": other.index}} for other in older]
        actions.append({"add": {"index": mine.index, "alias": self.alias}})
        actions += [
            {"remove": {"index": mine.index, "alias": alias, "must_exist": True}}
            for alias in mine.aliases - {self.alias}
        ]
        answer = self._connection.call(
            lambda client: client.options(ignore_status=_NOT_FOUND).indices.update_aliases(actions=actions)
        )
        return int(answer.meta.status) != _NOT_FOUND

    def _drop(self, generation: Generation) -> None:
        self._connection.call(
            lambda client: client.options(ignore_status=_NOT_FOUND).indices.delete(index=generation.index)
        )

    def _filled_through(self, generation: Generation) -> str | None:
        """Return the alias through which a generation of our schema is being filled."""
        if generation.schema != self.shape.schema:
            return None
        names = {self._name(state, generation.number) for state in ("building", "once")}
        return next(iter(names & generation.aliases), None)

    def _index(self, number: int) -> str:
        return f"{self.alias}-v{self.shape.schema}-{number:06d}"

    def _name(self, state: str, number: int) -> str:
        return f"{self.alias}-{state}-{number:06d}"

    def _settings(self) -> dict[str, Any]:
        options = self._connection.address.options
        copies = (
            {"number_of_replicas": int(options.replicas)}
            if options.replicas.isdigit()
            else {"auto_expand_replicas": options.replicas}
        )
        # The parameters of BM25 that ranking.py relies on, stated explicitly: a template of the cluster may set others.
        ranking = {"similarity": {"default": {"type": "BM25", "k1": 1.2, "b": 0.75}}}
        return {"number_of_shards": options.shards, **copies, **ranking}

    def _restless(self) -> IndexUnavailable:
        return IndexUnavailable(tr("elastic.the_indexes_behind_kept_changing_see", alias=self.alias))


def _next_number(found: list[Generation]) -> int:
    return max((generation.number for generation in found), default=0) + 1
