"""Alerts as they stand, and what the deciders want of them: made, attached to, changed, merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.reasons import ScoreReason, SpikeReason, UpdateReason
from storage.tables import (
    Alert,
    AlertArticle,
    AlertKind,
    Article,
    Notification,
    NotificationState,
)
from storage.troubles import Trouble
from storage.upserts import insert_or_ignore, table_of


@dataclass(frozen=True, slots=True)
class AlertState:
    """An alert, or one that is to be made (`id` 0)."""

    key: str
    """What makes it the only one (`Alert.dedup_key`)."""
    watch_list_id: int
    story_id: int
    article_id: int
    kind: AlertKind
    created_at: datetime
    came_out_at: datetime
    id: int = 0
    score: float = 0.0
    score_parts: tuple[ScoreReason, ...] = ()
    spike: SpikeReason | None = None
    updated_at: datetime | None = None
    notified_at: datetime | None = None
    notified_outlets: int = 1
    update_due_at: datetime | None = None
    update_reasons: tuple[UpdateReason, ...] = ()


@dataclass(frozen=True, slots=True)
class MoveAlert:
    """An alert goes with its story into another; `key` is None where its own stays right."""

    alert_id: int
    story_id: int
    key: str | None


@dataclass(frozen=True, slots=True)
class MergeAlerts:
    """A watch list's alerts of two stories that are one: `kept` goes on, with the articles of `gone`."""

    kept: int
    gone: int
    story_id: int
    key: str
    gone_key: str
    score: float


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """An alert of a story, with the one that it was merged into and the articles that are attached to it."""

    alert: AlertState
    merged_into: int | None
    articles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlaceAlert:
    """Where an alert stands once its story was split: its story and key, and the alert that it is merged into."""

    alert_id: int
    story_id: int
    key: str
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class HandOver:
    """Articles of one alert belong to another one, or (`to` None) to none that there is yet."""

    alert_id: int
    to: int | None
    article_ids: tuple[int, ...]


_COLUMNS = [
    table_of(Alert).c["dedup_key" if name == "key" else name].label(name) for name in AlertState.__slots__
]
_CHANGING = (
    "score",
    "score_parts",
    "updated_at",
    "notified_at",
    "notified_outlets",
    "update_due_at",
    "update_reasons",
)


def alerts_of_keys(session: Session, keys: Collection[str]) -> list[AlertState]:
    """Return the alerts of these keys, locked until the transaction ends."""
    rows = sa_select(*_COLUMNS).where(col(Alert.dedup_key).in_(keys))
    return [AlertState(*row) for row in session.execute(rows.order_by(col(Alert.id)).with_for_update())]


def alerts_of_stories(session: Session, story_ids: Collection[int]) -> list[AlertState]:
    """Return the alerts of these stories that were not merged into others, locked until the transaction ends."""
    rows = sa_select(*_COLUMNS).where(col(Alert.story_id).in_(story_ids), col(Alert.merged_into_id).is_(None))
    return [AlertState(*row) for row in session.execute(rows.order_by(col(Alert.id)).with_for_update())]


def known_alerts(session: Session, story_id: int) -> list[KnownAlert]:
    """Return all alerts of a story, those that were merged into others included; locked until the transaction ends."""
    rows = session.execute(
        sa_select(*_COLUMNS, col(Alert.merged_into_id))
        .where(col(Alert.story_id) == story_id)
        .order_by(col(Alert.id))
        .with_for_update()
    ).all()
    attached: dict[int, list[int]] = defaultdict(list)
    pairs = sa_select(col(AlertArticle.alert_id), col(AlertArticle.article_id)).where(
        col(AlertArticle.alert_id).in_([row.id for row in rows])
    )
    for alert_id, article_id in session.execute(pairs.order_by(col(AlertArticle.article_id))):
        attached[alert_id].append(article_id)
    return [KnownAlert(AlertState(*row[:-1]), row[-1], tuple(attached.get(row.id, ()))) for row in rows]


def place_alerts(session: Session, places: Sequence[PlaceAlert]) -> None:
    """Put alerts where they stand. Whoever an alert that stands anew was not sent to, since it was merged, gets it."""
    if not places:
        return
    for one in places:  # first out of each other's way: a key is one alert's
        key = f"placing:{one.alert_id}"
        session.execute(update(Alert).where(col(Alert.id) == one.alert_id).values(dedup_key=key))
    for one in places:
        session.execute(
            update(Alert)
            .where(col(Alert.id) == one.alert_id)
            .values(story_id=one.story_id, dedup_key=one.key, merged_into_id=one.merged_into)
        )
    standing = [one.alert_id for one in places if one.merged_into is None]
    rows = session.execute(
        sa_select(col(Notification.id), col(Notification.last_error)).where(
            col(Notification.alert_id).in_(standing),
            col(Notification.state) == NotificationState.SUPPRESSED,
            col(Notification.silence_id).is_(None),
        )
    )
    merged = [number for number, error in rows if error is not None and error.kind == "merged"]
    if merged:
        session.execute(
            update(Notification)
            .where(col(Notification.id).in_(merged))
            .values(state=NotificationState.QUEUED, last_error=None)
        )


