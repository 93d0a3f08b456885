"""Articles in alerts link to an outlet that is not followed: it is proposed, and one click finds its feed and follows it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import expect
from sqlmodel import Session

from service.actions.citations import cited_outlets
from service.clock import utc_now
from storage.stores.feeds.outlet_edits import outlet_called
from tests.archive import put
from tests.archive import watch as track
from tests.replay.outlets import feed, raw
from tests.replay.survey_sites import alternate, html
from tests.service.web.conftest import Desk, first_sign_in

# Without a browser: actions/test_cited_surfaces.py.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.thorough]

FEED, CITED = "http://gazette.example/rss", "http://herald.example"
PROSE = (
    "The ferry of the northern line left the harbour at dawn, with forty passengers and two lorries on its deck. "
    * 2
)


async def test_a_cited_outlet_is_proposed_and_followed_by_one_click(desk: Desk) -> None:
    page, outlets = desk.page, desk.outlets
    articles = [
        (f"http://gazette.example/a/{number}", f"Zorbington and the ferry {number}") for number in (1, 2)
    ]
    for number, (link, title) in enumerate(articles):
        cites = f"<p>{PROSE} <a href='{CITED}/story/{number}'>The Herald reported</a> it first. {PROSE}</p>"
        text = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{cites}</article></body></html>"
        outlets.script[link] = [raw(text.encode(), Content_Type="text/html; charset=utf-8")]
    outlets.script[FEED] = [feed(*articles)]
    outlets.script[f"{CITED}/"] = [html(alternate("/feed.xml"))]
    outlets.script[f"{CITED}/feed.xml"] = [feed((f"{CITED}/a/1", "From the Herald"))]
    await first_sign_in(desk)

    def prepare(session: Session) -> None:
        put(
            session,
            "Gazette",
            [FEED],
            site="http://gazette.example/",
            language="en",
            interval=timedelta(seconds=1),
            now=utc_now(),
        )
        track(session, "Zorbington", actors=["Zorbington"], channels=["desk"], now=utc_now())

    await desk.service.database.writing(prepare)
    desk.service.parts.hints.wake()
    await desk.mail.wait_for(lambda: bool(desk.mail.mails), seconds=120)
    await outlets.wait_for(lambda: all(outlets.times(link) for link, _title in articles))

    await page.goto(f"{desk.url}/outlets")
    await page.get_by_role("link", name="Cited by your alerts and not followed").click()
    follow = page.get_by_role("button", name="Follow herald.example")
    await _until_proposed(desk)
    await page.reload()
    await expect(page.get_by_text("cited by 2 articles of 1 outlet")).to_be_visible()
    await desk.shot("cited")
    await follow.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Replay")
    added = await desk.service.database.reading(outlet_called, name="Replay")
    assert added is not None
    assert added.values.feeds == (f"{CITED}/feed.xml",)
    await page.goto(f"{desk.url}/outlets/cited")
    await expect(follow).to_have_count(0)


async def _until_proposed(desk: Desk) -> None:
    """Wait until both articles are in alerts with what their pages say; looks whenever something may have changed."""
    tick = desk.service.parts.hints.register()
    try:
        async with asyncio.timeout(120):
            while not await desk.service.database.reading(cited_outlets, now=utc_now()):
                tick.clear()
                await tick.wait()
    finally:
        desk.service.parts.hints.forget(tick)
