"""Bodies from real servers on loopback: unpacked, bounded in size and time."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import brotli
import pytest
from aiohttp import web
from backports import zstd

from crawler.errors import FetchError
from crawler.fetch import Fetcher
from crawler.values import FetchRequest
from tests.crawler.fetch.conftest import Serve, options


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
)
async def test_compressed_body_is_unpacked(serve: Serve, encoding: str, compress: object) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=compress(b"news " * 1000), headers={"Content-Encoding": encoding})  # type: ignore[operator]

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        assert (await fetcher.fetch(FetchRequest(url))).body == b"news " * 1000


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


def packed(data: bytes, encoding: str) -> bytes:
    """Return data in a content encoding (several from left to right)."""
    for name in encoding.split(", "):
        data = COMPRESS[name](data)
    return data


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, compresslevel=1),
    "deflate": partial(zlib.compress, level=1),
    "br": partial(brotli.compress, quality=1),
    "zstd": zstd.compress,
}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, br", "deflate, gzip"])
async def test_bomb_is_stopped_while_it_streams(serve: Serve, encoding: str) -> None:
    bomb = packed(bytes(30_000_000), encoding)

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": encoding})

    tracemalloc.start()
    try:
        async with serve(answer) as url, Fetcher(options(max_body_bytes=2_000_000)) as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.fetch(FetchRequest(url))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.kind == "too_large"
    assert peak < 20_000_000


async def test_body_that_says_it_is_too_large_is_not_read(serve: Serve) -> None:
    asked_on = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "9000000000"})
        await response.prepare(request)
        await asked_on.wait()
        return response

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(url))
        asked_on.set()
    assert caught.value.kind == "too_large"


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        pytest.param("deflate", raw_deflate(b"news"), b"news", id="deflate without its header"),
        pytest.param("gzip", gzip.compress(b"ne") + gzip.compress(b"ws"), b"news", id="two gzip members"),
        pytest.param("gzip", gzip.compress(b"news") + bytes(9), b"news", id="padding"),
        pytest.param("zstd", zstd.compress(b"ne") + zstd.compress(b"ws"), b"news", id="two zstd frames"),
        pytest.param("gzip", b"<rss/>", b"<rss/>", id="not packed at all"),
        pytest.param("gzip, br", packed(b"news", "gzip, br"), b"news", id="one in the other"),
        pytest.param("x-gzip", gzip.compress(b"news"), b"news", id="old name"),
        pytest.param("", b"news", b"news", id="empty name"),
    ],
)
async def test_encodings_in_the_wild(serve: Serve, encoding: str, body: bytes, expected: bytes) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        assert (await fetcher.fetch(FetchRequest(url))).body == expected


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate"])
async def test_body_in_another_encoding_than_said_is_an_error(serve: Serve, encoding: str) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"\xff\xfe\x01 noise" * 9, headers={"Content-Encoding": encoding})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match="can't be unpacked") as caught:
            await fetcher.fetch(FetchRequest(url))
    assert caught.value.kind == "encoding"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, br", "br, zstd"])
async def test_body_that_ends_in_the_middle_of_its_compression_broke_off(serve: Serve, encoding: str) -> None:
    whole = packed(b"news of the day " * 99, encoding)
    lengths = [*range(1, len(whole), 3), 0]
    rest = iter(lengths)

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=whole[: next(rest)], headers={"Content-Encoding": encoding})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        for _length in lengths[:-1]:
            with pytest.raises(FetchError, match="broke off"):
                await fetcher.fetch(FetchRequest(url))
        assert (await fetcher.fetch(FetchRequest(url))).body == b""


async def test_compression_that_is_cut_off_within_is_noticed_from_without(serve: Serve) -> None:
    body = brotli.compress(gzip.compress(b"news " * 99)[:-9])

    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": "gzip, br"})

    async with serve(answer) as url, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError, match="broke off"):
            await fetcher.fetch(FetchRequest(url))
