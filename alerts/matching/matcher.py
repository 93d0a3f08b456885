"""`Matcher`: watch lists compiled once, then one article after another.

What changes is compiled into a second, small engine, and switched off in the large one; both are asked of each article. So a
change costs what it is worth, whatever is loaded beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from alerts.matching.engine import Engine, EngineBuilder
from alerts.matching.hits import Hits
from alerts.matching.mentions import Named, actor_mention, topic_mentions
from alerts.matching.reading import Reading
from alerts.query.operators.base import Marks
from alerts.text.places import Place
from alerts.values import FIELDS, Actor, Document, Mention, Topic, WatchList

RuleKind = Literal["actor", "topic"]
RuleKey = tuple[str, RuleKind, str]
"""A rule by its watch list, its kind and its name."""
_ORDER = {field: place for place, field in enumerate(FIELDS)}


@dataclass(frozen=True, slots=True)
class _Off:
    """What of the large engine no longer counts."""

    watches: frozenset[str] = frozenset()
    actors: frozenset[int] = frozenset()
    topics: frozenset[str] = frozenset()
    """As "watch list, zero, topic"."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """Compiled watch lists. Made by `compile_matcher`; nothing in it changes, and several threads may use it."""

    languages: Mapping[str, frozenset[str]]
    """By watch list; empty: all."""
    large: Engine
    small: Engine | None = None
    off: _Off = _Off()
    changed: Mapping[RuleKey, Actor | Topic] = field(default_factory=dict)
    """What the small engine is made of."""
    closed: frozenset[str] = frozenset()
    """The private lists: only their own topics refer to what they track."""

    @property
    def pending(self) -> int:
        """How many rules are in the small engine, or switched off: when it is many, compile anew."""
        return len(self.changed) + len(self.off.actors) + len(self.off.topics)

    def match(self, document: Document) -> tuple[Mention, ...]:
        """Return the mentions, ordered by watch list, then field, then place."""
        reading = Reading(document)
        scanned = self.scan(reading)
        named = self.named_actors(scanned)
        mentions = [actor_mention(reading, item) for item in named if self.speaks(item.watch, document)]
        for engine, hits in scanned:
            for watch, number, marks in self.true_topics(engine, hits, named):
                topic = engine.topics[number]
                if self.has_topic(engine, watch, topic.name) and self.speaks(watch, document):
                    mentions += topic_mentions(reading, watch, topic.name, marks)
        return tuple(
            sorted(
                mentions,
                key=lambda m: (m.watch, _ORDER[m.field], m.start, m.end, m.actor or "", m.topic or ""),
            )
        )

    def with_changes(
        self,
        changed: Sequence[WatchList],
        removed: Sequence[RuleKey] = (),
        removed_lists: Sequence[str] = (),
    ) -> Matcher:
        """Return a matcher in which these rules are new, or other, or gone; the large engine is shared.

        `changed` hold only the actors and topics that are; what they don't name stays as it was. Their `languages` are the watch
        lists' from then on. Raises `QueryError`.
        """
        rules = {
            key: rule
            for key, rule in self.changed.items()
            if key not in removed and key[0] not in removed_lists
        }
        gone: list[RuleKey] = list(removed)
        for watch_list in changed:
            both: tuple[Actor | Topic, ...] = (*watch_list.actors, *watch_list.topics)
            for rule in both:
                key: RuleKey = (watch_list.name, "actor" if isinstance(rule, Actor) else "topic", rule.name)
                rules.pop(key, None)
                rules[key] = rule
                gone.append(key)
        off = _Off(
            watches=self.off.watches | set(removed_lists),
            actors=self.off.actors.union(
                number
                for watch, kind, name in gone
                if kind == "actor"
                for number in self.large.actor_numbers(watch, name)
            ),
            topics=self.off.topics.union(
                _topic_key(watch, name) for watch, kind, name in gone if kind == "topic"
            ),
        )
        languages = {name: spoken for name, spoken in self.languages.items() if name not in removed_lists}
        languages |= {watch_list.name: frozenset(watch_list.languages) for watch_list in changed}
        closed = self.closed.difference(removed_lists, (watch_list.name for watch_list in changed))
        closed |= {watch_list.name for watch_list in changed if watch_list.private}
        small = _engine(rules)
        return replace(self, languages=languages, small=small, off=off, changed=rules, closed=closed)

    def literals(self) -> list[str]:
        """Return what the large engine looks for in an article: folded, with the spaces that must stand around."""
        return self.large.patterns()

    def scan(self, reading: Reading) -> list[tuple[Engine, Hits]]:
        """Scan an article for the words of all engines."""
        engines = (self.large,) if self.small is None else (self.large, self.small)
        return [(engine, engine.hits(reading)) for engine in engines]

    def named_actors(self, scanned: Sequence[tuple[Engine, Hits]]) -> list[Named]:
        """Return the mentions of actors. One inside a longer name that the same watch list tracks is none."""
        by_watch: dict[str, list[Named]] = defaultdict(list)
        for engine, hits in scanned:
            for number, found in engine.found_actors(hits).items():
                watch = engine.watches[engine.actors.watch[number]]
                if not self.has_actor(engine, number):
                    continue
                name = engine.actors.name(number)
                by_watch[watch] += [Named(watch, name, item, engine, number) for item in found]
        hits_of = {id(engine): hits for engine, hits in scanned}
        return [item for named in by_watch.values() for item in _meant(named, hits_of)]

    def true_topics(
        self, engine: Engine, hits: Hits, named: Sequence[Named]
    ) -> Iterator[tuple[str, int, Marks]]:
        """Give the topics of an engine that are true of an article: the watch list, the number, the marks."""
        apart = {item.watch for item in named if item.watch in self.closed} if len(engine.references) else ()
        for within in (None, *sorted(apart)):
            for number, marks in engine.true_topics(hits, self.tracked(engine, named, within)):
                watch = engine.watches[engine.topics[number].watch]
                if watch == within or (within is None and watch not in apart):
                    yield watch, number, marks

    def tracked(
        self, engine: Engine, named: Iterable[Named], within: str | None = None
    ) -> dict[int, list[Place]]:
        """Return the places of what an engine's topics refer to: those of the list `within`, where it is a private one."""
        if not len(engine.references):
            return {}
        places: dict[int, set[Place]] = defaultdict(set)
        for item in named:
            if item.watch in self.closed and item.watch != within:
                continue
            for reference in (
                engine.references.get("actor", item.actor),
                engine.references.get("list", item.watch),
            ):
                if reference is not None:
                    places[reference].add(item.found.place)
        return {reference: sorted(found) for reference, found in places.items()}

    def has_actor(self, engine: Engine, number: int) -> bool:
        """Return whether an actor of an engine is still tracked as it is there."""
        if engine is not self.large:
            return True
        watch = engine.watches[engine.actors.watch[number]]
        return number not in self.off.actors and watch not in self.off.watches

    def has_topic(self, engine: Engine, watch: str, topic: str) -> bool:
        """Return whether a topic of an engine is still tracked as it is there."""
        if engine is not self.large:
            return True
        return watch not in self.off.watches and _topic_key(watch, topic) not in self.off.topics

    def speaks(self, watch: str, document: Document) -> bool:
        """Return whether a watch list reads articles in the document's language; one in no known language it reads."""
        languages = self.languages[watch]
        return not languages or document.language is None or document.language in languages


