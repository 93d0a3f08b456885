"""A way to a server that can be cut as a cable is: no FIN, no reset, no answer, and the kernel acknowledges nothing any more."""

from __future__ import annotations

import asyncio
import ctypes
import socket
import struct
from asyncio import StreamReader, StreamWriter
from types import TracebackType

_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
"""Linux' numbers (include/uapi/asm-generic/socket.h)."""
_RETURN_NONE = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
"""A filter of one instruction, `ret #0`: of every segment that comes nothing is taken."""
_PROGRAM = struct.pack("HxxxxxxP", 1, ctypes.addressof(_RETURN_NONE))


class Relay:
    """`async with Relay(host, port) as relay`: what connects to `relay.port` talks with the server, until it is cut off.

    A connection that was cut stays dead, as one does that a firewall has forgotten; once mended, new ones go through.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._pairs: list[tuple[StreamWriter, StreamWriter]] = []
        self._dead: list[tuple[StreamWriter, StreamWriter]] = []
        self._pumps: set[asyncio.Task[None]] = set()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.is_used = asyncio.Event()
        """Set once something has connected through it since it was made, or cut."""

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for pair in (*self._pairs, *self._dead):
            for writer in pair:
                writer.transport.abort()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def cut(self) -> None:
        """Let nothing through from now on, in either direction, nor connect."""
        self.is_used.clear()
        for listener in self._server.sockets:
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM)
        for pair in self._pairs:
            for writer in pair:
                _socket_of(writer).setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM)
        self._dead += self._pairs
        self._pairs = []

    def mend(self) -> None:
        """Let new connections through again."""
        for listener in self._server.sockets:
            listener.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)

    async def _relay(self, reader: StreamReader, writer: StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        pair = (writer, there_writer)
        self._pairs.append(pair)
        self.is_used.set()
        pumps = [
            asyncio.create_task(_pump(reader, there_writer)),
            asyncio.create_task(_pump(there_reader, writer)),
        ]
        self._pumps.update(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        if pair in self._pairs:  # one side has ended it; of a dead one the other must not hear
            self._pairs.remove(pair)
            writer.close()
            there_writer.close()


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        return


def _socket_of(writer: StreamWriter) -> socket.socket:
    found: socket.socket = writer.get_extra_info("socket")
    return found
