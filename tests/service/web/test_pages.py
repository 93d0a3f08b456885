"""Every page of a service at work: accessible in light and dark, no wider than a phone, small, quiet, read without JavaScript."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from playwright.async_api import FilePayload, ViewportSize, expect

from service.actions.users import renew_link
from service.clock import utc_now
from storage.language import day
from tests.replay.outlets import feed, paragraphs, raw
from tests.replay.outlets import page as article_page
from tests.service.web.accessible import OF_COLOURS, cut, faults, unfold
from tests.service.web.conftest import Desk, new_context
from tests.service.web.stock import (
    ARABIC,
    BROKEN,
    BUSY,
    EDITED,
    FIRST,
    LIST,
    SILENT,
    SPIKE_BACK,
    TOPIC,
    alert_titled,
    publish,
    stock,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


LINES = (
    "The working group will meet in Agadir before the summer, and is to report to both governments in the autumn of the year.",
    "Owners of boats on both sides of the strait have asked for a longer term, so that they can plan repairs and hire crews.",
)
PHONE = ViewportSize(width=320, height=700)
"""As narrow as a page must still read without moving it sideways (WCAG 2.2, 1.4.10)."""


def _at(path: str, **query: str) -> str:
    return f"{path}?{urlencode(query)}"


PAGES = {
    "login": "/login",
    "start": "/start",
    "start-preview": "/start/preview",
    "alerts": "/alerts",
    "alerts-filtered": _at("/alerts", watch=LIST, language="ar"),
    "alerts-none": _at("/alerts", name="Nobody"),
    "silences": "/silences",
    "watch-lists": "/watch",
    "watch-list": _at("/watch/list", name=LIST),
    "watch-list-of-the-file": _at("/watch/list", name="From the file"),
    "watch-new": "/watch/new",
    "topic": _at("/watch/topic", list=LIST, name=TOPIC),
    "actor": _at("/watch/actor", list=LIST, name="Nasser Bourita"),
    "why": _at("/watch/why", article="1", watch=LIST),
    "proposals": _at("/watch/proposals", list=LIST),
    "search": "/search",
    "search-found": _at("/search", q='Bourita OR "ناصر بوريطة"', days=""),
    "search-fault": _at("/search", q="ferry AND"),
    "missed": _at("/missed", address="https://gazette.example/a/1"),
    "controls": _at("/missed/controls", days="30"),
    "outlets": "/outlets",
    "outlet-new": "/outlets/new",
    "surveys": "/outlets/surveys",
    "survey": "/outlets/surveys/1",
    "outlet-access": _at("/outlets/access", name=BUSY),
    "catalogue": "/outlets/catalogue",
    "cited": "/outlets/cited",
    "catalogue-of-morocco": _at("/outlets/catalogue", country="MA"),
    "catalogue-fault": _at("/outlets/catalogue", type="gazette"),
    "outlet-busy": _at("/outlets/one", name=BUSY),
    "outlet-edit": _at("/outlets/edit", name=BUSY),
    "outlet-failing": _at("/outlets/one", name=BROKEN),
    "outlet-silent": _at("/outlets/one", name=SILENT),
    "reviews": "/reviews",
    "edition": "/reviews/editions/1",
    "edition-sent": "/reviews/editions/2",
    "correction": "/reviews/editions/3",
    "review": "/reviews/1",
    "review-archive": "/reviews/archive",
    "review-new": "/reviews/new",
    "review-recipients": "/reviews/1/recipients",
    "folders": "/folders",
    "folder": "/folders/1",
    "deliveries": "/deliveries",
    "delivery": "/deliveries/1",
    "channels": "/channels",
    "channel types": "/channels/new",
    "channel": "/channels/new?type=webhook",
    "channel-of-the-page": "/channels/2",
    "trends": "/trends",
    "trends-of-a-list": _at("/trends", watch=LIST, days="90"),
    "trend": _at("/trends/one", watch=LIST, kind="actor", name="Nasser Bourita", days="90"),
    "report": "/trends/report",
    "report-of-a-list": _at("/trends/report", month=f"{utc_now():%Y-%m}", watch=LIST),
    "status": "/status",
    "users": "/users",
    "sessions": _at("/sessions", user="*"),
    "audit": "/audit",
    "audit-of-nobody": _at("/audit", who="leila"),
    "account": "/account",
    "second-factor": "/account/second-factor",
    "my-alerts": "/account/alerts",
    "nowhere": "/nowhere",
    "docs": "/docs",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stocked(desk: Desk) -> AsyncIterator[Desk]:
    await stock(desk)
    for name, title in (("alert", FIRST), ("alert-edited", EDITED), ("alert-arabic", ARABIC)):
        PAGES[name] = f"/alerts/{await alert_titled(desk, title)}"
    yield desk


@pytest.mark.thorough
async def test_every_page_is_accessible_in_light_and_dark_small_quiet_and_fits_a_phone(stocked: Desk) -> None:
    """Each is opened once: its looks and widths are its styles' alone, which follow (the page of /docs listens, too)."""
    page = stocked.page
    window = page.viewport_size
    assert window is not None
    found: dict[str, list[str]] = {}
    for name, path in PAGES.items():
        await page.emulate_media(color_scheme="light")
        answer = await page.goto(stocked.url + path)
        assert answer is not None
        assert len(await answer.body()) < 100_000, name
        await stocked.shot(f"{name}-light")
        await unfold(page)
        wrong = await faults(page)
        await page.emulate_media(color_scheme="dark")
        await page.evaluate("Promise.allSettled(document.getAnimations().map(each => each.finished))")
        await stocked.shot(f"{name}-dark")
        wrong += [f"dark: {fault}" for fault in await faults(page, OF_COLOURS)]
        await page.set_viewport_size(PHONE)
        await stocked.shot(f"{name}-phone")
        wrong += await cut(page)
        await page.set_viewport_size(window)
        if wrong:
            found[name] = wrong
    assert found == {}
    assert stocked.foreign == []
    assert [line for line in stocked.said if "404" not in line] == []


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_before_the_sign_in_are_accessible_and_fit_a_phone(stocked: Desk, scheme: str) -> None:
    renew = partial(renew_link, which="leila", now=utc_now())
    _name, link = await stocked.service.database.writing(renew)
    context = await new_context(
        stocked.browser, viewport=PHONE, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = await context.new_page()
    open_to_all = {
        "sign-in": "/login",
        "password": link,
        "link-over": "/password/nothing",
        "of-a-mail": "/act/no",
    }
    for name, path in open_to_all.items():
        await page.goto(stocked.url + path)
        await expect(page.locator("h1")).to_be_visible()
        await stocked.shot(f"{name}-phone-{scheme}", page)
        assert await faults(page) == [], name
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    await context.close()


@pytest.mark.thorough
async def test_reading_needs_no_javascript(stocked: Desk) -> None:
    context = await new_context(
        stocked.browser, java_script_enabled=False, storage_state=await stocked.context.storage_state()
    )
    page = await context.new_page()
    for name, path in PAGES.items():
        await page.goto(stocked.url + path)
        await expect(page.locator("h1").first, name).to_be_visible()
    await page.goto(stocked.url + PAGES["watch-list"])
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("h2").first).to_contain_text("in the last 30 days")
    await expect(page.get_by_role("region", name="What raises most alerts")).to_contain_text("ناصر بوريطة")
    await context.close()


