"""Receivers on loopback: a mail server that keeps what it gets, and a webhook endpoint that verifies signatures."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail as it arrived."""

    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """A webhook whose signature was good."""

    id: str
    type: str
    data: dict[str, Any]


class _Arrivals:
    """Lets others wait until something has arrived."""

    def __init__(self) -> None:
        self._arrived = asyncio.Condition()

    async def notify(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()

    async def wait_for(self, condition: Callable[[], bool], *, seconds: float) -> None:
        """Wait until `condition` holds after an arrival. Raises `TimeoutError`."""
        async with asyncio.timeout(seconds), self._arrived:
            await self._arrived.wait_for(condition)


class MailReceiver(_Arrivals):
    """An SMTP server at 127.0.0.1:`port` (0 takes any free one) while the context is open. `answer` may be set to refuse mail."""

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        self.port = port
        self.mails: list[ReceivedMail] = []
        self.answer = "250 OK"

    async def __aenter__(self) -> MailReceiver:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="localhost"), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's name)
        """Take one mail."""
        if self.answer.startswith("250"):
            parsed = message_from_bytes(envelope.original_content or b"", policy=policy.default)
            if isinstance(parsed, EmailMessage):
                self.mails.append(ReceivedMail(tuple(envelope.rcpt_tos), parsed))
        await self.notify()
        return self.answer


class WebhookReceiver(_Arrivals):
    """An endpoint at `url` while the context is open. `statuses` are answered in turn, then 204."""

    def __init__(self, secret: str, port: int = 0) -> None:
        super().__init__()
        self.port = port
        self.webhooks: list[ReceivedWebhook] = []
        self.times: Counter[str] = Counter()
        """How often each webhook-id came."""
        self.refused = 0
        """How many came with a bad signature."""
        self.statuses: list[int] = []
        self._webhook = Webhook(secret)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def __aenter__(self) -> WebhookReceiver:
        application = web.Application()
        application.add_routes([web.post("/hook", self._receive)])
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.text()
        try:
            self._webhook.verify(body, dict(request.headers))
        except WebhookVerificationError:
            self.refused += 1
            await self.notify()
            return web.Response(status=401, text="bad signature")
        status = self.statuses.pop(0) if self.statuses else 204
        if status < 300:
            told = json.loads(body)
            identity = request.headers["webhook-id"]
            self.times[identity] += 1
            self.webhooks.append(ReceivedWebhook(identity, told["type"], told["data"]))
        await self.notify()
        return web.Response(status=status)
