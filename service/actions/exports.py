"""Alerts for other programs: CSV that no spreadsheet runs, JSON Lines, XLSX."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from service.clock import iso
from storage.language import N_, _, speaker
from storage.stores.alerts.alert_details import FoundAlert, newest_alerts
from storage.stores.alerts.alert_pages import AlertFilter, ListedAlert, alert_page
from storage.stores.stories.rulings import ExportedArticle, Ruling

COLUMNS = (
    *("alert", "watch_list", "story", "created_at", "outlet", "title", "url", "language", "published_at"),
    *("actors", "topics", "mentions", "articles", "outlets"),
)
VIEW_COLUMNS = (
    *("alert", "watch_list", "story", "published_at", "found_at", "outlet", "title", "url", "language"),
    *("names", "relevance", "kind", "articles", "outlets"),
)
HEADINGS = {
    "alert": N_("Alert"),
    "watch_list": N_("Watch list"),
    "story": N_("Story"),
    "created_at": N_("Created"),
    "published_at": N_("Published"),
    "found_at": N_("Found"),
    "outlet": N_("Outlet"),
    "title": N_("Title"),
    "url": N_("Address"),
    "language": N_("Language"),
    "actors": N_("Actors"),
    "topics": N_("Topics"),
    "names": N_("Actors and topics"),
    "mentions": N_("Mentions"),
    "articles": N_("Articles"),
    "outlets": N_("Outlets"),
    "relevance": N_("Relevance"),
    "kind": N_("Kind"),
}
"""Of a spreadsheet's columns, which people read; CSV and JSON, which programs read, keep the names."""
MOST_OF_A_VIEW, AT_ONCE = 10_000, 500
MARK = b"\xef\xbb\xbf"
"""At the beginning of a CSV file it makes spreadsheets read UTF-8, Arabic included."""
MAX_CELL = 32_767
"""What a cell of a spreadsheet holds."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


class ExportFormat(StrEnum):
    """What may be written."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


class ViewFormat(StrEnum):
    """What a filtered view may be written as."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"

    @property
    def media_type(self) -> str:
        """What it is, for a browser."""
        return {
            ViewFormat.CSV: "text/csv; charset=utf-8",
            ViewFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ViewFormat.JSON: "application/json",
        }[self]


def alerts_to_export(
    session: Session, *, watch_list: str | None, since: datetime | None, limit: int
) -> list[FoundAlert]:
    """Return the newest alerts, newest first: of one watch list or of all, made `since` a time or ever."""
    found = newest_alerts(session, limit=limit, watch_list=watch_list)
    return [alert for alert in found if since is None or alert.created_at >= since]


def exported(alerts: Sequence[FoundAlert], wanted: ExportFormat) -> bytes:
    """Return alerts as a file: a row each in CSV and XLSX, everything in JSON Lines."""
    if wanted is ExportFormat.XLSX:
        return xlsx_bytes(alerts)
    if wanted is ExportFormat.CSV:
        return csv_text(alerts).encode("utf-8", "replace")
    lines = (f"{json.dumps(alert_record(alert), ensure_ascii=False)}\n" for alert in alerts)
    return "".join(lines).encode("utf-8", "replace")


def view_to_export(session: Session, wanted: AlertFilter) -> list[ListedAlert]:
    """Return the alerts of a filtered view, in its order, up to `MOST_OF_A_VIEW`."""
    found: list[ListedAlert] = []
    while len(found) < MOST_OF_A_VIEW:
        page = alert_page(session, wanted, before=found[-1].id if found else None, limit=AT_ONCE)
        found += page
        if len(page) < AT_ONCE:
            break
    return found


def exported_view(alerts: Sequence[ListedAlert], wanted: ViewFormat) -> bytes:
    """Return a view as a file: a row for each alert; CSV begins with the mark by which spreadsheets read UTF-8."""
    table = [_view_row(alert) for alert in alerts]
    match wanted:
        case ViewFormat.CSV:
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\r\n")
            writer.writerow(VIEW_COLUMNS)
            writer.writerows([harmless(cell) for cell in row] for row in table)
            return MARK + text.getvalue().encode("utf-8", "replace")
        case ViewFormat.XLSX:
            return _sheet(VIEW_COLUMNS, table)
        case ViewFormat.JSON:
            records = [dict(zip(VIEW_COLUMNS, row, strict=True)) for row in table]
            return json.dumps(records, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _view_row(alert: ListedAlert) -> list[str | int | float | None]:
    return [
        alert.id,
        alert.watch_list,
        alert.story_id,
        iso(alert.published_at),
        iso(alert.created_at),
        alert.outlet,
        alert.title,
        alert.url,
        alert.language,
        "; ".join(dict.fromkeys(mention.name for mention in alert.mentions)),
        alert.score,
        alert.kind,
        alert.articles,
        alert.outlets,
    ]


def alert_record(alert: FoundAlert) -> dict[str, object]:
    """Return an alert as JSON says it."""
    return {
        "id": alert.id,
        "watch_list": alert.watch_list,
        "story": alert.story_id,
        "created_at": iso(alert.created_at),
        "articles": [
            {
                "id": article.id,
                "outlet": article.outlet,
                "url": article.url,
                "title": article.title,
                "text": article.text,
                **article.beside.columns(),
                "language": article.language,
                "published_at": iso(article.published_at),
                "text_source": article.text_source,
                "mentions": [
                    {
                        mention.kind: mention.name,
                        "field": mention.field,
                        "start": mention.start,
                        "end": mention.end,
                        "surface": mention.surface,
                        "rule": mention.rule,
                    }
                    for mention in article.mentions
                ],
                "facts": article.facts,
            }
            for article in alert.articles
        ],
    }


def stories_lines(articles: Iterable[ExportedArticle], rulings: Iterable[Ruling]) -> Iterator[str]:
    """Return stories as JSON Lines: an article each with its story, then the pairs that readers spoke of."""
    for one in articles:
        article = {
            "kind": "article",
            "id": one.article_id,
            "story": one.story_id,
            "url": one.url,
            "title": one.title,
            "text": one.text,
            "outlet": one.outlet,
            "language": one.language,
            "published_at": iso(one.published_at),
            "found_at": iso(one.found_at),
        }
        yield f"{json.dumps(article, ensure_ascii=False)}\n"
    for said in rulings:
        pair = {
            "kind": "pair",
            "article": said.article_id,
            "other": said.other_id,
            "together": said.together,
        }
        yield f"{json.dumps(pair)}\n"


def csv_text(alerts: Iterable[FoundAlert]) -> str:
    """Return the alerts as CSV (RFC 4180). No cell begins as a formula does: such a one has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in rows(alerts))
    return text.getvalue()


