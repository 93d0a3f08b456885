"""What the index is asked for a query: words without which no article can match. Pure.

They stand in for the query's literals as the matcher looks for them, so an article that the matcher would take is never left
out; many that it would not take come along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from alerts.matching.actors import ActorTableBuilder
from alerts.matching.judging import NOWHERE
from alerts.matching.literals import PREFIX, Literals, glued_before
from alerts.matching.topics import References, compile_topic
from alerts.text.forms import SHORTEST, common_start, script_of
from alerts.values import Actor, Topic
from storage.stores.articles.search_index import Need, Passage, Term

MOST_TERMS = 2_000
"""Of one need: a longer one is not asked for, and narrows nothing."""


def needs_of_actor(actor: Actor) -> tuple[Need, ...]:
    """Return what must stand in every article that mentions an actor: one of its names."""
    literals = Literals()
    builder = ActorTableBuilder(literals)
    builder.add(0, actor)
    builder.finish()
    return _needs(literals, [set(builder.table.literal) - {NOWHERE}], forms=actor.forms)


def needs_of(query: str) -> tuple[Need, ...]:
    """Return what must stand in every article that the query is true of. Raises `QueryError`."""
    literals = Literals()
    topic = compile_topic(0, Topic("", query), literals, References(), lambda _literal: 1.0)
    # a number below zero is a reference: what it stands for is not known here
    return _needs(literals, [each for each in (topic.trigger, *topic.needs) if not each or min(each) >= 0])


def _needs(
    literals: Literals, alternatives: Iterable[Collection[int]], *, forms: bool = False
) -> tuple[Need, ...]:
    needs = []
    for numbers in filter(None, alternatives):
        need = tuple(_passage(literals, number, forms=forms) for number in sorted(numbers))
        if sum(len(word) for passage in need for word in passage) <= MOST_TERMS:
            needs.append(need)
    return tuple(needs)


def _passage(literals: Literals, number: int, *, forms: bool) -> Passage:
    """Return a literal's words, or with `forms` how all forms of each begin; with all that may be glued to the first."""
    kind = literals.kinds[number]
    words = literals.pattern(number).strip().split(" ")
    passage = []
    for place, word in enumerate(words):
        is_prefix = bool(kind & PREFIX) and literals.pattern(number)[-1] != " " and place == len(words) - 1
        if forms and script_of(word) is not None and len(word) >= SHORTEST:
            word, is_prefix = common_start(word), True
        glued = sorted(glued_before(kind)) if place == 0 else [""]
        passage.append(tuple(Term(before + word, is_prefix) for before in glued))
    return tuple(passage)
