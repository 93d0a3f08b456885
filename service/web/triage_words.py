"""What an act did about an alert, and why one is not relevant, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from alerts.delivery.characters import one_line
from service.web.state_words import state_words
from storage import language
from storage.language import N_, _
from storage.stores.alerts.triage import StoredAct
from storage.tables import DismissalKind

BECAUSE = (
    (DismissalKind.ANOTHER, N_("Another person or matter")),
    (DismissalKind.PASSING, N_("Only mentioned in passing")),
    (DismissalKind.NOT_NEWS, N_("Not news")),
    (DismissalKind.OUTLET, N_("Wrong outlet")),
)
"""What a reader can say of an alert that is not relevant."""


@dataclass(frozen=True, slots=True)
class ShownAct:
    """An act on one alert, ready to be shown."""

    id: int
    at: datetime
    by: str
    via: str
    undone: bool
    words: tuple[str, ...]


def shown_acts(acts: Sequence[StoredAct], alert_id: int, zone: ZoneInfo) -> list[ShownAct]:
    """Return acts as an alert's page tells them."""
    return [
        ShownAct(act.id, act.at, act.by, act.via, act.undone, _words(act.changes[alert_id], zone))
        for act in acts
    ]


def _words(fields: Mapping[str, tuple[Any, Any]], zone: ZoneInfo) -> tuple[str, ...]:
    said: dict[str, Callable[[Any, Any], str]] = {
        "state": lambda old, new: _(
            "state: {after} (was: {before})", after=state_words(new), before=state_words(old)
        ),
        "assignee": lambda _old, new: (
            _("assigned to {name}", name=one_line(new, 60)) if new else _("assigned to nobody")
        ),
        "due_at": lambda _old, new: (
            _("due {time}", time=_time(new, zone)) if new else _("due time taken away")
        ),
        "tags": lambda _old, new: (
            _("tags: {tags}", tags=language.listed([one_line(tag, 60) for tag in new]))
            if new
            else _("tags taken away")
        ),
        "note": lambda _old, new: _("note added") if new else _("note taken back"),
        "dismissal": lambda _old, _new: "",
    }
    words = (said[name](before, after) for name, (before, after) in fields.items())
    return tuple(text for text in words if text)


def _time(text: str, zone: ZoneInfo) -> str:
    return language.moment(datetime.fromisoformat(text).astimezone(zone))
