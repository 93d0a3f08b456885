"""Entries: new ones become articles once, edited ones versions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlmodel import col, select

from crawler.values import Entry, ParsedFeed
from storage.engine import Database
from storage.rows import id_of
from storage.stores.feeds.hosts import host_named
from storage.tables import Article, ArticleState, ArticleVersion, Feed, Outlet
from tests.conftest import START
from tests.databases import on_both
from tests.taking_in import take_in_one

pytestmark = on_both


LONG = "The minister spoke about ports and ferries for a long time. " * 30
URL = "https://gazette.example/1"


class Polls:
    """Stores what feeds carry, as the poller does."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as session:
            self.outlet = Outlet(name="Gazette", created_at=START)
            session.add(self.outlet)
            session.flush()

    def poll(
        self,
        *entries: tuple[str, str],
        feed: str = "rss",
        fetch_pages: bool = True,
        guid: str = "1",
        summary: str | None = None,
    ) -> int:
        """Store a poll of (title, text), which has a `summary` beside it or is one; return how many articles are new."""
        with self.database.write() as session:
            url = f"https://gazette.example/{feed}"
            row = session.exec(select(Feed).where(Feed.url == url)).first()
            if row is None:
                row = Feed(
                    outlet_id=id_of(self.outlet),
                    host_id=id_of(host_named(session, "gazette.example")),
                    url=url,
                    address=url,
                    interval_seconds=60,
                    next_poll_at=START,
                    created_at=START,
                )
                session.add(row)
                session.flush()
            parsed = said(entries, guid, summary)
            news = take_in_one(session, row, self.outlet, parsed, now=START, fetch_pages=fetch_pages)
            return len(news.made)

    def match(self) -> None:
        with self.database.write() as session:
            for article in session.exec(select(Article)):
                article.state, article.matched_version = ArticleState.MATCHED, article.version

    def article(self) -> tuple[ArticleState, list[tuple[str, str]]]:
        with self.database.read() as session:
            versions = session.exec(select(ArticleVersion).order_by("number")).all()
            return session.exec(select(Article)).one().state, [(v.title, v.text) for v in versions]


def said(entries: Sequence[tuple[str, str]], guid: str, summary: str | None) -> ParsedFeed:
    parsed = tuple(
        Entry(guid=guid, url=URL, title=title, summary=text)
        if summary is None
        else Entry(guid=guid, url=URL, title=title, summary=summary, content=f"<p>{text}</p>")
        for title, text in entries
    )
    return ParsedFeed("rss", "Gazette", "en", "https://gazette.example", parsed)


@pytest.fixture
def polls(database: Database) -> Polls:
    return Polls(database)


def test_same_entry_again_is_no_news(polls: Polls) -> None:
    assert polls.poll(("A title", LONG)) == 1
    polls.match()
    assert polls.poll(("A  title", f" {LONG}")) == 0
    assert polls.article() == (ArticleState.MATCHED, [("A title", LONG)])


@pytest.mark.parametrize(
    ("title", "text"),
    [pytest.param("A title", f"{LONG}Corrected.", id="text"), pytest.param("Another", LONG, id="title")],
)
def test_edited_entry_is_a_version_that_is_ready_again(polls: Polls, title: str, text: str) -> None:
    polls.poll(("A title", LONG))
    polls.match()
    assert polls.poll((title, text)) == 0
    assert polls.article() == (ArticleState.READY, [("A title", LONG), (title, text)])
    polls.match()
    polls.poll((title, text))
    assert polls.article()[0] is ArticleState.MATCHED


def test_edited_summary_is_a_version_where_it_is_all_there_is(polls: Polls) -> None:
    polls.poll(("A title", "Short."), fetch_pages=False)
    polls.match()
    polls.poll(("A title", "Short, corrected."), fetch_pages=False)
    assert polls.article() == (ArticleState.READY, [("A title", "Short."), ("A title", "Short, corrected.")])


@pytest.mark.parametrize("text", ["A text that is not whole.", LONG])
def test_edited_summary_is_a_version_where_an_entry_has_a_content_too(
    polls: Polls, database: Database, text: str
) -> None:
    polls.poll(("A title", text), summary="Nine towns talked 2 hours ago.")
    polls.match()
    polls.poll(("A title", text), summary="Nine towns talked 2 hours ago.")
    polls.poll(("A title", text), summary="Nine towns talked 3 hours ago.")
    assert len(polls.article()[1]) == 1
    polls.poll(("A title", text), summary="Nine towns talked to Ilse Marrow.")
    polls.poll(("A title", text), summary="Nine towns talked to Ilse Marrow.")
    assert len(polls.article()[1]) == 2
    with database.read() as session:
        newest = session.exec(select(ArticleVersion).where(ArticleVersion.number == 2)).one()
        assert "Ilse Marrow" in newest.summary


def test_entry_of_a_version_that_kept_no_summary_is_no_edit(polls: Polls, database: Database) -> None:
    polls.poll(("A title", LONG), summary="Nine towns talked.")
    polls.match()
    with database.write() as session:
        session.exec(select(Article)).one().feed_summary = None
    polls.poll(("A title", LONG), summary="Nine towns talked to Ilse Marrow.")
    state, versions = polls.article()
    assert (state, len(versions)) == (ArticleState.MATCHED, 1)


def test_feed_that_is_cut_short_from_now_on_edits_nothing(polls: Polls) -> None:
    polls.poll(("A title", LONG))
    polls.match()
    polls.poll(("A title", "The minister spoke… Read more"))
    assert polls.article() == (ArticleState.MATCHED, [("A title", LONG)])
    polls.poll(("A title", LONG))
    assert polls.article() == (ArticleState.MATCHED, [("A title", LONG)])


def test_other_feed_with_other_words_edits_nothing(polls: Polls) -> None:
    polls.poll(("A title", LONG))
    polls.match()
    for _round in range(2):
        polls.poll(("Title of the other feed", f"{LONG}Else."), feed="other", guid="x")
    assert polls.article() == (ArticleState.MATCHED, [("A title", LONG)])


def test_page_that_waits_to_be_fetched_takes_the_new_title(polls: Polls, database: Database) -> None:
    polls.poll(("A title", "Short."))
    polls.poll(("Better title", "Short."))
    assert polls.article() == (ArticleState.FOUND, [("A title", "Short."), ("Better title", "Short.")])
    with database.read() as session:
        assert session.exec(select(Article)).one().feed_title == "Better title"


def test_new_title_of_an_article_read_from_its_page_keeps_the_page(polls: Polls, database: Database) -> None:
    polls.poll(("A title", "Short."))
    with database.write() as session:
        article = session.exec(select(Article)).one()
        article.state, article.text_source, article.read_at = ArticleState.READY, "page", START
        session.exec(select(ArticleVersion)).one().text = LONG
    polls.match()
    polls.poll(("A title", "Shorter."))
    assert polls.article() == (ArticleState.READY, [("A title", LONG), ("A title", LONG)])
    with database.read() as session:
        newest = session.exec(select(ArticleVersion).order_by(col(ArticleVersion.number).desc())).first()
        assert newest is not None
        assert newest.summary == "Shorter."
    polls.match()
    polls.poll(("A title", "Shorter."))
    assert polls.article()[0] is ArticleState.MATCHED
    polls.poll(("Better title", "Shorter."))
    assert polls.article() == (
        ArticleState.READY,
        [("A title", LONG), ("A title", LONG), ("Better title", LONG)],
    )
