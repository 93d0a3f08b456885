"""HTML where a feed should be: never parsed as one, but asked for the feeds that it names."""

from __future__ import annotations

import re

import lxml.etree
import lxml.html

from crawler.errors import FeedError
from crawler.urls import resolve
from crawler.values import ParsedFeed

FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)

_HTML = re.compile(rb"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!doctype\s+html|<html|<head|<body)", re.DOTALL)


def recognises(head: bytes) -> bool:
    """Tells whether the document is a web page."""
    return _HTML.match(head) is not None


def parse(body: bytes, *, url: str, content_type: str | None) -> ParsedFeed:
    """Raises `FeedError`: a web page is no feed. The error offers the feeds that the page names."""
    found = linked_feeds(body, url=url)
    hint = f"; it names {', '.join(found)}" if found else ""
    raise FeedError(f"{url}: this is a web page, not a feed{hint}", alternates=found)


def linked_feeds(body: bytes, *, url: str) -> tuple[str, ...]:
    """Gives the feeds that a page names by `<link rel="alternate">`, in its order, absolute."""
    try:
        page = lxml.html.document_fromstring(body)
    except (lxml.etree.LxmlError, ValueError):
        return ()
    base = resolve(url, page.base_url or "") or url
    found = []
    for link in page.iterfind(".//link[@href]"):
        relations = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        target = resolve(base, link.get("href") or "")
        if "alternate" in relations and kind in FEED_TYPES and target is not None:
            found.append(target)
    return tuple(dict.fromkeys(found))
