"""Filtered lists as files: a row for each thing that the page shows, as CSV, XLSX, JSON, or a page to print."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from markupsafe import Markup

from service.actions.search import Hit
from service.actions.spreadsheets import MARK, csv_text, heading, sheet_bytes
from service.clock import iso
from service.troubles import trouble_words
from storage import language
from storage.language import _, ngettext, speaker
from storage.stores.alerts.alert_pages import ListedAlert
from storage.stores.outbox.deliveries import ListedDelivery

MOST = 10_000
"""Rows of a view."""

Cell = str | int | float | bool | datetime | None

_STYLE = Markup("""
body { font: 10pt/1.4 system-ui, "Noto Sans", "Noto Naskh Arabic", sans-serif; margin: 1.5cm; color: #000; background: #fff; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: 2pt 6pt 2pt 0; border-block-end: .5pt solid #999; }
td { overflow-wrap: anywhere; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
td.n { text-align: end; white-space: nowrap; }
svg { width: 100%; height: auto; }
a { color: inherit; }
""")
PRINT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
"""What such a page may load: nothing; its style stands in it, so that it can be saved."""


class ViewFormat(StrEnum):
    """What a filtered view may be written as."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    HTML = "html"
    """A page to print."""

    @property
    def media_type(self) -> str:
        """What it is, for a browser."""
        return {
            ViewFormat.CSV: "text/csv; charset=utf-8",
            ViewFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ViewFormat.JSON: "application/json",
            ViewFormat.HTML: "text/html; charset=utf-8",
        }[self]


@dataclass(frozen=True, slots=True)
class View:
    """A filtered list: what its file is called, its title for people, and its rows by columns."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    picture: Markup = Markup()  # noqa: RUF009  (it never changes)
    """Above the table of a page to print."""


def written(view: View, wanted: ViewFormat, *, now: datetime) -> bytes:
    """Return a view as a file; CSV begins with the mark by which spreadsheets read UTF-8."""
    if wanted is ViewFormat.HTML:
        return _printed(view, now).encode("utf-8", "replace")
    table = [[iso(cell) if isinstance(cell, datetime) else cell for cell in row] for row in view.rows]
    match wanted:
        case ViewFormat.CSV:
            return MARK + csv_text(view.columns, table).encode("utf-8", "replace")
        case ViewFormat.XLSX:
            return sheet_bytes(view.title, view.columns, table)
        case ViewFormat.JSON:
            records = [dict(zip(view.columns, row, strict=True)) for row in table]
            return json.dumps(records, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def alerts_view(alerts: Sequence[ListedAlert]) -> View:
    """Return alerts as a list shows them."""
    columns = (
        *("alert", "watch_list", "story", "published_at", "found_at", "outlet", "title", "url", "language"),
        *("names", "relevance", "kind", "articles", "outlets"),
    )
    rows = [
        (
            *(one.id, one.watch_list, one.story_id, one.published_at, one.created_at),
            *(one.outlet, one.title, one.url, one.language),
            "; ".join(dict.fromkeys(mention.name for mention in one.mentions)),
            *(one.score, one.kind, one.articles, one.outlets),
        )
        for one in alerts
    ]
    return View("alerts", _("Alerts"), columns, rows)


def articles_view(hits: Sequence[Hit]) -> View:
    """Return the articles that a search found."""
    columns = (
        *("article", "published_at", "outlet", "title", "url", "language", "country"),
        *("mentions", "sentence"),
    )
    rows = [
        (
            *(hit.example.article_id, hit.example.date, hit.example.outlet, hit.example.title),
            *(hit.example.url, hit.language, hit.country, hit.mentions, hit.example.sentence),
        )
        for hit in hits
    ]
    return View("articles", _("Articles"), columns, rows)


def deliveries_view(deliveries: Sequence[ListedDelivery]) -> View:
    """Return deliveries as a list shows them."""
    columns = (
        *("delivery", "state", "channel", "kind", "alert", "watch_list", "attempts"),
        *("created_at", "due_at", "sent_at", "last_error"),
    )
    rows = [
        (
            *(one.id, one.state.value, one.channel, one.kind, one.alert_id, one.watch_list, one.attempts),
            *(one.created_at, one.due_at, one.sent_at, trouble_words(one.last_error)),
        )
        for one in deliveries
    ]
    return View("deliveries", _("Deliveries"), columns, rows)


def _printed(view: View, now: datetime) -> str:
    """Return a page of its own: nothing is loaded for it, and it can be saved as it is."""
    spoken = speaker()
    heads = Markup().join(Markup('<th scope="col">{}</th>').format(heading(each)) for each in view.columns)
    rows = Markup("\n").join(
        Markup("<tr>{}</tr>").format(Markup().join(map(_cell, view.columns, row))) for row in view.rows
    )
    counted = ngettext("{count} row", "{count} rows", len(view.rows))
    return Markup(
        '<!doctype html>\n<html lang="{code}" dir="{direction}"><head><meta charset="utf-8"><title>{title} · Tocsin</title>'
        "<style>{style}</style></head><body><h1>{title}</h1><p>{counted} · {moment}</p>\n{picture}"
        "<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}\n</tbody></table></body></html>\n"
    ).format(
        code=spoken.code,
        direction=spoken.direction,
        title=view.title,
        style=_STYLE,
        counted=counted,
        moment=language.moment(now),
        picture=view.picture,
        heads=heads,
        rows=rows,
    )


def _cell(column: str, cell: Cell) -> Markup:
    if isinstance(cell, datetime):
        return Markup("<td>{}</td>").format(language.moment(cell, length="medium"))
    if column == "share" and isinstance(cell, float):
        return Markup('<td class="n">{}</td>').format(language.percent(cell))
    if isinstance(cell, bool):
        return Markup("<td>{}</td>").format(_("yes") if cell else "")
    if isinstance(cell, int) and column in ("alert", "article", "story", "delivery"):
        return Markup('<td class="n">{}</td>').format(cell)
    if isinstance(cell, int | float):
        return Markup('<td class="n">{}</td>').format(
            language.number(cell, 0 if isinstance(cell, int) else 1)
        )
    return Markup('<td dir="auto">{}</td>').format(cell or "")
