"""Whether a silence mutes an alert. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from storage.stores.alerts.silences import ActiveSilence
from storage.stores.outbox.waiting import AlertPlace


def muted_by(silences: Sequence[ActiveSilence], place: AlertPlace, names: Collection[str]) -> int | None:
    """Return the id of a silence that mutes the alert, else None. `names` are the actors and topics that it mentions.

    Every part that a silence names must fit. A silence of an actor mutes its name: the alert is muted once nobody is left in it
    whose name is not.
    """
    left = {name.casefold() for name in names}
    for silence in silences:
        if not _fits(silence, place):
            continue
        if silence.actor is None:
            return silence.id
        if silence.actor.casefold() in left:
            left.discard(silence.actor.casefold())
            if not left:
                return silence.id
    return None


def _fits(silence: ActiveSilence, place: AlertPlace) -> bool:
    return (
        silence.watch_list_id in (None, place.watch_list_id)
        and silence.outlet_id in (None, place.outlet_id)
        and silence.story_id in (None, place.story_id)
    )
