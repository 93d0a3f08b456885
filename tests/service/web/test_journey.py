"""One journey through the page, as a newcomer makes it: Chromium before the service, replayed outlets, a real mail server."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.replay.outlets import Answer, feed, paragraphs, raw
from tests.replay.outlets import page as article_page
from tests.service.web.conftest import NAME, Desk, first_sign_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

SITE, FEED = "http://gazette.example/", "http://gazette.example/rss"
FIRST, SECOND = "http://gazette.example/a/1", "http://gazette.example/a/2"
TEXT = (
    "The ferry of the northern line left the harbour at dawn, with forty passengers and two lorries on its deck.",
    "Its owners say that the new timetable is to stay until the autumn, when the port is closed for repairs.",
)


def home() -> Answer:
    body = (
        "<html><head><title>Gazette</title><link rel='alternate' type='application/rss+xml' href='/rss'>"
        "</head><body><p>News</p></body></html>"
    )
    return raw(body.encode(), Content_Type="text/html; charset=utf-8")


async def test_from_the_first_start_to_a_retried_delivery(desk: Desk) -> None:
    page, outlets = desk.page, desk.outlets
    outlets.script[SITE] = [home()]
    outlets.script[FEED] = [feed((FIRST, "Ferry leaves at dawn"))]
    outlets.script[FIRST] = [article_page("Ferry leaves at dawn", paragraphs(*TEXT))]
    desk.mail.answer = "550 no such desk"

    await page.goto(desk.url)
    await expect(page.get_by_text("Nobody can sign in yet")).to_be_visible()
    await first_sign_in(desk)
    await expect(page.get_by_text("No alerts yet")).to_be_visible()

    # an outlet, by the address of its site
    await page.get_by_role("link", name="Outlets", exact=True).click()
    await page.get_by_role("link", name="Add an outlet").click()
    await page.get_by_label("Address of its site").fill(SITE)
    await page.get_by_role("button", name="Find its feeds").click()
    await expect(page.get_by_text(FEED)).to_be_visible()
    await page.get_by_label("Name").fill("Gazette")
    await page.get_by_role("button", name="Add outlet").click()
    await expect(page.get_by_role("heading", name="Gazette")).to_be_visible()
    await outlets.wait_for(lambda: outlets.times(FIRST) >= 1)

    # a watch list, its query broken at first
    await page.get_by_role("link", name="Watch lists").click()
    await page.get_by_role("link", name="New watch list").click()
    await page.get_by_label("Name").fill("Ferries")
    await page.get_by_role("button", name="Create watch list").click()
    await page.get_by_role("link", name="Add a topic", exact=True).click()
    await page.get_by_label("Name").fill("Boats")
    await page.locator("#query").fill('(ferry OR "fast boat" AND')
    check = page.locator("#check")
    await expect(check.locator("pre")).to_have_text(re.compile(r"\n\s+\^"))
    await desk.shot("query-broken")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#check pre")).to_be_visible()  # not saved, and said why
    await page.locator("#query").fill('ferry OR "fast boat" OR العبارة')
    await expect(check.get_by_text("The query can be used.")).to_be_visible()
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("#preview h2")).to_have_text("1 alert in the last 30 days")
    await expect(page.locator("#preview mark").first).to_have_text(re.compile("ferry", re.IGNORECASE))
    await desk.shot("preview")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name="Boats")).to_be_visible()

    # an article appears, and its alert by itself
    await page.get_by_role("link", name="Alerts", exact=True).click()
    await page.evaluate("window.here = true")
    outlets.script[SECOND] = [article_page("Ferry line to close", paragraphs(*TEXT[::-1]))]
    outlets.script[FEED] = [
        feed((SECOND, "Ferry line to close"), (FIRST, "Ferry leaves at dawn"), etag='"2"')
    ]
    alert = page.locator(".alert", has_text="Ferry line to close")
    await expect(alert).to_be_visible()
    assert await page.evaluate("window.here") is True  # the page was not loaded anew
    await alert.get_by_role("link", name="Ferry line to close").click()
    await expect(page.locator(".mentions mark").nth(1)).to_have_text("ferry")
    await expect(page.locator(".why").first).to_contain_text("Boats")

    # not relevant, and quiet for a while
    await page.get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_text(re.compile(rf"Dismissed .*by {NAME}"))).to_be_visible()
    await page.locator("summary", has_text="Silence").click()
    await page.get_by_label("Reason").fill("Known by now")
    await page.get_by_role("button", name="Silence").click()
    await page.goto(f"{desk.url}/silences")
    muted = page.get_by_role("row", name="Known by now")
    await expect(muted).to_contain_text("the story “Ferry line to close”")
    await page.get_by_role("button", name="End silence").click()
    await expect(page.get_by_text("Nothing is silenced")).to_be_visible()  # or the retry would be suppressed
    await page.goto(f"{desk.url}/alerts")
    await expect(page.locator(".alert")).to_have_count(0)

    # the delivery that failed, once the receiver is mended
    await page.get_by_role("link", name="Deliveries").click()
    await page.get_by_role("row", name="failed").get_by_role("link").first.click()
    await expect(page.locator("h1 .state")).to_have_text("failed")
    await expect(page.get_by_text("550").first).to_be_visible()
    desk.mail.answer = "250 OK"
    await page.get_by_role("button", name="Retry").click()
    await desk.mail.wait_for(lambda: len(desk.mail.mails) == 1, seconds=120)
    await expect(page.locator("h1 .state")).to_have_text("sent")
    assert (desk.foreign, desk.said) == ([], [])
