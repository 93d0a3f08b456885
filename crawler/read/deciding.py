"""What a page makes of its article: text and facts at first, a version when its outlet has edited it, or why there is none. Pure.

Told how the article stands, what is known of its outlet's boilerplate and its host's pages, and what came: how all stand now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.polite.resting import after_trouble, concerns_host
from crawler.read.boilerplate import learn, without_boilerplate
from crawler.read.outcomes import PageFailed, PageOutcome, PageRead, PageReport, PageUnchanged
from crawler.read.quality import SHORT_SHARE, judge
from crawler.read.recheck import next_recheck
from crawler.urls import canonical_url
from crawler.values import ExtractedPage
from storage.diff import diff_paragraphs
from storage.stores.articles.page_lessons import PageLessons
from storage.stores.articles.pages import NewVersion, PageArticle
from storage.stores.articles.said import SaidBeside
from storage.stores.feeds.hosts import HostRecord
from storage.tables import ArticleState
from storage.troubles import Trouble

RETRY_DELAYS = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=5))
"""Pauses before the second, third and fourth try; then the feed's own words stand in."""
LONG_TEXT = 1_000
"""A text that shrinks from more than this to a few lines was not edited: the page was not given whole."""


@dataclass(frozen=True, slots=True)
class PageContext:
    """What is known where a page is decided on."""

    article: PageArticle
    outlet: str
    lessons: PageLessons
    host: HostRecord | None = None
    """The host that a bad answer says something of."""


@dataclass(frozen=True, slots=True)
class PageDecision:
    """How an article stands after its page was asked for, and what was learned."""

    article: PageArticle
    version: NewVersion | None = None
    is_settled: bool = False
    """The version that it has is the one that its page would have added to."""
    lessons: PageLessons | None = None
    """Where the page taught something."""
    host: HostRecord | None = None
    """Where it rests from now on."""
    report: PageReport | None = None
    """None where there is nothing to tell."""


def decide_page(
    context: PageContext,
    outcome: PageOutcome,
    *,
    is_recheck: bool,
    schedule: Sequence[timedelta],
    now: datetime,
) -> PageDecision:
    """Return what a page changes. Its claim ends in any case; `schedule` says how long after a first reading it is read again."""
    article = replace(
        context.article, lease_until=None, lease_owner=None, lease_token=context.article.lease_token + 1
    )
    context = replace(context, article=article)
    if is_recheck:
        return _after_recheck(context, outcome, schedule, now)
    match outcome:
        case PageRead():
            return _first_reading(context, outcome, schedule, now)
        case PageFailed():
            return _after_failure(context, outcome, now)
        case PageUnchanged():  # no condition was made
            return stand_in(context, Trouble("unasked-304", {"url": article.url}), now)


def stand_in(context: PageContext, reason: Trouble, now: datetime) -> PageDecision:
    """Return an article in whose page's place the feed's own words stand, and why."""
    article = replace(context.article, fetch_error=reason)
    title, text = article.feed_title, article.feed_text
    report = PageReport(context.outlet, article.url, title, 0, reason)
    if article.version:
        return PageDecision(_settled(article, "summary", now), is_settled=True, report=report)
    beside = SaidBeside(source_title=title, summary=text)
    article, version = _ready(article, title, text, beside, "summary", now)
    return PageDecision(article, version, report=report)


def _first_reading(
    context: PageContext, read: PageRead, schedule: Sequence[timedelta], now: datetime
) -> PageDecision:
    page = read.page
    article = replace(
        context.article,
        fetch_attempts=context.article.fetch_attempts + 1,
        read_at=now,
        recheck_at=next_recheck(now, schedule, now=now),
    )
    lessons = _judged(context.lessons, page, article.url)
    if page.problem is not None:
        reason = Trouble("page-kind", {"url": article.url, "problem": page.problem})
        decision = stand_in(replace(context, article=article), reason, now)
        return replace(decision, lessons=lessons)
    text, lessons = _learned(lessons, page.text)
    article = _with_facts(article, page)
    from_page = len(text) >= len(article.feed_text)
    error = None if text else Trouble("no-text", {"url": article.url})
    article = replace(
        article,
        page_title=page.title,
        page_etag=read.etag,
        page_last_modified=read.last_modified,
        fetch_error=error,
    )
    title, source = article.feed_title or page.title, "page" if from_page else "summary"
    beside = _beside(article, page) if from_page else _beside_a_teaser(article, page, text)
    text = text if from_page else article.feed_text
    report = PageReport(context.outlet, article.url, title, len(page.text), error)
    if _is_nothing_new(article, title, text, beside):
        article = _settled(article, source, now)
        return PageDecision(article, is_settled=True, lessons=lessons, report=report)
    article, version = _ready(article, title, text, beside, source, now)
    return PageDecision(article, version, lessons=lessons, report=report)


def _after_failure(context: PageContext, failed: PageFailed, now: datetime) -> PageDecision:
    """Plan another try, or let the feed's own words stand in."""
    article = replace(context.article, fetch_attempts=context.article.fetch_attempts + 1)
    attempts = context.article.fetch_attempts
    host = _resting(context, failed, now)
    if failed.passing and attempts < len(RETRY_DELAYS):
        again = replace(
            article, fetch_error=failed.answer.trouble, next_fetch_at=now + RETRY_DELAYS[attempts]
        )
        return PageDecision(again, host=host)
    decision = stand_in(replace(context, article=article), failed.answer.trouble, now)
    return replace(decision, host=host)


