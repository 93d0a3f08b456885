"""The source `json`: a list of articles that an API gives as JSON (WordPress, a ministry's portal, an app's data).

Where each part stands is said in JMESPath (jmespath.org). WordPress's own names are the defaults.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from crawler.sources.base import SourceDocument, UrlSettings
from crawler.sources.paging import PagedSettings, PagedSource
from crawler.values import ParsedFeed


def _expression(text: str) -> str:
    import jmespath  # here: lists by WordPress's names need no check
    from jmespath.exceptions import JMESPathError

    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(
            f"{text!r} is not a JMESPath expression: {str(error).splitlines()[0].rstrip(':')}"
        ) from error
    return text


Expression = Annotated[str, Field(min_length=1), AfterValidator(_expression)]
"""A JMESPath expression."""
Part = Annotated[str, AfterValidator(lambda text: _expression(text) if text else text)]
"""One that may be left out: ""."""


class JsonSettings(PagedSettings):
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


class JsonSource(PagedSource):
    """A list in JSON."""

    kind: ClassVar[str] = "json"
    doc: ClassVar[str] = "a list of articles in JSON; items, link, title, date, summary in JMESPath"
    settings: ClassVar[type[UrlSettings]] = JsonSettings
    accept: ClassVar[str] = "application/json, */*;q=0.1"

    def next_page(self, body: bytes, url: str, settings: PagedSettings) -> str | None:
        """Return the address of the page that follows; None where there is none."""
        from crawler.sources.json_reading import next_page

        return next_page(body, url, settings) if isinstance(settings, JsonSettings) else None

    def read(self, document: SourceDocument) -> ParsedFeed:
        """Return the items as entries."""
        from crawler.sources.json_reading import (
            read_items,
        )  # here: the service itself reads nothing, workers do

        return read_items(document)
