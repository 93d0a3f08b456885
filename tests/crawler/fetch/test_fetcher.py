"""The fetcher against real servers on loopback."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import brotli
import pytest
from aiohttp import web
from backports import zstd

from crawler.errors import FetchError
from crawler.fetch import Fetcher, FetcherOptions
from crawler.values import FetchRequest, Redirect
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


async def test_compressed_bomb_is_stopped(serve: Serve) -> None:
    bomb = gzip.compress(bytes(300_000_000), compresslevel=1)

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serve(answer) as url, Fetcher(options(max_body_bytes=5_000_000)) as fetcher:
        with pytest.raises(FetchError, match="larger than 5 MB") as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "too_large"


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
