"""One archive file scanned: its pages are extracted and matched, as those that are fetched are. Runs in a worker, anywhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from alerts.delivery.excerpts import choose_excerpts
from alerts.matching import Matcher, compile_matcher
from alerts.raising.found import keep_best
from alerts.stories.languages import guess_language
from alerts.values import Document, Mention, WatchList
from crawler.archives import ArchivedPage, pages_in
from crawler.errors import ArchiveError, ExtractionError
from crawler.extract import extract_page
from crawler.urls import canonical_url
from crawler.values import ExtractedPage
from service.clock import iso
from storage.codes import locale_of


@dataclass(frozen=True, slots=True)
class Publisher:
    """What is known of a followed outlet: `outlet:` and `country:` in queries go by it."""

    name: str
    language: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """What a scan looks for. `key` is equal where it is equal; `wanted` are the watch lists that are alerted."""

    key: str
    watch_lists: tuple[WatchList, ...]
    wanted: frozenset[str]
    publishers: Mapping[str, Publisher]
    """By host, without "www."."""


@dataclass(frozen=True, slots=True)
class FileScan:
    """What an archive file has: its findings as JSON, in its order; how many pages, and of them articles; what was wrong."""

    address: str
    findings: tuple[str, ...] = ()
    pages: int = 0
    articles: int = 0
    unreadable: Mapping[str, int] = field(default_factory=dict)
    """How many pages hold no article, by the reason."""
    problem: str = ""
    """Why the file, or the rest of it, could not be read."""


def scan_file(address: str, plan: ScanPlan, *, everything: bool = False) -> FileScan:
    """Return what is found in an archive: a path, or an address that fsspec opens (http, s3, gs …).

    With `everything` articles that mention nobody are findings too, without mentions. Raises nothing: the result says what is
    wrong.
    """
    import fsspec  # here: an extra, and only who scans needs it

    counts: Counter[str] = Counter()
    unreadable: Counter[str] = Counter()
    findings: list[str] = []
    problem = ""
    try:
        with fsspec.open(address, "rb") as file:
            for page in pages_in(file, name=address):
                counts["pages"] += 1
                found = _read(page, plan, unreadable)
                if found is None:
                    continue
                counts["articles"] += 1
                if found["mentions"] or everything:
                    findings.append(json.dumps(found, ensure_ascii=False, sort_keys=True))
    except ArchiveError as error:
        problem = str(error)
    except Exception as error:  # noqa: BLE001  (of whatever file system it is: another's file goes on)
        problem = f"{address}: can't be read: {' '.join(str(error).split())[:200] or type(error).__name__}"
    return FileScan(
        address,
        tuple(findings),
        counts["pages"],
        counts["articles"],
        dict(sorted(unreadable.items())),
        problem,
    )


def _read(page: ArchivedPage, plan: ScanPlan, unreadable: Counter[str]) -> dict[str, Any] | None:
    """Return a page as a finding; None where it holds no article."""
    publisher = plan.publishers.get(bare_host(page.url))
    home = locale_of(publisher.language, publisher.country) if publisher else ""
    try:
        extracted = extract_page(
            page.body, url=page.url, content_type=page.content_type, now=page.fetched_at, home=home
        )
    except ExtractionError:
        unreadable["not readable"] += 1
        return None
    if extracted.problem or not extracted.text:
        unreadable[extracted.problem or "no text"] += 1
        return None
    document = _document(page, extracted, publisher)
    mentions = [one for one in _matcher(plan.key, plan).match(document) if one.watch in plan.wanted]
    return _finding(page, extracted, document, mentions)


def _document(page: ArchivedPage, extracted: ExtractedPage, publisher: Publisher | None) -> Document:
    language = extracted.language or (publisher.language if publisher else None)
    return Document(
        title=extracted.title,
        text=extracted.text,
        language=language or guess_language(extracted.title, extracted.text),
        url=page.url,
        outlet=publisher.name if publisher else bare_host(page.url),
        country=publisher.country if publisher else None,
        author=", ".join(extracted.authors) or None,
        credit=extracted.photo_credit,
        headline=extracted.title,
        lead=extracted.lead,
        description=extracted.description,
    )


def _finding(
    page: ArchivedPage, extracted: ExtractedPage, document: Document, mentions: list[Mention]
) -> dict[str, Any]:
    return {
        "url": page.url,
        "key": canonical_url(extracted.canonical_url or page.url),
        "title": extracted.title,
        "outlet": document.outlet,
        "country": document.country,
        "language": document.language,
        "authors": list(extracted.authors),
        "published_at": iso(extracted.published),
        "fetched_at": iso(page.fetched_at),
        "text": extracted.text,
        "lead": extracted.lead,
        "mentions": [
            {
                "watch_list": name,
                kept.kind: kept.name,
                "field": kept.field,
                "start": kept.start,
                "end": kept.end,
                "surface": kept.surface,
                "rule": kept.rule,
            }
            for name in sorted({one.watch for one in mentions})
            for kept in keep_best([one for one in mentions if one.watch == name])
        ],
        "excerpts": [one.text for one in choose_excerpts(document, mentions)] if mentions else [],
    }


@lru_cache(maxsize=2)
def _compiled(key: str, holder: _Holder) -> Matcher:
    return compile_matcher(holder.plan.watch_lists)


@dataclass(frozen=True, slots=True)
class _Holder:
    """A plan that is equal to another by its key alone: to hash a million names takes a while."""

    key: str
    plan: ScanPlan = field(compare=False)


def _matcher(key: str, plan: ScanPlan) -> Matcher:
    """Return the plan's matcher, compiled once in each process."""
    return _compiled(key, _Holder(key, plan))


def bare_host(url: str) -> str:
    """Return an address's host without "www."; empty where it has none."""
    return (urlsplit(url).hostname or "").lower().removeprefix("www.")


def moment_of(finding: Mapping[str, Any]) -> datetime | None:
    """Return when a finding was published, else fetched."""
    said = finding["published_at"] or finding["fetched_at"]
    return datetime.fromisoformat(said) if said else None
