"""The world of the replay tests: outlets, a mail server, a webhook receiver, and services between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.assembly import Watchers
from service.demo.receivers import MailReceiver, WebhookReceiver
from service.process import Service, open_service
from service.settings import Settings
from tests.replay.outlets import ReplayOutlets

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
FEED = "http://gazette.example/rss"


@dataclass(slots=True)
class World:
    """Outlets, receivers, and settings for services over them."""

    outlets: ReplayOutlets
    mail: MailReceiver
    hook: WebhookReceiver
    folder: Path
    storage_url: str

    def settings(self, *feeds: str, watch: dict[str, Any] | None = None) -> Settings:
        """Fast settings: one outlet a feed, the watch list told by mail and webhook."""
        tracked = watch or {"actors": [{"name": "Nasser Bourita", "aliases": ["ناصر بوريطة"]}]}
        return Settings.model_validate(
            {
                "storage": {"url": self.storage_url},
                "crawler": {
                    "proxy": self.outlets.proxy,
                    "interval": "200ms",
                    "min_interval": "200ms",
                    "max_interval": "1s",
                    "per_host_delay": "0s",
                    "timeout": "60s",
                    "allow_networks": ["127.0.0.1/32"],
                },
                "web": {"listen": "127.0.0.1:0"},
                "smtp": {"host": "127.0.0.1", "port": self.mail.port, "security": "none"},
                "outlets": [{"name": url.split("/")[2], "feeds": [url]} for url in feeds or [FEED]],
                "channels": [
                    {"name": "desk", "type": "email", "to": ["desk@press.example"]},
                    {"name": "hook", "type": "webhook", "url": self.hook.url, "secret": SECRET},
                ],
                "watch": [{"name": "W", "channels": ["desk", "hook"], **tracked}],
            }
        )


@pytest.fixture
async def world(tmp_path: Path, storage_url: str) -> AsyncIterator[World]:
    async with ReplayOutlets() as outlets, MailReceiver() as mail, WebhookReceiver(SECRET) as hook:
        yield World(outlets, mail, hook, tmp_path, storage_url)


@asynccontextmanager
async def running(settings: Settings, watchers: Watchers | None = None) -> AsyncIterator[Service]:
    async with open_service(settings, watchers=watchers) as service:
        task = asyncio.create_task(service.run())
        try:
            yield service
        finally:
            service.stop.set()
            await task
