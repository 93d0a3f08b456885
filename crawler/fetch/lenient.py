"""A second look at an answer that is not quite HTTP, as browsers and curl read it: one connection, one request.

The client library refuses a field without a colon, a space in a field's name, "HTTP/2 200" on a plain connection, or a length
given twice, and has no setting for it. What such a host sends is parted here: status, fields with a name, and the body by the
length that it gives, by chunks, or to the connection's end.
"""

from __future__ import annotations

import asyncio
import base64
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from crawler.fetch.body import PIECE, BodyReader, CutOffError
from storage.addresses import AddressInfo

LONGEST_FIELD = 64 * 1024
"""Bytes of one field of the header, its name included."""
_LONGEST_HEAD = 4 * LONGEST_FIELD
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})\b")


class NotHttpError(Exception):
    """The answer has no status, or a body that can't be parted from what is around it: the message says which."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `left` are the encodings that the body is still in."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    left: str


async def ask(
    method: str,
    url: str,
    *,
    headers: Sequence[tuple[str, str]],
    data: bytes,
    make_socket: Callable[[AddressInfo], socket.socket],
    tls: ssl.SSLContext,
    most_bytes: int,
) -> Reply:
    """Return the answer. Raises `NotHttpError`, `TooLargeError`, `CutOffError`, `BrokenBodyError` and `OSError`."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    lines = [
        f"{method} {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
        f"Host: {host}",
    ]
    lines += [f"{name}: {value}" for name, value in headers]
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Authorization: Basic {base64.b64encode(login.encode()).decode()}")
    if data:
        lines.append(f"Content-Length: {len(data)}")
    async with _connected(url, make_socket, tls) as (reader, writer):
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + data)
        try:
            status, fields = await _head(reader)
            said = {name.lower(): value for name, value in fields}
            body = BodyReader(said.get(b"content-encoding", b"").decode("latin-1"), most_bytes)
            if method != "HEAD" and status not in (204, 304):
                async for piece in _pieces(reader, said):
                    body.add(piece)
        except asyncio.IncompleteReadError as error:
            raise CutOffError from error
    return Reply(status, tuple(fields), body.whole(), body.left)


@asynccontextmanager
async def _connected(
    url: str, make_socket: Callable[[AddressInfo], socket.socket], tls: ssl.SSLContext
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(
        parts.hostname, parts.port or (443 if is_secure else 80), type=socket.SOCK_STREAM
    )
    dialled = await _dial(infos, make_socket)
    reader, writer = await asyncio.open_connection(
        sock=dialled,
        ssl=tls if is_secure else None,
        server_hostname=parts.hostname if is_secure else None,
        limit=LONGEST_FIELD,
    )
    try:
        yield reader, writer
    finally:
        writer.close()


async def _dial(
    infos: Sequence[AddressInfo], make_socket: Callable[[AddressInfo], socket.socket]
) -> socket.socket:
    last: OSError = OSError("no address")
    for info in infos:
        made = make_socket(info)
        made.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(made, info[4])
        except OSError as error:
            made.close()
            last = error
        except BaseException:
            made.close()
            raise
        else:
            return made
    raise last


async def _head(reader: asyncio.StreamReader) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Read the status and the fields; answers that only announce another (100, 103) are passed over."""
    while True:
        status = _STATUS.match(await _line(reader))
        if status is None:
            raise NotHttpError("it does not begin with a status")
        fields: list[tuple[bytes, bytes]] = []
        size = 0
        while line := await _line(reader):
            size += len(line)
            if size > _LONGEST_HEAD:
                raise NotHttpError(f"its header is larger than {_LONGEST_HEAD // 1024} kB")
            if not line.strip():
                break
            name, colon, value = line.partition(b":")
            if line[:1] in b" \t" and fields:
                fields[-1] = (fields[-1][0], fields[-1][1] + b" " + line.strip())
            elif colon and name.strip():
                fields.append((name.strip(), value.strip()))
        if not 100 <= int(status[1]) < 200:
            return int(status[1]), fields


async def _pieces(reader: asyncio.StreamReader, said: dict[bytes, bytes]) -> AsyncIterator[bytes]:
    length = re.match(rb"\+?(\d+)", said.get(b"content-length", b""))
    if said.get(b"content-length") and length is None:
        raise NotHttpError("its Content-Length is not a number")
    if said.get(b"transfer-encoding", b"").lower().endswith(b"chunked"):
        while size := await _chunk_size(reader):
            async for piece in _exactly(reader, size):
                yield piece
            await _line(reader)
    elif length is not None:
        async for piece in _exactly(reader, int(length[1])):
            yield piece
    else:
        while piece := await reader.read(PIECE):
            yield piece


async def _chunk_size(reader: asyncio.StreamReader) -> int:
    line = await _line(reader)
    size = re.match(rb"\s*([0-9A-Fa-f]{1,8})\b", line)
    if size is None:
        raise CutOffError if not line else NotHttpError("its chunks can't be read")
    return int(size[1], 16)


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError as error:  # asyncio's word for a line that is too long
        raise NotHttpError(f"a field of its header is larger than {LONGEST_FIELD // 1024} kB") from error


async def _exactly(reader: asyncio.StreamReader, size: int) -> AsyncIterator[bytes]:
    while size:
        piece = await reader.read(min(size, PIECE))
        if not piece:
            raise CutOffError
        size -= len(piece)
        yield piece
