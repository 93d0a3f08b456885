"""Mentions: what is reported of the places found, in the text as stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from alerts.matching.engine import Engine
from alerts.matching.inflected import case_words
from alerts.matching.judging import Found
from alerts.matching.reading import Reading
from alerts.query.operators.base import Mark
from alerts.text.places import Place
from alerts.values import Mention


class Named(NamedTuple):
    """A mention of an actor, before it is known whether a longer name holds it."""

    watch: str
    actor: str
    found: Found
    engine: Engine
    number: int
    """The actor's in the engine."""


def reason(item: Named) -> str:
    """Says why an actor is mentioned at a place."""
    name = item.engine.actors.texts[item.found.row]
    match item.found.why:
        case "surname":
            return f'surname after "{name}"'
        case "alias":
            return f'alias "{name}"'
        case "spelling":
            return f'alias "{name}", spelt otherwise'
        case why if why.startswith("form "):
            cases = case_words(why.removeprefix("form "))
            return f'alias "{name}", {cases or "another form"}'
        case other:
            return f'alias "{name}", {other} left out'


def topic_mentions(reading: Reading, watch: str, topic: str, marks: Sequence[Mark]) -> list[Mention]:
    """Return the mentions of a topic that is true, one for each place."""
    if not marks:  # true by what is known of the article alone: the title stands for it
        title = reading.document.title
        return [Mention(watch, None, topic, "title", 0, len(title), title, "the article itself")]
    clauses: dict[Place, list[str]] = {}
    for place, clause in dict.fromkeys(marks):
        clauses.setdefault(place, []).append(clause.text)
    return [
        mention_at(reading, watch, place, f"clause {', '.join(dict.fromkeys(why))}", topic=topic)
        for place, why in clauses.items()
    ]


def mention_at(
    reading: Reading,
    watch: str,
    place: Place,
    why: str,
    *,
    actor: str | None = None,
    topic: str | None = None,
) -> Mention:
    """Return the mention at a place, as the article is stored."""
    return Mention(watch, actor, topic, *reading.located(place), why)
