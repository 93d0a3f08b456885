"""Findings of control sources: what they have, and the articles in alerts that they are compared with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.tables import Alert, AlertArticle, Article, ControlFinding, Outlet, WatchListRow

AT_ONCE = 500
"""Values in one SQL `IN`: below every database's limit."""
_IN_USE = (col(Outlet.active), col(Outlet.control))


@dataclass(frozen=True, slots=True)
class ControlArticle:
    """An article that a control source has, and when it was first seen there."""

    control: str
    canonical_url: str
    url: str
    title: str
    published_at: datetime | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class NewFinding:
    """A finding to store."""

    outlet_id: int
    canonical_url: str
    url: str
    title: str
    published_at: datetime | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class AlertedArticle:
    """An article that stands in an alert."""

    canonical_url: str
    declared_url: str | None
    outlet: str
    title: str


def store_findings(session: Session, findings: Sequence[NewFinding]) -> set[tuple[int, str]]:
    """Store those findings that are new to their source; return which, by source and key."""
    new = {(finding.outlet_id, finding.canonical_url): finding for finding in reversed(findings)}
    for outlet_id in {finding.outlet_id for finding in findings}:
        for key in _known(session, outlet_id, [key for owner, key in new if owner == outlet_id]):
            del new[outlet_id, key]
    if new:
        rows = [
            {name: getattr(finding, name) for name in NewFinding.__slots__}
            for finding in reversed(new.values())
        ]
        session.execute(insert(ControlFinding), rows)
    return set(new)


def findings_since(session: Session, since: datetime) -> list[ControlArticle]:
    """Return what the control sources in use had since then, the oldest first."""
    query = (
        sa_select(
            col(Outlet.name),
            col(ControlFinding.canonical_url),
            col(ControlFinding.url),
            col(ControlFinding.title),
            col(ControlFinding.published_at),
            col(ControlFinding.first_seen_at),
        )
        .join(Outlet, col(Outlet.id) == col(ControlFinding.outlet_id))
        .where(col(ControlFinding.first_seen_at) >= since, *_IN_USE)
        .order_by(col(ControlFinding.id))
    )
    return [ControlArticle(*row) for row in session.execute(query)]


def alerted_since(
    session: Session, since: datetime, *, watch_list: str | None = None
) -> list[AlertedArticle]:
    """Return the articles that came into alerts since then, of all watch lists or of one; each once."""
    query = (
        sa_select(
            col(Article.canonical_url),
            col(Article.declared_url),
            col(Outlet.name),
            col(Article.feed_title),
        )
        .join(AlertArticle, col(AlertArticle.article_id) == col(Article.id))
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(col(AlertArticle.attached_at) >= since)
        .distinct()
    )
    if watch_list is not None:
        query = (
            query.join(Alert, col(Alert.id) == col(AlertArticle.alert_id))
            .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
            .where(col(WatchListRow.name) == watch_list)
        )
    return [AlertedArticle(*row) for row in session.execute(query)]


def control_names(session: Session) -> list[str]:
    """Return the names of the control sources in use."""
    query = select(Outlet.name).where(*_IN_USE).order_by(col(Outlet.name))
    return list(session.exec(query))


def is_report_due(session: Session, *, told_before: datetime) -> bool:
    """Return whether operators were last sent a report on a control source before a time; of a new one, whether it was new."""
    due = sa_select(exists().where(*_IN_USE, col(Outlet.control_told_at) <= told_before))
    return bool(session.execute(due).scalar_one())


def note_report(session: Session, *, told_before: datetime, now: datetime) -> bool:
    """Note that the operators are sent a report on the control sources now; return whether that was due."""
    hold_lock(session, AdvisoryLock.TELLING)
    if not is_report_due(session, told_before=told_before):
        return False
    session.execute(update(Outlet).where(*_IN_USE).values(control_told_at=now))
    return True


def expire_findings(session: Session, *, before: datetime) -> None:
    """Delete what was first seen before a time."""
    session.execute(delete(ControlFinding).where(col(ControlFinding.first_seen_at) < before))


def _known(session: Session, outlet_id: int, keys: Collection[str]) -> list[str]:
    wanted = list(keys)
    found: list[str] = []
    for start in range(0, len(wanted), AT_ONCE):
        query = select(ControlFinding.canonical_url).where(
            ControlFinding.outlet_id == outlet_id,
            col(ControlFinding.canonical_url).in_(wanted[start : start + AT_ONCE]),
        )
        found += session.exec(query).all()
    return found
