"""The whole service over real pages and real feeds, as their servers sent them."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from crawler.poll.poller import PollReport
from crawler.sources.documents import parse_feed
from service.assembly import Watchers
from service.troubles import trouble_words
from storage.tables import Article, ArticleState, ArticleVersion, EntryRow, Feed, MentionRow
from tests.databases import on_sqlite
from tests.replay.conftest import FEED, World, running
from tests.replay.outlets import feed, raw

pytestmark = pytest.mark.thorough  # hundreds of real pages and feeds


COMMON_WORDS = {"topics": [{"name": "Common", "query": "government OR police OR president OR world"}]}


@on_sqlite
async def test_real_pages_become_articles_with_their_text(world: World, data: Path) -> None:
    pages = {
        f"http://pages.example/{path.name[:12]}": gzip.decompress(path.read_bytes())
        for path in sorted((data / "pages" / "aeb").glob("*.html.gz"))[
            ::3
        ]  # all are read by the extraction's own tests
    }
    world.outlets.script[FEED] = [feed(*((url, f"Page {n}") for n, url in enumerate(pages)))]
    for url, body in pages.items():
        world.outlets.script[url] = [raw(body, Content_Type="text/html")]
    matched = asyncio.Event()
    watchers = Watchers(on_match=lambda _report: matched.set())
    async with running(world.settings(watch=COMMON_WORDS), watchers) as service, asyncio.timeout(300):
        versions: list[tuple[str, str]] = []
        while len(versions) < len(pages):  # one may be matched twice: by its feed's words, and with its page
            await matched.wait()
            matched.clear()
            versions = await service.database.reading(_articles)
        mentions = await service.database.reading(_mentions)
    assert len(versions) == len(pages) >= 60
    assert sum(source == "page" and len(text) >= 200 for source, text in versions) >= 58
    assert len(mentions) > 33
    assert [m for m in mentions if m[0][m[1] : m[2]] != m[3]] == []


@on_sqlite
async def test_real_feeds_lose_no_entry(world: World, data: Path) -> None:
    bodies = {
        f"http://feed-{number}.example/rss": gzip.decompress(path.read_bytes())
        for number, path in enumerate(sorted((data / "feeds" / "real").glob("*.gz")))
    }
    for url, body in bodies.items():
        world.outlets.script[url] = [raw(body)]
    waiting, everything = set(bodies), asyncio.Event()

    def note(report: PollReport) -> None:
        waiting.discard(report.url)
        if not waiting:
            everything.set()

    settings = world.settings(*bodies, watch=COMMON_WORDS)
    crawler = settings.crawler.model_copy(update={"full_text": False})
    settings = settings.model_copy(update={"crawler": crawler})
    async with running(settings, Watchers(on_poll=note)) as service:
        async with asyncio.timeout(300):
            await everything.wait()
        feeds, stored = await service.database.reading(_feeds)
    expected = {
        url: len({entry.guid for entry in parse_feed(body, url=url).entries}) for url, body in bodies.items()
    }
    assert len(bodies) >= 113
    assert {url: error for url, error in feeds.items() if error is not None} == {}
    assert stored == {url: count for url, count in expected.items() if count}
    assert sum(stored.values()) > 4000


def _articles(session: Session) -> list[tuple[str, str]]:
    query = select(Article.text_source, ArticleVersion.text).join(ArticleVersion)
    newest = col(ArticleVersion.number) == col(Article.version)
    read = col(ArticleVersion.text_source) != ""  # else its page is still to be read
    return list(session.exec(query.where(newest, read, Article.state == ArticleState.MATCHED)).all())


def _mentions(session: Session) -> list[tuple[str, int, int, str]]:
    rows = session.exec(select(MentionRow, ArticleVersion).join(ArticleVersion)).all()
    return [
        (getattr(version, mention.field), mention.start, mention.end, mention.surface)
        for mention, version in rows
    ]


def _feeds(session: Session) -> tuple[dict[str, str | None], dict[str, int]]:
    feeds = {row.id: row for row in session.exec(select(Feed))}
    stored = Counter(feeds[feed_id].url for feed_id in session.exec(select(col(EntryRow.feed_id))))
    return {row.url: trouble_words(row.last_error) or None for row in feeds.values()}, dict(stored)
