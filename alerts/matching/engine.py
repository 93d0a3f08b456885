"""The engine: rules compiled into one automaton; an article is scanned once, and only what its words trigger is judged."""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from alerts.errors import QueryError
from alerts.matching.actors import NOWHERE, ActorTable, Found
from alerts.matching.clauses import Article, Marks
from alerts.matching.literals import Index, Literals
from alerts.matching.reading import Hits, Place, Reading
from alerts.matching.topics import CompiledTopic, References, compile_topic
from alerts.values import Actor, Topic, WatchList

_SHARE = 4.0
_SHARE_A_LETTER = 0.75
"""How much rarer a word is for each letter more: one of twelve letters stands in an eighth of the articles."""
_SHARE_OF_REFERENCE = 0.1


@dataclass(frozen=True, slots=True)
class Engine:
    """Compiled rules of watch lists; nothing in it changes. Watch lists are numbers here: `watches` names them."""

    watches: tuple[str, ...]
    actors: ActorTable
    topics: tuple[CompiledTopic, ...]
    references: References
    always: tuple[int, ...]
    """Topics that no word triggers."""
    _hits: Callable[[Reading], Hits]
    _rows: Index
    """From a literal to the names it is of."""
    _topics: Index
    """From a literal to the topics that it triggers."""
    _has_rows: bytes
    _has_topics: bytes
    _by_reference: Mapping[int, tuple[int, ...]]
    _by_hash: tuple[array[int], array[int]]

    def hits(self, reading: Reading) -> Hits:
        """Scans an article."""
        return self._hits(reading)

    def candidates(self, hits: Hits) -> set[int]:
        """Gives the actors of which some name stands in an article."""
        actor_of_row, has_rows = self.actors.actor_of_row, self._has_rows
        literals = [literal for literal in hits.literals if has_rows[literal]]
        literals += [literal for literal in hits.within if has_rows[literal]]
        if self.actors.details:
            literals += [literal for literal in hits.middle_names if has_rows[literal]]
        return {actor_of_row[row] for literal in literals for row in self._rows[literal]}

    def found_actors(self, hits: Hits) -> dict[int, list[Found]]:
        """Gives the actors that are meant in an article, and where."""
        found = {}
        for actor in self.candidates(hits):
            if places := self.actors.find(actor, hits):
                found[actor] = places
        return found

    def true_topics(self, hits: Hits, tracked: Mapping[int, list[Place]]) -> Iterable[tuple[int, Marks]]:
        """Gives the topics that are true of an article, each with its marks. `tracked` are the places of references."""
        has_topics, index, topics = self._has_topics, self._topics, self.topics
        present: set[int] = hits.literals
        candidates = {number for literal in present if has_topics[literal] for number in index[literal]}
        if tracked:
            present = present | {-1 - number for number in tracked}
            candidates.update(
                number for reference in tracked for number in self._by_reference.get(reference, ())
            )
        candidates.update(self.always)
        article = Article(hits.reading, hits, lambda number: tracked.get(number, []))
        whole = hits.reading.whole
        for number in candidates:
            topic = topics[number]
            for need in topic.needs:
                if present.isdisjoint(need):
                    break
            else:
                marks = topic.clause.find(article, whole)
                if marks is not None:
                    yield number, marks

    def actor_numbers(self, watch: str, name: str) -> list[int]:
        """Gives the numbers of the actors of that name in a watch list."""
        if watch not in self.watches:
            return []
        number = self.watches.index(watch)
        hashes, order = (
            np.frombuffer(part, kind) for part, kind in zip(self._by_hash, (np.int64, np.uint32), strict=True)
        )
        wanted = hash((number, name))
        first, last = (
            np.searchsorted(hashes, [wanted, wanted + 1]) if wanted < 2**63 - 1 else (0, len(hashes))
        )
        return [
            actor
            for actor in order[first:last].tolist()
            if self.actors.watch[actor] == number and self.actors.name(actor) == name
        ]


class EngineBuilder:
    """Takes watch lists one after another, and compiles them."""

    def __init__(self) -> None:
        self._literals = Literals()
        self._references = References()
        self._actors = ActorTable(self._literals)
        self._topics: list[tuple[int, str, Topic]] = []
        self._watches: dict[str, int] = {}

    def add(self, watch_list: WatchList) -> None:
        """Adds the rules of a watch list; nothing of it is kept but what matching needs."""
        for actor in watch_list.actors:
            self.add_actor(watch_list.name, actor)
        for topic in watch_list.topics:
            self.add_topic(watch_list.name, topic)

    def add_actor(self, watch: str, actor: Actor) -> None:
        """Adds an actor."""
        self._actors.add(self._watch(watch), actor)

    def add_topic(self, watch: str, topic: Topic) -> None:
        """Adds a topic."""
        self._topics.append((self._watch(watch), watch, topic))

    def build(self) -> Engine:
        """Gives the engine. Raises `QueryError`, naming watch list and topic, for a query that can't be used."""
        self._actors.finish()
        topics = [self._compile(number, watch, topic) for number, watch, topic in self._topics]
        literals, table = self._literals, self._actors
        automaton, kinds = literals.automaton(), bytes(literals.kinds)
        rows = np.frombuffer(table.literal, np.uint32) if table.literal else np.empty(0, np.uint32)
        known = np.flatnonzero(rows != NOWHERE).astype(np.uint32)
        row_index = Index(len(literals), array("I", rows[known].tobytes()), array("I", known.tobytes()))
        keys, values = array("I"), array("I")
        by_reference: dict[int, list[int]] = defaultdict(list)
        for number, topic in enumerate(topics):
            for literal in topic.trigger:
                if literal < 0:
                    by_reference[-1 - literal].append(number)
                else:
                    keys.append(literal)
                    values.append(number)
        topic_index = Index(len(literals), keys, values)
        return Engine(
            watches=tuple(self._watches),
            actors=table,
            topics=tuple(topics),
            references=self._references,
            always=tuple(number for number, topic in enumerate(topics) if not topic.trigger),
            _hits=lambda reading: Hits(reading, automaton, kinds),
            _rows=row_index,
            _topics=topic_index,
            _has_rows=row_index.used(),
            _has_topics=topic_index.used(),
            _by_reference={number: tuple(found) for number, found in by_reference.items()},
            _by_hash=self._hashes(),
        )

    def _watch(self, name: str) -> int:
        return self._watches.setdefault(name, len(self._watches))

    def _compile(self, number: int, watch: str, topic: Topic) -> CompiledTopic:
        try:
            return compile_topic(number, topic, self._literals, self._references, self._frequency)
        except QueryError as error:
            raise QueryError(
                f"watch list {watch!r}, topic {topic.name!r}: {error.message}",
                query=error.query,
                position=error.position,
            ) from error

    def _frequency(self, literal: int) -> float:
        """A guess at how often a literal stands in an article: short words often, phrases and long words seldom."""
        if literal < 0:
            return _SHARE_OF_REFERENCE
        words = self._literals.pattern(literal).split()
        return math.prod(min(1.0, _SHARE * _SHARE_A_LETTER ** len(word)) for word in words)

    def _hashes(self) -> tuple[array[int], array[int]]:
        table = self._actors
        hashes = np.fromiter(
            (hash((table.watch[actor], table.name(actor))) for actor in range(len(table))),
            np.int64,
            len(table),
        )
        order = np.argsort(hashes, kind="stable")
        return array("q", hashes[order].tobytes()), array("I", order.astype(np.uint32).tobytes())
