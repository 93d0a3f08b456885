"""What a browser reads, the fetcher reads: cookies on the way, long and malformed headers, wrong labels."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web

from crawler.errors import FetchError
from crawler.fetch import Fetcher, OutletOptions
from crawler.values import FetchRequest
from tests.certificates import make_certificate
from tests.crawler.fetch.conftest import AGENT, Serve, options

FEED = b"<rss version='2.0'><channel><title>Gazette</title></channel></rss>"
LENGTH = str(len(FEED)).encode()


@asynccontextmanager
async def raw(
    reply: bytes, tls: ssl.SSLContext | None = None, *, asked: list[bytes] | None = None
) -> AsyncIterator[str]:
    """Serve the same bytes to every connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(head)
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}/rss?a=1"


def reply(*fields: bytes, status: bytes = b"HTTP/1.1 200 OK", body: bytes = FEED) -> bytes:
    return b"\r\n".join([status, *fields, b"", body])


def with_length(field: bytes) -> bytes:
    return reply(field, b"Content-Length: " + LENGTH)


async def test_cookie_of_a_redirect_is_brought_back(serve: Serve) -> None:
    """To the same address: the outlet gives its feed to who brings the cookie."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if "seen=1" in request.headers.get("Cookie", ""):
            return web.Response(body=FEED)
        return web.Response(
            status=302, headers={"Location": str(request.url), "Set-Cookie": "seen=1; Path=/"}
        )

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        for _ in range(2):  # kept for one request: the next begins without
            response = await fetcher.fetch(FetchRequest(f"{url}/rss"))
            assert (response.body, len(response.redirects)) == (FEED, 1)


async def test_cookie_of_a_gate_on_the_way_is_brought_back(serve: Serve) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/gate":
            headers = {"Location": "/rss", "Set-Cookie": "pass=1"}
            return web.Response(status=303, headers=headers)
        if "pass=1" in request.headers.get("Cookie", ""):
            return web.Response(body=FEED)
        return web.Response(status=302, headers={"Location": "/gate"})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        assert (await fetcher.fetch(FetchRequest(f"{url}/rss"))).body == FEED


async def test_cookie_goes_to_the_host_that_set_it_alone(serve: Serve) -> None:
    seen: list[tuple[str, str | None]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append((request.host.partition(":")[0], request.headers.get("Cookie")))
        host, port = request.host.split(":")
        other = "localhost" if host == "127.0.0.1" else "127.0.0.1"
        if len(seen) < 3:
            headers = {"Location": f"http://{other}:{port}/rss", "Set-Cookie": f"at={host}"}
            return web.Response(status=302, headers=headers)
        return web.Response(body=FEED)

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        assert (await fetcher.fetch(FetchRequest(f"{url}/rss"))).body == FEED
    assert seen == [("127.0.0.1", None), ("localhost", None), ("127.0.0.1", "at=127.0.0.1")]


async def test_outlets_cookies_file_is_sent_and_read_again_when_it_changes(
    serve: Serve, tmp_path: Path
) -> None:
    seen: list[str | None] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request.headers.get("Cookie"))
        return web.Response(body=FEED)

    def write(value: str, changed_at: int) -> Path:
        path = tmp_path / "cookies.txt"
        path.write_text(
            "# Netscape HTTP Cookie File\n"
            f"127.0.0.1\tFALSE\t/\tFALSE\t4102444800\tsession\t{value}\n"
            "other.example\tFALSE\t/\tFALSE\t4102444800\tsecret\tyes\n"
        )
        os.utime(path, ns=(changed_at, changed_at))
        return path

    outlets = {"Gazette": OutletOptions(cookies_file=write("one", 1_000))}
    async with serve(answer) as url, Fetcher(options(outlets=outlets)) as fetcher:
        await fetcher.fetch(FetchRequest(url, outlet="Gazette"))
        write("two", 2_000)
        await fetcher.fetch(FetchRequest(url, outlet="Gazette"))
        await fetcher.fetch(FetchRequest(url, outlet="Courier"))
    assert seen == ["session=one", "session=two", None]


async def test_outlets_headers_go_to_its_hosts_and_elsewhere_only_what_is_no_secret(serve: Serve) -> None:
    seen: list[web.BaseRequest] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        if request.path == "/away":
            port = request.host.rpartition(":")[2]
            return web.Response(status=302, headers={"Location": f"http://localhost:{port}/rss"})
        return web.Response(body=FEED)

    headers = {"Accept-Language": "ar", "X-Api-Key": "secret", "User-Agent": "Browser/1"}
    outlets = {"Gazette": OutletOptions(headers=headers, hosts=frozenset({"127.0.0.1"}))}
    async with serve(answer) as url, Fetcher(options(outlets=outlets)) as fetcher:
        await fetcher.fetch(FetchRequest(f"{url}/away", outlet="Gazette"))
        await fetcher.fetch(FetchRequest(f"{url}/rss", outlet="Courier"))
    names = ("Accept-Language", "X-Api-Key", "User-Agent")
    assert [tuple(request.headers.get(name) for name in names) for request in seen] == [
        ("ar", "secret", "Browser/1"),
        ("ar", None, "Browser/1"),
        (None, None, AGENT),
    ]


@pytest.mark.parametrize("size", [10_000, 60_000])
@pytest.mark.parametrize("field", [b"Content-Security-Policy", b"Link", b"Set-Cookie"])
async def test_long_header_field_is_read(field: bytes, size: int) -> None:
    async with raw(with_length(field + b": a=" + b"b" * size)) as url, Fetcher(options()) as fetcher:
        assert (await fetcher.fetch(FetchRequest(url))).body == FEED


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(with_length(b'"X-Whole: line"'), id="a line in quotes"),
        pytest.param(with_length(b"no colon at all"), id="no colon"),
        pytest.param(with_length(b"X-Space : 1"), id="space before the colon"),
        pytest.param(with_length(b"X Space: 1"), id="space in a name"),
        pytest.param(with_length(b"X-\xc3\xa9: 1"), id="accent in a name"),
        pytest.param(with_length(b": 1"), id="no name"),
        pytest.param(reply(b"Content-Length: " + LENGTH, status=b"HTTP/2 200"), id="HTTP/2 in words"),
        pytest.param(reply(b"Content-Length: " + LENGTH, b"Content-Length: " + LENGTH), id="length twice"),
        pytest.param(reply(b"Content-Length: " + LENGTH + b", " + LENGTH), id="length twice in one"),
        pytest.param(reply(b"Content-Length: +" + LENGTH), id="length with a sign"),
        pytest.param(
            reply(
                b"Content-Length: 7",
                b"Transfer-Encoding: chunked",
                body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(FEED), FEED),
            ),
            id="length and chunks",
        ),
        pytest.param(reply(b"Transfer-Encoding: identity", b"Content-Length: " + LENGTH), id="identity"),
        pytest.param(reply(b"Content-Length: " + LENGTH, body=FEED + b"more"), id="bytes after the body"),
        pytest.param(
            b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + with_length(b"X Space: 1"), id="hints first"
        ),
        pytest.param(reply(b"X Space: 1"), id="to the connection's end"),
        *(
            pytest.param(
                reply(b"Content-Encoding: " + label, b"Content-Length: " + LENGTH),
                id=f"{label!r} on a plain body",
            )
            for label in (b"br", b"zstd", b"deflate", b"gzip", b"br, gzip")
        ),
    ],
)
async def test_answer_that_curl_reads_is_read(sent: bytes) -> None:
    async with raw(sent) as url, Fetcher(options()) as fetcher:
        response = await fetcher.fetch(FetchRequest(url))
    assert (response.status, response.body) == (200, FEED)


async def test_host_that_is_known_to_be_odd_is_asked_once_and_as_before() -> None:
    asked: list[bytes] = []
    async with raw(with_length(b"X Space: 1"), asked=asked) as url, Fetcher(options()) as fetcher:
        for _ in range(2):
            await fetcher.fetch(FetchRequest(url.replace("//", "//ana:se%20cret@"), etag='"1"'))
    assert len(asked) == 3
    heads = [dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if line) for head in asked]
    assert {head.split(b"\r\n")[0] for head in asked} == {b"GET /rss?a=1 HTTP/1.1"}
    for name in (b"Host", b"User-Agent", b"Accept", b"Accept-Encoding", b"If-None-Match", b"Authorization"):
        assert heads[1][name] == heads[2][name] == heads[0][name], name


async def test_second_look_is_guarded_and_verifies_the_certificate(tmp_path: Path) -> None:
    odd = with_length(b"X Space: 1")
    certificate = make_certificate(tmp_path)
    trusting = {"Gazette": OutletOptions(ca_file=certificate.path)}
    async with raw(odd, certificate.context) as url, Fetcher(options(outlets=trusting)) as fetcher:
        assert (await fetcher.fetch(FetchRequest(url, outlet="Gazette"))).body == FEED
        with pytest.raises(FetchError, match=r"self-signed certificate; its authority.*ca_file") as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "tls"
    only_first = options(allow_networks=(ip_network("127.0.0.1/32"),))
    async with raw(odd) as url, Fetcher(only_first) as fetcher:
        await fetcher.fetch(FetchRequest(url))
        with pytest.raises(FetchError, match="is not a public address"):
            await fetcher.fetch(FetchRequest(url.replace("127.0.0.1", "127.0.0.2")))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        pytest.param(
            b"SSH-2.0-OpenSSH_9.9\r\n", "can't be read as HTTP: it does not begin with a status", id="SSH"
        ),
        pytest.param(
            with_length(b"CSP: " + b"a" * 99_000), "a field of its header is larger than 64 kB", id="99 kB"
        ),
        pytest.param(
            reply(b"Transfer-Encoding: chunked", body=b"zz\r\n"), "its chunks can't be read", id="chunks"
        ),
        pytest.param(reply(b"X Space: 1", b"Content-Length: 5000"), "the answer broke off", id="cut off"),
    ],
)
async def test_message_says_what_the_host_did(sent: bytes, words: str) -> None:
    async with raw(sent) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match=words) as caught:
            await fetcher.fetch(FetchRequest(url))
    message = str(caught.value).removeprefix(url)  # its port may have a 400 in it
    assert "400" not in message
    assert "b'" not in message


async def test_endless_answer_that_is_not_quite_http_is_cut_off() -> None:
    endless = reply(b"X Space: 1", body=b"a" * 3_000_000)
    async with raw(endless) as url, Fetcher(options(max_body_bytes=1_000_000)) as fetcher:
        with pytest.raises(FetchError, match="larger than 1 MB"):
            await fetcher.fetch(FetchRequest(url))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_host_that_speaks_old_tls_alone_is_said_to(tmp_path: Path) -> None:
    context = make_certificate(tmp_path).context
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with raw(reply(), context) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match=r"TLS 1\.1 or older"):
            await fetcher.fetch(FetchRequest(url))


async def test_https_where_http_is_spoken_is_said(serve: Serve) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=FEED)

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match="may begin with http://"):
            await fetcher.fetch(FetchRequest(url.replace("http://", "https://")))
