"""A report as PDF, by Typst: charts as they are drawn, each with the table of its values behind it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from alerts.review.printing import Template
from alerts.review.printing.typesetting import typeset
from service.reports.values import ReportCell, ReportTable, ReportView

TEMPLATE = Path(__file__).with_name("report.typ")


def report_pdf(view: ReportView) -> bytes:
    """Return the report as PDF. Raise `alerts.review.printing.PrintError`."""
    files: dict[str, bytes] = {}
    parts = []
    for part in view.parts:
        charts = []
        for svg, says in part.charts:
            name = f"chart-{len(files)}.svg"
            files[name] = svg.encode("utf-8", "replace")
            charts.append({"file": name, "says": says})
        tables = [_table(table) for table in part.tables]
        parts.append({"title": part.title, "words": part.words, "charts": charts, "tables": tables})
    told = {
        "name": view.name,
        "title": view.title,
        "period": view.period,
        "intro": view.intro,
        "intro_direction": view.intro_direction,
        "language": view.language,
        "direction": view.direction,
        "contents": view.contents,
        "parts": parts,
    }
    template = Template(TEMPLATE, {TEMPLATE.name: TEMPLATE.read_bytes()})
    return typeset(template, {**files, "report.json": json.dumps(told, ensure_ascii=False).encode()})


def _table(table: ReportTable) -> dict[str, Any]:
    return {
        "title": table.title,
        "heads": table.heads,
        "widths": table.widths,
        "behind": table.is_behind,
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
    }


def _cell(cell: ReportCell) -> dict[str, Any]:
    return {"text": cell.text, "direction": cell.direction, "url": cell.url, "number": cell.is_number}
