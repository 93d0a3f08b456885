"""Lists in several pages: the pages that follow the first are fetched at the first poll, and read with it as one document."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated

from pydantic import Field

from crawler.errors import FetchError
from crawler.sources.base import Source, SourceRun, UrlSettings, Web
from crawler.urls import host_of
from crawler.values import FetchRequest, Response

MOST_PAGES = 20
_MARK = b"\x00tocsin next page "
_END = b"\x00"

Next = Callable[[bytes, str], str | None]
"""Finds the address of the next page in a page's body and address."""


class PagedSettings(UrlSettings):
    """The keys of a list in several pages."""

    pages: Annotated[int, Field(ge=1, le=MOST_PAGES)] = 1


class PagedSource(Source):
    """A source in several pages: at its first poll, up to `pages` of them are fetched. Subclasses implement `next_page`."""

    async def fetch(self, run: SourceRun, web: Web) -> Response:
        """Return the document; at the first poll with the pages that follow it."""
        response, settings = await super().fetch(run, web), run.settings
        if run.state or not isinstance(settings, PagedSettings) or settings.pages == 1:
            return response
        find = partial(self.next_page, settings=settings)
        return await followed(response, web, settings.pages, find, accept=self.accept, is_page=self.is_page)

    def next_page(self, body: bytes, url: str, settings: PagedSettings) -> str | None:
        """Return the address of the page that follows; None where there is none."""
        raise NotImplementedError


async def followed(
    first: Response,
    web: Web,
    pages: int,
    find: Next,
    *,
    accept: str = "*/*",
    is_page: bool = False,
) -> Response:
    """Return the answer with the pages that follow it on the same host, up to `pages` in all.

    What can't be fetched ends it.
    """
    bodies, seen, response = [first.body], {first.url}, first
    while response.is_success and len(bodies) < pages:
        following = await asyncio.to_thread(find, response.body, response.url)  # it reads HTML
        if following is None or following in seen or host_of(following) != host_of(first.url):
            break
        seen.add(following)
        try:
            response = await web(FetchRequest(following, accept=accept, is_page=is_page))
        except FetchError:
            break
        if response.is_success:
            bodies.append(_MARK + response.url.encode() + _END + response.body)
    return first if len(bodies) == 1 else replace(first, body=b"".join(bodies))


def parts(body: bytes, url: str) -> Iterator[tuple[bytes, str]]:
    """Yield the pages of a document, each with its address."""
    first, *others = body.split(_MARK)
    yield first, url
    for other in others:
        address, _, page = other.partition(_END)
        yield page, address.decode(errors="replace")
