"""What a feed says about itself: the same on the fast path, by feedparser, and in JSON."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from crawler.sources.documents import parse_feed
from crawler.values import ParsedFeed

URL = "https://gazette.example/news/feed"
ITEM = "<item><title>One</title><link>https://gazette.example/1</link></item>"


def rss(head: str) -> ParsedFeed:
    names = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:atom="http://www.w3.org/2005/Atom"'
    document = f'<rss version="2.0" {names}><channel>{head}{ITEM}</channel></rss>'
    feed = parse_feed(document.encode(), url=URL)
    broken = parse_feed(document.replace("<title>One", "<title>One & two").encode(), url=URL)
    assert broken.problem is not None
    for name in ("ttl", "skip_hours", "skip_days", "update_interval", "hubs", "self_url"):
        assert getattr(broken, name) == getattr(feed, name), name
    return feed


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param("<ttl>90</ttl>", timedelta(minutes=90), id="minutes"),
        pytest.param("<ttl> 60 </ttl>", timedelta(hours=1), id="spaces"),
        pytest.param("<ttl>0</ttl>", None, id="nothing"),
        pytest.param("<ttl>soon</ttl>", None, id="words"),
        pytest.param("<ttl>99999999999999999999</ttl>", None, id="absurd"),
    ],
)
def test_ttl(head: str, expected: timedelta | None) -> None:
    assert rss(head).ttl == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param("<sy:updatePeriod>hourly</sy:updatePeriod>", timedelta(hours=1), id="hourly"),
        pytest.param(
            "<sy:updatePeriod> daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            timedelta(hours=6),
            id="four times a day",
        ),
        pytest.param("<sy:updatePeriod>fortnightly</sy:updatePeriod>", None, id="unknown"),
    ],
)
def test_update_interval(head: str, expected: timedelta | None) -> None:
    assert rss(head).update_interval == expected


def test_skipped_hours_and_days() -> None:
    feed = rss(
        "<skipHours><hour>0</hour><hour>23</hour><hour>24</hour><hour>99</hour></skipHours>"
        "<skipDays><day>Sunday</day><day>monday</day><day>Someday</day></skipDays>"
    )
    assert feed.skip_hours == {0, 23}
    assert feed.skip_days == {0, 6}


def test_every_hour_forbidden_forbids_none() -> None:
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(24))
    assert rss(f"<skipHours>{hours}</skipHours>").skip_hours == frozenset()


def test_hubs_and_own_address() -> None:
    feed = rss(
        '<atom:link rel="hub" href="https://hub.example/"/><atom:link rel="hub" href="https://hub.example/"/>'
        '<atom:link rel="self" href="/feed.xml" type="application/rss+xml"/>'
    )
    assert feed.hubs == ("https://hub.example/",)
    assert feed.self_url == "https://gazette.example/feed.xml"


def test_json_feed_names_hubs_too() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "feed_url": "https://gazette.example/feed.json",
        "language": "fr-FR",
        "hubs": [
            {"type": "rssCloud", "url": "https://x.example"},
            {"type": "WebSub", "url": "https://hub.example/"},
        ],
        "items": [{"id": "1", "url": "https://gazette.example/1", "content_text": "a < b\nc"}],
    }
    feed = parse_feed(json.dumps(document).encode(), url=URL)
    assert (feed.hubs, feed.self_url) == (("https://hub.example/",), "https://gazette.example/feed.json")
    assert feed.language == "fr"
    assert feed.entries[0].content == "<p>a &lt; b</p><p>c</p>"
