"""A service in a thread of its own, for tests that ask it from outside and wait for each answer."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import uuid4

import httpx

from service.actions.backfill import backfill
from service.actions.tokens import make_token
from service.actions.users import first_link
from service.clock import utc_now
from service.process import Service, open_service
from service.settings import Settings
from tests.archive import add_article, watch

NAME, PASSWORD = "ed", "correct horse battery"
ALERTS = 7
NOWHERE = "http://127.0.0.1:9"
"""A proxy that nothing answers at: no address that a test makes up is ever asked."""


@dataclass(slots=True)
class Served:
    """The service, where it is, and what may be sent to it."""

    service: Service
    url: str
    tokens: dict[str, str]
    """Of each scope."""

    def client(self, scope: str | None = None) -> httpx.Client:
        headers = {} if scope is None else {"Authorization": f"Bearer {self.tokens[scope]}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, verify=False)

    def new_token(self) -> str:
        """Return a new token that may do everything."""
        name = f"more {uuid4().hex}"
        with self.service.database.write() as session:
            return make_token(session, name, ["read", "write", "admin"], now=utc_now())[1]

    def first_link(self) -> str | None:
        with self.service.database.write() as session:
            return first_link(session, now=utc_now())


def csrf_in(page: str) -> str:
    """Return what the forms of a page carry."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


@contextmanager
def served(settings: Settings) -> Iterator[Served]:
    """Run a service while the context is open."""
    ready = threading.Event()
    found: list[Service] = []
    failed: list[BaseException] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def work() -> None:
        async with open_service(settings, settings_file="desk.toml") as service:
            found.append(service)
            loops.append(asyncio.get_running_loop())
            ready.set()
            await service.run()

    def thread() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:  # noqa: BLE001  (it is raised where the test waits)
            failed.append(error)
            ready.set()

    worker = threading.Thread(target=thread, daemon=True)
    worker.start()
    ready.wait(180)
    if failed:
        raise failed[0]
    (service,) = found
    try:
        yield Served(service, service.url, _tokens(service))
    finally:
        loops[0].call_soon_threadsafe(service.stop.set)
        worker.join(120)


@contextmanager
def served_ferries(storage_url: str) -> Iterator[Served]:
    """Run a service with a few alerts of a list called Ferries while the context is open."""
    with served(settings_on(storage_url)) as running:
        at = utc_now() - timedelta(hours=1)
        with running.service.database.write() as session:
            for number in range(ALERTS):
                add_article(session, f"Ferry {number}", "The ferry left.", at=at, matched=True)
            watch(session, "Ferries", actors=["Ferry"], channels=["console"])
        backfill(running.service.database, "Ferries", days=3, send=True, now=utc_now())
        yield running


def settings_on(storage_url: str, **more: object) -> Settings:
    """Return settings that poll nothing."""
    return Settings.model_validate(
        {
            "storage": {"url": storage_url},
            "web": {"listen": "127.0.0.1:0"},
            "crawler": {"proxy": NOWHERE},
            "service": {"wikidata": ""},
            "channels": [{"name": "console", "type": "console"}],
            "watch": [
                {"name": "From the file", "channels": ["console"], "actors": [{"name": "Nobody Here"}]}
            ],
            **more,
        }
    )


def _tokens(service: Service) -> dict[str, str]:
    tokens = {}
    for scopes in (["read"], ["read", "write"], ["read", "write", "admin"]):
        make = partial(make_token, name=scopes[-1], scopes=scopes, now=utc_now())
        with service.database.write() as session:
            _row, tokens[scopes[-1]] = make(session)
    return tokens
