"""Which entries are one article: tables of what outlets do. Each case is a row of polls and the articles that must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from crawler.poll.intake import take_in
from crawler.values import Entry, ParsedFeed
from storage.engine import Database
from storage.rows import id_of
from storage.stores.feeds.hosts import host_named
from storage.tables import Article, ArticleState, ArticleVersion, Feed, Outlet
from tests.conftest import START
from tests.databases import on_both
from tests.taking_in import feed_document, take_in_one

pytestmark = on_both


HOUR = timedelta(hours=1)
SITE = "https://gazette.example/"
A, B, C, D = (f"{SITE}{name}" for name in ("a", "b", "c", "d"))
TALKS, FERRIES, WEATHER = "Talks open in Rabat", "Ferries stay in port", "Snow in the north"
WORDS = "The minister opened the talks on fisheries on Monday and named the members of the commission."


def entry(
    guid: str, url: str, title: str, summary: str = "", published: datetime | None = START, content: str = ""
) -> Entry:
    return Entry(guid=guid, url=url, title=title, summary=summary, published=published, content=content)


@dataclass(slots=True)
class Outlets:
    """Stores what the feeds of two outlets carry, as the poller does."""

    database: Database

    def poll(
        self,
        *entries: Entry,
        feed: str = "rss",
        outlet: str = "Gazette",
        now: datetime = START,
        is_first: bool = False,
        last_read: datetime | None = None,
    ) -> tuple[int, int]:
        """Store a document, newest entry first; return how many articles and how many entries are new."""
        with self.database.write() as session:
            publisher = session.exec(select(Outlet).where(Outlet.name == outlet)).first()
            if publisher is None:
                publisher = Outlet(name=outlet, created_at=START)
                session.add(publisher)
                session.flush()
            url = f"https://{outlet}.example/{feed}"
            row = session.exec(select(Feed).where(Feed.url == url)).first()
            if row is None:
                host_id = id_of(host_named(session, f"{outlet}.example"))
                row = Feed(
                    outlet_id=id_of(publisher),
                    host_id=host_id,
                    url=url,
                    address=url,
                    interval_seconds=60,
                    next_poll_at=START,
                    created_at=START,
                )
                session.add(row)
                session.flush()
            parsed = ParsedFeed("rss", outlet, "en", SITE, entries)
            news = take_in_one(
                session, row, publisher, parsed, now=now, is_first=is_first, last_read=last_read
            )
            return len(news.made), len(news.new)

    def versions(self) -> list[list[str]]:
        """Return the titles of the versions of each article."""
        with self.database.read() as session:
            return [
                [
                    version.title
                    for version in session.exec(
                        select(ArticleVersion)
                        .where(ArticleVersion.article_id == article.id)
                        .order_by("number")
                    )
                ]
                for article in session.exec(select(Article).order_by("id"))
            ]


@pytest.fixture
def outlets(database: Database) -> Outlets:
    return Outlets(database)


@pytest.mark.parametrize(
    ("polls", "versions"),
    [
        pytest.param([[entry("1", A, TALKS)], [entry("1", A, TALKS)]], [[TALKS]], id="the same again"),
        pytest.param([[entry("1", A, TALKS)], [entry("2", A, TALKS)]], [[TALKS]], id="new guid, same link"),
        pytest.param(
            [[entry("1", A, TALKS)], [entry("2", A, TALKS, published=START + HOUR)], [entry("3", A, TALKS)]],
            [[TALKS]],
            id="issued again with new guid and date",
        ),
        pytest.param(
            [[entry("1", A, TALKS)], [entry("2", A, "Talks in Rabat end")]],
            [[TALKS, "Talks in Rabat end"]],
            id="new guid, same link, edited: a version",
        ),
        pytest.param(
            [[entry("1", A, TALKS)], [entry("1", B, TALKS)], [entry("1", B, TALKS)]],
            [[TALKS]],
            id="same guid, new link: moved",
        ),
        pytest.param(
            [[entry("1", A, TALKS)], [entry("1", B, "Talks end in Rabat", published=START + HOUR)]],
            [[TALKS, "Talks end in Rabat"]],
            id="same guid, new link, edited title: moved and edited",
        ),
        pytest.param(
            [[entry("1", A, TALKS)], [entry("1", B, "Delegates go home")]],
            [[TALKS, "Delegates go home"]],
            id="same guid and date, new link and title: moved and edited",
        ),
        pytest.param(
            [
                [entry("1", A, TALKS)],
                [entry("1", B, FERRIES, published=START + HOUR)],
                [entry("1", C, WEATHER, published=START + 2 * HOUR)],
                [entry("1", C, WEATHER, published=START + 2 * HOUR)],
            ],
            [[TALKS], [FERRIES], [WEATHER]],
            id="one guid for whatever is the latest: nothing is lost",
        ),
        pytest.param(
            [[entry("1", B, FERRIES), entry("1", A, TALKS)]] * 2,
            [[TALKS], [FERRIES]],
            id="one guid on two links in one document",
        ),
        pytest.param(
            [[entry("1", A, TALKS)], [entry("1", B, FERRIES), entry("1", A, TALKS)]],
            [[TALKS], [FERRIES]],
            id="one guid on two links, the second later",
        ),
        pytest.param(
            [[entry("2", A, FERRIES, published=START + HOUR), entry("1", A, TALKS)]] * 2,
            [[TALKS], [FERRIES]],
            id="one link under unlike entries is no page of theirs",
        ),
        pytest.param(
            [[entry("1", SITE, TALKS)], [entry("2", SITE, FERRIES)]],
            [[TALKS], [FERRIES]],
            id="the home page is no entry's page",
        ),
        pytest.param(
            [[entry("2", A, TALKS), entry("1", A, TALKS)]] * 2,
            [[TALKS]],
            id="two guids for one link in one document",
        ),
        pytest.param(
            [[entry("2", A, "Talks in Rabat end"), entry("1", A, TALKS)]] * 3,
            [[TALKS, "Talks in Rabat end"]],
            id="old and edited entry in one document: the newest counts, once",
        ),
        pytest.param(
            [[entry("1", f"{A}?utm_source=rss&id=7", TALKS)], [entry("2", f"{A}?id=7&fbclid=x#top", TALKS)]],
            [[TALKS]],
            id="tracking parameters",
        ),
        pytest.param(
            [[entry("1", A, TALKS, WORDS)], [entry("2", B, TALKS, WORDS)]],
            [[TALKS]],
            id="the same words under new guid and link within hours",
        ),
        pytest.param(
            [[entry("2", B, TALKS, WORDS, START + timedelta(days=1)), entry("1", A, TALKS, WORDS)]],
            [[TALKS], [TALKS]],
            id="a column with the same words every day",
        ),
        pytest.param(
            [[entry("1", A, "Live"), entry("2", B, "Live")]],
            [["Live"], ["Live"]],
            id="few words tell nothing",
        ),
        pytest.param(
            [[entry("content:x", "", TALKS, WORDS)]] * 2, [[TALKS]], id="neither guid nor link: by content"
        ),
    ],
)
def test_polls_of_one_feed(outlets: Outlets, polls: list[list[Entry]], versions: list[list[str]]) -> None:
    for document in polls:
        outlets.poll(*document)
    assert outlets.versions() == versions
    assert outlets.poll(*polls[-1]) == (0, 0)
    assert outlets.versions() == versions


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(entry("1", A, TALKS), id="same guid and link"),
        pytest.param(entry("x", A, TALKS), id="same link"),
        pytest.param(entry("1", f"{A}?section=world", TALKS), id="same guid, link of the section"),
        pytest.param(entry("x", f"{A}?section=world", TALKS, WORDS), id="same words"),
    ],
)
def test_article_in_three_feeds_of_an_outlet_is_one(outlets: Outlets, other: Entry) -> None:
    assert outlets.poll(entry("1", A, TALKS, WORDS if other.summary else "")) == (1, 1)
    for feed in ("world", "africa"):
        assert outlets.poll(other, feed=feed) == (0, 1)
        assert outlets.poll(other, feed=feed) == (0, 0)
    assert outlets.versions() == [[TALKS]]


def test_other_outlets_guid_and_words_are_their_own(outlets: Outlets) -> None:
    outlets.poll(entry("1", A, TALKS, WORDS))
    assert outlets.poll(entry("1", "https://ledger.example/a", TALKS, WORDS), outlet="Ledger") == (1, 1)


def test_same_words_half_a_day_later_are_another_article(outlets: Outlets) -> None:
    outlets.poll(entry("1", A, TALKS, WORDS, None))
    assert outlets.poll(entry("2", B, TALKS, WORDS, None), now=START + 13 * HOUR) == (1, 1)


def test_baseline_keeps_what_is_old_without_matching_it(outlets: Outlets, database: Database) -> None:
    old = entry("1", A, TALKS, WORDS, START - 30 * HOUR)
    young = entry("2", B, FERRIES, WORDS, START - 2 * HOUR)
    undated = entry("3", C, WEATHER, published=None)
    ahead = entry("4", D, "Rain in the south", published=START + 300 * HOUR)
    assert outlets.poll(ahead, undated, young, old, is_first=True) == (4, 4)
    with database.read() as session:
        states = {article.url: article.state for article in session.exec(select(Article))}
    assert states == {
        A: ArticleState.MATCHED,
        B: ArticleState.READY,
        C: ArticleState.MATCHED,  # nothing shows that it is young
        D: ArticleState.MATCHED,
    }
    edited = entry("1", A, f"{TALKS}: edited", WORDS, START - 30 * HOUR)
    assert outlets.poll(undated, young, edited) == (0, 0)
    assert outlets.versions()[0] == [TALKS, f"{TALKS}: edited"]


def test_first_document_without_any_dates_is_old_news_and_what_comes_later_is_not(
    outlets: Outlets, database: Database
) -> None:
    first, second = entry("1", A, TALKS, published=None), entry("2", B, FERRIES, published=None)
    outlets.poll(first, second, is_first=True)
    outlets.poll(first, second, entry("3", C, "A consulate opens", published=None))
    with database.read() as session:
        states = {article.canonical_url: article.state for article in session.exec(select(Article))}
    assert states == {A: ArticleState.MATCHED, B: ArticleState.MATCHED, C: ArticleState.READY}


def documents(outlets: Outlets, *polls: tuple[str, str, list[Entry]]) -> list[tuple[int, int]]:
    """Store the documents of (outlet, feed, entries) in one go; return the articles and the entries that are new in each."""
    for outlet, feed, _entries in polls:
        outlets.poll(feed=feed, outlet=outlet)
    with outlets.database.write() as session:
        batch = []
        for outlet, feed, entries in polls:
            row = session.exec(select(Feed).where(Feed.url == f"https://{outlet}.example/{feed}")).one()
            parsed = ParsedFeed("rss", outlet, "en", SITE, tuple(entries))
            publisher = session.get_one(Outlet, row.outlet_id)
            batch.append(feed_document(row, publisher, parsed, now=START))
        return [(len(one.made), len(one.new)) for one in take_in(session, batch, fetch_pages=False)]


@pytest.mark.parametrize(
    ("polls", "new", "versions"),
    [
        pytest.param(
            [("Gazette", "rss", [entry("1", A, TALKS)]), ("Gazette", "news", [entry("9", A, TALKS)])],
            [(1, 1), (0, 1)],
            [[TALKS]],
            id="the same link in two feeds of an outlet",
        ),
        pytest.param(
            [("Gazette", "rss", [entry("1", A, TALKS)]), ("Herald", "rss", [entry("1", A, TALKS)])],
            [(1, 1), (0, 1)],
            [[TALKS]],
            id="the same link in two outlets",
        ),
        pytest.param(
            [("Gazette", "rss", [entry("1", A, TALKS)]), ("Gazette", "news", [entry("1", B, TALKS)])],
            [(1, 1), (0, 1)],
            [[TALKS]],
            id="the same guid on another link in another feed of the outlet, alike",
        ),
        pytest.param(
            [("Gazette", "rss", [entry("1", A, TALKS)]), ("Herald", "rss", [entry("1", B, TALKS)])],
            [(1, 1), (1, 1)],
            [[TALKS], [TALKS]],
            id="the same guid in two outlets is two articles",
        ),
        pytest.param(
            [("Gazette", "rss", [entry("1", A, TALKS)]), ("Gazette", "news", [entry("9", A, "Talks end")])],
            [(1, 1), (0, 1)],
            [[TALKS]],
            id="another feed's words edit nothing",
        ),
    ],
)
def test_documents_stored_together_are_as_if_stored_one_by_one(
    outlets: Outlets,
    polls: list[tuple[str, str, list[Entry]]],
    new: list[tuple[int, int]],
    versions: list[list[str]],
) -> None:
    assert documents(outlets, *polls) == new
    assert outlets.versions() == versions
    assert documents(outlets, *polls) == [(0, 0)] * len(polls)
    assert outlets.versions() == versions
