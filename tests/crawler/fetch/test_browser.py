"""Pages that scripts make, shown by Debian's Chromium: what it may ask for, what comes of it, and what it costs to stop it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from crawler.errors import FetchError
from crawler.fetch import Fetcher, OutletOptions
from crawler.fetch.browser import handler
from crawler.fetch.options import BrowserOptions
from crawler.fetch.plan import Gate
from crawler.values import FetchRequest, Response
from tests.crawler.fetch.conftest import Serve, options

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = timedelta(seconds=180)
"""As long as a machine may take that has seven other things to do."""
SHELL = (
    "<html><head><title>T</title></head><body><div id=root></div><script src=/app.js></script></body></html>"
)
APP = "fetch('/api').then(r => r.text()).then(t => { document.getElementById('root').textContent = t; })"
TEXT = "What the script has fetched."


@pytest.fixture(autouse=True, scope="module")
def chromium() -> None:
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        if os.environ.get("CI"):
            pytest.fail("there is no chromium: apt-get install chromium")
        pytest.skip("there is no chromium: apt-get install chromium")


class Outlet:
    """Answers by path, and notes who asked for what."""

    def __init__(self) -> None:
        self.pages: dict[str, Callable[[web.BaseRequest], web.StreamResponse]] = {
            "/": lambda _request: document(SHELL),
            "/app.js": lambda _request: web.Response(text=APP, content_type="text/javascript"),
            "/api": lambda _request: web.Response(text=TEXT),
        }
        self.seen: list[web.BaseRequest] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request)
        found = self.pages.get(request.path)
        return found(request) if found is not None else web.Response(status=404, text="nothing here")

    @property
    def asked(self) -> list[str]:
        return [request.path for request in self.seen]


def document(text: str, **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(text=text, content_type="text/html", headers=named)


@pytest.fixture
def outlet() -> Outlet:
    return Outlet()


@asynccontextmanager
async def browsing(*, access: OutletOptions | None = None, **changes: object) -> AsyncIterator[Fetcher]:
    browser = changes.pop("browser", BrowserOptions(timeout=PATIENCE))
    known = {"Gazette": access or OutletOptions(browser=True, hosts=frozenset({"127.0.0.1"}))}
    async with Fetcher(options(outlets=known, browser=browser, **changes)) as fetcher:
        yield fetcher


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[Fetcher]:
    """What opens pages as every installation does, for tests that change nothing of it: a browser's start takes seconds."""
    async with browsing() as fetcher:
        yield fetcher


async def show(fetcher: Fetcher, url: str, gate: Gate | None = None) -> Response:
    return await fetcher.fetch(FetchRequest(url, outlet="Gazette", is_page=True), gate=gate)


