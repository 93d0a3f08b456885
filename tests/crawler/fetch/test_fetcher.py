"""The fetcher against real servers on loopback: requests, errors, addresses."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import struct
import termios
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web
from scrapy.utils.reactor import is_reactor_installed

from crawler.errors import FetchError
from crawler.fetch import Fetcher
from crawler.values import FetchRequest
from storage.addresses import AddressInfo
from tests.certificates import make_certificate
from tests.crawler.fetch.conftest import AGENT, Serve, options

NO_URLS = {"2130706433", "127.1", "0177.0.0.1"}
"""Spellings of 127.0.0.1 that the HTTP library does not even take for an address."""


@pytest.mark.parametrize("status", [200, 204, 304, 403, 404, 410, 429, 500, 503])
async def test_every_status_is_an_answer(serve: Serve, status: int) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "7"})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        response = await fetcher.fetch(FetchRequest(url))
    assert (response.status, response.headers["retry-after"]) == (status, "7")


async def test_scrapy_runs_as_this_run_says() -> None:
    """Without Twisted's reactor as in the service, or on it in the run that `test_reactor.py` makes."""
    async with Fetcher(options()):
        assert is_reactor_installed() is ("TOCSIN_TEST_REACTOR" in os.environ)


async def test_request_is_conditional_and_says_who_asks(serve: Serve) -> None:
    seen: list[web.BaseRequest] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return web.Response(status=304)

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        await fetcher.fetch(
            FetchRequest(url, etag='W/"1"', last_modified="Mon, 02 Mar 2026 12:00:00 GMT", accept="text/html")
        )
    headers = seen[0].headers
    assert headers["User-Agent"] == AGENT
    assert headers["If-None-Match"] == 'W/"1"'
    assert headers["If-Modified-Since"] == "Mon, 02 Mar 2026 12:00:00 GMT"
    assert headers["Accept"] == "text/html"
    assert "Cookie" not in headers


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname",
        "data:text/plain,hello",
        "ftp://127.0.0.1/x",
        "http://",
        "nonsense",
    ],
)
async def test_other_schemes_are_refused(url: str) -> None:
    async with Fetcher(options()) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "url"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "2130706433",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
    ],
)
async def test_private_address_is_refused_in_any_spelling(serve: Serve, host: str) -> None:
    asked = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(request)
        return web.Response()

    async with serve(answer) as url, Fetcher(options(allow_networks=())) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(f"http://{host}:{url.rpartition(':')[2]}/"))
    assert caught.value.kind == ("url" if host in NO_URLS else "address")
    assert asked == []


async def test_name_that_is_not_there() -> None:
    async with Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match=r"name nowhere\.invalid can't be found") as caught:
            await fetcher.fetch(FetchRequest("http://user:secret@nowhere.invalid/rss"))
    assert caught.value.kind == "dns"
    assert "secret" not in str(caught.value)


async def test_closed_port() -> None:
    async with Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match="can't connect to 127") as caught:
            await fetcher.fetch(FetchRequest("http://127.0.0.1:1/"))
    assert caught.value.kind == "connect"


async def test_proxy_is_asked_for_names_that_need_no_dns(serve: Serve) -> None:
    seen = []

    async def proxy(request: web.BaseRequest) -> web.Response:
        seen.append(
            (request.headers["Host"], request.raw_path if hasattr(request, "raw_path") else request.path)
        )
        return web.Response(text="by proxy")

    async with serve(proxy) as url, Fetcher(options(proxy=url, allow_networks=())) as fetcher:
        response = await fetcher.fetch(FetchRequest("http://gazette.example/rss"))
        with pytest.raises(FetchError, match="not a public address"):
            await fetcher.fetch(FetchRequest("http://169.254.169.254/latest"))
        with pytest.raises(FetchError, match="not a public address"):
            await fetcher.fetch(FetchRequest("http://2130706433/"))
    assert response.body == b"by proxy"
    assert [host for host, _path in seen] == ["gazette.example"]


async def test_closing_does_not_wait_for_a_hanging_host(serve: Serve) -> None:
    arrived = asyncio.Event()

    async def answer(_request: web.BaseRequest) -> web.Response:
        arrived.set()
        await asyncio.Event().wait()
        return web.Response()

    async with serve(answer) as url:
        async with Fetcher(options()) as fetcher:
            task = asyncio.create_task(fetcher.fetch(FetchRequest(url)))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with asyncio.timeout(60):
            async with Fetcher(options()):
                pass


async def test_certificate_that_no_one_vouches_for_is_refused(serve: Serve, tmp_path: Path) -> None:
    asked = 0

    async def answer(_request: web.BaseRequest) -> web.Response:
        nonlocal asked
        asked += 1
        return web.Response()

    async with serve(answer, make_certificate(tmp_path).context) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match=r"the certificate of 127\.0\.0\.1 is not valid: self") as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "tls"
    assert asked == 0


