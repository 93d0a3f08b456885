"""A real mail server on loopback that answers as a test wants, with TLS by a certificate made for the occasion."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "correct horse"


@dataclass
class Mailbox:
    """What the server received, and what it answers: a reply for each recipient, one after DATA."""

    after_data: str = "250 2.0.0 taken as 4711"
    replies: dict[str, str] = field(default_factory=dict)
    drop_after_data: bool = False
    received: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    """Of the envelopes."""
    encrypted: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    connections: int = 0
    servers: list[SMTP] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    def hang_up(self) -> None:
        """End every session, as a server does with those that are not used."""
        for server in self.servers:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.left.set()
        return "221 Bye"

    async def handle_RCPT(  # noqa: N802  (aiosmtpd calls it so)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.replies.get(address, "250 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        self.senders.append(envelope.mail_from or "")
        self.encrypted.append(session.ssl is not None)
        if self.drop_after_data:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.after_data

    def authenticate(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        mechanism: str,
        data: Any,  # noqa: ANN401
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=data.password.decode() == PASSWORD, handled=False)


@asynccontextmanager
async def mail_server(
    mailbox: Mailbox,
    *,
    starttls: ssl.SSLContext | None = None,
    tls: ssl.SSLContext | None = None,
    auth: bool = False,
) -> AsyncIterator[int]:
    """Serve the mailbox on 127.0.0.1; return the port."""

    def protocol() -> SMTP:
        mailbox.connections += 1
        server = SMTP(
            mailbox,
            hostname="mail.example",
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_required=auth,
            auth_require_tls=starttls is not None,
            authenticator=mailbox.authenticate if auth else None,
            loop=asyncio.get_running_loop(),
        )
        mailbox.servers.append(server)
        return server

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def scripted_server(*lines: str, mail_answer: str = "", goodbye: str = "") -> AsyncIterator[int]:
    """Do what no sound server does. It greets with the first of `lines` and answers each command with the next.

    Then it hangs, or, with `mail_answer`, takes a mail and answers QUIT with `goodbye`.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        try:
            for line in lines:
                await say(line)
                if line is not lines[-1] and not await reader.readline():
                    return
            if mail_answer:
                await reader.readuntil(b"\r\n.\r\n")
                await say(mail_answer)
                await reader.readline()
                await say(goodbye)
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
