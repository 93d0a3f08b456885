"""What waits in the outbox: added, put off, suppressed, folded into digests.

What is due is claimed in `storage.stores.outbox.notifications`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.outbox.channels import new_uid
from storage.stores.outbox.notifications import AT_ONCE, is_due
from storage.tables import (
    Alert,
    Article,
    ChannelRow,
    Notification,
    NotificationKind,
    NotificationState,
    WatchListRow,
)
from storage.upserts import add_rows

ALERTS = (NotificationKind.ALERT_CREATED, NotificationKind.ALERT_UPDATED)
"""The kinds that tell of one alert."""
STORIES = (NotificationKind.STORY_MERGED, NotificationKind.STORY_SPLIT)
"""The kinds that tell programs what became of stories."""
TRIAGE = (
    NotificationKind.ALERT_STATE,
    NotificationKind.ALERT_ASSIGNED,
    NotificationKind.ALERT_NOTED,
    NotificationKind.ALERT_TAGGED,
    NotificationKind.ALERT_DUE,
)
"""The kinds that tell programs how alerts are dealt with."""
FOR_PROGRAMS = (*STORIES, *TRIAGE)
_WAITING: Any = tuple(
    col(column)
    for column in (
        Notification.id,
        Notification.uid,
        Notification.kind,
        Notification.alert_id,
        Notification.payload,
        Alert.watch_list_id,
        Article.outlet_id,
        Alert.story_id,
    )
)


@dataclass(frozen=True, slots=True)
class NewNotification:
    """A notification that is to be sent; with `silence_id`, one that a silence suppresses at once."""

    channel_id: int
    kind: NotificationKind
    payload: dict[str, Any]
    due_at: datetime
    alert_id: int | None = None
    silence_id: int | None = None


@dataclass(frozen=True, slots=True)
class AlertPlace:
    """Where an alert belongs: what silences look at, names aside."""

    watch_list_id: int
    outlet_id: int
    story_id: int


@dataclass(frozen=True, slots=True)
class WaitingNotification:
    """A notification that is not sent yet. `place` is None where it tells of no one alert."""

    id: int
    uid: str
    kind: NotificationKind
    alert_id: int | None
    payload: dict[str, Any]
    place: AlertPlace | None


def add_notifications(session: Session, new: Sequence[NewNotification], *, now: datetime) -> list[str]:
    """Add notifications; return their uids."""
    uids = [new_uid() for _ in new]
    added = [
        {
            "uid": uid,
            "channel_id": one.channel_id,
            "alert_id": one.alert_id,
            "kind": one.kind,
            "state": NotificationState.QUEUED if one.silence_id is None else NotificationState.SUPPRESSED,
            "silence_id": one.silence_id,
            "payload": one.payload,
            "created_at": now,
            "due_at": one.due_at,
            "attempts": 0,
            "attempts_before": 0,
            "stranded": 0,
            "lease_token": 0,
            "recipients": {},
        }
        for uid, one in zip(uids, new, strict=True)
    ]
    add_rows(session, Notification, added)
    return uids


def created_on(session: Session, alert_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return alert and channel of the notifications that sent these alerts when they were new, whatever became of them."""
    if not alert_ids:
        return set()
    rows = session.exec(
        select(Notification.alert_id, Notification.channel_id).where(
            col(Notification.alert_id).in_(alert_ids), Notification.kind == NotificationKind.ALERT_CREATED
        )
    )
    return {(alert_id, channel_id) for alert_id, channel_id in rows if alert_id is not None}


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """An alert that a channel was sent, or will be, as it stands."""

    channel_id: int
    alert_id: int
    watch_list: str
    story_id: int
    merged_into: int | None


def told_of_stories(session: Session, story_ids: Collection[int], types: Collection[str]) -> list[ToldAlert]:
    """Return the alerts of stories that active channels of these types were sent; nothing of what was suppressed."""
    rows = session.execute(
        sa_select(
            col(Notification.channel_id),
            col(Alert.id),
            col(WatchListRow.name),
            col(Alert.story_id),
            col(Alert.merged_into_id),
        )
        .join(Alert, col(Alert.id) == col(Notification.alert_id))
        .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
        .join(ChannelRow, col(ChannelRow.id) == col(Notification.channel_id))
        .where(
            col(Alert.story_id).in_(story_ids),
            col(Notification.state) != NotificationState.SUPPRESSED,
            col(ChannelRow.type).in_(types),
            col(ChannelRow.active),
        )
        .distinct()
    )
    return sorted((ToldAlert(*row) for row in rows), key=lambda one: (one.channel_id, one.alert_id))


def told_channels(
    session: Session, alert_ids: Collection[int]
) -> dict[int, list[tuple[int, frozenset[str]]]]:
    """Return the active channels that ask how alerts are dealt with and were sent these: by alert, with what they ask."""
    rules = session.execute(
        sa_select(col(ChannelRow.id), col(ChannelRow.rules)).where(col(ChannelRow.active))
    )
    asking = {number: frozenset(kept["events"]) for number, kept in rules if kept.get("events")}
    if not asking:
        return {}
    told = session.execute(
        sa_select(col(Notification.alert_id), col(Notification.channel_id))
        .where(
            col(Notification.alert_id).in_(alert_ids),
            col(Notification.channel_id).in_(asking),
            col(Notification.state) != NotificationState.SUPPRESSED,
        )
        .distinct()
        .order_by(col(Notification.channel_id))
    )
    found: dict[int, list[tuple[int, frozenset[str]]]] = {}
    for alert, channel in told:
        found.setdefault(alert, []).append((channel, asking[channel]))
    return found


