"""Twenty addresses of all sorts pasted into the page: the table fills by itself, what is ticked is added and alerts."""

from __future__ import annotations

import asyncio
import re
from functools import partial

import pytest
from playwright.async_api import expect
from sqlmodel import Session, col, select

from service.clock import utc_now
from storage.stores.feeds.outlet_edits import outlets_in_use, polled_feeds
from storage.stores.feeds.outlets import ListedOutlet, list_outlets
from storage.tables import Alert, Article, Outlet
from tests.archive import watch as track
from tests.replay.survey_sites import SURVEYED, publish_all, serve_all
from tests.service.web.conftest import Desk, first_sign_in
from tests.service.web.stock import until

# Without a browser: actions/test_survey_surfaces.py.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.thorough]

FOUND = [address for address, kind in SURVEYED.items() if kind]


async def test_twenty_addresses_are_pasted_seen_ticked_and_added(desk: Desk) -> None:
    page, over = desk.page, asyncio.Event()
    serve_all(desk.outlets, until=over)
    await first_sign_in(desk)
    await page.get_by_role("link", name="Outlets", exact=True).click()
    await page.get_by_role("link", name="Add many").click()
    await page.get_by_role("button", name="Check them").click()
    await expect(page.get_by_role("alert")).to_contain_text("There is no address in it")
    await page.get_by_label("Addresses").fill("Northern Gazette: " + "\n".join(SURVEYED))
    await page.get_by_label("Country").fill("MA")
    await page.get_by_label("Tags").fill("press, pasted")
    await page.get_by_role("button", name="Check them").click()

    # the rows fill by themselves; two that are slow hold nobody up, and what is ticked meanwhile stays
    await page.evaluate("window.here = true")
    first = page.get_by_role("checkbox", name="Add Northern Gazette")
    await first.check()
    await expect(page.locator("tr[data-waiting]")).to_have_count(2)
    await expect(page.get_by_text("Addresses checked: 18 of 20")).to_be_visible()
    await desk.shot("survey-at-work")
    over.set()
    await expect(page.get_by_text("20 addresses checked: 14 can be added")).to_be_visible()
    assert await page.evaluate("window.here") is True
    await expect(first).to_be_checked()
    nothing = page.get_by_role("row").filter(has_text="http://nothing.example/")
    await expect(nothing).to_contain_text("No feed, no sitemap and no list was found")
    await nothing.get_by_text("What was tried").click()
    await expect(nothing).to_contain_text("usual addresses of feeds: nothing at /feed, /rss, /rss.xml")
    await expect(page.get_by_role("row").filter(has_text="http://forbidden.example/")).to_contain_text(
        "wants a login"
    )
    two = page.get_by_role("row").filter(has_text="http://two-feeds.example/")
    await two.get_by_role("combobox").select_option("1")
    await desk.shot("survey-done")

    await page.get_by_role("button", name="Select none").click()
    await expect(first).not_to_be_checked()
    await page.get_by_role("button", name="Select all that can be added").click()
    await page.get_by_role("button", name="Add the selected outlets").click()
    await expect(page.get_by_role("status").first).to_contain_text("Added: 14")
    await expect(page.locator(".state.added")).to_have_count(14)

    def stored(session: Session) -> tuple[set[str], dict[str, tuple[str | None, tuple[str, ...]]]]:
        values = {outlet.name: outlet.values for outlet in outlets_in_use(session)}
        said = {name: (one.country, one.tags) for name, one in values.items()}
        return {feed.url for feed in polled_feeds(session)}, said

    polled, said = await desk.service.database.reading(stored)
    assert len(said) == len(FOUND) == 14
    assert set(said.values()) == {("MA", ("press", "pasted"))}
    assert "Northern Gazette" in said
    assert {
        "http://declared.example/rss",
        "http://two-feeds.example/sport.xml",
        "http://cards.example/",
    } <= polled
    assert "http://two-feeds.example/news.xml" not in polled
    await desk.outlets.wait_for(
        lambda: desk.outlets.times("http://ministry.example/press") >= 2
    )  # it is polled
    await first_alerts(desk)
    await page.goto(f"{desk.url}/alerts?watch=Zorbington")
    await expect(page.locator(".alert").first).to_be_visible()
    await page.goto(desk.url + "/outlets?tag=pasted")
    await expect(page.get_by_role("link", name=re.compile("Northern Gazette"))).to_be_visible()
    assert (desk.foreign, desk.said) == ([], [])


async def first_alerts(desk: Desk) -> None:
    """Wait until each outlet was read, have each publish something that is tracked, and wait for an alert of each."""
    database = desk.service.database
    make = partial(
        track, name="Zorbington", actors=["Zorbington"], channels=["desk"], alert="article", now=utc_now()
    )
    await database.writing(lambda session: make(session))
    await until(
        desk, lambda session: all(feed.last_success_at for one in _pasted(session) for feed in one.feeds)
    )
    publish_all(desk.outlets, now=utc_now())
    await until(desk, lambda session: _alerted(session) >= {one.name for one in _pasted(session)})


def _pasted(session: Session) -> list[ListedOutlet]:
    return [one for one in list_outlets(session, now=utc_now()) if "pasted" in one.tags]


def _alerted(session: Session) -> set[str]:
    """Return the outlets that are in alerts."""
    query = select(Outlet.name).join(Article, col(Article.outlet_id) == col(Outlet.id))
    return set(session.exec(query.join(Alert, col(Alert.article_id) == col(Article.id))))
