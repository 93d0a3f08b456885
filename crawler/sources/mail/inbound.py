"""The SMTP server (RFC 5321) for mail to our own addresses, off by default. What it says "250" to is stored.

It takes mail for addresses that we made (`recipients`), and for nobody else: it passes nothing on. Anybody may talk to it, and
whoever knows an address may write to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from crawler.sources.mail.bounces import BounceTaker
from crawler.sources.mail.recipients import name_of
from crawler.sources.mail.source import MailSettings
from storage.engine import DATABASE_FAILS, Database
from storage.stores.feeds.inbound import add_inbound, inbound_source

log = structlog.get_logger(__name__)

MOST_RECIPIENTS = 20
SILENCE = 60.0
"""Seconds that a client may say nothing."""


@dataclass(frozen=True, slots=True)
class InboundOptions:
    """Where it listens (host:port), the domain of our addresses, and the bytes that a message may have."""

    listen: str
    domain: str
    max_bytes: int = 10_000_000


class InboundServer:
    """Listens from `load` to `close`. `key` is what our addresses are made with."""

    def __init__(
        self,
        database: Database,
        options: InboundOptions,
        *,
        key: bytes,
        clock: Callable[[], datetime],
        hint: Callable[[], None],
        bounces: BounceTaker | None = None,
    ) -> None:
        self._database = database
        self._options = options
        self._key = key
        self._clock = clock
        self._hint = hint
        self._bounces = bounces
        self._server: asyncio.Server | None = None
        self.port = 0

    async def load(self) -> None:
        """Begin to listen. Raises `OSError`, naming the address, where it can't be bound."""
        host, _, port = self._options.listen.rpartition(":")
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._protocol, host.strip("[]"), int(port)
            )
        except OSError as error:
            raise OSError(
                f"can't listen at {self._options.listen}: {error.strerror}. Stop what uses it, or set [inbound] listen to "
                "another address."
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def step(self) -> int:
        """Do nothing: mail comes by itself."""
        return 0

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _protocol(self) -> SMTP:
        handler = _Handler(
            self._database,
            self._options,
            self._key,
            clock=self._clock,
            hint=self._hint,
            bounces=self._bounces,
        )
        return SMTP(
            handler,
            hostname=self._options.domain,
            ident="Tocsin",
            data_size_limit=self._options.max_bytes,
            enable_SMTPUTF8=True,
            timeout=SILENCE,
        )


class _Handler:
    """What is answered to a client; aiosmtpd names the methods."""

    def __init__(
        self,
        database: Database,
        options: InboundOptions,
        key: bytes,
        *,
        clock: Callable[[], datetime],
        hint: Callable[[], None],
        bounces: BounceTaker | None,
    ) -> None:
        self._database = database
        self._options = options
        self._key = key
        self._clock = clock
        self._hint = hint
        self._bounces = bounces
        self._sources: dict[str, int] = {}
        """The sources of the recipients that were accepted, by their addresses."""

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept an address that we made, of a source that is followed."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        name = name_of(self._key, address, self._options.domain)
        if name is None:
            return await self._accept_bounce(envelope, address)
        try:
            feed_id = await self._database.reading(inbound_source, address=MailSettings(to=name).name)
        except DATABASE_FAILS:
            return "451 4.3.0 Try again later"
        if feed_id is None:
            return "550 5.1.1 No such address here"
        self._sources[address] = feed_id
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def _accept_bounce(self, envelope: Envelope, address: str) -> str:
        """Accept an address that mails to somebody come back to."""
        is_here = address.rpartition("@")[2].lower() == self._options.domain.lower()
        try:
            is_ours = is_here and self._bounces is not None and await self._bounces.knows(address)
        except DATABASE_FAILS:
            return "451 4.3.0 Try again later"
        if not is_ours:
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        """Store a message for each of its recipients, together, and have their sources read at once."""
        body = envelope.original_content or b""
        feed_ids = sorted({self._sources[one] for one in envelope.rcpt_tos if one in self._sources})
        add = partial(add_inbound, feed_ids=feed_ids, body=body, now=self._clock())
        try:
            for address in envelope.rcpt_tos:
                if address not in self._sources and self._bounces is not None:
                    await self._bounces.take(address, body)
            is_stored = not feed_ids or await self._database.writing(add)
        except DATABASE_FAILS as error:
            log.warning(
                "a message could not be stored; its sender tries again", error=str(error).splitlines()[0]
            )
            return "451 4.3.0 Try again later"
        if not is_stored:
            return "452 4.2.2 Too many messages wait to be read"
        self._hint()
        return "250 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Answer where something of ours failed: the sender tries again."""
        log.error("taking in mail failed: internal error", error=f"{type(error).__name__}: {error}")
        return "451 4.3.0 Try again later"