def harmless(cell: object) -> object:
    """Return a cell that a spreadsheet shows and does not run (OWASP, "CSV Injection")."""
    if not isinstance(cell, str):
        return cell
    text = _CONTROLS.sub(" ", cell)
    return f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} else text


def rows(alerts: Iterable[FoundAlert]) -> Iterator[list[object]]:
    """Return a row for each alert, in the order of `COLUMNS`; of its articles, the one that raised it."""
    for alert in alerts:
        first = alert.articles[0] if alert.articles else None
        mentions = [mention for article in alert.articles for mention in article.mentions]
        names = {
            kind: "; ".join(dict.fromkeys(m.name for m in mentions if m.kind == kind))
            for kind in ("actor", "topic")
        }
        yield [
            alert.id,
            alert.watch_list,
            alert.story_id,
            iso(alert.created_at),
            first.outlet if first else "",
            first.title if first else "",
            first.url if first else "",
            first.language or "" if first else "",
            iso(first.published_at) or "" if first else "",
            names["actor"],
            names["topic"],
            len(mentions),
            len(alert.articles),
            "; ".join(dict.fromkeys(article.outlet for article in alert.articles)),
        ]


def xlsx_bytes(alerts: Sequence[FoundAlert]) -> bytes:
    """Return the alerts as a spreadsheet."""
    return _sheet(COLUMNS, list(rows(alerts)))


def _sheet(columns: Sequence[str], table: Sequence[Sequence[object]]) -> bytes:
    from xlsxwriter import Workbook  # a tenth of a second that only those should wait for who use it

    output = io.BytesIO()
    with Workbook(
        output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(_("Alerts"))
        if speaker().direction == "rtl":
            sheet.right_to_left()
        headings = [_(HEADINGS[column]) for column in columns]
        sheet.write_row(0, 0, headings, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(table, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, int | float):
                    sheet.write_number(number, place, cell)
                else:
                    text = "" if cell is None else str(cell)
                    sheet.write_string(number, place, _CONTROLS.sub(" ", text)[:MAX_CELL])
        sheet.autofilter(0, 0, max(len(table), 1), len(columns) - 1)
    return output.getvalue()
