"""Replayed outlets: one server on loopback that the service uses as its forward proxy, so that any host name needs no DNS."""

from __future__ import annotations

import asyncio
import html
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from urllib.parse import urlsplit

from aiohttp import web

Answer = Callable[[web.BaseRequest], web.StreamResponse | Awaitable[web.StreamResponse]]


class ReplayOutlets:
    """Answers by full URL. `script[url]` is a list: its answers are given in turn, the last one from then on."""

    def __init__(self) -> None:
        self.script: dict[str, list[Answer]] = defaultdict(list)
        self.asked: list[tuple[str, str | None]] = []
        """Every request: its URL and its If-None-Match."""
        self._arrived = asyncio.Condition()

    async def __aenter__(self) -> ReplayOutlets:
        self._runner = web.ServerRunner(web.Server(self._handle), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.proxy = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    def times(self, url: str) -> int:
        """How often a URL was asked for."""
        return sum(asked == url for asked, _etag in self.asked)

    async def wait_for(self, condition: Callable[[], bool], *, seconds: float = 120) -> None:
        """Wait until `condition` holds after a request."""
        async with asyncio.timeout(seconds), self._arrived:
            await self._arrived.wait_for(condition)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        url = f"http://{request.headers['Host']}{urlsplit(str(request.url)).path}"
        self.asked.append((url, request.headers.get("If-None-Match")))
        answers = self.script.get(url)
        answer = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else not_found
        async with self._arrived:
            self._arrived.notify_all()
        response = answer(request)
        return response if isinstance(response, web.StreamResponse) else await response


def not_found(_request: web.BaseRequest) -> web.Response:
    return web.Response(status=404)


def status(code: int, **headers: str) -> Answer:
    return lambda _request: web.Response(
        status=code, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def raw(body: bytes, **headers: str) -> Answer:
    """These bytes, under these headers."""
    return lambda _request: web.Response(
        body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def zipped(answer: Answer) -> Answer:
    """The same answer, compressed on its way."""

    def compress(request: web.BaseRequest) -> web.StreamResponse:
        response = answer(request)
        assert isinstance(response, web.StreamResponse)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    return compress


def stuck(part: bytes, until: asyncio.Event) -> Answer:
    """Send the first part of a body, and then nothing until the event."""

    async def dawdle(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(part)
        await until.wait()
        return response

    return dawdle


def broken_off(part: bytes, **headers: str) -> Answer:
    """Send the first part of a body that says to be twice as long, and closes the connection."""

    async def close(request: web.BaseRequest) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = web.StreamResponse(headers={**named, "Content-Length": str(2 * len(part))})
        await response.prepare(request)
        await response.write(part)
        assert request.transport is not None
        request.transport.close()
        return response

    return close


def feed(
    *items: tuple[str, str],
    etag: str = '"1"',
    encoding: str = "utf-8",
    end: str = "</channel></rss>",
    at: datetime | None = None,
) -> Answer:
    """A feed of (link, title), published `at` (now, if not given), which answers 304 to its ETag."""
    date = format_datetime(at or datetime.now(UTC))
    entries = "".join(
        f"<item><guid>{link}</guid><link>{link}</link><title>{html.escape(title)}</title><pubDate>{date}</pubDate></item>"
        for link, title in items
    )
    body = f"<rss version='2.0'><channel><title>Replay</title>{entries}{end}".encode(encoding)

    def answer(request: web.BaseRequest) -> web.Response:
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(
            body=body, headers={"ETag": etag, "Content-Type": "application/rss+xml; charset=utf-8"}
        )

    return answer


def page(title: str, body: str) -> Answer:
    name = html.escape(title)
    article = f"<article><h1>{name}</h1>{body}</article>"
    document = f"<html><head><title>{name}</title></head><body>{article}</body></html>"
    return lambda _request: web.Response(text=document, content_type="text/html")


def paragraphs(*lines: str) -> str:
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)
