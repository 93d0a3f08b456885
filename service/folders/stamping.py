"""Time stamps (RFC 3161): an authority's word that a manifest was there at a time, for anyone who trusts the authority."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

from storage.addresses import Network, guarded_socket

TIMEOUT = aiohttp.ClientTimeout(total=30)
LARGEST = 100_000
"""Bytes of an answer."""


class StampError(Exception):
    """No time stamp was had; the message says why."""


async def time_stamp(address: str, data: bytes, *, allow_networks: Sequence[Network]) -> bytes:
    """Return the authority's time stamp of the data, checked to be of them (`TimeStampResp`, DER). Raise `StampError`."""
    try:
        from rfc3161_client import (
            PKIStatus,
            TimestampRequestBuilder,
            decode_timestamp_response,
        )
    except ImportError:
        raise StampError("time stamps need a library: pip install 'tocsin[stamp]'") from None
    request = TimestampRequestBuilder().data(data).build()
    body = await _ask(address, request.as_bytes(), tuple(allow_networks))
    try:
        answer = decode_timestamp_response(body)
        told = answer.tst_info
        is_ours = (
            answer.status in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)
            and told.message_imprint.message == request.message_imprint.message
            and told.nonce == request.nonce
        )
    except ValueError as error:
        raise StampError(f"{address} gave no time stamp: {error}") from error
    if not is_ours:
        raise StampError(f"{address} refused, or stamped something else (status {answer.status})")
    return body


async def _ask(address: str, request: bytes, networks: tuple[Network, ...]) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "User-Agent": "Tocsin"}
    connector = aiohttp.TCPConnector(socket_factory=guarded_socket(networks))
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as session,
            session.post(address, data=request, headers=headers, allow_redirects=False) as response,
        ):
            body = await response.content.read(LARGEST)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise StampError(f"{address} could not be reached: {error or type(error).__name__}") from error
    if response.status != 200:
        raise StampError(f"{address} answered HTTP {response.status}")
    return body
