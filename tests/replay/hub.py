"""A WebSub hub: answers subscribers, verifies at their callback, pushes. It stands behind a replay outlets' proxy."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from dataclasses import dataclass, field
from types import TracebackType

import aiohttp
from aiohttp import web

PUBLIC = "https://news.example/tocsin"
"""The service's public address, behind which the hub finds it at `service`."""


@dataclass(slots=True)
class Subscribed:
    callback: str
    secret: str


@dataclass(slots=True)
class Hub:
    """`answer` is a script's. `status` other than 202 refuses; `denies` accepts, and then denies at the callback."""

    service: str = ""
    status: int = 202
    denies: str = ""
    lease: int = 864_000
    asked: list[dict[str, str]] = field(default_factory=list)
    verified: list[tuple[str, int, str]] = field(default_factory=list)
    """Mode, status and body of each answer of a callback."""
    subscribed: dict[str, Subscribed] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _calls: set[asyncio.Task[None]] = field(default_factory=set)
    _client: aiohttp.ClientSession = field(init=False)

    async def __aenter__(self) -> Hub:
        self._client = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*self._calls)
        await self._client.close()

    async def answer(self, request: web.BaseRequest) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.status == 202:
            task = asyncio.create_task(self._call_back(form))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
        async with self._changed:
            self._changed.notify_all()
        return web.Response(status=self.status, text="" if self.status == 202 else "not for you")

    async def _call_back(self, form: dict[str, str]) -> None:
        mode, topic = form["hub.mode"], form["hub.topic"]
        if self.denies:
            query = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": self.denies}
        else:
            query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": f"c{len(self.asked)}"}
            if mode == "subscribe":
                query["hub.lease_seconds"] = str(self.lease)
        status, body = await self.get(form["hub.callback"], query)
        if status == 200 and body == query.get("hub.challenge"):
            if mode == "subscribe":
                self.subscribed[topic] = Subscribed(form["hub.callback"], form["hub.secret"])
            else:
                del self.subscribed[topic]
        self.verified.append((query["hub.mode"], status, body))
        async with self._changed:
            self._changed.notify_all()

    async def wait_for_verified(self, count: int) -> None:
        """Wait until so many callbacks have answered."""
        async with asyncio.timeout(300), self._changed:
            await self._changed.wait_for(lambda: len(self.verified) >= count)

    async def wait_for_asked(self, count: int) -> None:
        """Wait until it was asked so often."""
        async with asyncio.timeout(300), self._changed:
            await self._changed.wait_for(lambda: len(self.asked) >= count)

    async def get(self, callback: str, query: dict[str, str]) -> tuple[int, str]:
        async with self._client.get(self._reach(callback), params=query) as response:
            return response.status, await response.text()

    async def push(
        self, topic: str, body: bytes, *, algorithm: str = "sha256", secret: str | None = None
    ) -> int:
        """Push to the topic's subscriber, signed with its secret or another; return the status of its answer."""
        subscribed = self.subscribed[topic]
        key = (subscribed.secret if secret is None else secret).encode()
        signature = hmac.new(key, body, getattr(hashlib, algorithm)).hexdigest()
        headers = {"X-Hub-Signature": f"{algorithm}={signature}", "Content-Type": "application/rss+xml"}
        return await self.post(subscribed.callback, body, headers)

    async def post(self, callback: str, body: bytes, headers: dict[str, str]) -> int:
        async with self._client.post(self._reach(callback), data=body, headers=headers) as response:
            return response.status

    def _reach(self, callback: str) -> str:
        assert callback.startswith(PUBLIC)
        return self.service + callback.removeprefix(PUBLIC)
