"""A month in numbers, or any two dates."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from service.actions.reports import ReportAsked, report_asked, report_record
from service.actions.triage import checked_zone
from service.reports.values import ReportFormat
from service.web.api.callers import READING, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.reports import ReportOut
from service.web.reporting import report_file, report_of
from service.web.site import site_of
from service.web.trending import chosen
from storage.language import Spoken

router = APIRouter(route_class=ApiRoute, tags=["trends"])


def _asked(
    request: Request,
    month: Annotated[
        str | None,
        Query(max_length=20, description="Such as 2026-10. Left out, and no dates: the last whole month."),
    ] = None,
    since: Annotated[date | None, Query(description="The first day, in place of a month.")] = None,
    until: Annotated[date | None, Query(description="The last day.")] = None,
    watch_list: Annotated[
        list[str] | None, Query(max_length=100, description="Which: several. Left out: all.")
    ] = None,
    name: Annotated[
        list[str] | None,
        Query(
            max_length=8,
            description="Actors and topics to be compared: several. Left out: those that have the most.",
        ),
    ] = None,
    zone: Annotated[str, Query(max_length=60, description="Whose days: Africa/Casablanca.")] = "UTC",
) -> ReportAsked:
    """Return what an operation's parameters ask for."""
    return report_asked(
        month=month,
        since=since,
        until=until,
        watch_lists=[each for each in chosen(watch_list or ()) if "\0" not in each],
        names=[each for each in chosen(name or ()) if "\0" not in each],
        zone=checked_zone(zone),
        now=site_of(request).now(),
    )


Asked = Annotated[ReportAsked, Depends(_asked)]


@router.get("/report", responses=READING, response_model=ReportOut)
async def report(
    request: Request, _caller: ReadCaller, asked: Asked, _known: IfNoneMatch = None
) -> dict[str, Any]:
    """Return volume, shares, largest stories, time to alert, what was dismissed and how alerts were dealt with, in a month."""
    return report_record(await report_of(site_of(request), asked))


@router.get(
    "/report/file",
    response_class=Response,
    responses={**READING, 200: {"description": "The report to be read: PDF, Word or XLSX."}},
)
async def file(
    request: Request,
    _caller: ReadCaller,
    asked: Asked,
    kind: Annotated[ReportFormat, Query(alias="format", description="pdf, docx or xlsx.")] = "pdf",
    language: Annotated[Spoken | None, Query(description="Left out: by Accept-Language.")] = None,
) -> Response:
    """Return the same as a file, with charts."""
    return await report_file(site_of(request), asked, kind, language)