async def test_arabic_runs_from_right_to_left(stocked: Desk) -> None:
    page = stocked.page
    await page.goto(stocked.url + PAGES["alert-arabic"])
    await expect(page.locator("h1.title")).to_have_attribute("dir", "rtl")
    await expect(page.locator(".text[dir=rtl] mark").first).to_have_text(re.compile("بوريطة"))


async def test_alert_shows_edits_story_and_how_its_rules_do(stocked: Desk) -> None:
    page = stocked.page
    await page.goto(stocked.url + PAGES["alert-edited"])
    await page.locator("summary", has_text="1 edit by the outlet").click()
    await expect(page.locator(".diff del", has_text="Tuesday")).to_be_visible()
    await expect(page.locator(".diff ins", has_text="Wednesday")).to_be_visible()
    await page.goto(stocked.url + PAGES["alert"])
    await expect(page.locator(".meta").first).to_contain_text("found")
    await expect(page.get_by_text(re.compile(r"^story \d+$"))).to_have_count(0)
    await expect(page.get_by_role("region", name="How the story grew").get_by_role("row")).not_to_have_count(
        1
    )
    rules = page.get_by_role("region", name="How its rules perform")
    await expect(rules.get_by_role("row", name="Nasser Bourita").first).to_contain_text("1")


