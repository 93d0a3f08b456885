"""Reports for the page and the API: read anew once a minute, put into the language that is asked for, printed by a worker."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import get_args

from fastapi import Response

from alerts.review.printing import PrintError
from crawler.pool import WorkFailedError
from service.actions.errors import ConflictError
from service.actions.reports import PeriodReport, ReportAsked, read_report
from service.actions.reviews import rights_of
from service.locale import translator
from service.reports.making import media_type, print_report
from service.reports.values import ReportFormat, ReportView
from service.reports.words import report_view
from service.web.downloads import download
from service.web.site import Site
from storage.language import Spoken, speaker, speaking
from storage.stores.watch.watch_edits import last_change

FORMATS: tuple[ReportFormat, ...] = get_args(ReportFormat)


async def report_of(site: Site, asked: ReportAsked) -> PeriodReport:
    """Return a report's numbers in the language that is spoken, at most a minute old. Raise `UnknownNameError`."""
    edits = await site.database.reading(last_change)
    span = asked.span
    key = (span.first, span.last, span.zone.key, asked.watch_lists, asked.names, edits, speaker().code)
    read = partial(read_report, asked=asked, rights=rights_of(site.settings), now=site.now())
    return await site.reports.get(key, lambda: site.database.reading(read), now=site.now())


async def view_of(site: Site, asked: ReportAsked) -> tuple[PeriodReport, ReportView]:
    """Return a report, and the same in words. Raise `UnknownNameError`."""
    report = await report_of(site, asked)
    return report, await asyncio.to_thread(report_view, report)


async def report_file(
    site: Site, asked: ReportAsked, kind: ReportFormat, language: Spoken | None
) -> Response:
    """Return a report as a file, in a language or the one that is spoken. Raise `UnknownNameError`, `ConflictError`."""
    with speaking(speaker() if language is None else translator(language)):
        _report, view = await view_of(site, asked)
    try:
        body = await site.pool.run(print_report, kind, view)
    except (PrintError, WorkFailedError) as error:
        raise ConflictError(str(error)) from error
    return download(body, f"{view.file_name}.{kind}", media_type(kind))
