"""Lists in several pages: the pages that follow the first are had at the first poll, and read with it as one document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from crawler.errors import FetchError
from crawler.urls import host_of
from crawler.values import FetchRequest, Response

MOST_PAGES = 20
_MARK = b"\x00tocsin next page "
_END = b"\x00"

Next = Callable[[bytes, str], str | None]
"""Finds the address of the next page in a page's body and address."""


async def followed(
    first: Response,
    web: Callable[[FetchRequest], Awaitable[Response]],
    pages: int,
    find: Next,
    *,
    accept: str = "*/*",
) -> Response:
    """Return the answer with the pages that follow it on the same host, up to `pages` in all; what can't be had is left out."""
    bodies, seen, response = [first.body], {first.url}, first
    while response.is_success and len(bodies) < pages:
        following = find(response.body, response.url)
        if following is None or following in seen or host_of(following) != host_of(first.url):
            break
        seen.add(following)
        try:
            response = await web(FetchRequest(following, accept=accept))
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
