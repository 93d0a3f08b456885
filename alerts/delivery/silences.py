"""Whether a silence mutes an alert. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from storage.stores.alerts.silences import ActiveSilence


@dataclass(frozen=True, slots=True)
class AlertSubject:
    """What of an alert silences look at. `names` are the actors and topics that it mentions."""

    watch_list_id: int
    outlet_id: int
    story_id: int
    names: Collection[str]


def muted_by(silences: Sequence[ActiveSilence], subject: AlertSubject) -> int | None:
    """Return the id of a silence that mutes the alert, else None.

    Every part that a silence names must fit. A silence of an actor mutes its name: the alert is muted once nobody is left in it
    whose name is not.
    """
    left = {name.casefold() for name in subject.names}
    for silence in silences:
        if not _fits(silence, subject):
            continue
        if silence.actor is None:
            return silence.id
        if silence.actor.casefold() in left:
            left.discard(silence.actor.casefold())
            if not left:
                return silence.id
    return None


def _fits(silence: ActiveSilence, subject: AlertSubject) -> bool:
    return (
        silence.watch_list_id in (None, subject.watch_list_id)
        and silence.outlet_id in (None, subject.outlet_id)
        and silence.story_id in (None, subject.story_id)
    )
