"""Documents that are cut off on their way: nothing is told by halves, and all of it comes once the whole can be had."""

from __future__ import annotations

import gzip
from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.databases import on_sqlite
from tests.replay.conftest import FEED, World
from tests.replay.outlets import Answer, broken_off, paragraphs, raw
from tests.replay.steps import NOON, articles, stepped

pytestmark = on_sqlite

URL = "http://gazette.example/talks"
TITLE = "Talks on fisheries resume in Rabat next week"
LINES = (
    "The foreign ministry said on Monday that talks on fisheries will resume in Rabat next week, after a pause.",
    "Both delegations are expected to settle the number of licences, the ports and the share of the catch soon.",
    "The previous agreement ran out in the summer, and the boats have stayed in port since, a spokesperson said.",
)


def item(url: str, title: str, text: str = "") -> str:
    named = f"<guid>{url}</guid><link>{url}</link><pubDate>{format_datetime(NOON)}</pubDate>"
    return f"<item>{named}<title>{title}</title><description>{text}</description></item>"


def cut_off(document: str, words: str, how: str) -> Answer:
    """Return the document up to `words`, and what of its end can be seen: its length, its compression, or its markup alone."""
    part = document[: document.index(words) + len(words)].encode()
    if how == "length":
        return broken_off(part, ETag='"1"')
    if how == "compression":
        return raw(gzip.compress(part)[:-12], Content_Encoding="gzip", ETag='"1"')
    return raw(part, ETag='"1"')


@pytest.mark.parametrize("how", ["length", "compression", "markup"])
async def test_feed_cut_off_in_a_title_tells_the_whole_title_later(world: World, how: str) -> None:
    text = "&lt;p&gt;" + "&lt;/p&gt;&lt;p&gt;".join(LINES) + "&lt;/p&gt;"
    first = item("http://gazette.example/a/1", "Rain in the north", text)
    document = f"<rss version='2.0'><channel><title>G</title>{first}{item(URL, TITLE, text)}</channel></rss>"
    world.outlets.script[FEED] = [
        cut_off(document, "Talks on fisher", how),
        raw(document.encode(), ETag='"1"'),
    ]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        whole = await steps.service.database.reading(articles)
        await steps.at(NOON + timedelta(minutes=20))
        found = await steps.service.database.reading(articles)
    assert {version.title for _article, version in whole} <= {"Rain in the north"}  # nothing of the other
    assert sorted(version.title for _article, version in found) == ["Rain in the north", TITLE]
    assert {len(version.text) for _article, version in found} == {len("\n".join(LINES))}
    assert [etag for url, etag in world.outlets.asked if url == FEED] == [None, None]


@pytest.mark.thorough
@pytest.mark.parametrize("how", ["length", "compression"])
async def test_page_cut_off_in_its_text_is_read_again(world: World, how: str) -> None:
    world.outlets.script[FEED] = [
        raw(f"<rss version='2.0'><channel>{item(URL, TITLE)}</channel></rss>".encode())
    ]
    document = f"<html><body><article><h1>{TITLE}</h1>{paragraphs(*LINES)}</article></body></html>"
    world.outlets.script[URL] = [
        cut_off(document, "Both delegations", how),
        raw(document.encode(), Content_Type="text/html"),
    ]
    async with stepped(world, world.settings()) as steps:
        await steps.at(NOON)
        assert not steps.matches
        await steps.at(NOON + timedelta(hours=1))
        ((article, version),) = await steps.service.database.reading(articles)
    assert (article.text_source, version.text) == ("page", "\n".join(LINES))
    assert world.outlets.times(URL) == 2
