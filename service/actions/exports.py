"""Alerts for other programs: CSV, JSON Lines, XLSX."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from service.actions.spreadsheets import csv_text, sheet_bytes
from service.actions.views import MOST
from service.clock import iso
from storage.language import _
from storage.stores.alerts.alert_details import FoundAlert, newest_alerts
from storage.stores.alerts.alert_pages import AlertFilter, ListedAlert, alert_page
from storage.stores.stories.rulings import ExportedArticle, Ruling

COLUMNS = (
    *("alert", "watch_list", "story", "created_at", "outlet", "title", "url", "language", "published_at"),
    *("actors", "topics", "mentions", "articles", "outlets"),
)
AT_ONCE = 500


class ExportFormat(StrEnum):
    """What may be written."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


def alerts_to_export(
    session: Session, *, watch_list: str | None, since: datetime | None, limit: int
) -> list[FoundAlert]:
    """Return the newest alerts, newest first: of one watch list or of all, made `since` a time or ever."""
    found = newest_alerts(session, limit=limit, watch_list=watch_list)
    return [alert for alert in found if since is None or alert.created_at >= since]


def exported(alerts: Sequence[FoundAlert], wanted: ExportFormat) -> bytes:
    """Return alerts as a file: a row each in CSV and XLSX, everything in JSON Lines."""
    if wanted is ExportFormat.XLSX:
        return sheet_bytes(_("Alerts"), COLUMNS, list(rows(alerts)))
    if wanted is ExportFormat.CSV:
        return csv_text(COLUMNS, rows(alerts)).encode("utf-8", "replace")
    lines = (f"{json.dumps(alert_record(alert), ensure_ascii=False)}\n" for alert in alerts)
    return "".join(lines).encode("utf-8", "replace")


def view_to_export(session: Session, wanted: AlertFilter) -> list[ListedAlert]:
    """Return the alerts of a filtered view, in its order, up to `MOST`."""
    found: list[ListedAlert] = []
    while len(found) < MOST:
        page = alert_page(session, wanted, before=found[-1].id if found else None, limit=AT_ONCE)
        found += page
        if len(page) < AT_ONCE:
            break
    return found


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
