"""Mentions: what is reported of the places found, in the text as stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from alerts.matching.engine import Engine
from alerts.matching.inflected import case_words
from alerts.matching.judging import Found
from alerts.matching.reading import Reading
from alerts.query.operators.base import Mark
from alerts.text.exact import signs_after
from alerts.text.places import Place
from alerts.values import Mention

_LAST_DOT = re.compile(r"(?<!\b[JS]r)\.\Z")
"""Jr. is as often written without."""


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


def actor_mention(reading: Reading, item: Named) -> Mention:
    """Return a mention of an actor. The last dot or sign of an alias is of it: U.S., Acme Inc., Canal+."""
    mention = mention_at(reading, item.watch, item.found.place, reason(item), actor=item.actor)
    text = reading.document.field(mention.field)
    if item.found.why != "surname":
        mention = _with_signs(mention, signs_after(item.engine.actors.texts[item.found.row]))
    if item.found.why != "surname" and text[mention.end : mention.end + 1] == "." and _ends_with_dot(item):
        return mention._replace(end=mention.end + 1, surface=f"{mention.surface}.")
    return mention


def _ends_with_dot(item: Named) -> bool:
    table = item.engine.actors
    literal = table.literal[item.found.row]
    return any(
        _LAST_DOT.search(table.texts[row]) for row in table.rows(item.number) if table.literal[row] == literal
    )


def topic_mentions(reading: Reading, watch: str, topic: str, marks: Sequence[Mark]) -> list[Mention]:
    """Return the mentions of a topic that is true, one for each place."""
    if not marks:  # true by what is known of the article alone: the title stands for it
        title = reading.document.title
        return [Mention(watch, None, topic, "title", 0, len(title), title, "the article itself")]
    clauses: dict[Place, dict[str, None]] = {}
    for place, clause in dict.fromkeys(marks):
        if (known := clauses.get(place)) is None:
            clauses[place] = {clause.text: None}
        else:
            known[clause.text] = None
    signs = {place: clause.signs for place, clause in marks if clause.signs}
    located = reading.located
    return [
        _with_signs(
            Mention(watch, None, topic, *located(place), f"clause {', '.join(why)}"), signs.get(place, "")
        )
        for place, why in clauses.items()
    ]


def _with_signs(mention: Mention, signs: str) -> Mention:
    """Return a mention with the signs that are known to stand right after it."""
    if not signs:
        return mention
    return mention._replace(end=mention.end + len(signs), surface=mention.surface + signs)


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
