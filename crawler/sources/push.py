"""The source `push`: articles that a collector of the user's own hands over, by the API."""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from crawler.errors import FeedError
from crawler.sources.base import Source, SourceDocument, SourceSettings
from crawler.sources.documents.entries import Draft, finish
from crawler.sources.documents.passages import FeedText
from crawler.sources.documents.published import date_reader
from crawler.text.html_text import clean, html_to_line
from crawler.values import ParsedFeed


class PushSettings(SourceSettings):
    """`name` is what the collector calls its source: no other source of any outlet has it."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class PushSource(Source):
    """Articles in JSON, each an object with `url` or `id`, and `title`, `text` (or `html`), `summary`, `author`, `published`."""

    kind: ClassVar[str] = "push"
    doc: ClassVar[str] = "articles that your own collector sends to POST /api/v1/articles, under a name"
    settings: ClassVar[type[SourceSettings]] = PushSettings
    is_polled: ClassVar[bool] = False

    @override
    def address(self, settings: SourceSettings) -> str:
        if not isinstance(settings, PushSettings):
            raise TypeError(f"{type(settings).__name__} has no name")
        return address_of(settings.name)

    @override
    def host(self, settings: SourceSettings) -> str:
        return "push.invalid"  # RFC 6761 §6.4: no host; nothing is asked

    @override
    def read(self, document: SourceDocument) -> ParsedFeed:
        try:
            articles = json.loads(document.body)
        except ValueError as error:
            raise FeedError(f"{document.url}: this is not JSON: {error}") from error
        read = date_reader("", document.url, document.home)
        drafts = [
            _draft(article)._replace(published=read(_text(article, "published"))) for article in articles
        ]
        return ParsedFeed("push", "", None, "", finish(drafts, base="", site=""))


def address_of(name: str) -> str:
    """Return what the source of a collector's name is stored under."""
    return f"push:{name}"


def _draft(article: dict[str, Any]) -> Draft:
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
