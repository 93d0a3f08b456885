"""The way that can be cut: to who stands at its ends it is a cable, not a server that says goodbye."""

from __future__ import annotations

import asyncio
import errno
import socket
from asyncio import StreamReader, StreamWriter

import pytest

from tests.faults.relay import Relay


async def _echo(reader: StreamReader, writer: StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


async def test_cut_way_neither_answers_nor_ends_and_is_noticed_by_keepalives_alone() -> None:
    async with (
        await asyncio.start_server(_echo, "127.0.0.1", 0) as server,
        Relay("127.0.0.1", server.sockets[0].getsockname()[1]) as relay,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"before")
        assert await reader.readexactly(6) == b"before"
        own: socket.socket = writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT):
            own.setsockopt(socket.IPPROTO_TCP, option, 1)
        relay.cut()
        with pytest.raises(OSError, match=r"timed out") as error:
            await reader.read(1)
        assert error.value.errno == errno.ETIMEDOUT
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await asyncio.open_connection("127.0.0.1", relay.port)
        relay.mend()
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"after")
        assert await reader.readexactly(5) == b"after"
        writer.close()
