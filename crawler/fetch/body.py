"""A body as it comes in: decompressed piece by piece and counted, so that a bomb is stopped before it is unpacked.

Content-Encoding is RFC 9110 §8.4 with gzip and deflate (RFC 1950 to 1952), br (RFC 7932) and zstd (RFC 8878, with the window of
RFC 9659). Pure: bytes in, bytes out.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPT_ENCODING = "gzip, deflate, br, zstd"
PIECE = 64 * 1024
"""Bytes unpacked at a time."""
_WINDOW_LOG = 23
"""8 MB: what RFC 9659 lets a sender of zstd ask a receiver to keep."""


_BLANKS = b"\xef\xbb\xbf \t\r\n"
_TEXT = (b"<", b"{", b"[")
"""How feeds, pages and JSON begin."""


class TooLargeError(Exception):
    """The body is larger than allowed, as sent or unpacked."""


class BrokenBodyError(Exception):
    """The body is not in the encoding that its header names."""


class CutOffError(Exception):
    """The body ends before its end."""


class _Unpacker(Protocol):
    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Return what `data` unpacks to, in pieces."""

    @property
    def is_within(self) -> bool:
        """Return whether more must follow."""


class BodyReader:
    """Collects a body: `add` each piece as it comes, then take `whole`. At most `limit` bytes, sent or unpacked.

    `left` are the encodings that are not known here; with one of them the bytes stay packed.
    """

    def __init__(self, content_encoding: str, limit: int) -> None:
        self._limit = limit
        self._received = self._unpacked = 0
        self._pieces: list[bytes] = []
        self._packed: list[bytes] = []
        """As sent, until something was unpacked: the label may be wrong."""
        names = [name.strip().lower() for name in content_encoding.split(",")] if content_encoding else []
        self._unpackers: list[_Unpacker] = []
        while names and names[-1] in _UNPACKERS:
            self._unpackers.append(_UNPACKERS[names.pop()]())
        self.left = ", ".join(name for name in names if name)

    def add(self, data: bytes) -> None:
        """Takes in the next piece. Raises `TooLargeError` and `BrokenBodyError`."""
        self._received += len(data)
        if self._received > self._limit:
            raise TooLargeError
        if not self._unpackers:
            self._pieces.append(data)
            return
        if not self._unpacked:
            self._packed.append(data)
        try:
            self._unpack(data, 0)
        except (zlib.error, brotli.error, zstd.ZstdError) as error:
            if not self._take_as_sent():
                raise BrokenBodyError(str(error)) from error

    def whole(self) -> bytes:
        """Return the body. Raises `CutOffError` where it ends in the middle of its compression."""
        if any(unpacker.is_within for unpacker in self._unpackers) and not self._take_as_sent():
            raise CutOffError
        return b"".join(self._pieces)

    def _take_as_sent(self) -> bool:
        """Take a body that is not packed, whatever its header says. Return whether it is one: text of which nothing unpacks."""
        if self._unpacked or not b"".join(self._packed[:2]).lstrip(_BLANKS).startswith(_TEXT):
            return False
        self._pieces, self._unpackers = self._packed, []
        return True

    def _unpack(self, data: bytes, depth: int) -> None:
        for piece in self._unpackers[depth].unpack(data):
            if depth + 1 < len(self._unpackers):
                self._unpack(piece, depth + 1)
                continue
            self._unpacked += len(piece)
            if self._unpacked > self._limit:
                raise TooLargeError
            self._pieces.append(piece)


class _Zlib:
    """gzip and deflate. `begin` looks at the first bytes and gives the format, or None where they are not packed at all."""

    def __init__(self, begin: Callable[[bytes], int | None]) -> None:
        self._begin = begin
        self._started = False
        self._head = b""
        self._inner: zlib._Decompress | None = None

    def unpack(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inner is None:
                data = self._head + data
                if len(data) < 2:
                    self._head = data
                    return
                self._head = b""
                window_bits = self._begin(data)
                if window_bits is None:
                    if not self._started:  # a header that is wrong about a body that is not packed
                        yield data
                    return  # what follows the last member is padding
                self._inner, self._started = zlib.decompressobj(window_bits), True
            yield self._inner.decompress(data, PIECE)
            while self._inner.unconsumed_tail and not self._inner.eof:
                yield self._inner.decompress(self._inner.unconsumed_tail, PIECE)
            if not self._inner.eof:
                return
            data, self._inner = self._inner.unused_data, None

    @property
    def is_within(self) -> bool:
        return self._inner is not None or bool(self._head and not self._started)


def _gzip_format(data: bytes) -> int | None:
    return 31 if data[:2] == b"\x1f\x8b" else None


def _deflate_format(data: bytes) -> int:
    """RFC 9110 means the zlib format; some servers send the bare one."""
    return 15 if data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0 else -15


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._started = False

    def unpack(self, data: bytes) -> Iterator[bytes]:
        self._started = True
        if self._inner.is_finished():
            return
        piece = self._inner.process(data, output_buffer_limit=PIECE)
        while piece:
            yield piece
            if self._inner.is_finished():
                return
            piece = self._inner.process(b"", output_buffer_limit=PIECE)

    @property
    def is_within(self) -> bool:
        return self._started and not self._inner.is_finished()


class _Zstd:
    def __init__(self) -> None:
        self._inner = self._new()
        self._within = False

    @staticmethod
    def _new() -> zstd.ZstdDecompressor:
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})

    def unpack(self, data: bytes) -> Iterator[bytes]:
        self._within = True
        while True:
            yield self._inner.decompress(data, PIECE)
            if not self._inner.eof:
                if self._inner.needs_input:
                    return
                data = b""
                continue
            data = self._inner.unused_data
            self._inner = self._new()
            if not data:
                self._within = False
                return

    @property
    def is_within(self) -> bool:
        return self._within


_UNPACKERS: dict[str, Callable[[], _Unpacker]] = {
    "gzip": lambda: _Zlib(_gzip_format),
    "x-gzip": lambda: _Zlib(_gzip_format),
    "deflate": lambda: _Zlib(_deflate_format),
    "br": _Brotli,
    "zstd": _Zstd,
}
