"""The audit: who changed what, for admins."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from service.actions.audit import AuditFormat, audit_to_export, exported_audit
from service.web.api.callers import READING, AdminCaller, IfNoneMatch
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import (
    Cursor,
    Filter,
    Limit,
    ListPage,
    Since,
    Until,
    read_cursor,
    write_cursor,
)
from service.web.api.shapes.people import AuditLine
from service.web.downloads import download
from service.web.site import site_of
from storage.stores.people.acts import ActFilter, acts_done

router = APIRouter(route_class=ApiRoute, tags=["audit"])

Subject = Annotated[Filter, Query(description="What kind of thing: `watch list`, `outlet`, `user`, …")]
About = Annotated[Filter, Query(description="A part of the thing's name.")]


@router.get("/audit", responses=READING, response_model=ListPage[AuditLine])
async def list_acts(
    request: Request,
    _caller: AdminCaller,
    who: Filter = None,
    subject: Subject = None,
    about: About = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> dict[str, Any]:
    """Return what people did, newest first."""
    wanted = ActFilter(who, subject, about, since, until)
    found = await site_of(request).database.reading(
        acts_done, wanted, before=read_cursor(cursor), limit=limit + 1
    )
    more = write_cursor(found[limit - 1].id) if len(found) > limit else None
    return {"items": found[:limit], "next": more}


@router.get(
    "/audit/export",
    response_class=Response,
    responses={**READING, 200: {"description": "A file: a row for each act, newest first."}},
)
async def export(
    request: Request,
    _caller: AdminCaller,
    format: Annotated[AuditFormat, Query(description="Of the file.")] = AuditFormat.JSON,
    who: Filter = None,
    subject: Subject = None,
    about: About = None,
    since: Since = None,
    until: Until = None,
) -> Response:
    """Return the newest 10,000 acts that fit as a file."""
    wanted = ActFilter(who, subject, about, since, until)
    found = await site_of(request).database.reading(audit_to_export, wanted=wanted)
    return download(exported_audit(found, format), f"audit.{format.value}", format.media_type)