async def test_trends_mark_the_spike_and_have_the_table_behind(stocked: Desk) -> None:
    page = stocked.page
    await page.goto(stocked.url + PAGES["trends"])
    shares = page.get_by_role("region", name="Share of voice")
    await expect(shares.get_by_role("row").nth(1)).to_contain_text("%")
    await expect(page.locator("svg.lines circle[fill=none]")).not_to_have_count(0)
    await shares.get_by_role("row").filter(has_text=LIST).get_by_role("link", name="Its days").first.click()
    spike, usual = (
        day(utc_now().date() - timedelta(days=back), length="medium") for back in (SPIKE_BACK, SPIKE_BACK + 7)
    )
    await expect(page.locator("rect", has=page.locator("title", has_text=spike))).to_have_class("spike")
    await expect(page.get_by_role("row", name=spike)).to_contain_text("spike")
    await expect(page.get_by_role("row", name=usual)).not_to_contain_text("spike")


async def test_outlet_shows_gaps_and_rhythm(stocked: Desk) -> None:
    page = stocked.page
    await page.goto(stocked.url + PAGES["outlet-busy"])
    await expect(page.get_by_role("region", name="Gaps").get_by_role("row")).to_have_count(2)
    await expect(page.get_by_role("img", name="Entries an hour").locator("rect")).to_have_count(24)
    await page.goto(stocked.url + PAGES["outlet-silent"])
    await expect(page.locator("h1 .state")).to_have_text("silent")


async def test_preview_comes_by_itself_while_one_types(stocked: Desk) -> None:
    page = stocked.page
    tried: list[str] = []
    page.on("request", lambda request: tried.append(request.url) if "/preview" in request.url else None)
    await page.goto(stocked.url + _at("/watch/topic", list="Negev Forum"))
    preview = page.get_by_role("region", name="Preview", exact=True)
    await page.locator("#query").press_sequentially('"ناصر بوريطة" OR Bourita')
    await expect(preview.locator("h2")).to_contain_text("in the last 30 days")
    await expect(preview.get_by_role("region", name="What raises most alerts")).to_contain_text("Bourita")
    await expect(preview.locator("mark").first).to_have_text(re.compile("Bourita|بوريطة"))
    assert len(tried) < 5  # after a pause, not at each letter
    await expect(page.locator("#live")).to_contain_text("in the last 30 days")
    await stocked.shot("preview-live")
    await page.locator("#query").fill("(Bourita OR")
    await expect(preview).to_have_text("The preview appears as soon as this is valid.")
    await page.locator("#query").fill("unheardofword")
    await expect(preview.locator("h2")).to_have_text("0 alerts in the last 30 days")
    await page.goto(stocked.url + _at("/watch/actor", list=LIST, name="Nasser Bourita"))
    await expect(preview.locator("h2")).to_contain_text("in the last 30 days")  # of what is stored, at once
    await page.get_by_label("Also called").fill("Unheard Of Name")
    await expect(preview.get_by_role("region", name="What raises most alerts")).not_to_contain_text("ناصر")
    await expect(preview.get_by_role("region", name="What raises most alerts")).to_contain_text(
        "Nasser Bourita"
    )


async def test_search_becomes_a_topic(stocked: Desk) -> None:
    page = stocked.page
    await page.goto(stocked.url + PAGES["search-found"])
    await page.get_by_label("Watch list").select_option(LIST)
    await page.get_by_role("button", name="Save as a topic").click()
    await expect(page.locator("#query")).to_have_value('Bourita OR "ناصر بوريطة"')


