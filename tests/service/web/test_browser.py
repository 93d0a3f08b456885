"""The page as people use it: Chromium before the real service, over replayed outlets and a real mail server."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote, urlencode

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect
from sqlmodel import Session

from alerts.values import Actor
from service.process import utc_now
from service.provision import add_outlet
from service.watching import extend
from storage.queries.outlets import outlet_names
from tests.replay.outlets import Answer, feed, paragraphs, raw
from tests.replay.outlets import page as article_page
from tests.service.web.conftest import NAME, Desk, first_sign_in, watch

pytestmark = pytest.mark.asyncio(loop_scope="module")

expect.set_options(timeout=30_000)

SITE, FEED = "http://gazette.example/", "http://gazette.example/rss"
FIRST, SECOND = "http://gazette.example/a/1", "http://gazette.example/a/2"
ARABIC_FEED, ARABIC = "http://sahifa.example/rss", "http://sahifa.example/1"
TEXT = (
    "The ferry of the northern line left the harbour at dawn, with forty passengers and two lorries on its deck.",
    "Its owners say that the new timetable is to stay until the autumn, when the port is closed for repairs.",
)
ARABIC_TEXT = (
    "غادرت العبارة ميناء الشمال عند الفجر وعلى متنها أربعون راكبا وشاحنتان محملتان بالبضائع.",
    "وقالت الشركة المالكة إن المواعيد الجديدة للعبارة تبقى سارية حتى الخريف حين يغلق الميناء للإصلاح.",
)
PAGES = (
    "/alerts",
    "/alerts?watch=Ferries",
    "/alerts/1",
    "/silences",
    "/watch",
    "/watch/list?name=Ferries",
    "/watch/list?name=From+the+file",
    "/watch/new",
    "/watch/topic?list=Ferries&name=Boats",
    "/watch/actor?list=Ferries",
    "/watch/why?article=1&watch=Ferries",
    "/search",
    "/search?q=ferry+OR+%D8%A7%D9%84%D8%B9%D8%A8%D8%A7%D8%B1%D8%A9",
    "/search?q=ferry+AND",
    "/outlets",
    "/outlets/new",
    "/outlets/one?name=Gazette",
    "/deliveries",
    "/deliveries/1",
    "/channels",
    "/trends",
    "/status",
    "/users",
    "/account",
    "/nowhere",
)


def home() -> Answer:
    body = (
        "<html><head><title>Gazette</title><link rel='alternate' type='application/rss+xml' href='/rss'>"
        "</head><body><p>News</p></body></html>"
    )
    return raw(body.encode(), Content_Type="text/html; charset=utf-8")


async def test_from_the_first_start_to_a_retried_delivery(desk: Desk) -> None:
    page, outlets = desk.page, desk.outlets
    page.set_default_timeout(30_000)
    outlets.script[SITE] = [home()]
    outlets.script[FEED] = [feed((FIRST, "Ferry leaves at dawn"))]
    outlets.script[FIRST] = [article_page("Ferry leaves at dawn", paragraphs(*TEXT))]
    desk.mail.answer = "550 no such desk"

    await page.goto(desk.url)
    await expect(page.get_by_text("Nobody can sign in yet")).to_be_visible()
    await first_sign_in(desk)
    await expect(page.get_by_text("No alerts yet")).to_be_visible()

    # an outlet, by the address of its site
    await page.get_by_role("link", name="Outlets").click()
    await page.get_by_role("link", name="Add an outlet").click()
    await page.get_by_label("Address of its site").fill(SITE)
    await page.get_by_role("button", name="Find its feeds").click()
    await expect(page.get_by_text(FEED)).to_be_visible()
    await page.get_by_label("Name").fill("Gazette")
    await page.get_by_role("button", name="Add it").click()
    await expect(page.get_by_role("heading", name="Gazette")).to_be_visible()
    await outlets.wait_for(lambda: outlets.times(FIRST) >= 1)

    # a watch list, its query broken at first
    await page.get_by_role("link", name="Watch lists").click()
    await page.get_by_role("link", name="New watch list").click()
    await page.get_by_label("Name").fill("Ferries")
    await page.get_by_role("button", name="Make it").click()
    await page.get_by_role("link", name="Add a topic").click()
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

    # the delivery that failed, once the receiver is mended
    await page.get_by_role("link", name="desk").click()
    await expect(page.locator("h1 .state")).to_have_text("failed")
    await expect(page.get_by_text("550").first).to_be_visible()
    desk.mail.answer = "250 OK"
    await page.get_by_role("button", name="Retry").click()
    await desk.mail.wait_for(lambda: len(desk.mail.mails) == 1, seconds=30)
    await expect(page.locator("h1 .state")).to_have_text("sent", timeout=20_000)

    # not relevant, and quiet for a while
    await page.goto(f"{desk.url}/alerts/1")
    await page.get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_text(f"by {NAME}")).to_be_visible()
    await page.locator("summary", has_text="Silence").click()
    await page.get_by_label("Reason").fill("Known by now")
    await page.get_by_role("button", name="Silence").click()
    await page.goto(f"{desk.url}/silences")
    await expect(page.get_by_text("Known by now")).to_be_visible()
    await page.goto(f"{desk.url}/alerts")
    await expect(page.locator(".alert")).to_have_count(0)
    assert (desk.foreign, desk.said) == ([], [])


async def test_every_page_is_accessible_small_and_quiet(desk: Desk) -> None:
    await arabic_alert(desk)
    page = desk.page
    found: dict[str, list[str]] = {}
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for path in PAGES:
            answer = await page.goto(desk.url + path)
            assert answer is not None
            assert len(await answer.body()) < 100_000
            violations = (await Axe().run(page)).response["violations"]
            if violations:
                found[f"{path} ({scheme})"] = [
                    f"{each['id']}: {[node['html'][:150] for node in each['nodes'][:3]]}"
                    for each in violations
                ]
            name = re.sub(r"\W+", "-", path.strip("/"))
            await desk.shot(f"{name}-{scheme}")
    await page.emulate_media(color_scheme="light")
    assert found == {}
    assert desk.foreign == []


async def test_pages_fit_a_phone(desk: Desk) -> None:
    await first_sign_in(desk)
    context = await desk.browser.new_context(
        viewport={"width": 375, "height": 700}, storage_state=await desk.context.storage_state()
    )
    page = await context.new_page()
    for path in PAGES:
        await page.goto(desk.url + path)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        await desk.shot("phone-" + re.sub(r"\W+", "-", path.strip("/")), page)
        assert wide <= 375, path
    await context.close()


async def test_reading_needs_no_javascript(desk: Desk) -> None:
    await first_sign_in(desk)
    context = await desk.browser.new_context(
        java_script_enabled=False, storage_state=await desk.context.storage_state()
    )
    page = await context.new_page()
    await page.goto(f"{desk.url}/watch/list?name=From+the+file")
    await expect(page.get_by_text("This list is declared in")).to_be_visible()
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("h2").first).to_contain_text("in the last 30 days")
    await context.close()


BAD = (
    "<script>window.ran=1</script><img src=http://evil.example/x onerror=window.ran=2>"
    "<svg onload=window.ran=3><a xlink:href=javascript:window.ran=4>x</a></svg>"
    "<style>body{background:url(http://evil.example/y)}</style>\"'><iframe src=javascript:window.ran=5></iframe>"
    "{{7*7}}{% raw %}\u202e\u2066gnp.exe\u2069"
)


def hostile_feed() -> Answer:
    def field(name: str, text: str) -> str:
        safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return f"<{name}>{safe}</{name}>"

    items = "".join(
        f"<item>{field('guid', BAD + str(number))}{field('link', link)}{field('title', f'Zorbington {number} {BAD}')}"
        f"{field('description', BAD)}{field('author', BAD)}{field('category', BAD)}"
        f"<enclosure url='javascript:window.ran=6' type='image/svg+xml' length='1'/></item>"
        for number, link in enumerate(
            (
                "javascript:window.ran=7//http://hostile.example/1",
                "http://hostile.example/'\"><script>window.ran=8</script>",
            )
        )
    )
    body = f"<rss version='2.0'><channel>{field('title', BAD)}{field('link', 'javascript:1')}{items}</channel></rss>"
    return raw(body.encode(), Content_Type="application/rss+xml; charset=utf-8")


async def test_hostile_feed_runs_and_loads_nothing(desk: Desk) -> None:
    await first_sign_in(desk)
    feed_url = "http://hostile.example/rss"
    hostile_page = raw(
        f"<html><head><title>{BAD}</title><meta property='og:image' content='javascript:1'></head>"
        f"<body><article><h1>{BAD}</h1><p>Zorbington spoke. {BAD} {' '.join(TEXT)}</p></article></body></html>".encode(),
        Content_Type="text/html; charset=utf-8",
    )
    desk.outlets.script[feed_url] = [hostile_feed()]
    desk.outlets.script["http://hostile.example/'\"><script>window.ran=8</script>"] = [hostile_page]

    def prepare(session: Session) -> None:
        add_outlet(
            session,
            name=f"Hostile {BAD}"[:190],
            site="http://hostile.example/",
            feeds=[feed_url],
            language="en",
            country=None,
            interval=timedelta(seconds=1),
            now=utc_now(),
        )
        extend(session, "Zorbington", actors=[Actor("Zorbington")], channels=["desk"], now=utc_now())

    await desk.service.database.writing(prepare)
    desk.service.hints.wake()
    page = await desk.context.new_page()
    watch(desk, page)
    await page.goto(f"{desk.url}/alerts?watch=Zorbington")
    await expect(page.locator(".alert").first).to_be_visible()
    number = await page.locator(".alert").first.get_attribute("id")
    alert = (number or "").removeprefix("alert-")
    outlets = await desk.service.database.reading(outlet_names)
    (outlet,) = (name for name in outlets if name.startswith("Hostile"))
    for path in (
        f"/alerts/{alert}",
        "/alerts",
        "/outlets",
        f"/outlets/one?{urlencode({'name': outlet})}",
        "/trends",
        "/deliveries",
        "/deliveries/1",
        f"/watch/why?article=1&watch={quote(BAD)}",
        f"/alerts?{urlencode({'name': BAD, 'outlet': BAD, 'watch': BAD})}",
        "/status",
    ):
        await page.goto(desk.url + path)
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate("window.ran") is None, path
        strange = await page.evaluate(
            """() => [...document.querySelectorAll('*')].filter(e =>
                [...e.attributes].some(a => a.name.startsWith('on') || /^\\s*javascript:/i.test(a.value)) ||
                ['IMG', 'IFRAME', 'OBJECT', 'EMBED', 'STYLE', 'BASE'].includes(e.tagName) ||
                e.tagName === 'SCRIPT' && !e.src.startsWith(location.origin + '/static/')).map(e => e.outerHTML)"""
        )
        assert strange == [], path
        shown = await page.inner_text("main")
        assert "\u202e" not in shown
        assert "\u2066" not in shown
    await desk.shot("hostile", page)
    await page.close()
    assert desk.foreign == []
    assert [line for line in desk.said if "404" not in line] == []


async def arabic_alert(desk: Desk) -> None:
    """Has an Arabic article raise an alert."""
    await first_sign_in(desk)
    desk.outlets.script[ARABIC_FEED] = [feed((ARABIC, "العبارة تغادر الميناء عند الفجر"))]
    desk.outlets.script[ARABIC] = [article_page("العبارة تغادر الميناء عند الفجر", paragraphs(*ARABIC_TEXT))]

    def add(session: Session) -> None:
        add_outlet(
            session,
            name="صحيفة الشمال",
            site="http://sahifa.example/",
            feeds=[ARABIC_FEED],
            language="ar",
            country="MA",
            interval=timedelta(seconds=1),
            now=utc_now(),
        )

    await desk.service.database.writing(add)
    desk.service.hints.wake()
    await desk.page.goto(f"{desk.url}/alerts")
    await expect(desk.page.locator(".alert h2[dir=rtl]")).to_be_visible()
    await desk.page.locator(".alert h2[dir=rtl] a").click()
    await expect(desk.page.locator(".text[dir=rtl] mark").first).to_be_visible()
    await desk.shot("arabic")
