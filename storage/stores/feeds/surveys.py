"""Surveys: addresses that wait to be looked at, claiming them, and what was found at each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, update
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Survey, SurveyAddress


@dataclass(frozen=True, slots=True)
class WantedAddress:
    """An address to be looked at, with what was said of its outlet."""

    address: str
    host: str
    name: str = ""
    site: str = ""
    language: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SurveyClaim:
    """An address that this process is to look at now."""

    address_id: int
    address: str
    tries: int
    """How often it was claimed, this time counted."""
    token: int


@dataclass(frozen=True, slots=True)
class SurveyedAddress:
    """An address of a survey as it stands. `findings` is empty until it was looked at."""

    id: int
    place: int
    wanted: WantedAddress
    looked_at: datetime | None
    is_under_way: bool
    findings: Mapping[str, Any] = field(default_factory=dict)
    outlet: str = ""
    """The outlet that was added of it."""


@dataclass(frozen=True, slots=True)
class StoredSurvey:
    """A survey with its addresses, in their order."""

    id: int
    caller: str
    created_at: datetime
    addresses: tuple[SurveyedAddress, ...]


@dataclass(frozen=True, slots=True)
class SurveyCounts:
    """A survey in figures."""

    id: int
    caller: str
    created_at: datetime
    total: int
    looked_at: int
    added: int


def put_survey(session: Session, wanted: Sequence[WantedAddress], *, caller: str, now: datetime) -> int:
    """Store a survey, whose addresses wait to be looked at; return its number."""
    survey = Survey(caller=caller, created_at=now)
    session.add(survey)
    session.flush()
    number = id_of(survey)
    session.add_all(
        SurveyAddress(
            survey_id=number,
            place=place,
            address=one.address,
            host=one.host,
            name=one.name,
            site=one.site,
            language=one.language,
            country=one.country,
            tags=list(one.tags),
        )
        for place, one in enumerate(wanted, 1)
    )
    session.flush()
    return number


def is_survey_waiting(session: Session, *, now: datetime) -> bool:
    """Return whether an address waits that nobody looks at."""
    found = sa_select(col(SurveyAddress.id)).where(*_waiting(now)).limit(1)
    return session.execute(found).first() is not None


def claim_addresses(
    session: Session, *, now: datetime, owner: str, lease: timedelta, limit: int, survey: int | None = None
) -> list[SurveyClaim]:
    """Claim up to `limit` addresses, the first that were given first: one of a host, and none of a host that is looked at now.

    With `survey`, only addresses of this one.
    """
    busy = aliased(SurveyAddress)
    is_busy = (
        sa_select(col(busy.id))
        .where(
            col(busy.host) == col(SurveyAddress.host),
            col(busy.looked_at).is_(None),
            col(busy.lease_until) > now,
        )
        .exists()
    )
    turn = func.row_number().over(partition_by=col(SurveyAddress.host), order_by=col(SurveyAddress.id))
    due = sa_select(col(SurveyAddress.id).label("id"), turn.label("turn")).where(*_waiting(now), ~is_busy)
    if survey is not None:
        due = due.where(col(SurveyAddress.survey_id) == survey)
    ranked = due.subquery()
    query = (
        select(SurveyAddress)
        .join(ranked, ranked.c.id == col(SurveyAddress.id))
        .where(ranked.c.turn == 1)
        .order_by(col(SurveyAddress.id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=SurveyAddress)
    )
    claims = []
    for row in session.exec(query):
        row.lease_until, row.lease_owner = now + lease, owner
        row.lease_token += 1
        row.tries += 1
        claims.append(SurveyClaim(id_of(row), row.address, row.tries, row.lease_token))
    return claims


def put_findings(session: Session, claim: SurveyClaim, findings: Mapping[str, Any], *, now: datetime) -> bool:
    """Store what was found at an address; return whether the claim still held."""
    changed = session.execute(
        update(SurveyAddress)
        .where(
            col(SurveyAddress.id) == claim.address_id,
            col(SurveyAddress.lease_token) == claim.token,
            col(SurveyAddress.looked_at).is_(None),
        )
        .values(findings=dict(findings), looked_at=now, lease_until=None, lease_owner=None)
        .returning(col(SurveyAddress.id))
    )
    return changed.first() is not None


def survey_numbered(session: Session, number: int, *, now: datetime) -> StoredSurvey | None:
    """Return the survey of this number; None where there is none."""
    survey = session.get(Survey, number)
    if survey is None:
        return None
    rows = session.exec(
        select(SurveyAddress).where(SurveyAddress.survey_id == number).order_by(col(SurveyAddress.place))
    )
    return StoredSurvey(
        id_of(survey), survey.caller, survey.created_at, tuple(_surveyed(row, now) for row in rows)
    )


def count_surveys(session: Session, *, limit: int, number: int | None = None) -> list[SurveyCounts]:
    """Return the surveys in figures, the newest first; or only that of this number."""
    query = (
        sa_select(
            col(Survey.id),
            col(Survey.caller),
            col(Survey.created_at),
            func.count(col(SurveyAddress.id)),
            func.count(col(SurveyAddress.looked_at)),
            func.count(func.nullif(col(SurveyAddress.outlet), "")),
        )
        .join(SurveyAddress, col(SurveyAddress.survey_id) == col(Survey.id))
        .group_by(col(Survey.id), col(Survey.caller), col(Survey.created_at))
        .order_by(col(Survey.id).desc())
        .limit(limit)
    )
    if number is not None:
        query = query.where(col(Survey.id) == number)
    return [SurveyCounts(*row) for row in session.execute(query)]


def note_added(session: Session, address_id: int, outlet: str) -> None:
    """Store which outlet was added of an address."""
    session.execute(update(SurveyAddress).where(col(SurveyAddress.id) == address_id).values(outlet=outlet))


def remove_survey(session: Session, number: int) -> bool:
    """Remove a survey; what was added of it stays. Return whether there was one."""
    session.execute(delete(SurveyAddress).where(col(SurveyAddress.survey_id) == number))
    gone = session.execute(delete(Survey).where(col(Survey.id) == number).returning(col(Survey.id)))
    return gone.first() is not None


def expire_surveys(session: Session, *, before: datetime) -> None:
    """Remove the surveys that are older."""
    old = sa_select(col(Survey.id)).where(col(Survey.created_at) < before)
    session.execute(delete(SurveyAddress).where(col(SurveyAddress.survey_id).in_(old)))
    session.execute(delete(Survey).where(col(Survey.created_at) < before))


def _waiting(now: datetime) -> tuple[Any, ...]:
    free = or_(col(SurveyAddress.lease_until).is_(None), col(SurveyAddress.lease_until) <= now)
    return col(SurveyAddress.looked_at).is_(None), free


def _surveyed(row: SurveyAddress, now: datetime) -> SurveyedAddress:
    wanted = WantedAddress(
        row.address, row.host, row.name, row.site, row.language, row.country, tuple(row.tags)
    )
    under_way = row.looked_at is None and row.lease_until is not None and row.lease_until > now
    return SurveyedAddress(id_of(row), row.place, wanted, row.looked_at, under_way, row.findings, row.outlet)
