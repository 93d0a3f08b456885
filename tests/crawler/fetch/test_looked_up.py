"""What is known of an outlet beside the settings: looked up once for each change, from then on for every request of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from crawler.errors import FetchError
from crawler.fetch import Fetcher, OutletOptions
from crawler.values import FetchRequest
from tests.certificates import make_certificate
from tests.crawler.fetch.conftest import Serve, options

HOSTS = frozenset({"127.0.0.1"})


class Known:
    """Outlets' access as somebody changes it, and how often it was looked up."""

    def __init__(self, *versions: OutletOptions | None) -> None:
        self.versions = versions
        self.stamp = 1
        self.lookups = 0

    async def look_up(self, name: str) -> OutletOptions | None:
        self.lookups += 1
        await asyncio.sleep(0)  # others ask meanwhile
        return self.versions[self.stamp - 1]

    def request(self, url: str) -> FetchRequest:
        return FetchRequest(url, outlet="Gazette", access=self.stamp)


async def test_access_holds_until_it_changes(serve: Serve) -> None:
    seen: list[tuple[str | None, str | None]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append((request.headers.get("X-Key"), request.headers.get("Cookie")))
        return web.Response(headers={"Set-Cookie": "sid=1"})

    cookies = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tmine\tyes"
    known = Known(
        OutletOptions(headers={"X-Key": "one"}, hosts=HOSTS, cookies=cookies),
        OutletOptions(headers={"X-Key": "two"}, hosts=HOSTS),
        None,
    )
    async with serve(answer) as url, Fetcher(options(look_up=known.look_up)) as fetcher:
        for known.stamp in (1, 2, 3):
            await asyncio.gather(*(fetcher.fetch(known.request(url)) for _time in range(3)))
            assert known.lookups == known.stamp
        known.stamp = 2  # a claim of before
        await fetcher.fetch(known.request(url))
        await fetcher.fetch(FetchRequest(url, outlet="Gazette"))  # an outlet without any
    assert known.lookups == 3
    assert {key for key, _cookies in seen[:3]} == {"one"}
    assert all("mine=yes" in str(cookie) for _key, cookie in seen[:3])
    assert seen[3:6] == [("two", None)] * 3
    assert seen[6:] == [(None, None)] * 5


async def test_certificates_are_trusted_for_their_outlet_until_they_are_taken_away(
    serve: Serve, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path)
    known = Known(OutletOptions(certificates=certificate.path.read_text(), hosts=HOSTS), None)

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(text="read")

    async with serve(answer, certificate.context) as url, Fetcher(options(look_up=known.look_up)) as fetcher:
        assert (await fetcher.fetch(known.request(url))).body == b"read"
        known.stamp = 2
        with pytest.raises(FetchError, match="certificate"):
            await fetcher.fetch(known.request(url))


async def test_secrets_are_not_sent_where_others_can_read_them(serve: Serve, tmp_path: Path) -> None:
    """From https to http, of the same host."""
    certificate = make_certificate(tmp_path)
    seen: list[str | None] = []

    async def plain(request: web.BaseRequest) -> web.Response:
        seen.append(request.headers.get("X-Key"))
        return web.Response()

    async with serve(plain) as url:

        async def answer(request: web.BaseRequest) -> web.Response:
            seen.append(request.headers.get("X-Key"))
            return web.Response(status=302, headers={"Location": url})

        access = OutletOptions(ca_file=certificate.path, headers={"X-Key": "secret"}, hosts=HOSTS)
        async with (
            serve(answer, certificate.context) as private,
            Fetcher(options(outlets={"Gazette": access})) as fetcher,
        ):
            await fetcher.fetch(FetchRequest(private, outlet="Gazette"))
            await fetcher.fetch(FetchRequest(url, outlet="Gazette"))  # asked for as it is
    assert seen == ["secret", None, "secret"]
