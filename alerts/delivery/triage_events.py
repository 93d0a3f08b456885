"""Programs that ask for it are told how the alerts that they know are dealt with: states, assignees, notes, tags, due times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from alerts.delivery.payload import TriageData
from storage.stores.alerts.triage import Handling, named_alerts
from storage.stores.outbox.waiting import NewNotification, add_notifications, told_channels
from storage.tables import NotificationKind

KIND_OF = {
    "state": NotificationKind.ALERT_STATE,
    "assignee": NotificationKind.ALERT_ASSIGNED,
    "note": NotificationKind.ALERT_NOTED,
    "tags": NotificationKind.ALERT_TAGGED,
    "due_at": NotificationKind.ALERT_DUE,
}
"""What is sent of each field that an act changes."""


@dataclass(frozen=True, slots=True)
class TriagedAlert:
    """An alert as it stands after an act, with what that changed: before and after, by field."""

    id: int
    handling: Handling
    fields: Mapping[str, tuple[Any, Any]]


def notify_of_triage(
    session: Session, alerts: Sequence[TriagedAlert], *, act: int, by: str, via: str, now: datetime
) -> None:
    """Queue what an act changed, for the channels that ask for it and were sent the alert.

    Call it in the transaction of the act.
    """
    numbers = [alert.id for alert in alerts]
    asking = told_channels(session, numbers)
    if not asking:
        return
    named = named_alerts(session, numbers)
    queued = []
    for alert in alerts:
        for field, kind in KIND_OF.items():
            if field not in alert.fields:
                continue
            data = _data(alert, field, named[alert.id].watch_list, named[alert.id].story_id, act, by, via)
            queued += [
                NewNotification(channel, kind, data.model_dump(mode="json"), now)
                for channel, wanted in asking.get(alert.id, ())
                if kind in wanted
            ]
    add_notifications(session, queued, now=now)


def _data(
    alert: TriagedAlert, field: str, watch_list: str, story_id: int, act: int, by: str, via: str
) -> TriageData:
    before, after = alert.fields[field]
    note = after if after is not None else before
    return TriageData(
        alert_id=alert.id,
        watch_list=watch_list,
        story_id=story_id,
        act=act,
        by=by,
        via=via,
        state=alert.handling.state,
        assignee=alert.handling.assignee,
        due_at=alert.handling.due_at,
        tags=alert.handling.tags,
        before=None if field in ("note", "tags") else before,
        note=note["text"] if field == "note" else "",
        removed=field == "note" and after is None,
        reason=_reason(alert, field),
    )


def _reason(alert: TriagedAlert, field: str) -> str:
    said = alert.fields.get("dismissal", (None, None))[1] if field == "state" else None
    return "" if said is None else ": ".join(part for part in (said["kind"], said["reason"]) if part)
