"""Tries a channel step by step, so that one sees which fails: the name (DNS), the connection, TLS, the login, the answer."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiosmtplib
from yarl import URL

from alerts.delivery.channels import Channel, ChannelConfig, EmailConfig, WebhookConfig
from alerts.delivery.payload import Message, ServiceData
from alerts.errors import DeliveryError
from storage.addresses import is_allowed
from storage.stores.outbox.channels import new_uid

PATIENCE = 15.0
"""Seconds for a step."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what it was, whether it went well, and what was seen."""

    name: str
    ok: bool
    words: str
    seconds: float


def trial_message(channel: str, *, now: datetime) -> Message:
    """Gives the message that a test sends."""
    data = ServiceData(
        subject=f"Test of the channel {channel}",
        text="This is a test. If you can read it, alerts of this channel will reach you.",
    )
    return Message(uid=new_uid(), kind="service", created_at=now, channel=channel, data=data)


async def try_channel(config: ChannelConfig, channel: Channel, message: Message) -> AsyncIterator[Step]:
    """Gives the steps as they are done; ends with the first that fails. The last one sends the message for good."""
    steps: AsyncIterator[Step] | None
    match config:
        case EmailConfig():
            steps = _email_steps(config)
        case WebhookConfig():
            steps = _webhook_steps(config)
        case _:
            steps = None
    if steps is not None:
        async for step in steps:
            yield step
            if not step.ok:
                return
    yield await _timed("answer", _answer(channel, message))


async def _answer(channel: Channel, message: Message) -> str:
    receipt = await channel.send(message)
    if receipt.recipients:
        return "; ".join(f"{who}: {code} {words}" for who, (code, words) in receipt.recipients.items())
    status = f"{receipt.status} " if receipt.status is not None else ""
    return f"{status}{receipt.response or 'taken'}".strip()


async def _email_steps(config: EmailConfig) -> AsyncIterator[Step]:
    yield await _timed("name (DNS)", _addresses(config.host, config.port))
    # One without login, so that each step shows by itself; the mail then goes the way that every alert goes.
    tls = None if config.security == "none" else ssl.create_default_context()
    client = aiosmtplib.SMTP(
        hostname=config.host,
        port=config.port,
        use_tls=config.security == "tls",
        start_tls=False,
        tls_context=tls,
        timeout=PATIENCE,
    )
    try:
        yield await _timed("connection", _connect_mail(client, tls=config.security == "tls"))
        if config.security == "starttls" and client.is_connected:
            yield await _timed("TLS (STARTTLS)", _start_tls(client))
        if config.username and client.is_connected:
            yield await _timed("login", _login(client, config.username, config.password))
    finally:
        with suppress(aiosmtplib.SMTPException, OSError):
            if client.is_connected:
                await client.quit()
        client.close()


async def _connect_mail(client: aiosmtplib.SMTP, *, tls: bool) -> str:
    answer = await client.connect()
    secured = f", {_tls_words(client.transport)}" if tls else ""
    return f"{answer.code} {answer.message}{secured}"


async def _start_tls(client: aiosmtplib.SMTP) -> str:
    await client.starttls()
    return _tls_words(client.transport)


async def _login(client: aiosmtplib.SMTP, username: str, password: str) -> str:
    answer = await client.login(username, password)
    return f"{answer.code} {answer.message}"


async def _webhook_steps(config: WebhookConfig) -> AsyncIterator[Step]:
    url = URL(config.url)
    host, port = url.host or "", url.port or 443
    yield await _timed("name (DNS)", _addresses(host, port))
    yield await _timed("address", _check_addresses(config, host, port))
    yield await _timed("TLS" if url.scheme == "https" else "connection", _connect(url, host, port))


async def _addresses(host: str, port: int) -> str:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return ", ".join(dict.fromkeys(str(info[4][0]) for info in found))


async def _check_addresses(config: WebhookConfig, host: str, port: int) -> str:
    found = (await _addresses(host, port)).split(", ")
    refused = [address for address in found if not is_allowed(address, config.allow_networks)]
    if refused:
        raise OSError(
            f"{', '.join(refused)} is not a public address; if it is yours, add its network to allow_networks"
        )
    return "may be called"


async def _connect(url: URL, host: str, port: int) -> str:
    tls = ssl.create_default_context() if url.scheme == "https" else None
    _reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    words = _tls_words(writer.transport) if tls else f"to port {port}, not encrypted"
    writer.close()
    with suppress(OSError, ssl.SSLError):
        await writer.wait_closed()
    return words


def _tls_words(transport: asyncio.BaseTransport | None) -> str:
    connection: Any = transport.get_extra_info("ssl_object") if transport is not None else None
    if connection is None:
        return "not encrypted"
    certificate = connection.getpeercert() or {}
    return f"{connection.version()}, certificate valid until {certificate.get('notAfter', 'unknown')}"


async def _timed(name: str, work: Awaitable[str]) -> Step:
    loop = asyncio.get_running_loop()
    begin = loop.time()
    try:
        async with asyncio.timeout(2 * PATIENCE):
            words, ok = await work, True
    except socket.gaierror as error:
        words, ok = f"the name can't be found: {error.strerror}", False
    except TimeoutError:
        words, ok = f"no answer within {loop.time() - begin:.0f} s", False
    except (DeliveryError, aiosmtplib.SMTPException, OSError) as error:
        words, ok = _failure(error), False
    return Step(name, ok, words, loop.time() - begin)


def _failure(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError) or isinstance(error.__cause__, ConnectionRefusedError):
        return "nobody listens there (connection refused)"
    told = error.response if isinstance(error, DeliveryError) else ""
    words = " ".join(str(getattr(error, "message", None) or error).split()) or type(error).__name__
    return f"{words}: {' '.join(told.split())}" if told and told not in words else words