def queued_alerts(session: Session) -> list[WaitingNotification]:
    """Return what is queued of single alerts and no digest carries."""
    return _waiting(
        session,
        _alerts().where(
            col(Notification.state) == NotificationState.QUEUED, col(Notification.digest_id).is_(None)
        ),
    )


def suppress(session: Session, silenced: Mapping[int, int]) -> None:
    """Make notifications such as silences suppressed, by id and silence: they stay visible, and count for the silence."""
    for silence_id in set(silenced.values()):
        ids = [number for number, by in silenced.items() if by == silence_id]
        for start in range(0, len(ids), AT_ONCE):
            session.exec(
                update(Notification)
                .where(col(Notification.id).in_(ids[start : start + AT_ONCE]))
                .values(
                    state=NotificationState.SUPPRESSED,
                    silence_id=silence_id,
                    lease_until=None,
                    lease_owner=None,
                )
            )


def hold(
    session: Session,
    channel_id: int,
    kinds: Sequence[NotificationKind],
    *,
    now: datetime,
    until: datetime,
    skip: int = 0,
) -> int:
    """Put off what is due on the channel (for quiet hours, or over a cap), but for the `skip` longest due; return how many."""
    rows = session.exec(
        select(Notification.id)
        .where(
            col(Notification.channel_id) == channel_id,
            col(Notification.kind).in_(kinds),
            is_due(now),
        )
        .order_by(col(Notification.due_at), col(Notification.id))
    ).all()[skip:]
    for start in range(0, len(rows), AT_ONCE):
        session.exec(
            update(Notification)
            .where(col(Notification.id).in_(rows[start : start + AT_ONCE]))
            .values(due_at=until)
        )
    return len(rows)


def sent_since(session: Session, channel_id: int, since: datetime) -> int:
    """Return how many single alerts the channel was sent since then, those being sent now included."""
    single = (
        col(Notification.channel_id) == channel_id,
        col(Notification.kind).in_(ALERTS),
        col(Notification.digest_id).is_(None),
    )
    sent = session.exec(select(func.count()).where(*single, col(Notification.sent_at) >= since)).one()
    sending = session.exec(
        select(func.count()).where(*single, col(Notification.state) == NotificationState.SENDING)
    ).one()
    return sent + sending


def due_alerts(
    session: Session, channel_id: int, *, now: datetime, limit: int, only_held: bool = False
) -> list[WaitingNotification]:
    """Return the channel's due notifications of single alerts, longest due first: what a digest is made of.

    `only_held`: those that were put off and never tried. Let the channel be locked (`lock_channel`), so that no two processes
    make digests of the same.
    """
    query = _alerts().where(col(Notification.channel_id) == channel_id, is_due(now))
    if only_held:
        query = query.where(
            col(Notification.due_at) > col(Notification.created_at), col(Notification.attempts) == 0
        )
    return _waiting(session, query.order_by(col(Notification.due_at), col(Notification.id)).limit(limit))


def waiting_burst(session: Session, channel_id: int, *, now: datetime) -> datetime | None:
    """Return when the alerts that wait on the channel for others are due; None where none wait."""
    return session.exec(
        select(func.min(Notification.due_at)).where(
            col(Notification.channel_id) == channel_id,
            col(Notification.kind).in_(ALERTS),
            col(Notification.state) == NotificationState.QUEUED,
            col(Notification.due_at) > now,
            col(Notification.attempts) == 0,
        )
    ).one()


def add_digest(
    session: Session,
    channel_id: int,
    members: Sequence[int],
    *,
    payload: dict[str, Any],
    now: datetime,
) -> tuple[int, str]:
    """Add a digest, due now, that carries `members`; they stay queued and end as it ends. Return its id and uid."""
    digest = Notification(
        uid=new_uid(),
        channel_id=channel_id,
        kind=NotificationKind.DIGEST,
        payload=payload,
        created_at=now,
        due_at=now,
    )
    session.add(digest)
    session.flush()
    for start in range(0, len(members), AT_ONCE):
        session.exec(
            update(Notification)
            .where(col(Notification.id).in_(members[start : start + AT_ONCE]))
            .values(digest_id=digest.id)
        )
    return id_of(digest), digest.uid


def _alerts() -> Any:  # noqa: ANN401  (SQLModel's own type of a joined select)
    return (
        select(*_WAITING)
        .outerjoin(Alert, col(Alert.id) == col(Notification.alert_id))
        .outerjoin(Article, col(Article.id) == col(Alert.article_id))
        .where(col(Notification.kind).in_(ALERTS))
    )


def _waiting(session: Session, query: Any) -> list[WaitingNotification]:  # noqa: ANN401
    return [
        WaitingNotification(
            number, uid, kind, alert_id, payload, None if place[0] is None else AlertPlace(*place)
        )
        for number, uid, kind, alert_id, payload, *place in session.exec(query)
    ]
