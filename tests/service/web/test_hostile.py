"""A feed whose every field attacks: nothing runs and nothing loads, on the page, in mails, in feeds out."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime
from typing import Literal
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest
from playwright.async_api import expect
from sqlmodel import Session, select

from alerts.delivery.links import Links
from crawler.sources.discovery import Discovery, FoundFeed, TriedAddress
from crawler.sources.listed import FoundSource
from service.clock import utc_now
from storage.rows import id_of
from storage.stores.feeds.surveys import WantedAddress
from storage.stores.outbox.channels import signing_key
from storage.tables import WatchListRow
from storage.troubles import Trouble
from tests.archive import put
from tests.archive import watch as track
from tests.replay.outlets import Answer, raw
from tests.service.web.conftest import Desk, first_sign_in, new_context, watch
from tests.surveyed import looked_at

pytestmark = pytest.mark.asyncio(loop_scope="module")


FEED, LIST = "http://hostile.example/rss", "Zorbington"

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
        f"{field('pubDate', format_datetime(utc_now()))}{field('description', BAD)}{field('author', BAD)}{field('category', BAD)}"
        f"<enclosure url='javascript:window.ran=6' type='image/svg+xml' length='1'/></item>"
        for number, link in enumerate(
            (
                "javascript:window.ran=7//http://hostile.example/1",
                LINK,
            )
        )
    )
    body = f"<rss version='2.0'><channel>{field('title', BAD)}{field('link', 'javascript:1')}{items}</channel></rss>"
    return raw(body.encode(), Content_Type="application/rss+xml; charset=utf-8")


LINK = "http://hostile.example/'\"><script>window.ran=8</script>"
PROSE = (
    "The ferry of the northern line left the harbour at dawn, with forty passengers and two lorries on its deck. "
    * 6
)
PAGE = "http://hostile.example/'%22%3E%3Cscript%3Ewindow.ran=8%3C/script%3E"
"""As it is asked for."""
STRANGE = """() => [...document.querySelectorAll('*')].filter(e =>
    [...e.attributes].some(a => a.name.startsWith('on') || /^\\s*(javascript|data|vbscript):/i.test(a.value)) ||
    ['IMG', 'IFRAME', 'OBJECT', 'EMBED', 'BASE', 'VIDEO', 'AUDIO'].includes(e.tagName) ||
    e.tagName === 'STYLE' && e.textContent.includes('evil') ||
    e.tagName === 'SCRIPT' && !e.src.startsWith(location.origin + '/static/')).map(e => e.outerHTML)"""
"""What neither a page nor a mail holds."""


async def attack(desk: Desk) -> str:
    """Has a hostile feed raise an alert that was told by mail; return the outlet's name."""
    await first_sign_in(desk)
    desk.outlets.script[FEED] = [hostile_feed()]
    desk.outlets.script[PAGE] = [
        raw(
            f"<html><head><title>{BAD}</title><meta property='og:image' content='javascript:1'>"
            f"<meta name='author' content='{BAD}'></head><body><article><h1>{BAD}</h1>"
            f"<p>Zorbington spoke. {BAD} {PROSE}</p></article></body></html>".encode(),
            Content_Type="text/html; charset=utf-8",
        )
    ]
    name = f"Hostile {BAD}"[:190]

    def prepare(session: Session) -> None:
        put(
            session,
            name,
            [FEED],
            site="http://hostile.example/",
            language="en",
            interval=timedelta(seconds=1),
            now=utc_now(),
        )
        track(session, LIST, actors=["Zorbington"], channels=["desk"], now=utc_now())

    await desk.service.database.writing(prepare)
    desk.service.parts.hints.wake()
    await desk.mail.wait_for(lambda: bool(desk.mail.mails), seconds=120)
    assert desk.outlets.times(PAGE) >= 1
    return name


def hostile_survey() -> tuple[WantedAddress, Discovery]:
    """Return an address of a survey whose words and whose site's are hostile."""
    site = f"http://hostile.example/{BAD}"
    feed = FoundFeed(f"{site}/rss", "link", "rss", BAD, BAD[:10], 3, None, "javascript:window.ran=9")
    listed = FoundSource("list", {"url": site}, BAD, None, 7, None, BAD)
    tried = (TriedAddress(site, "page", trouble=Trouble("note", {"text": BAD})),)
    return WantedAddress(site, BAD, BAD, site, tags=(BAD,)), Discovery(
        site, (feed,), (BAD,), (listed,), tried
    )


