"""An analyst after a backfill of 45 days: order, ages, counts and shares are the same on page, API, export and chart."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from playwright.async_api import APIResponse, expect
from sqlmodel import Session, select

from alerts.search import Indexer
from service.actions.backfill import backfill
from service.clock import utc_now
from storage.tables import Article, Outlet
from tests.archive import add_article
from tests.archive import watch as track
from tests.service.web.conftest import Desk, first_sign_in

# A long walk; the short one is test_journey.py.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.thorough]

DAYS = 45
ACTORS = ("Zorbington", "Quillfeather", "Marrowby")


def _fill(session: Session) -> None:
    """Store an article a day, all found now; the oldest first, as a new outlet's archive comes."""
    now = utc_now()
    for back in range(DAYS, 0, -1):
        outlet = "Gazette" if back % 3 else "Herald"
        number = add_article(
            session,
            f"{ACTORS[back % 2]} opens lighthouse {back}",
            "It shines.",
            at=now - timedelta(days=back),
            outlet=outlet,
            matched=True,
        )
        session.get_one(Article, number).found_at = now
    for outlet, country, kind in (("Gazette", "MA", "daily"), ("Herald", "GB", "broadcaster")):
        row = session.exec(select(Outlet).where(Outlet.name == outlet)).one()
        row.country, row.tags = country, [kind]
    track(session, "Lights", actors=list(ACTORS))


async def _got(desk: Desk, path: str) -> APIResponse:
    answer = await desk.context.request.get(desk.url + path)
    assert answer.status == 200, await answer.text()
    return answer


async def test_an_analyst_filters_charts_exports_and_asks_the_api(desk: Desk) -> None:
    page, database = desk.page, desk.service.database
    await first_sign_in(desk)
    await database.writing(_fill)
    indexer = Indexer(database)
    while await indexer.step():
        pass
    backfill(database, "Lights", days=DAYS + 1, send=False, now=utc_now())
    expected = [f"{ACTORS[back % 2]} opens lighthouse {back}" for back in range(1, DAYS + 1)]

    await page.goto(f"{desk.url}/alerts")  # by publication, each with its own age
    titles = await page.locator(".alert h2").all_inner_texts()
    assert titles == expected[:30]
    await expect(page.locator(".alert .meta").nth(9)).to_contain_text("10")

    await page.goto(f"{desk.url}/search")
    await page.get_by_label("Query").fill("lighthouse")
    await page.get_by_label("In the last").select_option("90")
    await page.get_by_text("Filter and sort").click()
    await page.get_by_label("Type of outlet").select_option("broadcaster")
    await page.get_by_label("Order").select_option("oldest")
    await page.get_by_role("button", name="Apply").click()
    await expect(page.locator(".alert")).to_have_count(15)
    titles = await page.locator(".alert h2").all_inner_texts()
    assert titles == [title for title in expected[::-1] if int(title.rsplit(" ", 1)[1]) % 3 == 0]
    await desk.shot("analyst-search")
    await page.get_by_label("Name").fill("Lights on air")
    await page.get_by_role("button", name="Save this search").click()
    await expect(page.get_by_role("link", name="Lights on air")).to_have_attribute("aria-current", "true")
    async with page.expect_download() as saved:
        await page.get_by_role("link", name="CSV").click()
    file = await (await saved.value).path()
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    assert [row["title"] for row in rows] == titles
    assert {row["country"] for row in rows} == {"GB"}

    found: list[dict[str, str]] = []
    query = {"q": "lighthouse", "limit": "20"}
    while True:
        part = json.loads(await (await _got(desk, f"/api/v1/search?{urlencode(query)}")).text())
        found += part["items"]
        if part["next"] is None:
            break
        query["cursor"] = part["next"]
    assert [one["title"] for one in found] == expected

    since = (utc_now() - timedelta(days=DAYS)).date().isoformat()
    await page.goto(f"{desk.url}/trends?{urlencode({'since': since, 'watch': 'Lights'})}")
    await expect(page.locator("svg.lines")).to_be_visible()
    await expect(page.get_by_role("row", name="Zorbington")).to_contain_text("22")
    await expect(page.get_by_role("row", name="Quillfeather")).to_contain_text("23")
    await desk.shot("analyst-trends")
    for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        address = await page.get_by_role("link", name=kind).get_attribute("href")
        assert address is not None
        assert (await (await _got(desk, address)).body()).startswith(start)
    asked = urlencode({"since": since, "watch_list": "Lights"})
    chart = json.loads(await (await _got(desk, f"/api/v1/trends/chart?{asked}")).text())
    counted: dict[str, int] = {}
    for line in chart["lines"]:
        for day in line["days"]:
            counted[day["day"]] = counted.get(day["day"], 0) + day["articles"]
    published = [
        datetime.fromisoformat(one["published_at"]).astimezone(UTC).date().isoformat() for one in found
    ]
    assert {day: count for day, count in counted.items() if count} == {
        day: published.count(day) for day in published
    }
    assert max(counted.values()) == 1  # no false peak where the backfill came
    countries = urlencode({"since": since, "by": "country"})
    shares = json.loads(await (await _got(desk, f"/api/v1/trends/chart?{countries}")).text())
    assert {line["name"]: line["articles"] for line in shares["lines"]} == {"MA": 30, "GB": 15}
    exported = json.loads(await (await _got(desk, "/api/v1/alerts/export?watch_list=Lights")).text())
    assert sorted(one["published_at"] for one in exported) == sorted(one["published_at"] for one in found)

    await page.goto(f"{desk.url}/docs")
    await expect(page.get_by_role("heading", name="The API")).to_be_visible()
    await expect(page.get_by_text("trends", exact=True).first).to_be_visible()
    assert (desk.foreign, desk.said) == ([], [])
