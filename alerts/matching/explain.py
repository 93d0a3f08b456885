"""Explanations: why an actor or topic matches an article, or doesn't. Slow and thorough; for people, one article at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alerts.matching.engine import Engine
from alerts.matching.hits import Hits
from alerts.matching.judging import NOWHERE, Refused
from alerts.matching.matcher import Matcher
from alerts.matching.mentions import Named, actor_mention, mention_at
from alerts.matching.reading import Reading
from alerts.matching.view import HitsView
from alerts.query.operators.base import ArticleView, Condition
from alerts.text.places import Place, Scope
from alerts.values import Clause, Document, Explanation, Mention
from storage.language import _, said

MOST_ACTORS = 1_000


def explain(
    matcher: Matcher, document: Document, watch: str | None = None, *, most_actors: int = MOST_ACTORS
) -> tuple[Explanation, ...]:
    """Return for each actor and topic of a watch list (of all, without one) what was looked for, what was found, and where.

    Where there are more than `most_actors`, only those are explained of which some word stands in the article.
    """
    reading = Reading(document)
    scanned = matcher.scan(reading)
    named = matcher.named_actors(scanned)
    found: list[Explanation] = []
    for engine, hits in scanned:
        found += _actors(matcher, engine, hits, named, watch, most_actors)
        found += _topics(matcher, engine, hits, named, watch)
    return tuple(
        sorted(found, key=lambda item: (item.watch, item.actor is None, item.actor or item.topic or ""))
    )


def _actors(
    matcher: Matcher, engine: Engine, hits: Hits, named: Sequence[Named], wanted: str | None, most: int
) -> Iterator[Explanation]:
    table = engine.actors
    numbers = [
        number
        for number in (range(len(table)) if most else sorted(engine.candidates(hits)))
        if wanted is None or engine.watches[table.watch[number]] == wanted
    ]
    if len(numbers) > most > 0:
        numbers = sorted(engine.candidates(hits).intersection(numbers))
    counted: dict[tuple[str, str], list[Named]] = {}
    for item in named:
        counted.setdefault((item.watch, item.actor), []).append(item)
    for number in numbers:
        watch, name = engine.watches[table.watch[number]], table.name(number)
        if not matcher.has_actor(engine, number):
            continue
        clause = _actor(matcher, engine, number, hits, counted.get((watch, name), []), watch)
        yield Explanation(watch, name, None, clause)


def _actor(
    matcher: Matcher, engine: Engine, number: int, hits: Hits, counted: Sequence[Named], watch: str
) -> Clause:
    reading, table = hits.reading, engine.actors
    refused: list[Refused] = []
    found = table.find(number, hits, refused.append)
    kept = {item.found.place for item in counted}
    parts = []
    for row in table.rows(number):
        mine = [item for item in counted if item.found.row == row and item.found.why != "surname"]
        notes = [
            _at(reading, item.place, item.why) for item in refused if item.row == row and not item.surname
        ]
        notes += [
            _at(reading, item.place, _("inside a longer name that is tracked"))
            for item in found
            if item.row == row and item.place not in kept and item.why != "surname"
        ]
        if table.literal[row] == NOWHERE:
            notes.append(_("there is no letter in it"))
        places = tuple(actor_mention(reading, item) for item in mine)
        parts.append(
            Clause(
                _('alias "{row}"', row=table.texts[row]), bool(places), places, tuple(dict.fromkeys(notes))
            )
        )
    details = table.details.get(number)
    if details is not None and details.surnames:
        places = tuple(actor_mention(reading, item) for item in counted if item.found.why == "surname")
        notes = [_at(reading, item.place, item.why) for item in refused if item.surname]
        names = ", ".join(f'"{text}"' for text, _literal in details.surnames)
        parts.append(
            Clause(_("surname {names}", names=names), bool(places), places, tuple(dict.fromkeys(notes)))
        )
    return Clause(
        table.name(number), bool(counted), (), _language_note(matcher, watch, reading.document), tuple(parts)
    )


def _topics(
    matcher: Matcher,
    engine: Engine,
    hits: Hits,
    named: Sequence[Named],
    wanted: str | None,
) -> Iterator[Explanation]:
    views: dict[str | None, HitsView] = {}
    for topic in engine.topics:
        watch = engine.watches[topic.watch]
        within = watch if watch in matcher.closed else None
        if within not in views:
            views[within] = HitsView(hits, matcher.tracked(engine, named, within))
        article = views[within]
        if (wanted is None or watch == wanted) and matcher.has_topic(engine, watch, topic.name):
            clause = _clause(topic.condition, hits.reading, article, article.whole, watch, topic.name)
            notes = (*clause.notes, *_language_note(matcher, watch, hits.reading.document))
            yield Explanation(
                watch, None, topic.name, Clause(clause.text, clause.true, clause.places, notes, clause.parts)
            )


def _clause(
    condition: Condition, reading: Reading, article: ArticleView, scope: Scope, watch: str, topic: str
) -> Clause:
    marks = condition.find(article, scope)
    inner = condition.narrowed(article, scope)
    parts = tuple(_clause(part, reading, article, inner, watch, topic) for part in condition.parts)
    places: tuple[Mention, ...] = ()
    if marks and not parts:
        places = tuple(
            mention_at(reading, watch, place, condition.text, topic=topic)
            for place in sorted({place for place, _condition in marks})
        )
    notes = condition.notes(article, scope)
    if marks is None and parts and not notes and all(part.true for part in parts):
        notes = (_("each part is there, but not as near, as early or as often as asked for"),)
    return Clause(condition.text, marks is not None, places, notes, parts)


def _at(reading: Reading, place: Place, why: str) -> str:
    at = reading.located(place)
    return _(
        '"{surface}" at {field}:{start}: {why}',
        surface=at.surface,
        field=at.field,
        start=at.start,
        why=said(why),
    )


def _language_note(matcher: Matcher, watch: str, document: Document) -> tuple[str, ...]:
    if matcher.speaks(watch, document):
        return ()
    languages = ", ".join(sorted(matcher.languages[watch]))
    return (
        _(
            "not counted: the watch list reads {languages}, and the article is in {language}",
            languages=languages,
            language=document.language,
        ),
    )