@pytest.mark.thorough
async def test_hostile_feed_runs_and_loads_nothing(desk: Desk) -> None:
    outlet = await attack(desk)
    survey = await asyncio.to_thread(looked_at, desk.service.database, hostile_survey())
    page = await desk.context.new_page()
    watch(desk, page)
    await page.goto(f"{desk.url}{_at('/alerts', watch=LIST)}")
    await expect(page.locator(".alert").first).to_be_visible()
    number = ((await page.locator(".alert").first.get_attribute("id")) or "").removeprefix("alert-")
    for path in (
        f"/alerts/{number}",
        "/alerts",
        "/outlets",
        f"/outlets/surveys/{survey}",
        _at("/outlets/catalogue", q=BAD),
        _at("/outlets/catalogue", theme=BAD),
        _at("/outlets/new", address=BAD),
        _at("/outlets/one", name=outlet),
        _at("/watch/list", name=LIST),
        _at("/watch/topic", list=LIST, query=BAD),
        _at("/search", q="Zorbington"),
        _at("/search", q=BAD),
        "/trends",
        "/deliveries",
        "/deliveries/1",
        "/channels",
        "/silences",
        _at("/watch/proposals", list=LIST),
        _at("/watch/why", article="1", watch=LIST),
        _at("/watch/why", article=BAD, watch=BAD),
        _at("/alerts", name=BAD, outlet=BAD, watch=BAD),
        _at("/login", next="//evil.example"),
        "/status",
    ):
        await page.goto(desk.url + path)
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate("window.ran") is None, path
        assert await page.evaluate(STRANGE) == [], path
        assert not {"\u202e", "\u2066"} & set(await page.inner_text("main")), path
    await desk.shot("hostile", page)
    await page.close()
    assert desk.foreign == []
    assert [line for line in desk.said if "404" not in line and "422" not in line] == []
    await _open_mail(desk)
    await _read_feeds_out(desk)


async def _open_mail(desk: Desk) -> None:
    """Open the mail in a browser that allows everything."""
    mail = desk.mail.mails[0].message
    body = mail.get_body(("html",))
    assert body is not None
    html = body.get_content()
    assert "Zorbington" in html
    assert not {"\u202e", "\u2066"} & set(mail["subject"] + html)
    context = await new_context(desk.browser)
    page = await context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.set_content(html, wait_until="networkidle")
    assert await page.evaluate("window.ran") is None
    assert await page.evaluate(STRANGE) == []
    assert [url for url in asked if not url.startswith("about:")] == []
    await context.close()


async def _read_feeds_out(desk: Desk) -> None:
    """Read the feeds out: their words are text, their links lead to the web."""
    async with httpx.AsyncClient() as client:
        atom = (await client.get(await _feed_out(desk, "atom"))).raise_for_status()
        feed = (await client.get(await _feed_out(desk, "json"))).raise_for_status().json()
    name = "{http://www.w3.org/2005/Atom}"
    entries = ElementTree.fromstring(atom.content).findall(f"{name}entry")
    words = [part for entry in entries for part in entry if part.tag in (f"{name}title", f"{name}content")]
    assert {part.get("type", "text") for part in words} == {"text"}
    assert [list(part) for part in words if len(part)] == []
    assert not [item for item in feed["items"] if "content_html" in item]
    links = [link.get("href", "") for entry in entries for link in entry.findall(f"{name}link")]
    links += [item["url"] for item in feed["items"] if "url" in item]
    assert all(link.startswith(("http://", "https://")) for link in links)
    assert not {"\u202e", "\u2066"} & set(atom.text + str(feed["items"]))


async def _feed_out(desk: Desk, form: Literal["atom", "json"]) -> str:
    def find(session: Session) -> str:
        row = session.exec(select(WatchListRow).where(WatchListRow.name == LIST)).one()
        return Links(desk.url, signing_key(session, now=utc_now())).feed(id_of(row), "", row.name, form)

    return await desk.service.database.writing(find)


def _at(path: str, **query: str) -> str:
    return f"{path}?{urlencode(query)}"
