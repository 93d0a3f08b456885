"""The fetcher against real servers on loopback."""

from __future__ import annotations

import asyncio
import gzip
import socket
import tracemalloc
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import brotli
import pytest
from aiohttp import web
from backports import zstd

from crawler.errors import FetchError
from crawler.fetch import Fetcher, FetcherOptions
from crawler.values import FetchRequest, Redirect
from storage.addresses import AddressInfo
from tests.certificates import make_certificate
from tests.crawler.fetch.conftest import Serve

NO_URLS = {"2130706433", "127.1", "0177.0.0.1"}
"""Spellings of 127.0.0.1 that the HTTP library does not even take for an address."""
LOOPBACK = (ip_network("127.0.0.0/8"),)
AGENT = "Tocsin/0 (+https://tocsin.example)"


def options(**changes: object) -> FetcherOptions:
    return FetcherOptions(**{"user_agent": AGENT, "allow_networks": LOOPBACK, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [200, 204, 304, 403, 404, 410, 429, 500, 503])
async def test_every_status_is_an_answer(serve: Serve, status: int) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "7"})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        response = await fetcher.fetch(FetchRequest(url))
    assert (response.status, response.headers["retry-after"]) == (status, "7")


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


async def test_redirects_are_followed_and_told(serve: Serve) -> None:
    hops = {"/a": (301, "/b"), "/b": (302, "/c")}

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path in hops:
            status, target = hops[request.path]
            return web.Response(status=status, headers={"Location": target})
        return web.Response(text="here")

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        response = await fetcher.fetch(FetchRequest(f"{url}/a"))
    assert (response.url, response.body) == (f"{url}/c", b"here")
    assert response.redirects == (Redirect(301, f"{url}/b"), Redirect(302, f"{url}/c"))


async def test_redirect_loop_ends(serve: Serve) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "/again"})

    async with serve(answer) as url, Fetcher(options(max_redirects=3)) as fetcher:
        with pytest.raises(FetchError, match="more than 3 redirects") as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "redirects"


@pytest.mark.parametrize("target", ["file:///etc/hostname", "data:text/plain,hello", "ftp://127.0.0.1/x"])
async def test_redirect_to_another_scheme_is_not_followed(serve: Serve, target: str) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        assert (await fetcher.fetch(FetchRequest(url))).status == 302


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


async def test_redirect_to_a_private_address_is_refused(serve: Serve) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        port = request.url.port
        return web.Response(status=302, headers={"Location": f"http://127.0.0.2:{port}/"})

    only_first = (ip_network("127.0.0.1/32"),)
    async with serve(answer) as url, Fetcher(options(allow_networks=only_first)) as fetcher:
        with pytest.raises(FetchError, match=r"127\.0\.0\.2 is not a public address"):
            await fetcher.fetch(FetchRequest(url))


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
)
async def test_compressed_body_is_unpacked(serve: Serve, encoding: str, compress: object) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=compress(b"news " * 1000), headers={"Content-Encoding": encoding})  # type: ignore[operator]

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        assert (await fetcher.fetch(FetchRequest(url))).body == b"news " * 1000


async def test_endless_body_is_cut_off(serve: Serve) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        while True:
            await response.write(bytes(65536))

    async with serve(answer) as url, Fetcher(options(max_body_bytes=1_000_000)) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "too_large"


async def test_slow_drip_is_bounded_by_the_timeout(serve: Serve) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.05)

    async with serve(answer) as url, Fetcher(options(timeout=timedelta(seconds=0.5))) as fetcher:
        with pytest.raises(FetchError, match=r"within 0\.5 s") as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "timeout"


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
        async with asyncio.timeout(5):
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


def packed(data: bytes, encoding: str) -> bytes:
    """Gives data in a content encoding (several from left to right)."""
    for name in encoding.split(", "):
        data = COMPRESS[name](data)
    return data


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, compresslevel=1),
    "deflate": partial(zlib.compress, level=1),
    "br": partial(brotli.compress, quality=1),
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, br", "deflate, gzip"])
async def test_bomb_is_stopped_while_it_streams(serve: Serve, encoding: str) -> None:
    bomb = packed(bytes(30_000_000), encoding)

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": encoding})

    tracemalloc.start()
    try:
        async with serve(answer) as url, Fetcher(options(max_body_bytes=2_000_000)) as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch(FetchRequest(url))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.kind == "too_large"
    assert peak < 20_000_000


async def test_body_that_says_it_is_too_large_is_not_read(serve: Serve) -> None:
    asked_on = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "9000000000"})
        await response.prepare(request)
        await asked_on.wait()
        return response

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(url))
        asked_on.set()
    assert caught.value.kind == "too_large"


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        pytest.param("deflate", raw_deflate(b"news"), b"news", id="deflate without its header"),
        pytest.param("gzip", gzip.compress(b"ne") + gzip.compress(b"ws"), b"news", id="two gzip members"),
        pytest.param("gzip", gzip.compress(b"news") + bytes(9), b"news", id="padding"),
        pytest.param("zstd", zstd.compress(b"ne") + zstd.compress(b"ws"), b"news", id="two zstd frames"),
        pytest.param("gzip", b"<rss/>", b"<rss/>", id="not packed at all"),
        pytest.param("gzip, br", packed(b"news", "gzip, br"), b"news", id="one in the other"),
        pytest.param("x-gzip", gzip.compress(b"news"), b"news", id="old name"),
        pytest.param("", b"news", b"news", id="empty name"),
    ],
)
async def test_encodings_in_the_wild(serve: Serve, encoding: str, body: bytes, expected: bytes) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        assert (await fetcher.fetch(FetchRequest(url))).body == expected


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate"])
async def test_body_in_another_encoding_than_said_is_an_error(serve: Serve, encoding: str) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"<rss>" * 9, headers={"Content-Encoding": encoding})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match="can't be unpacked") as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "encoding"


async def raw_answer(reply: bytes) -> tuple[asyncio.Server, str]:
    """Serves the same bytes to every connection, then closes it."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            writer.write(reply)
            await writer.drain()
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


async def test_redirect_from_http_to_https_is_followed(serve: Serve, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)

    async def secure(_request: web.BaseRequest) -> web.Response:
        return web.Response()

    async with serve(secure, certificate.context) as target:

        async def answer(_request: web.BaseRequest) -> web.Response:
            return web.Response(status=301, headers={"Location": target})

        async with serve(answer) as url, Fetcher(options()) as fetcher:
            with pytest.raises(FetchError) as caught:  # it went there, and looked at the certificate
                await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "tls"


async def test_timeout_counts_over_all_redirects(serve: Serve) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        await asyncio.sleep(0.15)
        return web.Response(status=302, headers={"Location": "/again"})

    slow = options(max_redirects=1_000, timeout=timedelta(seconds=0.5))
    async with serve(answer) as url, Fetcher(slow) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "timeout"


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
        async with asyncio.timeout(5):
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
        async with asyncio.timeout(5):
            assert (await fetcher.fetch(FetchRequest(quick))).body == b"here"
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
