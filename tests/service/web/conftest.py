"""A running service with outlets and receivers, and Debian's Chromium, for the tests of the page; one of each a module."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from service.actions.users import first_link
from service.clock import utc_now
from service.demo.receivers import MailReceiver
from service.process import Service
from service.settings import Settings
from tests.replay.conftest import running
from tests.replay.outlets import ReplayOutlets

NAME, PASSWORD = "ed", "correct horse battery"
PATIENCE_MS = 180_000
"""How long an event is waited for: as long as a machine may take that has seven other things to do."""
expect.set_options(timeout=PATIENCE_MS)
SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for screenshots, where someone wants to look at them."""


@dataclass(slots=True)
class Desk:
    """The service at work, and a browser before it."""

    outlets: ReplayOutlets
    mail: MailReceiver
    service: Service
    browser: Browser
    context: BrowserContext
    page: Page
    foreign: list[str] = field(default_factory=list)
    """Requests of the browser to anywhere but the service."""
    said: list[str] = field(default_factory=list)
    """Dialogs, faults of scripts and what the browser's policy stopped."""

    @property
    def url(self) -> str:
        return self.service.url

    async def shot(self, name: str, page: Page | None = None) -> None:
        await shot(page or self.page, name)


async def shot(page: Page, name: str) -> None:
    """Keep what a page looks like, where someone wants to look at it."""
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def chromium() -> str:
    """Return the system's Chromium: without a window's parts where there is one, since that takes half as much of the processor.

    Its tests are skipped where there is none, but never in CI.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    path = next((found for name in names if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("there is no chromium: apt-get install chromium")
        pytest.skip("there is no chromium: apt-get install chromium")
    return path


def settings(folder: Path, outlets: ReplayOutlets, mail: MailReceiver) -> Settings:
    return Settings.model_validate(
        {
            "storage": {"url": f"sqlite:///{folder / 'web.db'}"},
            "crawler": {
                "proxy": outlets.proxy,
                "interval": "300ms",
                "min_interval": "300ms",
                "max_interval": "1s",
                "per_host_delay": "0s",
                "timeout": "60s",
                "allow_networks": ["127.0.0.1/32"],
            },
            "web": {"listen": "127.0.0.1:0"},
            "smtp": {"host": "127.0.0.1", "port": mail.port, "security": "none"},
            "channels": [{"name": "desk", "type": "email", "to": ["desk@press.example"]}],
            "watch": [
                {"name": "From the file", "channels": ["desk"], "actors": [{"name": "Nobody Of This Name"}]}
            ],
        }
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> AsyncIterator[Desk]:
    path = chromium()
    async with AsyncExitStack() as stack:
        outlets = await stack.enter_async_context(ReplayOutlets())
        mail = await stack.enter_async_context(MailReceiver())
        folder = tmp_path_factory.mktemp("web")
        shutil.copy(sqlite_template, folder / "web.db")
        service = await stack.enter_async_context(running(settings(folder, outlets, mail)))
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"], timeout=PATIENCE_MS
        )
        stack.push_async_callback(browser.close)
        context = await new_context(browser)
        page = await context.new_page()
        made = Desk(outlets, mail, service, browser, context, page)
        watch(made, page)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser, for tests that start services of their own."""
    path = chromium()
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"], timeout=PATIENCE_MS
        )
        yield launched
        await launched.close()


async def new_context(browser: Browser, **options: Any) -> BrowserContext:  # noqa: ANN401  (Playwright's own)
    """Return a window of its own, with patience."""
    context = await browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC", **options})
    context.set_default_timeout(PATIENCE_MS)
    return context


def watch(desk: Desk, page: Page) -> None:
    """Note what the browser asks of others, and what its pages say."""
    page.on("request", lambda request: _note(desk, request.url))
    page.on("dialog", lambda dialog: desk.said.append(f"dialog: {dialog.message}"))
    page.on("pageerror", lambda error: desk.said.append(f"fault: {error}"))
    page.on("console", lambda message: _hear(desk, message.type, message.text))


def _note(desk: Desk, url: str) -> None:
    if not url.startswith((desk.url, "data:", "about:")):
        desk.foreign.append(url)


def _hear(desk: Desk, kind: str, text: str) -> None:
    if kind in ("error", "warning") and "status of 422" not in text:
        desk.said.append(f"{kind}: {text}")


async def first_sign_in(desk: Desk) -> None:
    """Set the first password through the one-time link, as the start prints it."""
    link = await desk.service.database.writing(first_link, now=utc_now())
    if link is None:
        return
    await desk.page.goto(desk.url + link)
    await desk.page.get_by_label("Name").fill(NAME)
    await desk.page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    await desk.page.get_by_label("Again").fill(PASSWORD)
    await desk.page.get_by_role("button", name="Set the password").click()
    await desk.page.wait_for_url("**/start")
    await desk.page.goto(f"{desk.url}/alerts")
