"""Sessions with a mail server, kept open for a moment, so that a backlog does not greet and log in for each mail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import aiosmtplib

GOODBYE = timedelta(seconds=5)
IDLE = timedelta(seconds=5)
"""So long an unused session is kept: shorter than any server's patience (RFC 5321 §4.5.3.2.7 asks for five minutes)."""
MESSAGES = 100
"""So many messages a session sends: many servers take no more."""


@dataclass(slots=True, eq=False)
class _Idle:
    client: aiosmtplib.SMTP
    used: int
    timer: asyncio.TimerHandle


class SmtpSessions:
    """Opens sessions and keeps those that ended well. Each is used by one sender at a time."""

    def __init__(self, make: Callable[[], aiosmtplib.SMTP]) -> None:
        """`make` gives a client that is not yet connected."""
        self._make = make
        self._idle: list[_Idle] = []
        self._used: dict[aiosmtplib.SMTP, int] = {}
        self._goodbyes: set[asyncio.Task[None]] = set()

    async def take(self) -> aiosmtplib.SMTP:
        """Return a session that answers: one that was kept, else a new one. Raises as aiosmtplib does where none opens."""
        while self._idle:
            kept = self._idle.pop()
            kept.timer.cancel()
            if await _answers(kept.client):
                self._used[kept.client] = kept.used
                return kept.client
            kept.client.close()
        client = self._make()
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        self._used[client] = 0
        return client

    async def give_back(self, client: aiosmtplib.SMTP, *, well: bool) -> None:
        """Take a session back; keeps it where the message went `well`, else ends it."""
        used = self._used.pop(client) + 1
        if well and client.is_connected and used < MESSAGES:
            timer = asyncio.get_running_loop().call_later(IDLE.total_seconds(), self._expire, client)
            self._idle.append(_Idle(client, used, timer))
        else:
            await _end(client)

    def drop(self, client: aiosmtplib.SMTP) -> None:
        """Close a session whose sender was broken off, without a word."""
        self._used.pop(client, None)
        client.close()

    async def aclose(self) -> None:
        """End the sessions that are kept."""
        kept, self._idle = self._idle, []
        for item in kept:
            item.timer.cancel()
        await asyncio.gather(*(_end(item.client) for item in kept), *self._goodbyes)

    def _expire(self, client: aiosmtplib.SMTP) -> None:
        self._idle = [item for item in self._idle if item.client is not client]
        goodbye = asyncio.create_task(_end(client), name="end a mail session")
        self._goodbyes.add(goodbye)
        goodbye.add_done_callback(self._goodbyes.discard)


async def _answers(client: aiosmtplib.SMTP) -> bool:
    """Return whether the server is still there: it may have ended the session while it was not used."""
    if not client.is_connected:
        return False
    try:
        async with asyncio.timeout(GOODBYE.total_seconds()):
            await client.noop()
    except (aiosmtplib.SMTPException, OSError):
        return False
    return True


async def _end(client: aiosmtplib.SMTP) -> None:
    """Says goodbye and closes. The fate of what was sent is decided by now, so that a failure here changes nothing."""
    try:
        if client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                async with asyncio.timeout(GOODBYE.total_seconds()):
                    await client.quit()
    finally:
        client.close()