def compile_matcher(watch_lists: Iterable[WatchList]) -> Matcher:
    """Compile watch lists. Raises `QueryError`, naming watch list and topic, for a query that can't be used.

    They are taken one after another, so that they need never be in memory together.
    """
    builder = EngineBuilder()
    languages = {}
    closed = set()
    for watch_list in watch_lists:
        languages[watch_list.name] = frozenset(watch_list.languages)
        if watch_list.private:
            closed.add(watch_list.name)
        builder.add(watch_list)
    return Matcher(languages, builder.build(), closed=frozenset(closed))


def _engine(rules: Mapping[RuleKey, Actor | Topic]) -> Engine | None:
    if not rules:
        return None
    builder = EngineBuilder()
    for (watch, _kind, _name), rule in rules.items():
        if isinstance(rule, Actor):
            builder.add_actor(watch, rule)
        else:
            builder.add_topic(watch, rule)
    return builder.build()


def _topic_key(watch: str, topic: str) -> str:
    return f"{watch}\0{topic}"


def _meant(named: list[Named], hits_of: Mapping[int, Hits]) -> list[Named]:
    """Leave out what lies inside another actor's longer name, and then what rests on it: surnames, weak aliases."""
    kept = _outermost(named)
    if len(kept) == len(named):
        return kept
    meant = {id(item) for item in kept}
    actors: dict[tuple[int, int], list[Named]] = defaultdict(list)
    for item in named:
        actors[id(item.engine), item.number].append(item)
    judged: list[Named] = []
    for (engine_id, number), items in actors.items():
        first = items[0]
        hidden = {item.found.place for item in items if id(item) not in meant}
        if hidden and number in first.engine.actors.details:
            found = first.engine.actors.find(number, hits_of[engine_id], hidden=hidden)
            judged += [first._replace(found=one) for one in found]
        else:
            judged += items
    return _outermost(judged)


def _outermost(named: list[Named]) -> list[Named]:
    """Leave out what lies inside another actor's longer name."""
    if len(named) < 2:
        return named
    kept = []
    longest = Place(0, 0)
    for item in sorted(named, key=lambda item: (item.found.place.start, -item.found.place.end)):
        place = item.found.place
        if place.end > longest.end:
            longest = place
        elif place != longest:
            continue
        kept.append(item)
    return kept
