"""The source `list`: a page with links to articles. Selectors say which; without them the rule is learned from the page."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, model_validator
from typing_extensions import override

from crawler.sources.base import SourceDocument, SourceSettings, UrlSettings
from crawler.sources.lists.telling import telling_part
from crawler.sources.paging import PagedSettings, PagedSource
from crawler.values import ParsedFeed


def _selector(text: str) -> str:
    if text:
        from crawler.text.selectors import xpath_of  # here: lists without selectors need none of it

        xpath_of(text)
    return text


Selector = Annotated[str, AfterValidator(_selector)]
"""CSS or XPath; "" where it is left out."""


class PageListSettings(PagedSettings):
    """Where the articles stand on the page. Without `items` that is learned; the other selectors are seen from an item.

    `next` finds the next page, which is followed up to `pages` pages at the first poll.
    """

    items: Selector = ""
    link: Selector = ""
    title: Selector = ""
    date: Selector = ""
    summary: Selector = ""
    next: Selector = ""

    @model_validator(mode="after")
    def _parts_belong_to_items(self) -> PageListSettings:
        if not self.items and any((self.link, self.title, self.date, self.summary)):
            raise ValueError("link, title, date and summary are seen from an item: say items too")
        return self


class ListSource(PagedSource):
    """A page with links."""

    kind: ClassVar[str] = "list"
    doc: ClassVar[str] = "a page with links to articles, learned or by selectors: items, link, title, date"
    settings: ClassVar[type[UrlSettings]] = PageListSettings
    accept: ClassVar[str] = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
    is_page: ClassVar[bool] = True

    def next_page(self, body: bytes, url: str, settings: PagedSettings) -> str | None:
        """Return the address of the page that follows; None where there is none."""
        from crawler.sources.lists.reading import next_page

        return next_page(body, url, settings.next) if isinstance(settings, PageListSettings) else None

    @override
    def telling(self, body: bytes, settings: SourceSettings) -> bytes:
        """Return the page without its scripts, comments and tokens; the whole where selectors may mean these."""
        return body if isinstance(settings, PageListSettings) and settings.items else telling_part(body)

    def read(self, document: SourceDocument) -> ParsedFeed:
        """Return the articles that the page lists, with the rule that was learned as its state."""
        from crawler.sources.lists.reading import (
            read_list,
        )  # here: the service itself reads nothing, workers do

        return read_list(document)
