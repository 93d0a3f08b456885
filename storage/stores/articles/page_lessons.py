"""What reading pages has taught: an outlet's boilerplate, and how well the pages of each host are read."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from storage.tables import Article, BoilerplateLine, Host, HostPages, OutletLines
from storage.upserts import insert_or_update

FORGOTTEN_AFTER = timedelta(days=30)
"""A line of boilerplate that was not seen for so long may be prose when it comes again."""
NOTED_EVERY = timedelta(days=1)
"""A line that is seen again within this time is not written down again."""
WORRYING_SHARE = 0.3
LEAST_PAGES = 5
LEAST_SCRIPTED = 3


@dataclass(frozen=True, slots=True)
class PageLessons:
    """What the pages of an outlet and of a host have taught."""

    boilerplate: frozenset[str]
    """Lines that are known not to belong to the outlet's articles."""
    lines: bytes
    """What is remembered of the lines of the outlet's last pages (`crawler.read.boilerplate`)."""
    pages: list[list[Any]]
    """What is remembered of the host's last pages (`crawler.read.quality`)."""
    seen: frozenset[str] = frozenset()
    """The lines of boilerplate that stood on the page just read."""
    noted: frozenset[str] = frozenset()
    """The lines of boilerplate that were noted lately."""


@dataclass(frozen=True, slots=True)
class LockedLessons:
    """The lessons of an outlet and a host as they stand, which nobody else writes until the transaction ends."""

    known: PageLessons
    lines: OutletLines
    pages: HostPages


def boilerplate_of(session: Session, outlet_id: int, *, now: datetime) -> dict[str, datetime]:
    """Return the lines that are known not to belong to an outlet's articles, and when each was last noted."""
    query = select(BoilerplateLine.text, BoilerplateLine.last_seen_at).where(
        col(BoilerplateLine.outlet_id) == outlet_id,
        col(BoilerplateLine.last_seen_at) >= now - FORGOTTEN_AFTER,
    )
    return dict(session.exec(query).all())


def forget_boilerplate(session: Session, *, now: datetime) -> None:
    """Delete the lines that were not seen for a month."""
    session.exec(delete(BoilerplateLine).where(col(BoilerplateLine.last_seen_at) < now - FORGOTTEN_AFTER))


def frames_of(session: Session, outlet_ids: Collection[int]) -> dict[int, bytes]:
    """Return what is remembered of the titles and edges of outlets' last articles."""
    query = select(OutletLines.outlet_id, OutletLines.frames).where(
        col(OutletLines.outlet_id).in_(outlet_ids)
    )
    return {outlet: frames for outlet, frames in session.exec(query) if frames}


def put_frames(session: Session, frames: Mapping[int, bytes]) -> None:
    """Store it, by outlet."""
    rows = [{"outlet_id": outlet, "recent": b"", "frames": own} for outlet, own in sorted(frames.items())]
    if rows:
        session.connection().execute(
            insert_or_update(session, OutletLines, ("outlet_id",), ("frames",)), rows
        )


def read_lessons(session: Session, *, outlet_id: int, host_id: int, now: datetime) -> PageLessons:
    """Return what an outlet's and a host's pages have taught up to now."""
    query = (
        select(OutletLines.recent, HostPages.recent)
        .select_from(Host)
        .outerjoin(OutletLines, col(OutletLines.outlet_id) == outlet_id)
        .outerjoin(HostPages, col(HostPages.host_id) == col(Host.id))
        .where(Host.id == host_id)
    )
    lines, pages = session.exec(query).one()
    boilerplate = boilerplate_of(session, outlet_id, now=now)
    noted = frozenset(text for text, at in boilerplate.items() if at > now - NOTED_EVERY)
    return PageLessons(frozenset(boilerplate), lines or b"", list(pages or ()), noted=noted)


