"""The engine: rules compiled into one automaton; an article is scanned once, and only what its words trigger is judged."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from alerts.errors import QueryError
from alerts.matching.actors import ActorTable, ActorTableBuilder
from alerts.matching.hits import Hits
from alerts.matching.inflected import InflectedNames
from alerts.matching.judging import NOWHERE, Found
from alerts.matching.literals import HONORIFICS, Index, Literals
from alerts.matching.reading import Reading
from alerts.matching.scanner import HONORIFIC, NAME, SURNAME, TRIGGER, Scanner
from alerts.matching.topics import CompiledTopic, References, TopicCompiler, compile_topic
from alerts.matching.triggers import Triggers
from alerts.matching.view import HitsView
from alerts.query.operators.base import Marks
from alerts.text import fold_all
from alerts.text.places import Place
from alerts.values import Actor, Topic, WatchList

_NO_GAPS: dict[int, list[Place]] = {}
_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")
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
    _scanner: Scanner
    _rows: Index
    """From a literal to the names it is of."""
    _triggers: Triggers
    _inflected: InflectedNames
    _by_hash: tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]

    def hits(self, reading: Reading) -> Hits:
        """Scan an article."""
        return Hits(reading, self._scanner)

    def inflected(self, hits: Hits) -> dict[int, list[tuple[Place, str]]]:
        """Return by row where names stand in other forms."""
        if hits.inflected is None:
            hits.inflected = self._inflected.find(hits.reading)
        return hits.inflected

    def candidates(self, hits: Hits) -> set[int]:
        """Return the actors of which some name stands in an article."""
        literals = hits.found.used_for(NAME)
        for gap in (hits.within, hits.respelt, hits.middle_names if self.actors.details else _NO_GAPS):
            literals += [literal for literal in gap if self._scanner.uses[literal] & NAME]
        actor_of_row = self.actors.actor_of_row
        found = {actor_of_row[row] for literal in literals for row in self._rows.of(literal)}
        found.update(actor_of_row[row] for row in self.inflected(hits))
        return found

    def found_actors(self, hits: Hits) -> dict[int, list[Found]]:
        """Return the actors that are meant in an article, and where."""
        candidates = self.candidates(hits)
        if not candidates:
            return {}
        hits.gather(set().union(*map(self.actors.literals, candidates)))
        found = {actor: self.actors.find(actor, hits) for actor in candidates}
        return {actor: places for actor, places in found.items() if places}

    def true_topics(self, hits: Hits, tracked: Mapping[int, list[Place]]) -> Iterable[tuple[int, Marks]]:
        """Return the topics that are true of an article, each with its marks. `tracked` are the places of references."""
        numbers = self._triggers.worth_judging(hits, self._scanner, tracked)
        if not numbers:
            return
        topics = self.topics
        hits.gather({literal for number in numbers for literal in topics[number].literals})
        article = HitsView(hits, tracked)
        for number in numbers:
            marks = topics[number].condition.find(article, article.whole)
            if marks is not None:
                yield number, marks

    def patterns(self) -> list[str]:
        """Return what the automaton looks for of names and queries, folded, with the spaces that must stand around."""
        literals = Literals()
        for folded in fold_all([self.actors.texts[row] for row in range(len(self.actors.texts))]):
            literals.add(folded)
        compiler = TopicCompiler(literals, References())
        for topic in self.topics:
            compiler.condition(topic.condition.node)
        return literals.patterns()

    def actor_numbers(self, watch: str, name: str) -> list[int]:
        """Return the numbers of the actors of that name in a watch list."""
        if watch not in self.watches:
            return []
        number = self.watches.index(watch)
        hashes, order = self._by_hash
        wanted = hash((number, name))
        first, last = (int(np.searchsorted(hashes, wanted, side)) for side in _SIDES)
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
        self._honorifics = [self._literals.add(honorific) for honorific in HONORIFICS]
        self._actors = ActorTableBuilder(self._literals)
        self._topics: list[tuple[int, str, Topic]] = []
        self._watches: dict[str, int] = {}

    def add(self, watch_list: WatchList) -> None:
        """Add the rules of a watch list; nothing of it is kept but what matching needs."""
        for actor in watch_list.actors:
            self.add_actor(watch_list.name, actor)
        for topic in watch_list.topics:
            self.add_topic(watch_list.name, topic)

    def add_actor(self, watch: str, actor: Actor) -> None:
        """Add an actor."""
        self._actors.add(self._watch(watch), actor)

    def add_topic(self, watch: str, topic: Topic) -> None:
        """Add a topic."""
        self._topics.append((self._watch(watch), watch, topic))

    def build(self) -> Engine:
        """Return the engine. Raises `QueryError`, naming watch list and topic, for a query that can't be used."""
        self._actors.finish()
        table = self._actors.table
        topics = [self._compile(number, watch, topic) for number, watch, topic in self._topics]
        size = len(self._literals)
        rows = np.asarray(table.literal, np.uint32)
        known = (rows != NOWHERE).nonzero()[0]
        row_index = Index(size, rows[known], known)
        triggers = Triggers(size, topics)
        uses = row_index.leads_anywhere() * np.uint8(NAME) | triggers.literals() * np.uint8(TRIGGER)
        uses[self._honorifics] |= HONORIFIC
        uses[list(table.surnames())] |= SURNAME
        return Engine(
            watches=tuple(self._watches),
            actors=table,
            topics=tuple(topics),
            references=self._references,
            _scanner=Scanner(
                self._literals.automaton(),
                bytes(self._literals.kinds),
                uses,
                self._literals.patterns(),
            ),
            _rows=row_index,
            _triggers=triggers,
            _inflected=self._actors.inflected(),
            _by_hash=_hashes(table),
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


def _hashes(table: ActorTable) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
    """Return the hashes of the actors' watch lists and names, sorted, and whose each is."""
    hashes = np.fromiter(
        (hash((table.watch[actor], table.name(actor))) for actor in range(len(table))), np.int64, len(table)
    )
    order = np.argsort(hashes, kind="stable")
    return hashes[order], order.astype(np.uint32)
