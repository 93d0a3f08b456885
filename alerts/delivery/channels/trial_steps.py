"""What steps of `tocsin channels test` share: a name is resolved, a connection is described, a step is timed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable
from typing import Any

from alerts.delivery.channels.base import TrialStep
from alerts.errors import DeliveryError
from storage.language import _

PATIENCE = 15.0
"""Seconds that a channel's own client may take for a step."""


async def timed_step(name: str, work: Awaitable[str]) -> TrialStep:
    """Return how `work` went: what it gives is what was seen; the errors of networks and of delivery are failures."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    try:
        async with asyncio.timeout(2 * PATIENCE):
            words, ok = await work, True
    except socket.gaierror as error:
        words, ok = _("the name can't be found: {strerror}", strerror=error.strerror), False
    except TimeoutError:
        words, ok = _("no answer within {time:.0f} s", time=loop.time() - begin), False
    except (DeliveryError, OSError) as error:
        words, ok = _failure(error), False
    return TrialStep(name, ok, words, loop.time() - begin)


async def resolve(host: str, port: int) -> str:
    """Return the addresses of a host, with commas between them. Raises `socket.gaierror`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return ", ".join(dict.fromkeys(str(info[4][0]) for info in found))


def tls_words(transport: asyncio.BaseTransport | None) -> str:
    """Return the TLS version of a connection and until when its certificate is valid."""
    connection: Any = transport.get_extra_info("ssl_object") if transport is not None else None
    if connection is None:
        return _("not encrypted")
    certificate = connection.getpeercert() or {}
    return _(
        "{version}, certificate valid until {get}",
        version=connection.version(),
        get=certificate.get("notAfter", "unknown"),
    )


def _failure(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError) or isinstance(error.__cause__, ConnectionRefusedError):
        return _("nobody listens there (connection refused)")
    answer = error.response if isinstance(error, DeliveryError) else ""
    words = " ".join(str(getattr(error, "message", None) or error).split()) or type(error).__name__
    return f"{words}: {' '.join(answer.split())}" if answer and answer not in words else words