async def raw_answer(reply: bytes, *, reset: bool = False) -> tuple[asyncio.Server, str]:
    """Serve the same bytes to every connection, then closes it, or resets it once the bytes have arrived."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            writer.write(reply)
            await writer.drain()
            if reset:
                sock = writer.get_extra_info("socket")
                while struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)))[0]:  # noqa: ASYNC110  (the kernel tells no event of it)
                    await asyncio.sleep(0)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + b"X-Flood: 1\r\n" * 100_000 + b"\r\n", id="a hundred thousand headers"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 9_000_000 + b"\r\n\r\n", id="a header of 9 MB"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", id="negative length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n<rss>", id="broken off"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="broken chunk"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n", id="no last chunk"
        ),
        pytest.param(b"SSH-2.0-OpenSSH_9.9\r\n", id="no HTTP"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_hostile_or_broken_answer_is_one_error(reply: bytes) -> None:
    server, url = await raw_answer(reply)
    async with server, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "connect"
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("status_line", [b"HTTP/1.0 200 OK", b"HTTP/1.1 200 OK\r\nConnection: close"])
async def test_body_that_only_the_connection_ends_is_whole_unless_that_was_reset(status_line: bytes) -> None:
    reply = status_line + b"\r\n\r\n<rss>"
    async with Fetcher(options()) as fetcher:
        server, url = await raw_answer(reply)
        async with server:
            assert (await fetcher.fetch(FetchRequest(url))).body == b"<rss>"
        server, url = await raw_answer(reply, reset=True)
        async with server:
            with pytest.raises(FetchError, match="broke off"):
                await fetcher.fetch(FetchRequest(url))


async def test_repeated_and_odd_headers_are_text(serve: Serve) -> None:
    reply = (
        b"HTTP/1.1 200 OK\r\nLink: <a>; rel=hub\r\nLink: <b>; rel=self\r\nX-Utf8: caf\xc3\xa9\r\n"
        b"X-Latin: caf\xe9\r\nContent-Length: 0\r\n\r\n"
    )
    server, url = await raw_answer(reply)
    async with server, Fetcher(options()) as fetcher:
        headers = (await fetcher.fetch(FetchRequest(url))).headers
    assert headers["link"] == "<a>; rel=hub, <b>; rel=self"
    assert (headers["x-utf8"], headers["x-latin"]) == ("café", "café")


async def test_cookies_are_not_kept(serve: Serve) -> None:
    seen = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        return web.Response(headers={"Set-Cookie": "id=1; Path=/"})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        await fetcher.fetch(FetchRequest(url))
        await fetcher.fetch(FetchRequest(url))
    assert seen == [None, None]


async def test_name_whose_address_changes_is_judged_by_the_address_dialled(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name answers with a public address when it is looked at, with a private one when it is dialled."""
    asked = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(request)
        return web.Response()

    answers = iter(["93.184.215.14", "127.0.0.1", "127.0.0.1", "127.0.0.1"])
    real = socket.getaddrinfo

    def rebinding(host: str, port: int, *arguments: int) -> Sequence[AddressInfo]:
        return real(next(answers) if host == "rebind.example" else host, port, *arguments)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    async with serve(answer) as url, Fetcher(options(allow_networks=())) as fetcher:
        assert socket.getaddrinfo("rebind.example", 80)[0][4][0] == "93.184.215.14"
        with pytest.raises(FetchError, match=r"127\.0\.0\.1 is not a public address") as caught:
            await fetcher.fetch(FetchRequest(f"http://rebind.example:{url.rpartition(':')[2]}/"))
    assert caught.value.kind == "address"
    assert asked == []


async def test_request_that_is_given_up_is_given_up_on_the_network() -> None:
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        assert await reader.read() == b""  # the other side has closed
        writer.close()
        gone.set()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server, Fetcher(options()) as fetcher:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        task = asyncio.create_task(fetcher.fetch(FetchRequest(url)))
        await arrived.wait()
        task.cancel()
        async with asyncio.timeout(60):
            await gone.wait()


async def test_one_slow_host_delays_no_other(serve: Serve) -> None:
    stuck = asyncio.Event()

    async def hang(_request: web.BaseRequest) -> web.Response:
        stuck.set()
        await asyncio.Event().wait()
        return web.Response()

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(text="here")

    async with serve(hang) as slow, serve(answer) as quick, Fetcher(options()) as fetcher:
        hanging = [asyncio.create_task(fetcher.fetch(FetchRequest(f"{slow}/{n}"))) for n in range(20)]
        await stuck.wait()
        async with asyncio.timeout(60):
            assert (await fetcher.fetch(FetchRequest(quick))).body == b"here"
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
