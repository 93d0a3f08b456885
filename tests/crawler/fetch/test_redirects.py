"""Redirects against real servers on loopback: followed, told, bounded, and sent through a gate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web

from crawler.errors import FetchError
from crawler.fetch import Fetcher
from crawler.values import FetchRequest, Redirect
from tests.certificates import make_certificate
from tests.crawler.fetch.conftest import Serve, options


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


async def test_each_redirect_passes_the_gate_before_it_is_asked(serve: Serve) -> None:
    passed: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        passed.append(f"asked {request.path}")
        steps = {"/a": "/b", "/b": "/c"}
        if request.path in steps:
            return web.Response(status=302, headers={"Location": steps[request.path]})
        return web.Response()

    @asynccontextmanager
    async def gate(url: str) -> AsyncIterator[None]:
        passed.append(f"in {url[-2:]}")
        yield
        passed.append(f"out {url[-2:]}")

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        await fetcher.fetch(FetchRequest(f"{url}/a"), gate=gate)
    assert passed == ["asked /a", "in /b", "asked /b", "out /b", "in /c", "asked /c", "out /c"]


async def test_wait_at_the_gate_does_not_count_against_the_timeout(serve: Serve) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302 if request.path == "/a" else 200, headers={"Location": "/b"})

    @asynccontextmanager
    async def gate(_url: str) -> AsyncIterator[None]:
        await asyncio.sleep(2.5)
        yield

    async with serve(answer) as url, Fetcher(options(timeout=timedelta(seconds=2))) as fetcher:
        assert (await fetcher.fetch(FetchRequest(f"{url}/a"), gate=gate)).status == 200


async def test_gate_that_sends_away_ends_the_request(serve: Serve) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        assert request.path == "/a"
        return web.Response(status=302, headers={"Location": "/b"})

    @asynccontextmanager
    async def gate(url: str) -> AsyncIterator[None]:
        if url.endswith("/b"):
            raise FetchError("it rests", kind="wait", url=url, retry_after=timedelta(seconds=7))
        yield

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(f"{url}/a"), gate=gate)
    assert (caught.value.kind, caught.value.url, caught.value.retry_after) == (
        "wait",
        f"{url}/b",
        timedelta(seconds=7),
    )


async def test_error_after_a_redirect_names_who_failed(serve: Serve) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://127.0.0.1:1/rss"})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match=f"^{url}/a: can't connect to 127") as caught:
            await fetcher.fetch(FetchRequest(f"{url}/a"))
    assert caught.value.url == "http://127.0.0.1:1/rss"


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
    ("host", "kind"),
    [
        pytest.param("127.0.0.2", "address", id="loopback"),
        pytest.param("169.254.169.254", "address", id="link-local"),
        pytest.param("10.0.0.1", "address", id="private"),
        pytest.param("[::ffff:127.0.0.2]", "address", id="mapped"),
        pytest.param("[fd00::1]", "address", id="private, IPv6"),
        pytest.param("0x7f.2", "address", id="hexadecimal, short"),
        pytest.param("2130706434", "url", id="decimal"),
        pytest.param("0177.0.0.2", "url", id="octal"),
    ],
)
async def test_redirect_to_a_private_address_is_refused(serve: Serve, host: str, kind: str) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": f"http://{host}:{request.url.port}/"})

    only_first = (ip_network("127.0.0.1/32"),)
    async with serve(answer) as url, Fetcher(options(allow_networks=only_first)) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == kind


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
