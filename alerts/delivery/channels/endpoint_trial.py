"""What `tocsin channels test` tries of an endpoint by HTTP: its name, whether its address may be called, the connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from yarl import URL

from alerts.delivery.channels.base import TrialStep
from alerts.delivery.channels.trial_steps import resolve, timed_step, tls_words
from storage.addresses import Network, is_allowed
from storage.language import _


async def endpoint_steps(address: str, allow_networks: Sequence[Network]) -> AsyncIterator[TrialStep]:
    """Give the steps as they are done."""
    url = URL(address)
    host, port = url.host or "", url.port or 443
    yield await timed_step(_("name (DNS)"), resolve(host, port))
    yield await timed_step("address", _check_addresses(host, port, allow_networks))
    yield await timed_step("TLS" if url.scheme == "https" else "connection", _connect(url, host, port))


async def _check_addresses(host: str, port: int, allow_networks: Sequence[Network]) -> str:
    found = (await resolve(host, port)).split(", ")
    refused = [address for address in found if not is_allowed(address, allow_networks)]
    if refused:
        raise OSError(
            f"{', '.join(refused)} is not a public address; if it is yours, add its network to allow_networks"
        )
    return _("may be called")


async def _connect(url: URL, host: str, port: int) -> str:
    tls = ssl.create_default_context() if url.scheme == "https" else None
    _reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    words = tls_words(writer.transport) if tls else _("to port {port}, not encrypted", port=port)
    writer.close()
    with suppress(OSError, ssl.SSLError):
        await writer.wait_closed()
    return words
