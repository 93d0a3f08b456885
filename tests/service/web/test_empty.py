"""Every page that has nothing to show says why, and leads to what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import httpx
import pytest
from sqlmodel import select

from service.web.app import PAGES
from storage.tables import Feed
from tests.archive import put, watch
from tests.conftest import START
from tests.databases import on_sqlite
from tests.service.web.served import NAME, PASSWORD, Served, csrf_in, served, settings_on

pytestmark = on_sqlite

EMPTY = {
    "/alerts": ("No alerts yet: there are no outlets to read", "/outlets/new"),
    "/alerts?name=Nobody": ("No alert fits these filters", "/alerts"),
    "/silences": ("Nothing is silenced", None),
    "/watch": ("Nothing is watched yet, so nothing is alerted", "/watch/new"),
    "/search?q=ferry": ("There are no outlets to read", "/outlets/catalogue"),
    "/missed/controls": ("No outlet is a control source", "/outlets/new"),
    "/outlets": ("No outlets yet, so no articles come in", "/outlets/catalogue"),
    "/outlets?country=MA": ("No outlet matches", "/outlets"),
    "/outlets/cited": ("There are no outlets to read", "/outlets/new"),
    "/outlets/surveys": ("paste addresses above", None),
    "/reviews": ("No reviews yet. A press review gathers", "/reviews/new"),
    "/reviews/archive": ("No edition was sent yet", "/reviews"),
    "/reviews/archive?q=ferry": ("No edition is like that", "/reviews/archive"),
    "/deliveries": ("No deliveries yet: there are no channels", "/channels/new"),
    "/deliveries?state=failed": ("No delivery matches", "/deliveries"),
    "/channels": ("There are no channels yet", "/channels/new"),
    "/trends": ("There are no outlets to read", "/outlets/new"),
    "/trends/report": ("There are no outlets to read", "/outlets/new"),
    "/folders": ("No folders yet. A folder holds what belongs to one matter", None),
    "/start": ("It is shown here once step 2 is done", "/outlets/catalogue"),
    "/start/preview": ("Nothing is followed yet: step 2 says what to look for", None),
}
"""Pages of a service that has nothing: how they say why, and where they lead (None: what to do is on the page, or said)."""
NEVER_EMPTY = {
    *("/", "/status", "/users", "/audit", "/sessions", "/account", "/account/alerts"),
    *("/watch/new", "/watch/list", "/watch/actor", "/watch/topic", "/watch/why", "/watch/proposals"),
    *("/search", "/missed", "/outlets/new", "/outlets/one", "/outlets/access", "/outlets/edit"),
    *("/outlets/catalogue", "/channels/new", "/trends/one", "/reviews/new"),
}
"""Forms, pages of one thing that is there, and pages that always hold something."""
FILES = {
    *("/alerts/export", "/outlets/export", "/outlets/export.opml", "/audit/export", "/search/export"),
    *("/deliveries/export", "/trends/export", "/trends/picture", "/trends/report/file"),
}


@contextmanager
def signed_in(url: str) -> Iterator[tuple[Served, httpx.Client]]:
    with served(settings_on(url, channels=[], watch=[])) as running, running.client() as client:
        client.post(running.first_link() or "", data={"name": NAME, "password": PASSWORD, "again": PASSWORD})
        yield running, client


@pytest.fixture(scope="module")
def nothing(module_storage_url: str) -> Iterator[tuple[Served, httpx.Client]]:
    with signed_in(module_storage_url) as house:
        yield house


def shown(client: httpx.Client, path: str) -> tuple[str, set[str]]:
    answer = client.get(path)
    assert answer.status_code == 200, path
    content = answer.text.partition("<main")[2]
    assert content, f"{path} is a part of a page"
    words = " ".join(unescape(re.sub(r"<[^>]*>", " ", content)).split())
    return re.sub(r"\s+([.,:])", r"\1", words), set(re.findall(r'href="([^"?#]*)', content))


def test_every_page_is_looked_at() -> None:
    paths = {
        route.path
        for page in PAGES
        for route in page.router.routes
        if "GET" in route.methods and "{" not in route.path
    }
    looked_at = {path.partition("?")[0] for path in EMPTY}
    assert paths - looked_at - NEVER_EMPTY - FILES == set(), "say how it is where it has nothing to show"


@pytest.mark.parametrize("path", EMPTY)
def test_page_with_nothing_says_why_and_what_to_do(nothing: tuple[Served, httpx.Client], path: str) -> None:
    reason, lead = EMPTY[path]
    words, links = shown(nothing[1], path)
    assert reason in words, words
    assert lead is None or lead in links, links


def test_the_name_of_an_outlet_where_its_address_is_wanted_leads_to_the_catalogue(
    nothing: tuple[Served, httpx.Client],
) -> None:
    client = nothing[1]
    data = {"csrf": csrf_in(client.get("/outlets/new").text), "address": "BBC News"}
    answer = client.post("/outlets/discover", data=data)
    assert answer.status_code == 422
    assert "BBC News&#39; is a name: give the address of its site, such as bbc.com" in answer.text


def test_service_with_nothing_leads_to_the_first_steps_until_they_are_put_away(
    nothing: tuple[Served, httpx.Client],
) -> None:
    client = nothing[1]
    assert client.get("/").headers["location"] == "/start"
    assert "/start" in shown(client, "/alerts")[1]
    csrf = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/start").text)
    assert csrf is not None
    assert client.post("/account/guide", data={"csrf": csrf[1]}).headers["location"] == "/alerts"
    assert client.get("/").headers["location"] == "/alerts"
    assert "1. Outlets to read" in shown(client, "/start")[0], "it can be come back to"


def test_where_all_outlets_fail_every_page_that_lacks_articles_says_so(storage_url: str) -> None:
    with signed_in(storage_url) as (house, client):
        with house.service.database.write() as session:
            for number in range(15):
                put(session, f"Outlet {number}", [f"http://outlet{number}.example/rss"])
            for feed in session.exec(select(Feed)):
                feed.failures, feed.failing_since = 3, START
            watch(session, "Press", actors=["Nasser Bourita"])
        house.service.parts.site.glances.forget()
        for path in ("/alerts", "/search?q=ferry", "/trends", "/outlets/cited", "/start/preview"):
            words, links = shown(client, path)
            assert re.search("all 15 outlets are failing", words, re.IGNORECASE), (path, words)
            assert "/outlets" in links, path
        menu = client.get("/watch").text.partition("<main")[0]
        assert "15 outlets are failing" in menu
        assert re.search(r'<a href="/outlets"[^>]*>Outlets <span class="count alarm"', menu)
        words, _links = shown(client, "/outlets")
        assert words.count("Outlet 1") >= 1
