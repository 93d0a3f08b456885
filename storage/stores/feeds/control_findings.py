"""Findings of control sources: what they have, and the articles in alerts that they are compared with."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.tables import Alert, AlertArticle, Article, ControlFinding, Outlet, WatchListRow

AT_ONCE = 500
"""Values in one SQL `IN`: below every database's limit."""


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
        .where(col(ControlFinding.first_seen_at) >= since, col(Outlet.control), col(Outlet.active))
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
    query = select(Outlet.name).where(col(Outlet.active), col(Outlet.control)).order_by(col(Outlet.name))
    return list(session.exec(query))


def controls_to_tell(session: Session, *, told_before: datetime, now: datetime) -> bool:
    """Return whether the operators are due to be told of the control sources, and note that they are told now.

    A source that nothing was told of yet is told of when it has been followed for as long.
    """
    controls = (col(Outlet.active), col(Outlet.control))
    session.execute(
        update(Outlet).where(*controls, col(Outlet.control_told_at).is_(None)).values(control_told_at=now)
    )
    due = session.execute(
        update(Outlet)
        .where(*controls, col(Outlet.control_told_at) <= told_before)
        .values(control_told_at=now)
        .returning(col(Outlet.id))
    )
    return due.first() is not None


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
