"""The source `json`: a list of articles that an API gives as JSON (WordPress, a ministry's portal, an app's data).

Where each part stands is said in JMESPath (jmespath.org). WordPress's own names are the defaults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, cast

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field

from crawler.errors import FeedError
from crawler.sources.base import Source, SourceDocument, SourceRun, UrlSettings, Web
from crawler.sources.documents.entries import Draft, finish
from crawler.sources.documents.published import date_reader
from crawler.sources.paging import MOST_PAGES, followed, parts
from crawler.text.html_text import clean, html_to_line
from crawler.urls import resolve
from crawler.values import ParsedFeed, Response

MOST_ITEMS = 2_000


def _expression(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"{text!r} is not a JMESPath expression: {str(error).splitlines()[0]}") from error
    return text


Expression = Annotated[str, Field(min_length=1), AfterValidator(_expression)]
"""A JMESPath expression."""
Part = Annotated[str, AfterValidator(lambda text: _expression(text) if text else text)]
"""One that may be left out: ""."""


class JsonSettings(UrlSettings):
    """Where the list stands in the document, and in each of its items the parts of an entry; "" where there is none.

    `next` finds the address of the next page, which is followed up to `pages` pages at the first poll.
    """

    items: Expression = "[]"
    link: Expression = "link"
    title: Expression = "title.rendered || title"
    date: Part = "date_gmt || date || published_at || published || pubDate"
    summary: Part = "excerpt.rendered || summary || description"
    content: Part = "content.rendered"
    author: Part = ""
    id: Part = ""
    next: Part = ""
    pages: Annotated[int, Field(ge=1, le=MOST_PAGES)] = 1


class JsonSource(Source):
    """A list in JSON."""

    kind: ClassVar[str] = "json"
    doc: ClassVar[str] = "a list of articles in JSON; items, link, title, date, summary in JMESPath"
    settings: ClassVar[type[UrlSettings]] = JsonSettings
    accept: ClassVar[str] = "application/json, */*;q=0.1"

    async def fetch(self, run: SourceRun, web: Web) -> Response:
        """Return the document; at the first poll with the pages that follow it."""
        response = await Source.fetch(self, run, web)
        if run.state or not isinstance(run.settings, JsonSettings) or not run.settings.next:
            return response
        settings = run.settings
        return await followed(
            response,
            web,
            settings.pages,
            lambda body, url: _next_page(body, url, settings),
            accept=self.accept,
        )

    def read(self, document: SourceDocument) -> ParsedFeed:
        """Return the items as entries."""
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


def _next_page(body: bytes, url: str, settings: JsonSettings) -> str | None:
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
