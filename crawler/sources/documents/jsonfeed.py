"""JSON Feed 1.0 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from crawler.errors import FeedError
from crawler.sources.documents.entries import Draft, finish
from crawler.sources.documents.passages import FeedText
from crawler.sources.documents.published import date_reader
from crawler.text.dates import DateReader
from crawler.text.html_text import clean, html_to_line
from crawler.urls import resolve
from crawler.values import ParsedFeed
from storage.codes import language_of_tag


def recognises(head: bytes) -> bool:
    """Return whether the document is a JSON object."""
    return head.startswith(b"{")


def parse(body: bytes, *, url: str, content_type: str | None, home: str = "") -> ParsedFeed:
    """Parse a JSON Feed. Raises `FeedError`."""
    try:
        document = json.loads(body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"{url}: broken JSON: {error}") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise FeedError(f"{url}: this JSON is not a JSON Feed: it has no list of items")
    base = resolve(url, _text(document, "home_page_url")) or url
    read = date_reader(_text(document, "language"), url, home)
    drafts = [_draft(item, read) for item in items if isinstance(item, dict)]
    return ParsedFeed(
        kind="json",
        title=clean(_text(document, "title")),
        language=language_of_tag(_text(document, "language")),
        site=base,
        entries=finish(drafts, base=url, site=base),
        hubs=tuple(dict.fromkeys(_hubs(document, url))),
        self_url=resolve(url, _text(document, "feed_url")),
    )


def _hubs(document: dict[str, Any], url: str) -> Iterator[str]:
    hubs = document.get("hubs")
    for hub in hubs if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and _text(hub, "type").lower() == "websub":
            target = resolve(url, _text(hub, "url"))
            if target is not None:
                yield target


def _draft(item: dict[str, Any], read: DateReader) -> Draft:
    content = _text(item, "content_html")
    plain = _text(item, "content_text")
    authors = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    names = [clean(_text(author, "name")) for author in authors or [] if isinstance(author, dict)]
    tags = item.get("tags")
    return Draft(
        guid=_text(item, "id"),
        links=(_text(item, "url"), _text(item, "external_url")),
        title=html_to_line(_text(item, "title")),
        summary=html_to_line(_text(item, "summary")) or clean(plain) or html_to_line(content),
        content=content or FeedText(plain, plain=True).html(),
        author=", ".join(filter(None, names)),
        published=read(_text(item, "date_published") or _text(item, "date_modified")),
        categories=tuple(clean(tag) for tag in tags if isinstance(tag, str))
        if isinstance(tags, list)
        else (),
    )


def _text(source: dict[str, Any], key: str) -> str:
    value = source.get(key)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
