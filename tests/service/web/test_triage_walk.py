"""Alerts are dealt with in a browser: by keys, several at once, in their form; and taken back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, Route, async_playwright, expect

from service.clock import utc_now
from tests.databases import on_sqlite
from tests.service.actions.surfaces import House, house_on
from tests.service.web.conftest import PATIENCE_MS, chromium, new_context, shot
from tests.triaged import add_alert

# Without a browser: actions/test_triage_surfaces.py.
pytestmark = [on_sqlite, pytest.mark.asyncio(loop_scope="module"), pytest.mark.thorough]
ARABIC = "ناصر بوريطة يجري مباحثات هاتفية مع نظيرته السنغالية"


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        with running.served.service.database.write() as session:
            for title in ("Rain", "Boats & nets", ARABIC, "Fishing <talks>"):
                add_alert(session, title, at=utc_now(), text=f"{title}. It was said in Rabat on Monday.")
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(house: House) -> AsyncIterator[Page]:
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"], timeout=PATIENCE_MS
        )
        context = await new_context(browser)
        await context.add_cookies(
            [
                {"name": each.name, "value": each.value or "", "url": house.served.url}
                for each in house.page.cookies.jar
            ]
        )
        yield await context.new_page()
        await browser.close()


def state_of(row: Locator) -> Locator:
    """Return where a row says the state, which it does of those that are not new."""
    return row.locator(".meta .state.seen, .meta .state.in-hand, .meta .state.done")


async def row_at(page: Page, place: int) -> Locator:
    """Return a row of the list by its number, which stays when it is swapped."""
    name = await page.locator("#alerts > li").nth(place).get_attribute("id")
    return page.locator(f"#{name}")


async def test_alerts_are_read_by_keys(house: House, page: Page) -> None:
    url = house.served.url
    await page.goto(f"{url}/alerts")
    keys = page.get_by_role("dialog", name="Keys")
    await page.keyboard.press("?")
    await expect(keys).to_be_visible()
    for key in await page.locator("[data-key]").evaluate_all(
        "all => [...new Set(all.map(each => each.dataset.key))]"
    ):
        await expect(keys.locator("kbd", has_text=re.compile(f"^{key}$"))).to_have_count(1)
    await page.keyboard.press("j")
    await expect(page.locator(".alert.current")).to_have_count(0)  # what is behind the help stays
    await page.keyboard.press("Escape")
    await expect(keys).to_be_hidden()

    first, second = await row_at(page, 0), await row_at(page, 1)
    await page.keyboard.press("n")
    await page.keyboard.press("m")
    await expect(first).to_have_class("alert seen current")
    await page.keyboard.press("m")
    await expect(first).to_have_class("alert current")
    await page.context.route("**://*.example/**", lambda route: route.fulfill(body="The article"))
    async with page.expect_popup() as opened:
        await page.keyboard.press("v")
    await expect(await opened.value).to_have_url(re.compile(r"^https?://[a-z.]+\.example/"))
    await (await opened.value).close()
    await page.keyboard.press("n")
    await expect(second).to_have_class("alert current")
    await page.keyboard.press("p")
    await expect(first).to_have_class("alert current")
    async with page.expect_event("load"):
        await page.keyboard.press("A")
    await expect(page.locator(".alert:not(.seen)")).to_have_count(0)
    await expect(page.get_by_role("button", name="Mark all on this page as read")).to_be_disabled()
    await page.keyboard.press("j")
    await page.keyboard.press("o")
    await page.wait_for_url(re.compile(r"/alerts/\d+$"))
    async with page.expect_event("load"):
        await page.keyboard.press("m")
    await expect(page.locator(".alert:not(.seen)")).to_have_count(1)
    for letter, path in (("w", "watch"), ("f", "outlets"), ("s", "account"), ("a", "alerts")):
        await page.keyboard.press("g")
        await page.keyboard.press(letter)
        await page.wait_for_url(f"**/{path}")


async def test_alerts_are_dealt_with_by_keys_and_in_forms(house: House, page: Page) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    url = house.served.url
    await page.goto(f"{url}/alerts")
    first, second = await row_at(page, 0), await row_at(page, 1)

    await page.keyboard.press("j")
    await page.keyboard.press("h")
    await expect(state_of(first)).to_have_text("in hand")
    await expect(first.locator("bdi", has_text="ed")).to_have_count(1)
    await expect(first).to_have_class("alert current")
    await page.keyboard.press("u")
    await expect(state_of(first)).to_have_count(0)

    await page.keyboard.press("x")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    async with page.expect_event("load"):  # keys work once the page's script has run
        await page.keyboard.press("f")
    await expect(page.get_by_text("2 alerts were changed.")).to_be_visible()
    await expect(state_of(first)).to_have_text("done")
    await expect(state_of(second)).to_have_text("done")
    await page.keyboard.press("u")
    await expect(state_of(first)).to_have_count(0)
    await expect(state_of(second)).to_have_count(0)

    await first.locator("h2 a").click()
    await page.get_by_text("How it is dealt with").click()
    await page.get_by_label("Assignee").select_option("ed (you)")
    await page.get_by_label("Due").fill("2030-01-02T17:00")
    await page.get_by_label("Tags").fill("visit, fish")
    await page.get_by_label("Note").fill("Called the ministry.\nThey call back.")
    await page.locator("details.handling").get_by_role("button", name="Save").click()
    await expect(page.locator(".notes")).to_contain_text("They call back.")
    await expect(page.locator(".meta .tag", has_text="visit")).to_be_visible()
    await page.get_by_text("What was done").click()
    await shot(page, "triage-alert")

    await page.goto(f"{url}/alerts?view=mine")
    await expect(page.locator("#alerts > li.alert")).to_have_count(1)
    await expect(first).to_have_class("alert seen")
    await page.get_by_text("Change the selected").click()
    await shot(page, "triage-list")
    await page.get_by_role("link", name="Unassigned").click()
    await expect(first).to_have_count(0)
    await expect(second).to_be_visible()
    assert said == []


async def test_rows_are_dismissed_faster_than_the_service_answers(house: House, page: Page) -> None:
    held: list[Route] = []
    asked = asyncio.Event()

    async def hold(route: Route) -> None:
        if not held:
            held.append(route)
            asked.set()
        else:
            await route.continue_()

    await page.goto(f"{house.served.url}/alerts")
    await page.route("**/alerts/dismiss", hold)
    rows = page.locator("#alerts > li")
    for key in "jddd":
        await page.keyboard.press(key)
    await asked.wait()
    await held[0].continue_()
    await expect(page.locator("#alerts > li.gone")).to_have_count(3)
    await expect(rows).to_have_count(4)
    await page.unroute("**/alerts/dismiss")
    for left in (2, 1, 0):
        await page.locator("#alerts > li.gone button").first.click()
        await expect(page.locator("#alerts > li.gone")).to_have_count(left)


async def test_in_arabic(house: House, page: Page) -> None:
    url = house.served.url
    await page.goto(f"{url}/account")
    await page.locator("select[name=language]").select_option("ar")
    await page.locator("form", has=page.locator("select[name=language]")).get_by_role("button").click()
    await page.goto(f"{url}/alerts?view=mine")
    await expect(page.get_by_role("button", name=re.compile(r"^أُنجز: التنبيه \d+$"))).to_have_count(1)
    await page.get_by_text("معالجة المحدد").click()
    await shot(page, "triage-list-ar")
    await page.locator("#alerts h2 a").first.click()
    await page.get_by_text("ما جرى").click()
    await expect(page.locator(".notes")).to_contain_text("They call back.")
    await shot(page, "triage-alert-ar")
