"""One visit of a page: each of its requests is looked at, each hop of its main document has its turn at its host."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.errors import FetchError
from crawler.fetch.browser.consent import click_away
from crawler.fetch.browser.tunnel import Place
from crawler.unfetched import unfetched

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, CDPSession, Page, Response

QUIET_MS = 5_000
"""How long it is waited for a page's own requests to end: some never do."""
MOST_REQUESTS = 300
"""Of one page."""
_LEFT_OUT = frozenset(
    {"Image", "Font", "Media", "TextTrack", "Ping", "CSPViolationReport", "Prefetch", "Manifest"}
)
"""Kinds of requests, as the DevTools protocol calls them, that no text needs."""


class NotAPageError(Exception):
    """What came is to be downloaded (a PDF, an archive): the fetcher has it better."""


class NotReachedError(Exception):
    """A script has led the page to an address that can't be fetched."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it stood once it was loaded. `hops` are the addresses that led to it, the first one first."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    hops: tuple[str, ...] = ()
    reasons: tuple[int, ...] = ()


@dataclass(slots=True)
class Watch:
    """What looks at a page's requests. All may wait; what they raise ends the visit."""

    main: Callable[[str], Awaitable[None]]
    """Called with each address of the main document: the first, redirects, and where scripts lead."""
    check: Callable[[str], Awaitable[None]]
    """Called with the address of every request. Raises `OSError` where it may not be made."""
    headers: Callable[[str], Mapping[str, str]]
    """Gives the outlet's own header fields for an address."""
    allow: Callable[[Place], None]
    forbid: Callable[[Place], None]


