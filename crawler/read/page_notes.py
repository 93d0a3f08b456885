"""What is stored of a page: the article's text and facts at first, a version when its outlet has edited it, or why there is none.

Each function runs in one transaction of its caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from crawler.polite.resting import note_trouble
from crawler.poll.entries import make_ready
from crawler.read.boilerplate import learn, without_boilerplate
from crawler.read.quality import SHORT_SHARE, judge
from crawler.read.recheck import next_recheck
from crawler.urls import canonical_url
from crawler.values import ExtractedPage
from storage.diff import diff_paragraphs
from storage.stores.articles.page_claims import current_version
from storage.stores.articles.page_lessons import (
    boilerplate_of,
    lines_of,
    pages_of_host,
    remember_lines,
    remember_pages,
)
from storage.tables import Article

RETRY_DELAYS = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=5))
"""Pauses before the second, third and fourth try; then the feed's own words stand in."""
LONG_TEXT = 1_000
"""A text that shrinks from more than this to a few lines was not edited: the page was not given whole."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page that was read, and what makes the next request for it conditional."""

    page: ExtractedPage
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The host says that the page is as it was (HTTP 304)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that could not be had; `passing` if it is worth another try. `url` is what answered or failed."""

    message: str
    passing: bool
    url: str = ""
    status: int | None = None
    retry_after: timedelta | None = None
    hung: bool = False

    @property
    def gone(self) -> bool:
        """Tells whether the host says that there is no such page."""
        return self.status in (404, 410)


@dataclass(frozen=True, slots=True)
class PageReport:
    """What came of one page, for people and logs."""

    outlet: str
    url: str
    title: str
    characters: int
    error: str | None
    is_edit: bool = False
    """The page was read before, and has another text now."""


def note_page(
    session: Session,
    article: Article,
    read: ReadPage,
    outlet: str,
    *,
    schedule: Sequence[timedelta],
    now: datetime,
) -> PageReport:
    """Takes over what the page says, and what the feed says where the page says nothing."""
    page = read.page
    article.fetch_attempts += 1
    article.read_at = now
    _judge(session, article, page)
    if page.problem is not None:
        reason = f"{article.url}: this is no article but a page of the kind: {page.problem}"
        report = stand_in(session, article, reason, outlet, now)
    else:
        report = _note_text(session, article, page, outlet, now)
        article.page_etag, article.page_last_modified = read.etag, read.last_modified
    article.recheck_at = next_recheck(now, schedule, now=now)
    return report


def _note_text(
    session: Session, article: Article, page: ExtractedPage, outlet: str, now: datetime
) -> PageReport:
    _take_facts(article, page)
    article.page_title = page.title
    text = _learn(session, article, page.text, now)
    title = article.feed_title or page.title
    from_page = len(text) >= len(article.feed_text)
    article.fetch_error = None if text else f"{article.url}: no article text was found on the page"
    make_ready(
        session,
        article,
        title=title,
        text=text if from_page else article.feed_text,
        source="page" if from_page else "summary",
        now=now,
    )
    return PageReport(outlet, article.url, title, len(text), article.fetch_error)


def note_again(
    session: Session,
    article: Article,
    outcome: ReadPage | Unchanged | Failure,
    outlet: str,
    *,
    schedule: Sequence[timedelta],
    now: datetime,
) -> PageReport | None:
    """Makes a version of an edited page; None where nothing was edited. What can't be read edits nothing."""
    article.lease_until = article.lease_owner = None
    article.recheck_at = next_recheck(article.read_at or now, schedule, now=now)
    if isinstance(outcome, Unchanged):
        return None
    if isinstance(outcome, Failure):
        _note_trouble(session, outcome, now)
        if outcome.gone:
            article.recheck_at = None
        return None
    article.page_etag, article.page_last_modified = outcome.etag, outcome.last_modified
    return _note_edit(session, article, outcome.page, outlet, now)


def _note_edit(
    session: Session, article: Article, page: ExtractedPage, outlet: str, now: datetime
) -> PageReport | None:
    version = current_version(session, article)
    _judge(session, article, page)
    if version is None or page.problem is not None or not page.text:
        return None
    known = boilerplate_of(session, article.outlet_id)
    text, before = without_boilerplate(page.text, known), without_boilerplate(version.text, known)
    if article.text_source != "page" and len(text) < len(article.feed_text):
        return None
    if len(before) >= LONG_TEXT and len(text) < SHORT_SHARE * len(before):
        return None
    has_new_title = bool(page.title) and _plain(article.page_title or page.title) != _plain(page.title)
    if not has_new_title and not diff_paragraphs(before, text):
        return None
    title = page.title if has_new_title else version.title
    _take_facts(article, page)
    article.page_title = page.title
    article.fetch_error = None
    make_ready(session, article, title=title, text=text, source="page", now=now)
    return PageReport(outlet, article.url, title, len(text), None, is_edit=True)


def note_failure(
    session: Session, article: Article, failure: Failure, outlet: str, *, now: datetime
) -> PageReport | None:
    """Plans another try, or lets the feed's own words stand in."""
    _note_trouble(session, failure, now)
    if failure.passing and article.fetch_attempts < len(RETRY_DELAYS):
        article.fetch_error = failure.message
        article.next_fetch_at = now + RETRY_DELAYS[article.fetch_attempts]
        article.fetch_attempts += 1
        article.lease_until = article.lease_owner = None
        return None
    article.fetch_attempts += 1
    return stand_in(session, article, failure.message, outlet, now)


def stand_in(session: Session, article: Article, reason: str, outlet: str, now: datetime) -> PageReport:
    """Lets the feed's own words stand in for the page, and says why."""
    article.fetch_error = reason
    title, text = article.feed_title, article.feed_text
    make_ready(session, article, title=title, text=text, source="summary", now=now)
    return PageReport(outlet, article.url, title, 0, reason)


def _take_facts(article: Article, page: ExtractedPage) -> None:
    article.declared_url = canonical_url(page.canonical_url) if page.canonical_url else None
    article.authors = list(page.authors) or article.authors
    article.language = page.language or article.language
    article.lead = page.lead or article.lead
    article.section = page.section or article.section
    article.image = page.image or article.image
    article.photo_credit = page.photo_credit
    article.photo_caption = page.photo_caption
    article.paywalled = page.paywalled
    article.published_at = article.published_at or page.published
    article.modified_at = page.modified


def _learn(session: Session, article: Article, text: str, now: datetime) -> str:
    """Learns the outlet's boilerplate from a text, and gives the text without what is known now."""
    known = boilerplate_of(session, article.outlet_id)
    lesson = learn(lines_of(session, article.outlet_id), text, known=known)
    seen = known.intersection(text.split("\n")).union(lesson.boilerplate)
    remember_lines(session, article.outlet_id, recent=lesson.recent, boilerplate=sorted(seen), now=now)
    return without_boilerplate(text, known.union(lesson.boilerplate))


def _judge(session: Session, article: Article, page: ExtractedPage) -> None:
    verdict = judge(page, pages_of_host(session, article.host_id), url=article.url)
    remember_pages(session, article.host_id, verdict.recent)


def _note_trouble(session: Session, failure: Failure, now: datetime) -> None:
    if failure.url:
        note_trouble(
            session,
            failure.url,
            failure.message,
            status=failure.status,
            retry_after=failure.retry_after,
            hung=failure.hung,
            now=now,
        )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
