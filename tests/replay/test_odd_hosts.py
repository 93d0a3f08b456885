"""The whole service over hosts that browsers read though they keep to few rules: each brings its article and its alert."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from service.settings import Settings
from tests.replay.conftest import World, running

STATUSES = (201, 202, 203, 206, 226)


def document(name: str) -> bytes:
    now = format_datetime(datetime.now(UTC), usegmt=True)
    return (
        f"<rss version='2.0'><channel><title>{name}</title><item><guid>{name}</guid>"
        f"<title>Nasser Bourita met the envoys of {name} on the {name} question</title><pubDate>{now}</pubDate>"
        "</item></channel></rss>"
    ).encode()


@asynccontextmanager
async def host(name: str, *fields: bytes, status: bytes = b"200", cookie: bytes = b"") -> AsyncIterator[str]:
    """Serve one feed; with `cookie` to those alone who bring it back."""
    body = document(name)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        if cookie and b"Cookie: " + cookie not in asked:
            head = [b"HTTP/1.1 302 Found", b"Location: /rss", b"Set-Cookie: " + cookie, b"Content-Length: 0"]
            writer.write(b"\r\n".join([*head, b"", b""]))
        else:
            head = [
                b"HTTP/1.1 " + status + b" Fine",
                b"Content-Length: %d" % len(body),
                b"Connection: close",
                *fields,
            ]
            writer.write(b"\r\n".join([*head, b"", body]))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/rss"


@pytest.mark.thorough
async def test_what_a_browser_reads_brings_its_alert(world: World) -> None:
    hosts = {
        "Cookie": host("Cookie", cookie=b"seen=1"),
        "Long": host("Long", b"Content-Security-Policy: " + b"a" * 10_000),
        "Quoted": host("Quoted", b'"X-Whole: line"'),
        "Spaced": host("Spaced", b"X Odd: 1"),
        "Label": host("Label", b"Content-Encoding: br"),
        **{f"Answer{code}": host(f"Answer{code}", status=str(code).encode()) for code in STATUSES},
    }
    async with AsyncExitStack() as stack:
        urls = [await stack.enter_async_context(served) for served in hosts.values()]
        watch = {"alert": "article", "actors": [{"name": "Nasser Bourita"}]}
        settings = world.settings(*urls, watch=watch)
        crawler = settings.crawler.model_copy(update={"proxy": "", "full_text": False})
        settings = Settings.model_copy(settings, update={"crawler": crawler})
        await stack.enter_async_context(running(settings))
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= len(hosts), seconds=120)
    told = sorted(hook.data["article"]["title"].split()[-2] for hook in world.hook.webhooks)
    assert told == sorted(hosts)