@dataclass(slots=True)
class Visit:
    """A page that is being looked at."""

    page: Page
    watch: Watch
    most_hops: int
    _session: CDPSession | None = None
    _frame: str = ""
    _hops: list[str] = field(default_factory=list)
    _places: list[Place] = field(default_factory=list)
    _asked: int = 0
    _failure: Exception | None = None
    _latest: Response | None = None
    _deciding: set[asyncio.Task[None]] = field(default_factory=set)

    async def show(self, url: str) -> Shown:
        """Return the page. Raises Playwright's errors, what the watch raised, and `NotAPageError`."""
        from playwright.async_api import Error

        await self._begin()
        try:
            try:
                answer = await self.page.goto(url, wait_until="domcontentloaded", timeout=0)
            except Error as error:
                if self._failure is not None:
                    raise self._failure from None
                if "Download is starting" in error.message or "net::ERR_ABORTED" in error.message:
                    raise NotAPageError(url) from None
                raise
            await self._settle()
            if await click_away(self.page):
                await self._settle()
            if self._failure is not None:
                raise self._failure
            return await self._shown(self._latest or answer)
        finally:
            for task in self._deciding:
                task.cancel()
            await asyncio.gather(*self._deciding, return_exceptions=True)
            for place in self._places:
                self.watch.forbid(place)

    def failed_at(self) -> Place | None:
        """Return the host that the main document was asked of last."""
        return _place(self._hops[-1]) if self._hops else None

    async def _begin(self) -> None:
        context: BrowserContext = self.page.context
        session = self._session = await context.new_cdp_session(self.page)
        tree = await session.send("Page.getFrameTree")
        self._frame = tree["frameTree"]["frame"]["id"]
        session.on("Fetch.requestPaused", lambda event: self._start_deciding(event))
        self.page.on("dialog", _dismiss)
        self.page.on("response", lambda response: self._note(response))
        await session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    def _note(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self._latest = response

    def _start_deciding(self, event: dict[str, Any]) -> None:
        task = asyncio.ensure_future(self._decide(event))
        self._deciding.add(task)
        task.add_done_callback(self._deciding.discard)

    async def _decide(self, event: dict[str, Any]) -> None:
        """Let one request pass, or fail it."""
        from playwright.async_api import Error

        session, request = self._session, event["request"]
        if session is None:
            return
        with suppress(Error):  # the page has gone
            try:
                passes = await self._passes(event["resourceType"], request["url"], event["frameId"])
            except Exception as error:  # noqa: BLE001  (told to whoever waits for the page; the request must not hang)
                if event["resourceType"] == "Document" or not isinstance(error, FetchError | OSError):
                    self._failure = self._failure or error
                passes = False
            named = {"requestId": event["requestId"]}
            if not passes:
                await session.send("Fetch.failRequest", {**named, "errorReason": "BlockedByClient"})
                return
            own = self.watch.headers(request["url"])
            if not own:
                await session.send("Fetch.continueRequest", named)
                return
            given = {name.lower() for name in own}
            headers = {name: value for name, value in request["headers"].items() if name.lower() not in given}
            sent = [{"name": name, "value": value} for name, value in {**headers, **own}.items()]
            await session.send("Fetch.continueRequest", {**named, "headers": sent})

    async def _passes(self, kind: str, url: str, frame: str) -> bool:
        """Return whether a request may be made. Raises what the watch raises."""
        self._asked += 1
        if kind in _LEFT_OUT or self._asked > MOST_REQUESTS:
            return False
        if not url.startswith(("http://", "https://")):
            return url.startswith(("data:", "blob:", "about:"))
        if kind == "Document":
            if frame != self._frame:
                return False  # advertisements, players and consent in a frame: no text of the page
            self._hops.append(url)
            if len(self._hops) > self.most_hops + 1:
                raise FetchError(unfetched("redirects", "redirects", url, most=self.most_hops), url=url)
            await self.watch.main(url)
        await self.watch.check(url)
        place = _place(url)
        self.watch.allow(place)
        self._places.append(place)
        return True

    async def _settle(self) -> None:
        """Wait until the page asks for nothing more, at most for a while."""
        from playwright.async_api import TimeoutError as SlowError

        with suppress(SlowError):
            await self.page.wait_for_load_state("networkidle", timeout=QUIET_MS)

    async def _content(self) -> str:
        """Return the page's text with its markup; a page that is just being led on is waited for."""
        from playwright.async_api import Error

        for _try in range(3):
            try:
                return await self.page.content()
            except Error as error:
                if "navigating" not in error.message:
                    raise
            await self.page.wait_for_load_state("domcontentloaded", timeout=0)
        raise NotReachedError(self._hops[-1])

    async def _shown(self, answer: Response | None) -> Shown:
        if self.page.url.startswith("chrome-error:"):
            raise NotReachedError(self._hops[-1])
        if answer is None:
            raise NotAPageError(self.page.url)
        headers = {
            name: value for name, value in (await answer.all_headers()).items() if name not in _NOT_KEPT
        }
        kind = headers.get("content-type", "text/html")
        if "html" in kind:
            body = (await self._content()).encode()
            headers["content-type"] = f"{kind.partition(';')[0]}; charset=utf-8"
        elif _IS_TEXT.search(kind):
            body = await answer.body()
        else:
            raise NotAPageError(answer.url)
        hops, reasons = await _redirects(answer)
        url = self.page.url if self.page.url.startswith("http") else answer.url
        return Shown(url, answer.status, headers, body, hops, reasons)


_IS_TEXT = re.compile(r"^text/|json|xml")
_NOT_KEPT = frozenset({"content-encoding", "content-length", "transfer-encoding", "etag", "last-modified"})
"""Header fields that are not true of the page as it stands: a script made its text, and may make another at any time."""


async def _redirects(answer: Response) -> tuple[tuple[str, ...], tuple[int, ...]]:
    hops: list[str] = []
    reasons: list[int] = []
    before = answer.request.redirected_from
    while before is not None:
        hops.insert(0, before.url)
        response = await before.response()
        reasons.insert(0, response.status if response is not None else 302)
        before = before.redirected_from
    return tuple(hops), tuple(reasons)


async def _dismiss(dialog: Any) -> None:  # noqa: ANN401  (Playwright's Dialog, which is imported late)
    await dialog.dismiss()


def _place(url: str) -> Place:
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)
