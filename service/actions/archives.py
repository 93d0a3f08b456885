"""Archive files scanned for what is tracked: what a scan looks for, its findings written out, or stored as old news."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import pickle
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from alerts.watchlists import stored_watch_lists
from crawler.text.dates import believable
from crawler.urls import host_of
from service.actions.acting import act
from service.actions.errors import NotFoundError
from service.actions.exports import ExportFormat
from service.actions.spreadsheets import MAX_CELL, harmless
from service.archives.scanning import Publisher, ScanPlan, bare_host, moment_of
from storage.language import _
from storage.stores.articles.forgotten import forgotten
from storage.stores.articles.found import NewArticle, store_articles
from storage.stores.feeds.entries import articles_at
from storage.stores.feeds.outlets import ListedOutlet, list_outlets
from storage.stores.watch.watch_lists import tracked_lists
from storage.suggest import did_you_mean

COLUMNS = (
    "story",
    "published_at",
    "outlet",
    "title",
    "url",
    "language",
    "watch_lists",
    "names",
    "excerpts",
    "fetched_at",
)
PART = 500
"""Articles stored in one transaction."""


@dataclass(frozen=True, slots=True)
class StoredFindings:
    """What became of findings that were to be stored: stored, known already, and of outlets that are not followed."""

    stored: int
    known: int
    strangers: int


def scan_plan(session: Session, names: Sequence[str], *, now: datetime) -> ScanPlan:
    """Return what a scan for these watch lists looks for; all lists where none is named. Raises `NotFoundError`.

    Every list is a part of it, since topics may refer to what another tracks.
    """
    lists = tracked_lists(session)
    there = [facts.name for facts in lists]
    for name in names:
        if name not in there:
            raise NotFoundError(
                _("no watch list is called {name!r}{known}", name=name, known=did_you_mean(name, there)),
                key="watch",
            )
    watch_lists = tuple(stored_watch_lists(session, lists))
    publishers = {
        host: Publisher(outlet.name, outlet.language, outlet.country)
        for host, outlet in _outlets_by_host(session, now).items()
    }
    wanted = frozenset(names or there)
    said = pickle.dumps((watch_lists, sorted(wanted), sorted(publishers.items())), protocol=5)
    return ScanPlan(hashlib.blake2b(said, digest_size=12).hexdigest(), watch_lists, wanted, publishers)


def findings_file(findings: Sequence[Mapping[str, Any]], wanted: ExportFormat) -> bytes:
    """Return findings as a file: a row each in CSV and XLSX, everything in JSON Lines."""
    if wanted is ExportFormat.JSONL:
        lines = (f"{json.dumps(finding, ensure_ascii=False, sort_keys=True)}\n" for finding in findings)
        return "".join(lines).encode("utf-8", "replace")
    if wanted is ExportFormat.CSV:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows([harmless(cell) for cell in row] for row in _rows(findings))
        return text.getvalue().encode("utf-8", "replace")
    return _xlsx(findings)


@act("outlet", "archive")
def store_findings(
    session: Session, findings: Sequence[Mapping[str, Any]], *, now: datetime
) -> StoredFindings:
    """Store the articles of followed outlets as old news: they are searched and counted in Trends, and alert nobody.

    One whose address is known, or was deleted for its age, is left as it is, so that the same again changes nothing.
    """
    outlets = _outlets_by_host(session, now)
    keys = {finding["key"] for finding in findings}
    known = {article.canonical_url for article in articles_at(session, keys)} | set(
        forgotten(session, keys, now=now)
    )
    new: dict[str, NewArticle] = {}
    strangers = 0
    for finding in findings:
        outlet = outlets.get(bare_host(finding["url"]))
        if outlet is None:
            strangers += 1
        elif finding["key"] not in known:
            new.setdefault(finding["key"], _article(finding, outlet.id, now))
    if new:
        store_articles(session, list(new.values()))
    return StoredFindings(len(new), len(findings) - strangers - len(new), strangers)


def _article(finding: Mapping[str, Any], outlet: int, now: datetime) -> NewArticle:
    moment = moment_of(finding)
    return NewArticle(
        outlet_id=outlet,
        host=host_of(finding["url"]),
        url=finding["url"],
        canonical_url=finding["key"],
        title=finding["title"],
        text=finding["text"],
        summary=finding["lead"] if finding["lead"] not in finding["text"] else "",
        feed_summary="",
        authors=tuple(finding["authors"]),
        language=finding["language"],
        published=believable(moment, now=now),
        found_at=now,
        has_page=True,
        text_source="page",
        is_old=True,
    )


def _outlets_by_host(session: Session, now: datetime) -> dict[str, ListedOutlet]:
    return {
        host: outlet
        for outlet in list_outlets(session, now=now)
        for address in (outlet.site, *(feed.url for feed in outlet.feeds))
        if (host := bare_host(address))
    }


def _rows(findings: Iterable[Mapping[str, Any]]) -> Iterable[list[object]]:
    for finding in findings:
        mentions = finding["mentions"]
        yield [
            finding["story"],
            finding["published_at"] or "",
            finding["outlet"],
            finding["title"],
            finding["url"],
            finding["language"] or "",
            "; ".join(dict.fromkeys(mention["watch_list"] for mention in mentions)),
            "; ".join(dict.fromkeys(mention.get("actor") or mention["topic"] for mention in mentions)),
            " … ".join(finding["excerpts"]),
            finding["fetched_at"] or "",
        ]


def _xlsx(findings: Sequence[Mapping[str, Any]]) -> bytes:
    from xlsxwriter import Workbook  # here: only who asks for a spreadsheet waits for it

    output = io.BytesIO()
    with Workbook(
        output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet("Findings")
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(_rows(findings), start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(number, place, cell)
                else:
                    sheet.write_string(number, place, str(harmless(cell)).removeprefix("'")[:MAX_CELL])
    return output.getvalue()
