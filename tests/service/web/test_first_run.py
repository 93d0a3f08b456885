"""From the link in the terminal to a working watch by mail, in each language: the actions are counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Locator, Page, expect

from service.actions.users import first_link
from service.clock import utc_now
from service.demo.receivers import MailReceiver
from service.settings import Settings
from tests.replay.conftest import running
from tests.replay.outlets import ReplayOutlets, feed
from tests.service.web.conftest import PATIENCE_MS, SHOTS, new_context
from tests.service.web.served import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

COUNTRY, FEED = "MM", "http://www.dvb.no/feed"
"""A country of few outlets in the catalogue, and the feed of one of them; the others are out of reach."""
NAME = "Nasser Bourita"
MOST_ACTIONS = 12
DESK = "desk@press.example"
EMPTY = {
    "en": "The archive is still empty",
    "fr": "Les archives sont encore vides",
    "es": "El archivo todavía está vacío",
    "ar": "الأرشيف ما زال فارغًا",
}
"""How the page says so of an archive to which nothing has come yet."""


class Hands:
    """What a user does on a page: each click, and each field that is filled in, is one action."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.done: list[str] = []

    async def fill(self, selector: str, text: str) -> None:
        self.done.append(f"type {selector}")
        await self.page.locator(selector).fill(text)

    async def choose(self, selector: str, value: str) -> None:
        self.done.append(f"choose {selector}")
        await self.page.locator(selector).select_option(value)

    async def click(self, target: Locator) -> None:
        self.done.append("click")
        await target.click()


def settings(folder: Path, outlets: ReplayOutlets, mail: MailReceiver, interval: str) -> Settings:
    return Settings.model_validate(
        {
            "storage": {"url": f"sqlite:///{folder / 'first.db'}"},
            "crawler": {
                "proxy": outlets.proxy,
                "interval": interval,
                "min_interval": interval,
                "max_interval": interval,
                "per_host_delay": "0s",
                "allow_networks": ["127.0.0.1/32"],
            },
            "service": {"wikidata": ""},
            "web": {"listen": "127.0.0.1:0"},
            "smtp": {"host": "127.0.0.1", "port": mail.port, "security": "none"},
        }
    )


@asynccontextmanager
async def fresh(
    browser: Browser, folder: Path, language: str, *, interval: str = "1s", zone: str = "UTC"
) -> AsyncIterator[tuple[str, Page, ReplayOutlets, MailReceiver]]:
    """A service that has nothing yet, with the link that its first start prints, and a browser's page in this language."""
    async with AsyncExitStack() as stack:
        outlets = await stack.enter_async_context(ReplayOutlets())
        mail = await stack.enter_async_context(MailReceiver())
        service = await stack.enter_async_context(running(settings(folder, outlets, mail, interval)))
        spoken = {"en": "en-GB", "ar": "ar-MA"}.get(language, language)
        context = await new_context(browser, locale=spoken, timezone_id=zone)
        stack.push_async_callback(context.close)
        page = await context.new_page()
        link = await service.database.writing(first_link, now=utc_now())
        assert link is not None
        await page.goto(service.url + link)
        yield service.url, page, outlets, mail


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
@pytest.mark.thorough
async def test_from_the_link_in_the_terminal_to_a_working_watch_by_mail(
    browser: Browser, tmp_path: Path, language: str
) -> None:
    old = feed(("http://www.dvb.no/1", f"{NAME} meets envoys"), at=utc_now() - timedelta(days=3))
    arrives = asyncio.Event()

    async def late(request: web.BaseRequest) -> web.StreamResponse:
        await arrives.wait()
        response = old(request)
        assert isinstance(response, web.StreamResponse)
        return response

    async with fresh(browser, tmp_path, language) as (url, page, outlets, mail):
        outlets.script[FEED] = [late, old]
        hands = Hands(page)
        await hands.fill("input[name=name]", "leila")
        await hands.fill("input[name=password]", PASSWORD)
        await hands.fill("input[name=again]", PASSWORD)
        await hands.click(page.locator("main form button"))
        await page.wait_for_url("**/start")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
        await shot(page, f"start-{language}")

        await hands.choose("select[name=country]", COUNTRY)
        await hands.click(page.locator("form[action='/start/outlets'] button"))
        await expect(page.locator("section[aria-labelledby=outlets] .state.ok")).to_be_visible()

        form = page.locator("form[action='/start/follow']")
        await hands.fill("form[action='/start/follow'] input[name=name]", NAME)
        await hands.click(form.locator("button[formaction='/start/spellings']"))
        await hands.click(page.locator("#spellings input[name=more][value^='ناصر']").first)
        await hands.click(form.locator("button:not([formaction])"))
        await expect(page.locator("section[aria-labelledby=follow] .state.ok")).to_be_visible()
        await expect(page.locator("#preview")).to_contain_text(EMPTY[language])
        arrives.set()
        await expect(page.locator("#preview mark").first).to_have_text(NAME)  # it comes by itself

        await hands.fill("input[name=address]", DESK)
        await hands.click(page.locator("form[action='/start/tell'] button"))
        await expect(page.locator("section[aria-labelledby=test] .state.ok")).to_be_visible()
        await mail.wait_for(lambda: len(mail.mails) == 1, seconds=PATIENCE_MS / 1000)
        await expect(page.locator("#preview mark").first).to_have_text(NAME)
        await expect(page.locator(".state.new")).to_have_count(0)
        await shot(page, f"start-done-{language}")
        assert len(hands.done) <= MOST_ACTIONS, hands.done

        await page.goto(url)
        assert page.url.endswith("/alerts"), "what is done leads no more"
        news = ("http://www.dvb.no/2", f"{NAME} arrives in Madrid")
        outlets.script[FEED] = [feed(news, etag='"2"')]
        await mail.wait_for(lambda: len(mail.mails) == 2, seconds=PATIENCE_MS / 1000)
        assert "arrives in Madrid" in str(mail.mails[1].message["subject"])


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
