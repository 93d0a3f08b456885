"""`Matcher`: all watch lists in one automaton; an article is scanned once, and only what its words trigger is evaluated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from alerts.errors import QueryError
from alerts.matching.actors import CompiledActor, compile_actor, match_actor
from alerts.matching.literals import Literals
from alerts.matching.scan import Hit, Scan, scan
from alerts.matching.topics import CompiledTopic, compile_topic, match_topic
from alerts.values import Document, Mention, WatchList

Rule = CompiledActor | CompiledTopic


class Matcher:
    """Compiled watch lists. Made by `compile_matcher`; safe to use from several threads."""

    def __init__(
        self, rules: Sequence[Rule], languages: dict[str, frozenset[str]], literals: Literals
    ) -> None:
        self._automaton = literals.automaton()
        self._rules = rules
        self._languages = languages
        self._always: list[int] = []
        self._triggered: dict[int, list[int]] = defaultdict(list)
        for number, rule in enumerate(rules):
            if rule.triggers is None:
                self._always.append(number)
            for literal in rule.triggers or ():
                self._triggered[literal].append(number)

    def match(self, document: Document) -> tuple[Mention, ...]:
        """Gives the mentions, ordered by watch list, then title before text, then place."""
        scans = scan(document, self._automaton)
        candidates = set(self._always)
        for part in scans:
            for literal in part.hits:
                candidates.update(self._triggered.get(literal, ()))
        found: list[Mention] = []
        for number in sorted(candidates):
            rule = self._rules[number]
            languages = self._languages[rule.watch]
            if languages and document.language is not None and document.language not in languages:
                continue
            if isinstance(rule, CompiledActor):
                found += [_mention(rule, part, hit, why) for part, hit, why in match_actor(rule, scans)]
            else:
                found += _topic_mentions(rule, scans, document)
        order = {"title": 0, "text": 1}
        return tuple(
            sorted(
                found, key=lambda m: (m.watch, order[m.field], m.start, m.end, m.actor or "", m.topic or "")
            )
        )


def compile_matcher(watch_lists: Sequence[WatchList]) -> Matcher:
    """Compiles watch lists. Raises `QueryError`, naming watch list and topic, for a query that can't be used."""
    literals = Literals()
    rules: list[Rule] = []
    for watch in watch_lists:
        rules += [compile_actor(watch.name, actor, literals) for actor in watch.actors]
        for topic in watch.topics:
            try:
                rules.append(compile_topic(watch.name, topic, literals))
            except QueryError as error:
                where = f"watch list {watch.name!r}, topic {topic.name!r}"
                raise QueryError(
                    f"{where}: {error.message}", query=error.query, position=error.position
                ) from error
    return Matcher(rules, {watch.name: frozenset(watch.languages) for watch in watch_lists}, literals)


def _topic_mentions(topic: CompiledTopic, scans: Sequence[Scan], document: Document) -> list[Mention]:
    places = match_topic(topic, scans, document)
    if places is None:
        return []
    if not places:  # true by what is known of the article alone: the title stands for it
        title = document.title
        return [Mention(topic.watch, None, topic.name, "title", 0, len(title), title, "the article itself")]
    clauses: dict[tuple[int, Hit], list[str]] = defaultdict(list)
    for number, hit, clause in places:
        clauses[number, hit].append(clause)
    return [
        _mention(topic, scans[number], hit, f"clause {', '.join(why)}")
        for (number, hit), why in clauses.items()
    ]


def _mention(rule: Rule, part: Scan, hit: Hit, why: str) -> Mention:
    start, end = part.span(hit)
    actor = rule.actor.name if isinstance(rule, CompiledActor) else None
    topic = rule.name if isinstance(rule, CompiledTopic) else None
    return Mention(rule.watch, actor, topic, part.field, start, end, part.folded.original[start:end], why)
