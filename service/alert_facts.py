"""Everything behind one alert, for the page and the API: its articles, edits, story, deliveries, and how its rules do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from alerts.delivery.payload import StoryFacts
from alerts.raising.alert_data import story_facts
from storage.stores.alerts.alert_details import FoundAlert, alert_articles, alert_by_id
from storage.stores.alerts.dismissals import (
    DismissalMade,
    Precision,
    dismissal_of,
    precision_of_names,
    precision_of_outlets,
)
from storage.stores.alerts.standing import alerts_of_ids
from storage.stores.alerts.triage import (
    UNHANDLED,
    Handling,
    StoredAct,
    WrittenNote,
    acts_on,
    handling_of,
    notes_of,
    who_saw,
)
from storage.stores.articles.versions import StoredVersion, edits_among, versions_of
from storage.stores.outbox.deliveries import ListedDelivery, delivery_page
from storage.stores.stories.story_facts import related_stories

MOST_DELIVERIES = 100
MOST_ACTS = 50
MOST_NAMES = 10
"""Whose precision is asked for."""


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """One alert with what is known of it."""

    found: FoundAlert
    kind: str
    score: float
    story: StoryFacts
    versions: Mapping[int, list[StoredVersion]]
    """Of each article, by its id."""
    deliveries: tuple[ListedDelivery, ...]
    dismissal: DismissalMade | None
    precision: tuple[Precision, ...]
    """Of the rules by which it matched, and of its outlets."""
    handling: Handling
    notes: tuple[WrittenNote, ...]
    acts: tuple[StoredAct, ...]
    """What was done about it, the newest first."""
    seen_by: tuple[str, ...]

    @property
    def edited(self) -> frozenset[int]:
        """The articles whose outlets edited them."""
        return frozenset(number for number, known in self.versions.items() if edits_among(known))


def alert_facts(session: Session, number: int) -> AlertFacts | None:
    """Return an alert; None where there is none of that number."""
    found = alert_by_id(session, number)
    if found is None:
        return None
    (state,) = alerts_of_ids(session, [number])
    mentions = [mention for article in found.articles for mention in article.mentions]
    rules = {(mention.kind, mention.name, mention.rule) for mention in mentions}
    names = list(dict.fromkeys(mention.name for mention in mentions))[:MOST_NAMES]
    outlets = list(dict.fromkeys(article.outlet for article in found.articles))[:MOST_NAMES]
    list_id = state.watch_list_id
    by_rule = precision_of_names(session, watch_list_id=list_id, watch_list=found.watch_list, names=names)
    by_outlet = precision_of_outlets(
        session, watch_list_id=list_id, watch_list=found.watch_list, outlets=outlets
    )
    return AlertFacts(
        found=found,
        kind=state.kind.value,
        score=state.score,
        story=story_facts(state, alert_articles(session, number), related_stories(session, state.story_id)),
        versions=versions_of(session, [article.id for article in found.articles]),
        deliveries=tuple(delivery_page(session, alert_id=number, limit=MOST_DELIVERIES)),
        dismissal=dismissal_of(session, number),
        precision=(*(item for item in by_rule if (item.kind, item.name, item.rule) in rules), *by_outlet),
        handling=handling_of(session, [number]).get(number, UNHANDLED),
        notes=tuple(notes_of(session, number)),
        acts=tuple(acts_on(session, number, limit=MOST_ACTS)),
        seen_by=tuple(who_saw(session, number)),
    )