def lock_lessons(session: Session, before: PageLessons, *, outlet_id: int, host_id: int) -> LockedLessons:
    """Return the lessons as they stand now, which were read `before`, locked until the transaction ends.

    All pages of an outlet wait for this lock: take it last. The boilerplate is that of before.
    """
    both = session.exec(
        select(OutletLines, HostPages)
        .join(HostPages, col(HostPages.host_id) == host_id)
        .where(OutletLines.outlet_id == outlet_id)
        .with_for_update()
    ).first()
    if both is not None:
        lines, pages = both
    else:
        lines = session.get(OutletLines, outlet_id, with_for_update=True) or OutletLines(outlet_id=outlet_id)
        pages = session.get(HostPages, host_id, with_for_update=True) or HostPages(host_id=host_id)
        session.add_all((lines, pages))
        session.flush()  # who makes one at the same time loses the race, and begins again
    known = replace(before, lines=lines.recent, pages=pages.recent)
    return LockedLessons(known, lines, pages)


def write_lessons(session: Session, locked: LockedLessons, lessons: PageLessons, *, now: datetime) -> None:
    """Store what a page taught."""
    outlet_id = locked.lines.outlet_id
    locked.pages.recent = lessons.pages
    locked.lines.recent = lessons.lines
    rows = [
        {"outlet_id": outlet_id, "text": text, "first_seen_at": now, "last_seen_at": now}
        for text in sorted(lessons.seen - lessons.noted)
    ]
    if rows:
        session.connection().execute(
            insert_or_update(session, BoilerplateLine, ("outlet_id", "text"), ("last_seen_at",)), rows
        )


@dataclass(frozen=True, slots=True)
class PageQuality:
    """How well the last pages of a host were read."""

    host: str
    outlet_ids: tuple[int, ...]
    """The outlets whose articles stand there."""
    pages: int
    read: int
    """So many of them were read as they should be."""
    median_characters: int
    outcomes: dict[str, int]
    """What came of the others: `empty`, `short`, `same text`, `consent wall`, `robot wall`, `not found`, and how often."""
    examples: dict[str, str]
    """For each of these, the last address."""

    @property
    def is_worrying(self) -> bool:
        """Return whether so many pages failed that someone should look (a file of rules may help)."""
        return self.pages >= LEAST_PAGES and self.pages - self.read > WORRYING_SHARE * self.pages

    @property
    def needs_browser(self) -> bool:
        """Return whether the text of most pages comes only by JavaScript."""
        scripted = self.outcomes.get("no text", 0)
        return scripted >= LEAST_SCRIPTED and 2 * scripted > self.pages

    @property
    def words(self) -> str:
        """Says it in plain words."""
        if self.pages == self.read:
            return f"all of the last {self.pages} pages were read well"
        told = ", ".join(f"{count} {outcome}" for outcome, count in self.outcomes.items())
        return f"{self.pages - self.read} of the last {self.pages} pages were not read well: {told}"


def page_quality(session: Session, *, outlet: int | None = None) -> list[PageQuality]:
    """Return for each host whose pages were read how well that went, the worst first; with `outlet`, for those of its pages."""
    standing = select(Article.host_id, Article.outlet_id).distinct()
    query = select(HostPages, Host.name).join(Host, col(Host.id) == col(HostPages.host_id))
    if outlet is not None:
        standing = standing.where(Article.outlet_id == outlet)
    outlets: dict[int, set[int]] = {}
    for host_id, outlet_id in session.exec(standing):
        outlets.setdefault(host_id, set()).add(outlet_id)
    if outlet is not None:
        query = query.where(col(HostPages.host_id).in_(outlets))
    rows = session.exec(query).all()
    found = [_quality(row, name, tuple(sorted(outlets.get(row.host_id, ())))) for row, name in rows]
    return sorted(found, key=lambda quality: (quality.read / max(quality.pages, 1), quality.host))


def _quality(row: HostPages, name: str, outlet_ids: tuple[int, ...]) -> PageQuality:
    lengths = [characters for outcome, characters, _digest, _url in row.recent if outcome == "read"]
    bad = [(outcome, url) for outcome, _characters, _digest, url in row.recent if outcome != "read"]
    return PageQuality(
        host=name,
        outlet_ids=outlet_ids,
        pages=len(row.recent),
        read=len(lengths),
        median_characters=round(statistics.median(lengths)) if lengths else 0,
        outcomes=dict(Counter(outcome for outcome, _url in bad).most_common()),
        examples=dict(bad),
    )
