"""Which other sites an article's prose links to: what it cites. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import lxml.html

from crawler.extract.lines import Line
from crawler.unwrapping import plain_host, unwrapped
from crawler.urls import resolve

MOST = 12
"""Of one article."""
LONGEST = 500
_NO_OUTLETS = re.compile(
    r"(?:.+\.)?(?:facebook|fb|instagram|twitter|x|t|threads|tiktok|youtube|youtu|linkedin|pinterest|snapchat|reddit|whatsapp|wa|"
    r"telegram|vk|weibo|bsky|discord|twitch|spotify|soundcloud|vimeo|dailymotion|flickr|google|goo|bing|yahoo|apple|microsoft|"
    r"amazon|amzn|ebay|paypal|patreon|gofundme|change|wikipedia|wikimedia|wikidata|archive|doi|github|bit|tinyurl|ow|dlvr|buff|"
    r"linktr|substackcdn|cloudfront|cloudflare|akamaihd|gravatar|addtoany|addthis|sharethis|disqus|typeform|surveymonkey|"
    r"eventbrite|mailchimp|list-manage|booking|tripadvisor|airbnb|imdb|goodreads|doubleclick|w3|schema|mozilla|adobe|"
    r"feedburner|creativecommons|anrdoezrs|dpbolvw|jdoqocy|kqzyfj|tkqlhce|awin1|shareasale|linksynergy|skimresources|viglink|"
    r"sjv|pxf|evyy)\.(?:com?|org|net|be|me|co|ly|gl|it|tv|ru|social|ee|app|gg|cn|to|io)(?:\.\w\w)?"
)
"""Platforms, shops, searches, encyclopedias, short links and those of advertising: no outlets, whatever links there."""


def find_cites(lines: Iterable[Line], base: str) -> tuple[str, ...]:
    """Return the addresses of other sites that lines of prose link to, the first of each site. `base` is the page's own.

    A line that is nothing but a link ("read also") cites nothing.
    """
    own = _site(base)
    found: dict[str, str] = {}
    for block in dict.fromkeys(line.block for line in lines if line.links and not line.is_link):
        for link in block.iter("a"):
            url = _cited(link, base)
            site = _site(url)
            if site and not _are_one(site, own) and not is_no_outlet(site) and len(url) <= LONGEST:
                found.setdefault(site, url)
    return tuple(found.values())[:MOST]


def is_no_outlet(host: str) -> bool:
    """Return whether a host is a platform, a shop, a search or the like: nothing that is followed as an outlet by its host."""
    return _NO_OUTLETS.fullmatch(host) is not None


def _cited(link: lxml.html.HtmlElement, base: str) -> str:
    href = str(link.get("href") or "").strip()
    if not href.lower().startswith(("http://", "https://", "//")):
        return ""  # its own pages, mail, telephones
    return unwrapped(resolve(base, href) or "")


def _site(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return plain_host(host.lower()) if "." in host.strip(".") else ""


def _are_one(site: str, other: str) -> bool:
    """Return whether two hosts are one outlet's: the same, or one below the other."""
    return site == other or site.endswith(f".{other}") or other.endswith(f".{site}")
