"""What `tocsin channels test` tries of a mail server: its name, the connection, TLS, the login."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress

import aiosmtplib

from alerts.delivery.channels.base import SmtpServer, TrialStep
from alerts.delivery.channels.trial_steps import PATIENCE, resolve, timed_step, tls_words
from alerts.errors import DeliveryError
from storage.language import _


async def smtp_steps(server: SmtpServer) -> AsyncIterator[TrialStep]:
    """Give the steps as they are done."""
    yield await timed_step(_("name (DNS)"), resolve(server.host, server.port))
    # One without login, so that each step shows by itself; the mail then goes the way that every alert goes.
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security == "tls",
        start_tls=False,
        tls_context=None if server.security == "none" else ssl.create_default_context(),
        timeout=PATIENCE,
    )
    try:
        yield await timed_step("connection", _said(_connect(client, tls=server.security == "tls")))
        if server.security == "starttls" and client.is_connected:
            yield await timed_step(_("TLS (STARTTLS)"), _said(_start_tls(client)))
        if server.username and client.is_connected:
            yield await timed_step("login", _said(_login(client, server)))
    finally:
        with suppress(aiosmtplib.SMTPException, OSError):
            if client.is_connected:
                await client.quit()
        client.close()


async def _said(work: Awaitable[str]) -> str:
    try:
        return await work
    except TimeoutError:  # some of aiosmtplib's are both
        raise
    except aiosmtplib.SMTPException as error:
        raise DeliveryError(error.message, recoverable=True) from error.__cause__


async def _connect(client: aiosmtplib.SMTP, *, tls: bool) -> str:
    answer = await client.connect()
    secured = f", {tls_words(client.transport)}" if tls else ""
    return f"{answer.code} {answer.message}{secured}"


async def _start_tls(client: aiosmtplib.SMTP) -> str:
    await client.starttls()
    return tls_words(client.transport)


async def _login(client: aiosmtplib.SMTP, server: SmtpServer) -> str:
    answer = await client.login(server.username, server.password)
    return f"{answer.code} {answer.message}"
