"""A month in numbers, or any two dates: shown, and saved as PDF, Word document or spreadsheet."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from markupsafe import Markup

from service.actions.charting import MOST_CHARTED
from service.actions.errors import InvalidError
from service.actions.reading import read_day
from service.actions.reports import ReportAsked, report_asked
from service.reports.values import ReportFormat
from service.web.access import Reader
from service.web.form_faults import FormFault
from service.web.render import render
from service.web.reporting import FORMATS, report_file, view_of
from service.web.site import site_of
from service.web.trending import chosen
from service.web.zones import zone_of
from storage.language import Spoken, _
from storage.stores.watch.watch_lists import list_names

router = APIRouter(include_in_schema=False)

OFFERED = 40
"""Names that can be ticked."""
Several = Annotated[list[str], Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """What a report is to be about, as an address has it."""

    month: str = ""
    since: str = ""
    until: str = ""
    watch: tuple[str, ...] = ()
    name: tuple[str, ...] = ()

    def asked(self, request: Request) -> ReportAsked:
        """Return what is to be read. Raise `InvalidError`."""
        return report_asked(
            month=self.month or None,
            since=read_day(self.since, "since"),
            until=read_day(self.until, "until"),
            watch_lists=self.watch,
            names=self.name,
            zone=zone_of(request),
            now=site_of(request).now(),
        )

    def filters(self) -> dict[str, object]:
        """Return what is set."""
        return {key: value for key, value in asdict(self).items() if value}


def _question(
    month: str = "",
    since: str = "",
    until: str = "",
    watch: Several = [],  # noqa: B006  (FastAPI copies it)
    name: Several = [],  # noqa: B006
) -> ReportQuestion:
    return ReportQuestion(month, since, until, chosen(watch), chosen(name))


Asked = Annotated[ReportQuestion, Depends(_question)]


@router.get("/trends/report")
async def show_report(request: Request, caller: Reader, question: Asked) -> Response:
    """The report of a month, and what to choose for another."""
    site = site_of(request)
    fault, shown = None, question
    try:
        report, view = await view_of(site, shown.asked(request))
    except InvalidError as error:
        fault, shown = FormFault.of(error), ReportQuestion()
        report, view = await view_of(site, shown.asked(request))
    asked = report.asked
    offered = list(dict.fromkeys(key.name for key, _label, _count in report.names_chart.offered))
    return render(
        request,
        "report.html",
        caller,
        status=422 if fault else 200,
        view=view,
        fault=fault,
        has_any=bool(report.articles.now or report.alerts.now),
        month=f"{asked.span.first:%Y-%m}" if asked.is_month else "",
        question=question,
        lists=await site.database.reading(list_names),
        names=[*question.name, *(name for name in offered if name not in question.name)][:OFFERED],
        most=MOST_CHARTED,
        pictures=[[Markup(svg) for svg, _says in part.charts] for part in view.parts],  # noqa: S704  (every text is escaped)
        files={
            _named(kind): f"/trends/report/file?{urlencode({**shown.filters(), 'format': kind}, doseq=True)}"
            for kind in FORMATS
        },
    )


@router.get("/trends/report/file")
async def save_report(
    request: Request,
    _caller: Reader,
    question: Asked,
    kind: Annotated[ReportFormat, Query(alias="format")] = "pdf",
    language: Spoken | None = None,
) -> Response:
    """The report as a file."""
    return await report_file(site_of(request), question.asked(request), kind, language)


def _named(kind: ReportFormat) -> str:
    return {"pdf": "PDF", "docx": _("Word"), "xlsx": "XLSX"}[kind]
