"""Feeds of platforms, from the page that a user pastes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.sources.base import SourceDocument, settings_of
from crawler.sources.lists.source import ListSource
from crawler.sources.platforms import platform_feed, platform_list


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        (
            "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv/videos",
            "https://www.youtube.com/feeds/videos.xml?channel_id=UCabcdefghijklmnopqrstuv",
        ),
        (
            "https://www.youtube.com/playlist?list=PL123&x=1",
            "https://www.youtube.com/feeds/videos.xml?playlist_id=PL123",
        ),
        ("https://www.youtube.com/@gazette", None),  # its page names the feed
        ("https://mastodon.example/@gazette", "https://mastodon.example/@gazette.rss"),
        ("https://mastodon.example/@gazette/1234", None),
        ("https://bsky.app/profile/gazette.example", "https://bsky.app/profile/gazette.example/rss"),
        ("https://old.reddit.com/r/morocco/new", "https://www.reddit.com/r/morocco/.rss"),
        ("https://gazette.substack.com/", "https://gazette.substack.com/feed"),
        ("https://medium.com/@gazette", "https://medium.com/feed/@gazette"),
        ("https://gazette.medium.com", "https://gazette.medium.com/feed"),
        ("https://github.com/gazette/press", "https://github.com/gazette/press/releases.atom"),
        ("https://github.com/gazette/press/releases", "https://github.com/gazette/press/releases.atom"),
        ("https://github.com/gazette/press/issues/4", None),
        ("https://gazette.example/news", None),
        ("https://gazette.example/", None),
    ],
)
def test_feeds_of_platforms(page: str, feed: str | None) -> None:
    assert platform_feed(page) == feed


@pytest.mark.parametrize(
    "page", ["https://t.me/gazette_news", "https://t.me/s/gazette_news", "https://telegram.me/gazette_news/"]
)
def test_telegram_channel_is_a_list(page: str) -> None:
    keys = platform_list(page)
    assert keys is not None
    assert keys["url"] == "https://t.me/s/gazette_news"
    message = (
        "<div class='tgme_widget_message_wrap'><div class='tgme_widget_message'><a class='owner' href='https://t.me/gazette_news'>"
        "Gazette</a><div class='tgme_widget_message_text'>{text}</div><a class='tgme_widget_message_date' href='{url}'>"
        "<time datetime='2026-03-02T12:0{n}:00+00:00'>12:0{n}</time></a></div></div>"
    )
    body = "".join(
        message.format(text=text, url=f"https://t.me/gazette_news/{n}", n=n)
        for n, text in enumerate(("Harbour works resume.<br>More tomorrow.", "Quota for sardines raised"), 1)
    )
    source = ListSource()
    document = SourceDocument(
        f"<html><body>{body}</body></html>".encode(),
        keys["url"],
        "text/html",
        settings_of(source, keys["url"], keys),
    )
    first, second = source.read(document).entries
    assert (first.url, first.title) == ("https://t.me/gazette_news/1", "Harbour works resume. More tomorrow.")
    assert (second.title, second.published) == (
        "Quota for sardines raised",
        datetime(2026, 3, 2, 12, 2, tzinfo=UTC),
    )


def test_other_pages_are_no_list_of_a_platform() -> None:
    assert platform_list("https://gazette.example/s/news") is None