def _after_recheck(
    context: PageContext, outcome: PageOutcome, schedule: Sequence[timedelta], now: datetime
) -> PageDecision:
    """Return a version of an edited page; none where nothing was edited. What can't be read edits nothing."""
    article = context.article
    article = replace(article, recheck_at=next_recheck(article.read_at or now, schedule, now=now))
    match outcome:
        case PageUnchanged():
            return PageDecision(article)
        case PageFailed():
            again = None if outcome.is_gone else article.recheck_at
            return PageDecision(replace(article, recheck_at=again), host=_resting(context, outcome, now))
        case PageRead():
            article = replace(article, page_etag=outcome.etag, page_last_modified=outcome.last_modified)
            return _edited(replace(context, article=article), outcome.page, now)


def _edited(context: PageContext, page: ExtractedPage, now: datetime) -> PageDecision:
    article = context.article
    lessons = _judged(context.lessons, page, article.url)
    unchanged = PageDecision(article, lessons=lessons)
    if not article.version or page.problem is not None or not page.text:
        return unchanged
    known = context.lessons.boilerplate
    text, before = without_boilerplate(page.text, known), without_boilerplate(article.text, known)
    if article.text_source != "page" and len(text) < len(article.feed_text):
        return unchanged
    if len(before) >= LONG_TEXT and len(text) < SHORT_SHARE * len(before):
        return unchanged
    has_new_title = bool(page.title) and _plain(article.page_title or page.title) != _plain(page.title)
    if not has_new_title and not diff_paragraphs(before, text):
        return unchanged
    article = replace(_with_facts(article, page), page_title=page.title, fetch_error=None)
    title = page.title if has_new_title else article.title
    article, version = _ready(article, title, text, _beside(article, page), "page", now)
    report = PageReport(context.outlet, article.url, title, len(text), None, is_edit=True)
    return PageDecision(article, version, lessons=lessons, report=report)


def _ready(
    article: PageArticle, title: str, text: str, beside: SaidBeside, source: str, now: datetime
) -> tuple[PageArticle, NewVersion]:
    """Return the article with a text, and the version that this makes."""
    article = replace(
        article,
        version=article.version + 1,
        state=ArticleState.READY,
        text_source=source,
        ready_at=now,
        next_fetch_at=None,
    )
    return article, NewVersion(article.id, article.version, title, text, beside, source, now)


def _settled(article: PageArticle, source: str, now: datetime) -> PageArticle:
    """Return the article with the version that it has for good: there is nothing that its page adds to what its source said.

    One that mentions nobody waited for its page with its story (`storage.stores.articles.match_claims`): it is matched again.
    """
    is_grouped = article.grouped_version == article.version
    return replace(
        article,
        state=ArticleState.MATCHED if is_grouped else ArticleState.READY,
        matched_version=0 if article.shard is None else article.matched_version,
        text_source=source,
        ready_at=now,
        next_fetch_at=None,
    )


def _is_nothing_new(article: PageArticle, title: str, text: str, beside: SaidBeside) -> bool:
    """Return whether a page says what is known from the source already, and no more."""
    if not article.version or title != article.title:
        return False
    if text and _plain(text) != _plain(article.text):
        return False
    known = f" {_plain(article.title)} {_plain(article.text)} {_plain(article.beside.summary)} "
    return all(
        f" {_plain(said)} " in known for said in (beside.headline, beside.lead, beside.description) if said
    )


def _beside(article: PageArticle, page: ExtractedPage) -> SaidBeside:
    """Return what source and page say beside the title and the page's text."""
    return SaidBeside(
        source_title=article.feed_title,
        headline=page.title,
        summary=article.beside.summary or article.feed_text,
        lead=page.lead if page.lead != page.description else "",
        description=page.description,
    )


def _with_facts(article: PageArticle, page: ExtractedPage) -> PageArticle:
    return replace(
        article,
        declared_url=canonical_url(page.canonical_url) if page.canonical_url else None,
        authors=list(page.authors) or article.authors,
        language=page.language or article.language,
        section=page.section or article.section,
        image=page.image or article.image,
        photo_credit=page.photo_credit,
        photo_caption=page.photo_caption,
        paywalled=page.paywalled,
        cites=list(page.cites),
        published_at=article.published_at or page.published,
        modified_at=page.modified,
    )


def _beside_a_teaser(article: PageArticle, page: ExtractedPage, text: str) -> SaidBeside:
    """Return the same for a page that shows less than the source says, whose words stand for the text: it leads in, no more."""
    beside = _beside(article, page)
    said = [line for line in (beside.lead, text) if line and line not in article.feed_text]
    return replace(beside, lead="\n".join(dict.fromkeys(said)))


def _learned(lessons: PageLessons, text: str) -> tuple[str, PageLessons]:
    """Return a text without the outlet's boilerplate, and what it taught of that."""
    lesson = learn(lessons.lines, text, known=lessons.boilerplate)
    seen = lessons.boilerplate.intersection(text.split("\n")).union(lesson.boilerplate)
    known = lessons.boilerplate.union(lesson.boilerplate)
    return without_boilerplate(text, known), replace(lessons, lines=lesson.recent, seen=frozenset(seen))


def _judged(lessons: PageLessons, page: ExtractedPage, url: str) -> PageLessons:
    return replace(lessons, pages=judge(page, lessons.pages, url=url).recent)


def _resting(context: PageContext, failed: PageFailed, now: datetime) -> HostRecord | None:
    if context.host is None or not concerns_host(failed.answer):
        return None
    return after_trouble(context.host, failed.answer, now=now)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
