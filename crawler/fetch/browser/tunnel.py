"""The way out of the browser: a SOCKS5 server (RFC 1928) on loopback, which dials as the fetcher does.

The browser resolves no name and opens no connection of its own: it asks here. So the address guard looks at the socket's own
address, where redirects and names that change their answer have all happened; and only hosts are dialled that a page's request
was let pass to, which the browser's calls home are not.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from storage.addresses import AddressInfo

CONNECT_SECONDS = 10
MOST_FAILURES = 200
_VERSION, _CONNECT, _NO_LOGIN = 5, 1, 0
_BY_IPV4, _BY_NAME, _BY_IPV6 = 1, 3, 4
_DONE, _NOT_ALLOWED, _UNREACHABLE = 0, 2, 4
_PIECE = 64 * 1024

Place = tuple[str, int]
"""A host's name and port."""


class Tunnel:
    """Dials for the browser. `make_socket` refuses private addresses (`crawler.fetch.handlers.socket_factory`)."""

    def __init__(self, make_socket: Callable[[AddressInfo], socket.socket]) -> None:
        self._make_socket = make_socket
        self._server: asyncio.Server | None = None
        self._allowed: dict[Place, int] = {}
        self._failures: dict[Place, Exception] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def start(self) -> str:
        """Listen; return the address, as a browser takes it."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Listen no more, and end every connection."""
        if self._server is not None:
            self._server.close()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def allow(self, place: Place) -> None:
        """Let connections to a host pass until `forbid` is called as often."""
        self._allowed[place] = self._allowed.get(place, 0) + 1
        self._failures.pop(place, None)

    def forbid(self, place: Place) -> None:
        """Let no more connections pass to a host, unless another page's requests go there."""
        left = self._allowed.get(place, 0) - 1
        if left > 0:
            self._allowed[place] = left
        else:
            self._allowed.pop(place, None)

    def failure(self, place: Place) -> Exception | None:
        """Return why a host was not reached, where it was not."""
        return self._failures.get(place)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._take(reader, writer))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                place = await _asked_for(reader, writer)
            there = await self._reach(place) if place is not None else None
            if there is None:
                writer.write(_answer(_NOT_ALLOWED if place not in self._failures else _UNREACHABLE))
                await writer.drain()
                return
            writer.write(_answer(_DONE))
            await _join((reader, writer), there)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # the browser, or the host, has gone: each page tells what it means to it
        finally:
            with suppress(OSError):
                writer.close()

    async def _reach(self, place: Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Return a connection; None where the host may not be reached, or can't be."""
        if place not in self._allowed:
            return None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await self._dial(place)
        except (OSError, TimeoutError, UnicodeError) as error:
            self._failures[place] = error
            if len(self._failures) > MOST_FAILURES:
                del self._failures[next(iter(self._failures))]
            return None

    async def _dial(self, place: Place) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        failed: OSError | None = None
        for info in await loop.getaddrinfo(*place, type=socket.SOCK_STREAM):
            try:
                made = self._make_socket(info)
            except OSError as error:
                failed = error
                continue
            try:
                made.setblocking(False)
                await loop.sock_connect(made, info[4])
            except OSError as error:
                failed = error
                made.close()
            except BaseException:
                made.close()
                raise
            else:
                return await asyncio.open_connection(sock=made)
        raise failed or OSError("no address")


async def _asked_for(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Place | None:
    """Return the host that a client asks for; None for what is not asked as a browser asks."""
    version, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    if version != _VERSION:
        return None
    writer.write(bytes((_VERSION, _NO_LOGIN)))
    _version, command, _reserved, kind = await reader.readexactly(4)
    if kind == _BY_NAME:
        (length,) = await reader.readexactly(1)
        name = (await reader.readexactly(length)).decode("ascii", "replace").lower()
    elif kind == _BY_IPV4:
        name = socket.inet_ntop(socket.AF_INET, await reader.readexactly(4))
    elif kind == _BY_IPV6:
        name = socket.inet_ntop(socket.AF_INET6, await reader.readexactly(16))
    else:
        return None
    port = int.from_bytes(await reader.readexactly(2), "big")
    return (name, port) if command == _CONNECT else None


def _answer(code: int) -> bytes:
    return bytes((_VERSION, code, 0, _BY_IPV4)) + bytes(6)


async def _join(
    one: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    other: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    ways = {asyncio.ensure_future(_pour(one[0], other[1])), asyncio.ensure_future(_pour(other[0], one[1]))}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        other[1].close()


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_PIECE):
        target.write(data)
        await target.drain()
    target.write_eof()
