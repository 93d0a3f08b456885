"""What an entry says otherwise now: whether that is an edit, and what it makes of its article. Pure.

Counters, relative times and lines that lead elsewhere change at each request and are no news: two texts that differ in nothing
else say the same.
"""

from __future__ import annotations

import re
from dataclasses import replace

from crawler.poll.identity import said_below_title
from crawler.read.full_text import is_full_text
from crawler.urls import host_of
from crawler.values import Entry
from storage.boilerplate import is_boilerplate
from storage.stores.articles.found import ArticleEdit, ArticleText
from storage.stores.articles.said import SaidBeside
from storage.stores.feeds.entries import KnownArticle
from storage.tables import ArticleState

_AGO = re.compile(
    r"\b(?:just now|today|yesterday|an? (?:minute|hour|day) ago)\b"
    r"|\d+\s*(?:s|sec|secs|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|weeks?|months?)\.? ago\b"
    r"|\b(?:il y a|hace|vor|há|fa|sedan|för)\s+(?:\d+|une?|un[ao]?|einer?|einem|en|ett)\s*\w+"
    r"|\d+\s*(?:minut\w*|ore|ora|or[ae]|uur|uren|dagen|timer?|tim|minuter|timmar)\s+(?:fa|geleden|siden|sedan)\b"
    r"|\d+\s*\w+\s+(?:назад|тому|temu|önce|trước|lalu|πριν)\b"
    r"|(?:منذ|قبل)\s+(?:\d+\s*)?\w+|לפני\s+(?:\d+\s*)?\w+"
    r"|\d+\s*(?:秒|分|分钟|分鐘|小时|小時|時間|天|日)\s*前|\d+\s*(?:초|분|시간|일)\s*전",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,:\u00a0\u202f]\d+)*")


def differs(known: KnownArticle, entry: Entry) -> bool:
    """Return whether the entry says something else now than its feed said last."""
    before = (known.feed_title, known.feed_text, known.feed_summary)
    summary = None if known.feed_summary is None else summary_beside(entry)
    after = (entry.title, entry.text, summary)
    return before != after and any(
        _told(one or "") != _told(other or "") for one, other in zip(before, after, strict=True)
    )


def edit_of(known: KnownArticle, entry: Entry, now: ArticleText) -> ArticleEdit:
    """Return what an entry that differs changes of its article.

    What is new makes a version, whatever the text comes from; where the page was asked for, it is asked for again at once: it has
    most likely changed too. A feed that is cut short from now on edits no text.
    """
    feed_text = known.feed_text
    if known.text_source != "feed" or is_full_text(entry.text):
        feed_text = entry.text
    if now.state is ArticleState.FOUND:  # it is fetched from where it is now
        return ArticleEdit(
            known.article_id,
            entry.title,
            feed_text,
            summary_beside(entry),
            url=entry.url or None,
            host=host_of(entry.url) if entry.url else None,
            title=entry.title,
            text=feed_text,
            beside=SaidBeside(source_title=entry.title, summary=said_below_title(entry)),
            version=now.version + 1,
            awaits_page=True,
        )
    title = entry.title if now.title == known.feed_title and entry.title else now.title
    text = now.text if known.text_source == "page" else feed_text
    beside = replace(
        now.beside,
        source_title=entry.title,
        summary=summary_beside(entry) if known.text_source == "feed" else said_below_title(entry),
    )
    edit = ArticleEdit(
        known.article_id, entry.title, feed_text, summary_beside(entry), reads_page=now.was_asked
    )
    if (title, text, beside) == (now.title, now.text, now.beside):
        return edit
    return ArticleEdit(
        known.article_id,
        entry.title,
        feed_text,
        summary_beside(entry),
        title=title,
        text=text,
        beside=beside,
        text_source=known.text_source,
        version=now.version + 1,
        reads_page=now.was_asked,
    )


def summary_beside(entry: Entry) -> str:
    """Return the summary of an entry, where its text does not have it."""
    return "" if entry.summary in entry.text else entry.summary


def _told(text: str) -> list[str]:
    """Return the words of a text that count: without numbers, relative times, and lines that are not its prose."""
    lines = text.split("\n")
    if len(lines) > 1:
        lines = [line for line in lines if not is_boilerplate(line)]
    return _NUMBER.sub("#", _AGO.sub("#", " ".join(lines))).split()
