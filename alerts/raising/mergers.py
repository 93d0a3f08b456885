"""What becomes of the alerts of two stories that were found to be one: of each watch list the older one goes on. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from storage.stores.alerts.standing import AlertState, MergeAlerts, MoveAlert
from storage.tables import AlertKind


def story_key(watch_list_id: int, story_id: int) -> str:
    """Return what makes a watch list's alert of a story the only one."""
    return f"{watch_list_id}:story:{story_id}"


def merged_key(alert: AlertState) -> str:
    """Return the key of an alert that was merged into another."""
    return f"{alert.watch_list_id}:merged:{alert.id}"


def decide_mergers(kept: int, gone: int, alerts: Sequence[AlertState]) -> list[MoveAlert | MergeAlerts]:
    """Return what is to be done with the alerts of the story `kept` and of the one that is no more."""
    ours = {one.watch_list_id: one for one in alerts if one.kind is AlertKind.STORY and one.story_id == kept}
    found: list[MoveAlert | MergeAlerts] = []
    for alert in alerts:
        if alert.story_id != gone:
            continue
        other = ours.get(alert.watch_list_id)
        if alert.kind is not AlertKind.STORY:
            found.append(MoveAlert(alert.id, kept, None))
        elif other is None:
            found.append(MoveAlert(alert.id, kept, story_key(alert.watch_list_id, kept)))
        else:
            first, second = sorted((alert, other), key=lambda one: (one.created_at, one.id))
            found.append(
                MergeAlerts(
                    kept=first.id,
                    gone=second.id,
                    story_id=kept,
                    key=story_key(alert.watch_list_id, kept),
                    gone_key=merged_key(second),
                    score=max(first.score, second.score),
                )
            )
    return found
