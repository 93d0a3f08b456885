"""Outlets that publish all the time, on loopback: what they served is known, and they can be made to hang."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web

from tests.replay.outlets import ReplayOutlets, feed, page, paragraphs

NAME = "Nasser Bourita"
HUGE_PAGE_BYTES = 9_000_000


@dataclass(frozen=True, slots=True)
class Planted:
    """An article: where it stands, and whether it must alert."""

    url: str
    title: str
    in_title: bool = False
    in_text: bool = False

    @property
    def must_alert(self) -> bool:
        """Return whether it names the tracked person."""
        return self.in_title or self.in_text


class Outlets(ReplayOutlets):
    """`hosts` outlets. `publish` adds an article to each; `served` are those that a feed has told of."""

    def __init__(self, hosts: int) -> None:
        super().__init__()
        self.hosts = hosts
        self.articles: dict[int, list[Planted]] = {host: [] for host in range(hosts)}
        self.served: dict[str, Planted] = {}
        self.work = asyncio.Event()
        """Cleared: every request hangs."""
        self.work.set()

    @property
    def port(self) -> str:
        """Where they listen."""
        return self.proxy.rpartition(":")[2]

    @property
    def published(self) -> int:
        """How many articles there are."""
        return sum(map(len, self.articles.values()))

    def feed_url(self, host: int) -> str:
        """Return a feed's address."""
        return f"http://outlet{host}.example:{self.port}/rss"

    def open(self) -> None:
        """Put the feeds on line."""
        for host in range(self.hosts):
            self.script[self.feed_url(host)] = [self._answer_feed(host)]

    def publish(self, *, huge: bool = False) -> None:
        """Has each outlet publish an article. Every other one names the tracked person, in its title or in its text."""
        for host, articles in self.articles.items():
            number = len(articles)
            # some have a host of their own, whose name was never looked up before
            place = f"outlet{host}.example" if number % 5 else f"live{number}.outlet{host}.example"
            planted = Planted(
                f"http://{place}:{self.port}/a/{number}",
                f"{NAME} at meeting {number}"
                if number % 4 == 2 or huge
                else f"Report {number} of office {host}",
                in_title=number % 4 == 2 or huge,
                in_text=number % 4 == 0 and not huge,
            )
            articles.append(planted)
            self.script[planted.url] = [self._answer_page(planted, host, number, huge=huge)]

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        await self.work.wait()
        return await super()._handle(request)

    def _answer_feed(self, host: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
        def answer(request: web.BaseRequest) -> web.StreamResponse:
            articles = self.articles[host]
            response = feed(
                *((item.url, item.title) for item in reversed(articles)), etag=f'"{len(articles)}"'
            )(request)
            assert isinstance(response, web.StreamResponse)
            if response.status == 200:
                self.served.update((item.url, item) for item in articles)
            return response

        return answer

    def _answer_page(self, planted: Planted, host: int, number: int, *, huge: bool):  # type: ignore[no-untyped-def]  # noqa: ANN202
        if huge:
            return lambda _request: web.Response(
                body=b"<p><b>" * (HUGE_PAGE_BYTES // 6), content_type="text/html"
            )
        who = NAME if planted.in_text else "The minister"
        return page(
            planted.title,
            paragraphs(
                f"{who} opened meeting number {number} of commission {host} in Rabat, where delegations settle trade.",
                f"Paper {number * 7} of the commission deals with ports, and paper {number * 11} with crews at sea.",
            ),
        )