async def test_text_that_a_script_fetches_is_there(shared: Fetcher, serve: Serve, outlet: Outlet) -> None:
    async with serve(outlet.answer) as url:
        shown = await show(shared, f"{url}/")
        plain = await shared.fetch(FetchRequest(f"{url}/", outlet="Gazette"))
    assert (shown.status, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert TEXT in shown.body.decode()
    assert TEXT not in plain.body.decode()  # a feed needs no browser
    agent = outlet.seen[0].headers["User-Agent"]
    assert agent.startswith("Mozilla/5.0")
    assert agent.endswith("Tocsin/0 (+https://tocsin.example)")


async def test_pictures_frames_and_fonts_are_not_asked_for(
    shared: Fetcher, serve: Serve, outlet: Outlet
) -> None:
    outlet.pages["/"] = lambda _request: document(
        "<html><head><style>@font-face{font-family:f;src:url(/font.woff2)}body{font-family:f}</style></head><body>Text"
        "<img src=/picture.png><iframe src=/frame></iframe><video src=/film.mp4 autoplay></video></body></html>"
    )
    async with serve(outlet.answer) as url:
        assert "Text" in (await show(shared, f"{url}/")).body.decode()
    assert not {"/picture.png", "/frame", "/film.mp4", "/font.woff2"} & set(outlet.asked)


async def test_redirect_waits_for_its_turn_and_is_told(shared: Fetcher, serve: Serve, outlet: Outlet) -> None:
    outlet.pages["/go"] = lambda _request: web.Response(status=301, headers={"Location": "/"})
    passed: list[str] = []

    @asynccontextmanager
    async def gate(url: str) -> AsyncIterator[None]:
        passed.append(url)
        yield

    async with serve(outlet.answer) as url:
        shown = await show(shared, f"{url}/go", gate)
        assert passed == [f"{url}/"]
        assert (shown.url, [(hop.status, hop.location) for hop in shown.redirects]) == (
            f"{url}/",
            [(301, f"{url}/")],
        )


async def test_gate_that_lets_nothing_pass_ends_the_visit(
    shared: Fetcher, serve: Serve, outlet: Outlet
) -> None:
    outlet.pages["/go"] = lambda _request: web.Response(status=302, headers={"Location": "/"})

    @asynccontextmanager
    async def gate(url: str) -> AsyncIterator[None]:
        if url:
            raise FetchError("robots.txt forbids it", kind="forbidden", url=url)
        yield

    async with serve(outlet.answer) as url:
        with pytest.raises(FetchError) as caught:
            await show(shared, f"{url}/go", gate)
    assert caught.value.kind == "forbidden"
    assert "/" not in outlet.asked


async def test_private_addresses_are_not_reached(serve: Serve, outlet: Outlet) -> None:
    """Neither by the page itself, nor by what it asks for: its own host is let pass by another name of this machine."""
    async with serve(outlet.answer) as url, browsing(allow_networks=()) as fetcher:
        with pytest.raises(FetchError) as caught:
            await show(fetcher, f"{url}/")
    assert (caught.value.kind, outlet.asked) == ("address", [])


async def test_what_a_page_asks_of_private_addresses_is_refused(serve: Serve, outlet: Outlet) -> None:
    from ipaddress import ip_network

    secret = Outlet()
    async with serve(outlet.answer) as url, serve(secret.answer) as inner:
        port = inner.rpartition(":")[2]
        spellings = [f"http://127.0.0.2:{port}/", f"http://localhost:{port}/", f"http://[::1]:{port}/"]
        calls = "".join(f"fetch('{each}', {{mode: 'no-cors'}}).catch(() => 0);" for each in spellings)
        worker = f"new Worker(URL.createObjectURL(new Blob([`fetch('{spellings[0]}worker')`])));"
        socket = f"new WebSocket('ws://127.0.0.2:{port}/socket');"
        outlet.pages["/app.js"] = lambda _request: web.Response(
            text=f"{APP};{calls}{worker}{socket}", content_type="text/javascript"
        )
        only = (ip_network("127.0.0.1/32"),)
        secret_url = f"http://127.0.0.2:{port}/"
        async with browsing(allow_networks=only) as fetcher:
            assert TEXT in (await show(fetcher, f"{url}/")).body.decode()
            with pytest.raises(FetchError) as caught:
                await show(fetcher, secret_url)
    assert caught.value.kind == "address"
    assert [path for path in secret.asked if "worker" in path or "socket" in path] == []
    assert {request.host.partition(":")[0] for request in secret.seen} <= {"localhost"}  # that is 127.0.0.1


async def test_browser_calls_nobody_by_itself(shared: Fetcher, serve: Serve, outlet: Outlet) -> None:
    async with serve(outlet.answer) as url:
        await show(shared, f"{url}/")
        browser = shared._browser
        assert browser is not None
        assert browser.tunnel is not None
        assert set(browser.tunnel._allowed) == set()  # no page is open: nothing may be dialled
    assert set(outlet.asked) <= {"/", "/app.js", "/api", "/favicon.ico"}


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        pytest.param(
            "location = '/again' + Math.random()", "redirects", "more than 5 redirects", id="for ever"
        ),
        pytest.param("location = 'http://nowhere.invalid/'", "dns", "can't be found", id="to nowhere"),
    ],
)
async def test_page_that_leads_away_is_one_error(
    shared: Fetcher, serve: Serve, outlet: Outlet, script: str, kind: str, words: str
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return document(f"<html><body><script>{script}</script></body></html>")

    async with serve(answer) as url:
        with pytest.raises(FetchError, match=words) as caught:
            await show(shared, f"{url}/")
    assert caught.value.kind == kind


async def test_consent_is_refused_where_it_can_be(shared: Fetcher, serve: Serve, outlet: Outlet) -> None:
    outlet.pages["/"] = lambda _request: document(
        "<html><body><p id=text>Wall</p><div id=dialog>"
        "<button id=onetrust-accept-btn-handler onclick=\"say('yes')\">Yes</button>"
        "<button id=onetrust-reject-all-handler onclick=\"say('no')\">No</button></div>"
        "<script>function say(word) { text.textContent = 'Consent: ' + word; dialog.remove(); }</script>"
        "</body></html>"
    )
    async with serve(outlet.answer) as url:
        body = (await show(shared, f"{url}/")).body.decode()
    assert "Consent: no" in body
    assert "onetrust" not in body.partition("<script>")[0]


async def test_document_to_download_is_had_without_the_browser(
    shared: Fetcher, serve: Serve, outlet: Outlet
) -> None:
    outlet.pages["/release.pdf"] = lambda _request: web.Response(
        body=b"%PDF-1.4 and so on", content_type="application/pdf"
    )
    async with serve(outlet.answer) as url:
        shown = await show(shared, f"{url}/release.pdf")
    assert (shown.headers["content-type"], shown.body) == ("application/pdf", b"%PDF-1.4 and so on")


async def test_status_and_text_of_other_kinds_are_as_sent(
    shared: Fetcher, serve: Serve, outlet: Outlet
) -> None:
    outlet.pages["/data"] = lambda _request: web.json_response({"a": 1})
    async with serve(outlet.answer) as url:
        assert (await show(shared, f"{url}/missing")).status == 404
        assert (await show(shared, f"{url}/data")).body == b'{"a": 1}'


@pytest.mark.thorough
async def test_cookies_and_headers_go_both_ways_and_secrets_to_own_hosts(
    serve: Serve, outlet: Outlet
) -> None:
    other = Outlet()
    async with serve(outlet.answer) as url, serve(other.answer) as elsewhere:
        far = elsewhere.replace("127.0.0.1", "localhost")
        outlet.pages["/"] = lambda _request: document(
            f"<html><body><script>document.cookie='by=script'; fetch('{far}/x', {{mode: 'no-cors'}});</script></body></html>",
            Set_Cookie="sid=1; HttpOnly",
        )
        access = OutletOptions(
            browser=True,
            hosts=frozenset({"127.0.0.1"}),
            headers={"X-Api-Key": "secret", "Accept-Language": "ar"},
        )
        async with browsing(access=access) as fetcher:
            await show(fetcher, f"{url}/")
            await fetcher.fetch(FetchRequest(f"{url}/rss", outlet="Gazette"))
            await show(fetcher, f"{url}/api")
    first, *_between = outlet.seen
    assert (first.headers["X-Api-Key"], first.headers["Accept-Language"]) == ("secret", "ar")
    for request in outlet.seen:
        if request.path in ("/rss", "/api"):
            assert dict(request.cookies) == {"sid": "1", "by": "script"}
    assert [request.headers.get("X-Api-Key") for request in other.seen] == [None]


@pytest.mark.thorough
async def test_browser_that_takes_too_much_memory_is_ended_and_begun_anew(
    serve: Serve, outlet: Outlet
) -> None:
    outlet.pages["/hog"] = lambda _request: document(
        "<html><body><script>window.kept = []; setInterval(() => kept.push(new Uint8Array(6e7).fill(1)), 20);"
        "setInterval(() => fetch('/api'), 100)</script></body></html>"
    )
    limit = BrowserOptions(timeout=PATIENCE, most_memory_bytes=600_000_000)
    async with serve(outlet.answer) as url, browsing(browser=limit) as fetcher:
        with pytest.raises(FetchError, match="took more than 600 MB"):
            await show(fetcher, f"{url}/hog")
        assert TEXT in (await show(fetcher, f"{url}/")).body.decode()


@pytest.mark.thorough
async def test_no_more_pages_at_once_than_allowed(serve: Serve, outlet: Outlet) -> None:
    open_now: list[int] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/n/"):
            browser = fetcher._browser
            assert browser is not None
            open_now.append(browser._pages)
        return await outlet.answer(request)

    one = BrowserOptions(timeout=PATIENCE, pages=1)
    async with serve(answer) as url, browsing(browser=one) as fetcher:
        await asyncio.gather(*(show(fetcher, f"{url}/n/{number}") for number in range(3)))
    assert open_now == [1, 1, 1]


async def test_browser_that_is_not_there_is_said(serve: Serve, outlet: Outlet) -> None:
    nowhere = BrowserOptions(executable="/nowhere/chromium", timeout=PATIENCE)
    async with serve(outlet.answer) as url, browsing(browser=nowhere) as fetcher:
        with pytest.raises(FetchError, match="the browser can't be started") as caught:
            await show(fetcher, f"{url}/")
    assert caught.value.kind == "browser"


@pytest.mark.thorough
async def test_remote_browser_is_asked_over_its_devtools(
    serve: Serve, outlet: Outlet, tmp_path: Path
) -> None:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path is not None
    process = await asyncio.create_subprocess_exec(
        path, "--headless", "--no-sandbox", "--remote-debugging-port=0", f"--user-data-dir={tmp_path}",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        while b"DevTools listening on " not in (line := await process.stderr.readline()):
            assert line, "chromium ended before it listened"
        address = line.decode().rpartition("listening on ")[2].strip()
        assert address.startswith("ws://")
        remote = BrowserOptions(url=address, timeout=PATIENCE)
        async with serve(outlet.answer) as url:
            async with browsing(browser=remote) as fetcher:
                assert TEXT in (await show(fetcher, f"{url}/")).body.decode()
            async with browsing(browser=remote, allow_networks=()) as fetcher:
                with pytest.raises(FetchError) as caught:
                    await show(fetcher, f"{url}/")
        assert caught.value.kind == "address"
        assert process.returncode is None  # it is somebody else's, and goes on
    finally:
        process.kill()
        await process.wait()


@pytest.mark.thorough
async def test_who_would_wait_too_long_for_room_is_sent_away(
    serve: Serve, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler, "LONGEST_WAIT", timedelta(milliseconds=10))
    one = BrowserOptions(timeout=PATIENCE, pages=1)
    async with serve(outlet.answer) as url, browsing(browser=one) as fetcher:
        assert fetcher._browser is not None
        async with fetcher._browser.room:
            with pytest.raises(FetchError, match="the browser is busy") as caught:
                await show(fetcher, f"{url}/")
    assert (caught.value.kind, caught.value.retry_after, outlet.asked) == ("wait", handler.LONGEST_WAIT, [])
