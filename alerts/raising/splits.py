"""What becomes of the alerts of a story of which articles are taken out. Pure.

An alert goes with the article that raised it, for that is what its readers have seen. Of the story that is left without one, its
articles raise a new one: they stood behind an alert of another event. One that raised an alert before raises no second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from alerts.raising.mergers import merged_key, story_key
from storage.stores.alerts.standing import AlertState, HandOver, KnownAlert, PlaceAlert
from storage.tables import AlertKind


@dataclass(slots=True)
class SplitAlerts:
    """What is to be done with the alerts of a story that was split."""

    places: list[PlaceAlert] = field(default_factory=list)
    handed: list[HandOver] = field(default_factory=list)
    untold: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By watch list the articles, oldest first, that no alert of their story has now: they raise one."""


def decide_split(kept: int, new: int, moved: Collection[int], alerts: Sequence[KnownAlert]) -> SplitAlerts:
    """Return what becomes of the alerts of the story `kept`, of which the articles `moved` are taken into `new`."""
    out = SplitAlerts()
    by_list: dict[int, list[KnownAlert]] = defaultdict(list)
    for known in alerts:
        alert = known.alert
        if alert.kind is AlertKind.STORY:
            by_list[alert.watch_list_id].append(known)
        elif alert.article_id in moved:
            out.places.append(PlaceAlert(alert.id, new, alert.key, known.merged_into))
    for number, own in by_list.items():
        _place(
            out, number, own, {kept: _first(own, moved, False), new: _first(own, moved, True)}, kept, moved
        )
    return out


def _place(
    out: SplitAlerts,
    watch_list_id: int,
    own: Sequence[KnownAlert],
    firsts: Mapping[int, AlertState | None],
    kept: int,
    moved: Collection[int],
) -> None:
    """Place the alerts of one list: in each of the two stories (`firsts`) one of those that its articles raised."""
    new = next(story for story in firsts if story != kept)
    for known in own:
        alert = known.alert
        story = new if alert.article_id in moved else kept
        first = firsts[story]
        if first is None or first.id == alert.id:
            place = PlaceAlert(alert.id, story, story_key(watch_list_id, story))
        else:
            place = PlaceAlert(alert.id, story, merged_key(alert), first.id)
        if (alert.story_id, alert.key, known.merged_into) != (place.story_id, place.key, place.merged_into):
            out.places.append(place)
        for into in (kept, new):
            articles = tuple(one for one in known.articles if (one in moved) == (into == new))
            first = firsts[into]
            if articles and (first is None or first.id != alert.id):
                out.handed.append(HandOver(alert.id, None if first is None else first.id, articles))
                if first is None:
                    out.untold[watch_list_id] += articles


def _first(own: Sequence[KnownAlert], moved: Collection[int], are_moved: bool) -> AlertState | None:
    """Return the alert that goes on with the articles that were moved, or the others: one that stands, else the oldest."""
    raised = [known for known in own if (known.alert.article_id in moved) == are_moved]
    ordered = sorted(
        raised, key=lambda one: (one.merged_into is not None, one.alert.created_at, one.alert.id)
    )
    return ordered[0].alert if ordered else None
