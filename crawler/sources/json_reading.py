"""Reading a list in JSON. Pure; it runs in worker processes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import jmespath
from jmespath.exceptions import JMESPathError

from crawler.errors import FeedError
from crawler.sources.base import SourceDocument
from crawler.sources.documents.entries import Draft, finish
from crawler.sources.documents.published import date_reader
from crawler.sources.json_list import JsonSettings
from crawler.sources.paging import parts
from crawler.text.html_text import clean, html_to_line
from crawler.urls import resolve
from crawler.values import ParsedFeed

MOST_ITEMS = 2_000


def read_items(document: SourceDocument) -> ParsedFeed:
    """Return the items of a list as entries. Raises `FeedError`."""
    settings = cast("JsonSettings", document.settings)
    read = date_reader("", document.url, document.home)
    entries = []
    for body, url in parts(document.body, document.url):
        for item in _items(body, url, settings)[:MOST_ITEMS]:
            drafted = _draft(item, settings)
            entries.append(drafted._replace(published=read(_text(item, settings.date))))
    found = finish(entries, base=document.url, site=document.url)
    if entries and not any(entry.url or entry.title for entry in found):
        raise FeedError(
            f"{document.url}: none of the {len(entries)} items has a link or a title where {settings.link!r} and "
            f"{settings.title!r} say"
        )
    feed = ParsedFeed("json-list", "", None, document.url, found)
    return feed if document.state else replace(feed, state={"is_read": True})


def _items(body: bytes, url: str, settings: JsonSettings) -> list[Mapping[str, Any]]:
    """Return the list. Raises `FeedError` where there is none."""
    items = _search(_parsed(body, url), settings.items)
    if not isinstance(items, list):
        kind = "nothing" if items is None else type(items).__name__
        raise FeedError(f"{url}: items = {settings.items!r} finds {kind}, not a list")
    return [item for item in items if isinstance(item, Mapping)]


def _parsed(body: bytes, url: str) -> object:
    try:
        return json.loads(body.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"{url}: this is not JSON: {error}") from error


def _draft(item: Mapping[str, Any], settings: JsonSettings) -> Draft:
    content = _text(item, settings.content)
    return Draft(
        guid=_text(item, settings.id),
        links=(_text(item, settings.link),),
        title=html_to_line(_text(item, settings.title)),
        summary=html_to_line(_text(item, settings.summary)) or html_to_line(content),
        content=content,
        author=clean(_text(item, settings.author)),
        published=None,
        categories=(),
    )


def next_page(body: bytes, url: str, settings: JsonSettings) -> str | None:
    """Return the address of the page that follows; None where there is none."""
    found = _search(_parsed(body, url), settings.next)
    return resolve(url, found) if isinstance(found, str) else None


def _text(item: object, expression: str) -> str:
    value = _search(item, expression) if expression else None
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _search(data: object, expression: str) -> object:
    try:
        return jmespath.search(expression, data)
    except JMESPathError:  # a function of the expression met a value of another type
        return None