def hand_over(session: Session, handed: HandOver) -> None:
    """Take articles from an alert; attach them to another where there is one, since when they were attached to the first."""
    has = sa_select(col(AlertArticle.article_id)).where(col(AlertArticle.alert_id) == handed.to)
    theirs = (
        col(AlertArticle.alert_id) == handed.alert_id,
        col(AlertArticle.article_id).in_(handed.article_ids),
    )
    if handed.to is not None:
        session.execute(
            update(AlertArticle)
            .where(*theirs, col(AlertArticle.article_id).not_in(has))
            .values(alert_id=handed.to),
            execution_options={"synchronize_session": False},
        )
    session.connection().execute(table_of(AlertArticle).delete().where(*theirs))


def move_merged(session: Session, *, kept: int, gone: int) -> None:
    """Let alerts that were merged into others before go with their story: it may be split again."""
    session.execute(
        update(Alert)
        .where(col(Alert.story_id) == gone, col(Alert.merged_into_id).is_not(None))
        .values(story_id=kept)
    )


def alerts_of_ids(session: Session, ids: Collection[int], *, lock: bool = False) -> list[AlertState]:
    """Return these alerts."""
    rows = sa_select(*_COLUMNS).where(col(Alert.id).in_(ids)).order_by(col(Alert.id))
    return [AlertState(*row) for row in session.execute(rows.with_for_update() if lock else rows)]


def due_updates(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return the ids of alerts whose updates are due, longest due first."""
    rows = session.exec(
        select(Alert.id)
        .where(col(Alert.update_due_at) <= now)
        .order_by(col(Alert.update_due_at), col(Alert.id))
        .limit(limit)
    )
    return [number for number in rows if number is not None]


def outlets_of_alerts(session: Session, ids: Collection[int]) -> dict[int, set[int]]:
    """Return the ids of the outlets whose articles each alert has."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = (
        sa_select(col(AlertArticle.alert_id), col(Article.outlet_id))
        .join(Article, col(Article.id) == col(AlertArticle.article_id))
        .where(col(AlertArticle.alert_id).in_(ids))
        .distinct()
    )
    for alert_id, outlet_id in session.execute(rows):
        found[alert_id].add(outlet_id)
    return found


def add_alerts(session: Session, alerts: Sequence[AlertState]) -> dict[str, int]:
    """Make alerts; return their ids by their keys."""
    rows: list[dict[str, Any]] = [
        {
            "dedup_key": one.key,
            **{name: getattr(one, name) for name in AlertState.__slots__ if name not in ("key", "id")},
        }
        for one in alerts
    ]
    if not rows:
        return {}
    table = table_of(Alert)
    wanted = insert(table).returning(table.c.dedup_key, table.c.id)
    return {row.dedup_key: row.id for row in session.connection().execute(wanted, rows)}


def change_alerts(session: Session, alerts: Sequence[AlertState]) -> None:
    """Store what of standing alerts changes: score, updates, when the channels were notified."""
    if not alerts:
        return
    table = table_of(Alert)
    session.connection().execute(
        update(table)
        .where(table.c.id == bindparam("number"))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in _CHANGING}),
        [
            {"number": one.id, **{f"new_{name}": getattr(one, name) for name in _CHANGING}}
            for one in sorted(alerts, key=lambda one: one.id)
        ],
    )


def attach_articles(session: Session, pairs: Sequence[tuple[int, int]], *, now: datetime) -> None:
    """Attach articles to alerts, each pair an alert's and an article's id; those that are attached already stay so."""
    rows = [{"alert_id": alert, "article_id": article, "attached_at": now} for alert, article in pairs]
    if rows:
        session.connection().execute(insert_or_ignore(session, AlertArticle), rows)


def move_alert(session: Session, move: MoveAlert) -> None:
    """Carry out a move."""
    values: dict[str, Any] = {"story_id": move.story_id}
    if move.key is not None:
        values["dedup_key"] = move.key
    session.execute(update(Alert).where(col(Alert.id) == move.alert_id).values(values))


def merge_alerts(session: Session, merger: MergeAlerts) -> None:
    """Carry out a merger. Whoever has had the first alert needs no second; any other is notified of the second still."""
    session.execute(
        update(Alert)
        .where(col(Alert.id) == merger.gone)
        .values(
            dedup_key=merger.gone_key,
            story_id=merger.story_id,
            merged_into_id=merger.kept,
            update_due_at=None,
            update_reasons=(),
        )
    )
    session.execute(
        update(Alert)
        .where(col(Alert.id) == merger.kept)
        .values(story_id=merger.story_id, dedup_key=merger.key, score=merger.score)
    )
    has = sa_select(col(AlertArticle.article_id)).where(col(AlertArticle.alert_id) == merger.kept)
    session.execute(
        update(AlertArticle)
        .where(col(AlertArticle.alert_id) == merger.gone, col(AlertArticle.article_id).not_in(has))
        .values(alert_id=merger.kept),
        execution_options={"synchronize_session": False},
    )
    table = table_of(AlertArticle)
    session.connection().execute(table.delete().where(table.c.alert_id == merger.gone))
    notified = select(Notification.channel_id).where(Notification.alert_id == merger.kept)
    session.execute(
        update(Notification)
        .where(
            col(Notification.alert_id) == merger.gone,
            col(Notification.state) == NotificationState.QUEUED,
            col(Notification.digest_id).is_(None),
            col(Notification.channel_id).in_(notified),
        )
        .values(state=NotificationState.SUPPRESSED, last_error=Trouble("merged")),
        execution_options={"synchronize_session": False},
    )
