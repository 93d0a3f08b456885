"""Platforms whose pages have feeds at addresses of their own: what to ask for instead of the page that a user pastes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qs, urlsplit

_FEEDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(page, re.IGNORECASE), feed)
    for page, feed in (
        (
            r"(?:www\.|m\.)?youtube\.com/channel/(UC[\w-]{22})",
            r"https://www.youtube.com/feeds/videos.xml?channel_id=\1",
        ),
        (r"(?:www\.|m\.)?youtube\.com/user/([\w.-]+)", r"https://www.youtube.com/feeds/videos.xml?user=\1"),
        (r"(?:www\.|old\.|new\.)?reddit\.com/(r|user)/([\w-]+)", r"https://www.reddit.com/\1/\2/.rss"),
        (r"bsky\.app/profile/([\w.:-]+)", r"https://bsky.app/profile/\1/rss"),
        (r"(?:www\.)?medium\.com/(@?[\w.-]+)", r"https://medium.com/feed/\1"),
        (r"([\w-]+)\.medium\.com(?:/|$)", r"https://\1.medium.com/feed"),
        (r"([\w-]+)\.substack\.com(?:/|$)", r"https://\1.substack.com/feed"),
        (
            r"(?:www\.)?github\.com/([\w.-]+)/([\w.-]+)(?:/releases)?/?$",
            r"https://github.com/\1/\2/releases.atom",
        ),
        (r"([\w-]+)\.(tumblr|wordpress)\.com(?:/|$)", r"https://\1.\2.com/feed"),
        (r"([\w-]+)\.blogspot\.com(?:/|$)", r"https://\1.blogspot.com/feeds/posts/default"),
        (r"(?:www\.)?vimeo\.com/([\w-]+)/?$", r"https://vimeo.com/\1/videos/rss"),
        (r"(?:www\.)?dailymotion\.com/([\w-]+)/?$", r"https://www.dailymotion.com/rss/user/\1"),
        (
            r"(?!.*\b(?:youtube|tiktok|threads|twitter|instagram)\.)([\w.-]+)/(@[\w.]+)/?$",
            r"https://\1/\2.rss",
        ),  # Mastodon, and what speaks as it does
    )
)
_TELEGRAM = re.compile(r"(?:www\.)?(?:t|telegram)\.me/(?:s/)?([a-z]\w{3,31})/?$", re.IGNORECASE)
TELEGRAM_KEYS: Mapping[str, str] = MappingProxyType({
    "items": "div.tgme_widget_message_wrap",
    "link": "a.tgme_widget_message_date",
    "title": "div.tgme_widget_message_text",
    "date": "a.tgme_widget_message_date time",
})  # fmt: skip
"""Where the messages stand on a channel's public page, and their parts."""


def platform_feed(url: str) -> str | None:
    """Return the address of the feed that a platform has for a page; None where it is no page of a platform that we know."""
    parts = urlsplit(url)
    place = f"{parts.netloc}{parts.path}"
    if (
        parts.path == "/playlist"
        and parts.netloc.lower().endswith("youtube.com")
        and "list" in parse_qs(parts.query)
    ):
        return f"https://www.youtube.com/feeds/videos.xml?playlist_id={parse_qs(parts.query)['list'][0]}"
    for page, feed in _FEEDS:
        if match := page.match(place):
            return match.expand(feed)
    return None


def platform_list(url: str) -> dict[str, str] | None:
    """Return the keys of the list that a platform's page without a feed is: Telegram's public pages of channels."""
    parts = urlsplit(url)
    match = _TELEGRAM.match(f"{parts.netloc}{parts.path}")
    return None if match is None else {"url": f"https://t.me/s/{match[1]}", **TELEGRAM_KEYS}
