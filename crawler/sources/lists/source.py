"""The source `list`: a page with links to articles. Selectors say which; without them the rule is learned from the page."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from crawler.sources.base import Source, SourceDocument, SourceRun, UrlSettings, Web
from crawler.sources.paging import MOST_PAGES, followed
from crawler.values import ParsedFeed, Response


def _selector(text: str) -> str:
    if text:
        from crawler.text.selectors import xpath_of  # here: lists without selectors need none of it

        xpath_of(text)
    return text


Selector = Annotated[str, AfterValidator(_selector)]
"""CSS or XPath; "" where it is left out."""


class PageListSettings(UrlSettings):
    """Where the articles stand on the page. Without `items` that is learned; the other selectors are seen from an item.

    `next` finds the next page, which is followed up to `pages` pages at the first poll.
    """

    items: Selector = ""
    link: Selector = ""
    title: Selector = ""
    date: Selector = ""
    summary: Selector = ""
    next: Selector = ""
    pages: Annotated[int, Field(ge=1, le=MOST_PAGES)] = 1

    @model_validator(mode="after")
    def _parts_belong_to_items(self) -> PageListSettings:
        if not self.items and any((self.link, self.title, self.date, self.summary)):
            raise ValueError("link, title, date and summary are seen from an item: say items too")
        return self


class ListSource(Source):
    """A page with links."""

    kind: ClassVar[str] = "list"
    doc: ClassVar[str] = "a page with links to articles, learned or by selectors: items, link, title, date"
    settings: ClassVar[type[UrlSettings]] = PageListSettings
    accept: ClassVar[str] = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"

    async def fetch(self, run: SourceRun, web: Web) -> Response:
        """Return the page; at the first poll with those that follow it."""
        response = await Source.fetch(self, run, web)
        if run.state or not isinstance(run.settings, PageListSettings) or run.settings.pages == 1:
            return response
        from crawler.sources.lists.reading import next_page

        selector = run.settings.next
        return await followed(
            response,
            web,
            run.settings.pages,
            lambda body, url: next_page(body, url, selector),
            accept=self.accept,
        )

    def read(self, document: SourceDocument) -> ParsedFeed:
        """Return the articles that the page lists, with the rule that was learned as its state."""
        from crawler.sources.lists.reading import (
            read_list,
        )  # here: the service itself reads nothing, workers do

        return read_list(document)