async def test_search_that_takes_long_goes_on_by_itself(
    stocked: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = stocked.page
    monkeypatch.setattr("service.web.pages.search.TIME_LIMIT", timedelta(minutes=1))  # all in one request
    await page.goto(stocked.url + PAGES["search-found"])
    hits = await page.locator(".alert h2").all_inner_texts()
    monkeypatch.setattr("service.web.pages.search.TIME_LIMIT", timedelta(0))  # one article a request
    await page.goto(stocked.url + PAGES["search-found"])
    await expect(page.get_by_text("No more articles of that time match.")).to_be_visible()
    found = await page.locator(".alert h2").all_inner_texts()
    assert sorted(found) == sorted(hits)  # each request's own are ordered by publication
    assert len(hits) > 3


async def test_lists_of_outlets_and_actors_come_in_by_file(stocked: Desk) -> None:
    page = stocked.page
    await page.goto(stocked.url + PAGES["outlets"])
    async with page.expect_download() as download:
        await page.get_by_role("link", name="All outlets as OPML").click()
    document = await (await download.value).path()
    await page.get_by_label("OPML file").set_input_files(document)
    await page.get_by_role("button", name="Import").click()
    await expect(page.get_by_text("Added: 0.")).to_be_visible()
    await page.goto(stocked.url + _at("/watch/list", name="Negev Forum"))
    await page.get_by_text("Import people and organisations").click()
    rows = "Nom;Prénom;Autres noms\nBenali;Leila;ليلى بنعلي\nGénu;Éric;\n;;rien\n"
    file = FilePayload(name="people.csv", mimeType="text/csv", buffer=rows.encode())
    await page.get_by_label("File").set_input_files(file)
    await page.get_by_role("button", name="Preview the file").click()
    await expect(page.get_by_text("Nothing is saved yet. Actors to be added: 2.")).to_be_visible()
    first = page.get_by_role("region", name="Rows of the file").get_by_role("row").nth(1)
    await expect(first).to_contain_text("the name is empty")  # what can't be used comes first
    await stocked.shot("import-preview-light")
    await page.get_by_role("button", name="Import").click()
    await expect(page.get_by_text("Actors added: 2.")).to_be_visible()
    await stocked.shot("imported-light")


MAIL = """Your daily alert

Ferry talks resume in Rabat
http://herald.example/a/2

Morocco and Spain agree
https://gazette.example/2

Unsubscribe: https://alerts.example/unsubscribe/4
"""


async def test_missed_articles_are_explained_and_their_outlet_followed_with_one_click(stocked: Desk) -> None:
    page, script = stocked.page, stocked.outlets.script
    links = "<html><head><title>Herald</title><link rel=alternate type='application/rss+xml' href=/rss></head></html>"
    script["http://herald.example"] = script["http://herald.example/"] = [
        raw(links.encode(), Content_Type="text/html")
    ]
    script["http://herald.example/rss"] = [feed(("http://herald.example/a/2", "Ferry talks"))]
    script["http://herald.example/a/2"] = [
        article_page("Ferry talks", paragraphs("Nasser Bourita spoke of ferries on Monday in Rabat.", *LINES))
    ]
    await page.emulate_media(color_scheme="light")
    await page.goto(stocked.url + PAGES["controls"])
    await expect(page.get_by_role("heading", name="1 of 3 found (33%)")).to_be_visible()
    await page.get_by_role("link", name="Missed", exact=True).first.click()
    await page.get_by_label("Addresses, or a text").fill(MAIL)
    await page.get_by_role("button", name="Find out why").click()
    await expect(page.get_by_role("heading", name="2 articles: 1 found, 1 missed")).to_be_visible()
    await expect(page.get_by_text("No outlet at herald.example is followed.")).to_be_visible()
    await expect(page.get_by_text(f"It would have matched: {LIST}.")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile(r"^Alert \d+$"))).to_be_visible()
    await stocked.shot("missed-found")
    assert await faults(page) == []
    await page.get_by_role("button", name="Follow").click()
    await expect(page.get_by_text("http://herald.example/rss")).to_be_visible()
    await page.goto(stocked.url + "/missed")
    await page.get_by_role("button", name="Find out why").click()
    await expect(page.get_by_role("alert")).to_contain_text("There is no address")


async def test_missed_article_leads_to_the_clause_that_said_no(stocked: Desk) -> None:
    page = stocked.page
    text = (
        "Western Sahara is wide. " + "Tours start at dawn and end at dusk. " * 9 + "Guides ask for autonomy."
    )
    article = await publish(stocked, "Desert tours", text)
    await page.goto(stocked.url + _at("/missed", address=f"https://gazette.example/{article}", watch=LIST))
    await page.get_by_label("Fetch pages").uncheck()
    await page.get_by_role("button", name="Find out why").click()
    await page.get_by_role("link", name="Why, part by part").click()
    await expect(page.locator("h1")).to_have_text("Why an article matches, or doesn’t")
    await expect(page.locator("h2")).to_have_text("Desert tours")


@pytest.mark.thorough
async def test_keys_move_through_the_list(stocked: Desk) -> None:
    page = stocked.page
    await page.goto(stocked.url + PAGES["alerts"])
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await expect(page.locator(".alert.current")).to_have_count(1)
    title = await page.locator(".alert.current h2").inner_text()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1.title")).to_have_text(title)
    await page.keyboard.press("u")
    await expect(page).to_have_url(re.compile("/alerts$"))
