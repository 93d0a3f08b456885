"""The audit: who changed what, found and taken away, for admins."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.actions.audit import AuditFormat, audit_to_export, exported_audit
from service.web.access import Admin
from service.web.act_words import SUBJECTS
from service.web.days import day_of
from service.web.downloads import download
from service.web.numbers import read_number
from service.web.render import render
from service.web.site import site_of
from storage.stores.people.acts import ActFilter, DoneAct, acts_done, people_of_acts

router = APIRouter(include_in_schema=False)

PAGE = 50


@router.get("/audit")
async def show_audit(
    request: Request,
    caller: Admin,
    who: str = "",
    subject: str = "",
    about: str = "",
    since: str = "",
    until: str = "",
    before: str = "",
) -> Response:
    """What people did, newest first."""
    wanted, start = _wanted(who, subject, about, since, until), read_number(before)

    def read(session: Session) -> tuple[list[DoneAct], list[str]]:
        return acts_done(session, wanted, before=start, limit=PAGE + 1), people_of_acts(session)

    found, people = await site_of(request).database.reading(read)
    given = {"who": who, "subject": subject, "about": about, "since": since, "until": until}
    filters = {key: value for key, value in given.items() if value}
    older = {**filters, "before": found[PAGE - 1].id} if len(found) > PAGE else None
    return render(
        request,
        "audit.html",
        caller,
        acts=found[:PAGE],
        people=people,
        subjects=list(SUBJECTS),
        filters=filters,
        query=urlencode(filters),
        more=None if older is None else f"/audit?{urlencode(older)}",
    )


@router.get("/audit/export")
async def export(
    request: Request,
    _caller: Admin,
    format: AuditFormat = AuditFormat.CSV,
    who: str = "",
    subject: str = "",
    about: str = "",
    since: str = "",
    until: str = "",
) -> Response:
    """The acts that fit, as a file."""
    wanted = _wanted(who, subject, about, since, until)
    found = await site_of(request).database.reading(audit_to_export, wanted=wanted)
    return download(exported_audit(found, format), f"audit.{format.value}", format.media_type)


def _wanted(who: str, subject: str, about: str, since: str, until: str) -> ActFilter:
    return ActFilter(who or None, subject or None, about or None, day_of(since), day_of(until, after=True))
