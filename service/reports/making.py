"""A report as a file: what a worker process is asked for, since each takes a while."""

from __future__ import annotations

from alerts.delivery.review_view import SUBTYPES
from service.reports.values import ReportFormat, ReportView


def print_report(kind: ReportFormat, view: ReportView) -> bytes:
    """Return the report as a file. Raise `alerts.review.printing.PrintError`."""
    match kind:
        case "pdf":
            from service.reports.pdf import report_pdf

            return report_pdf(view)
        case "docx":
            from service.reports.word import report_docx

            return report_docx(view)
        case "xlsx":
            from service.reports.sheets import report_xlsx

            return report_xlsx(view)


def media_type(kind: ReportFormat) -> str:
    """Return the media type of a format."""
    return f"application/{SUBTYPES[kind]}"
