"""Reading articles that are brought. Pure."""

from __future__ import annotations

import json
from typing import Any

from crawler.errors import FeedError
from crawler.sources.base import SourceDocument
from crawler.sources.documents.entries import Draft, finish
from crawler.sources.documents.passages import FeedText
from crawler.sources.documents.published import date_reader
from crawler.text.html_text import clean, html_to_line
from crawler.values import ParsedFeed


def read_pushed(document: SourceDocument) -> ParsedFeed:
    """Return articles in JSON as entries. Raises `FeedError`."""
    try:
        articles = json.loads(document.body)
    except ValueError as error:
        raise FeedError(f"{document.url}: this is not JSON: {error}") from error
    read = date_reader("", document.url, document.home)
    drafts = [draft_of(article)._replace(published=read(_text(article, "published"))) for article in articles]
    return ParsedFeed("push", "", None, "", finish(drafts, base="", site=""))


def draft_of(article: dict[str, Any]) -> Draft:
    """Return an article as a draft, its date yet to be read."""
    text, markup = _text(article, "text"), _text(article, "html")
    summary = html_to_line(_text(article, "summary"))
    return Draft(
        guid=_text(article, "id"),
        links=(_text(article, "url"),),
        title=html_to_line(_text(article, "title")),
        summary=summary or clean(text) or html_to_line(markup),
        content=markup or (FeedText(text, plain=True).html() if text else ""),
        author=clean(_text(article, "author")),
        published=None,
        categories=(),
    )


def _text(article: dict[str, Any], key: str) -> str:
    value = article.get(key)
    return value if isinstance(value, str) else ""
