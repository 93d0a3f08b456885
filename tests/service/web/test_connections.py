"""Connections that keep the page waiting: they are ended, and too many are turned away, while others are served."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from service.open_files import WANTED, file_limit_warning, most_files, raise_file_limit
from service.web.connections import PatientProtocol, most_connections
from service.web.server import WebServer
from storage.addresses import Network


class Hasty(PatientProtocol):
    headers_within = 0.2
    pause = 0.2


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes")


async def who(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.url.scheme} {request.client.host if request.client else ''}")


@asynccontextmanager
async def site(
    protocol: type[PatientProtocol] = Hasty, proxies: Sequence[Network] = ()
) -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"]), Route("/who", who)])
    with WebServer("127.0.0.1:0", protocol, proxies) as server:
        async with server.serving(app, asyncio.Event()):
            yield urlsplit(server.url).port or 0


async def said(port: int, sent: bytes) -> bytes:
    """Send bytes; return all that comes until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(60):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n", id="half of the headers"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nabc", id="half of the body"),
    ],
)
async def test_half_sent_request_is_ended_and_others_are_served(sent: bytes) -> None:
    async with site() as port:
        assert await said(port, sent) == b""
        assert (await said(port, WHOLE)).endswith(b"0 bytes")


async def test_second_request_that_stays_half_sent_is_ended() -> None:
    async with site() as port:
        first = WHOLE.replace(b"Connection: close\r\n", b"")
        assert (await said(port, first + b"GET / HT")).count(b"0 bytes") == 1


@pytest.mark.parametrize(
    ("proxies", "told"),
    [
        pytest.param(["127.0.0.0/8"], b"https 192.0.2.7", id="of a proxy that is trusted"),
        pytest.param(["10.0.0.5/32"], b"http 127.0.0.1", id="of anybody else"),
    ],
)
async def test_word_on_who_asks_is_believed(proxies: list[str], told: bytes) -> None:
    async with site(proxies=[ip_network(proxy) for proxy in proxies]) as port:
        headers = (
            b"Host: a\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
        )
        assert (await said(port, b"GET /who HTTP/1.1\r\n" + headers)).endswith(told)


class Narrow(PatientProtocol):
    most = 3


async def test_connections_beyond_the_share_are_turned_away_until_one_ends() -> None:
    async with site(Narrow) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _one in range(3)]
        for reader, writer in held:
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await reader.readuntil(b"0 bytes")
        assert await said(port, WHOLE) == b""
        held[0][1].close()
        while not await said(port, WHOLE):  # the server sees the end a moment later
            pass
        for _reader, writer in held[1:]:
            writer.close()


def test_page_has_a_share_of_the_files_that_may_be_open() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard))
        assert most_connections() == 256
        raise_file_limit()
        assert most_files() == min(hard, WANTED)
        assert file_limit_warning() is None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
