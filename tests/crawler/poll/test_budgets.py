"""What one outlet may bring: the rest waits, and comes with later polls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from crawler.poll.intake import take_in
from crawler.poll.same_article import MOST_AT_ONCE, DocumentNews
from crawler.values import Entry, ParsedFeed
from storage.engine import Database
from storage.rows import id_of
from storage.stores.feeds.hosts import host_named
from storage.tables import Article, Feed, Outlet
from tests.conftest import START
from tests.databases import on_both
from tests.taking_in import feed_document

pytestmark = on_both
DAY = timedelta(days=1)
SITE = "https://gazette.example/"


@pytest.fixture
def feed(database: Database) -> Feed:
    with database.write() as session:
        outlet = Outlet(name="Gazette", site=SITE, created_at=START)
        session.add(outlet)
        session.flush()
        row = Feed(
            outlet_id=id_of(outlet),
            host_id=id_of(host_named(session, "gazette.example")),
            url=f"{SITE}rss",
            address=f"{SITE}rss",
            interval_seconds=900,
            next_poll_at=START,
            created_at=START,
        )
        session.add(row)
        session.flush()
        session.refresh(row)
        session.expunge(row)
    return row


def poll(
    database: Database,
    feed: Feed,
    count: int,
    *,
    day: int = 0,
    age: timedelta = timedelta(0),
    is_first: bool = False,
    most_a_day: int = 100_000,
) -> DocumentNews:
    """Take in a document of so many entries, always the same ones."""
    entries = tuple(
        Entry(guid=str(n), url=f"{SITE}{n}", title=f"Report {n} of the day", published=START - age)
        for n in range(count)
    )
    with database.write() as session:
        outlet = session.get_one(Outlet, feed.outlet_id)
        document = feed_document(
            feed,
            outlet,
            ParsedFeed("rss", "Gazette", "en", SITE, entries),
            now=START + day * DAY,
            is_first=is_first,
        )
        return take_in(session, [document], fetch_pages=False, most_a_day=most_a_day)[0]


def test_what_is_too_much_at_once_comes_with_later_polls(database: Database, feed: Feed) -> None:
    count = 2 * MOST_AT_ONCE + 7
    came = [poll(database, feed, count) for _poll in range(4)]
    assert [len(news.made) for news in came] == [MOST_AT_ONCE, MOST_AT_ONCE, 7, 0]
    assert [news.waiting for news in came] == [MOST_AT_ONCE + 7, 7, 0, 0]
    with database.read() as session:
        found = session.exec(
            select(func.count(col(Article.id)), func.count(col(Article.url).distinct()))
        ).one()
    assert found == (count, count)


def test_what_is_too_much_for_a_day_comes_the_next(database: Database, feed: Feed) -> None:
    came = [poll(database, feed, 8, day=day, most_a_day=3) for day in (0, 0, 1, 2, 3)]
    assert [len(news.made) for news in came] == [3, 0, 3, 2, 0]
    assert [news.waiting for news in came] == [5, 5, 2, 0, 0]


def test_old_news_of_a_first_document_does_not_wait_to_become_news(database: Database, feed: Feed) -> None:
    news = poll(database, feed, MOST_AT_ONCE + 20, age=3 * DAY, is_first=True, most_a_day=3)
    assert (len(news.made), news.waiting) == (MOST_AT_ONCE + 20, 0)
