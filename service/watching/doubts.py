"""Rules that are sure to disappoint: too broad, or referring to what is not tracked."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from sqlmodel import Session

from alerts.query import Reference, parse, references
from alerts.text import fold_all, fold_words
from alerts.values import WatchList
from service.watching.overbroad import overbroad
from storage.stores.watch.watch_lists import actor_names, watch_facts


def doubts(session: Session, watch_lists: Sequence[WatchList]) -> list[str]:
    """Gives a warning for each rule of these lists that would alert on nearly everything, or refers to nothing."""
    return [*overbroad(session, watch_lists), *_dangling(session, watch_lists)]


def _dangling(session: Session, watch_lists: Sequence[WatchList]) -> list[str]:
    """Gives a warning for each `@actor:` and `@list:` of a name that neither these lists nor stored ones have."""
    referring = [
        (watch.name, topic.name, reference)
        for watch in watch_lists
        for topic in watch.topics
        if "@" in topic.query
        for reference in references(parse(topic.query).node)
    ]
    known: dict[str, list[str]] = {"actor": [], "list": []}
    if any(reference.kind == "actor" for *_names, reference in referring):
        known["actor"] = [actor.name for watch in watch_lists for actor in watch.actors]
        known["actor"] += actor_names(session)
    if any(reference.kind == "list" for *_names, reference in referring):
        known["list"] = [watch.name for watch in watch_lists]
        known["list"] += [facts.name for facts in watch_facts(session)]
    folded = {kind: frozenset(fold_all(names)) for kind, names in known.items()}
    return [
        _message(watch, topic, reference, known[reference.kind])
        for watch, topic, reference in referring
        if fold_words(reference.name) not in folded[reference.kind]
    ]


def _message(watch: str, topic: str, reference: Reference, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(reference.name, known[:10_000], n=1)
    what = "watch list" if reference.kind == "list" else "actor"
    hint = f"did you mean {near[0]!r}?" if near else "add it, or mend the name"
    return (
        f"{watch!r}, topic {topic!r}: @{reference.kind}:{reference.name!r} finds nothing, "
        f"as no {what} of that name is tracked: {hint}"
    )
