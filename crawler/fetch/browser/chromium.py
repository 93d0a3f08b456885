"""The browser of one process: started with the first page, a context for each outlet, ended when nobody asks for a while."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from importlib.util import find_spec
from secrets import token_hex
from socket import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from crawler.errors import FetchError
from crawler.fetch.browser.memory import memory_of, process_with
from crawler.fetch.browser.tunnel import Tunnel
from crawler.fetch.options import BrowserOptions
from crawler.unfetched import unfetched
from storage.addresses import AddressInfo

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Playwright

log = structlog.get_logger(__name__)

IDLE = timedelta(minutes=1)
"""How long a browser that nobody asks stays."""
MOST_CONTEXTS = 20
LOOK_SECONDS = 1.0
"""Between two looks at the browser's memory."""
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "microsoft-edge")
_ARGUMENTS = (
    "--proxy-bypass-list=<-loopback>",  # by default what is on this machine is asked past the proxy
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-pings",
    "--blink-settings=imagesEnabled=false",
)


class Chromium:
    """A browser, local or remote, and its way out. `page` is a page to use and close."""

    def __init__(
        self,
        options: BrowserOptions,
        make_socket: Callable[[AddressInfo], socket],
        *,
        agent: str,
        proxy: str | None,
    ) -> None:
        """`agent` is appended to the browser's own User-Agent; `proxy` is the operator's."""
        self._options = options
        self._agent = agent
        self._proxy = proxy
        self._make_socket = make_socket
        self.room = asyncio.Semaphore(options.pages)
        """For pages at the same time."""
        self.tunnel: Tunnel | None = None
        """Where its connections are made; None where that is not ours: behind a proxy, or on another machine."""
        self.out_of_memory = False
        """It was ended for taking too much, and not begun anew yet."""
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._contexts: OrderedDict[tuple[str, str], BrowserContext] = OrderedDict()
        self._opening = asyncio.Lock()
        self._pages = 0
        self._idle: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def __deepcopy__(self, _memo: object) -> Chromium:
        """Return the same: Scrapy copies its settings, and every crawler of a process shares one browser."""
        return self

    @asynccontextmanager
    async def page(self, outlet: str, user_agent: str) -> AsyncIterator[Page]:
        """Give a page in the context of an outlet, and close it. Raises `FetchError` where no browser is available."""
        self._pages += 1
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        try:
            async with self._opening:
                context = await self._context(outlet, user_agent)
            page = await context.new_page()
            watching = asyncio.ensure_future(self._watch_memory())
            try:
                yield page
            finally:
                watching.cancel()
                with suppress(Exception):  # it has gone with its browser
                    await page.close()
        finally:
            self._pages -= 1
            if not self._pages:
                self._idle = asyncio.get_running_loop().call_later(IDLE.total_seconds(), self._end_idle)

    async def close(self) -> None:
        """End the browser."""
        if self._idle is not None:
            self._idle.cancel()
        async with self._opening:
            await self._end()
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _context(self, outlet: str, user_agent: str) -> BrowserContext:
        """Return the context of an outlet: its cookies and storage, apart from all others'."""
        browser = await self._running()
        key = (outlet, user_agent)
        context = self._contexts.get(key)
        if context is None:
            context = await browser.new_context(
                user_agent=user_agent or await self._user_agent(browser),
                service_workers="block",  # what they ask for can't be looked at
                accept_downloads=False,
                viewport={"width": 1280, "height": 1600},
            )
            self._contexts[key] = context
        self._contexts.move_to_end(key)
        if len(self._contexts) > MOST_CONTEXTS:
            oldest = next((each for each in self._contexts if not self._contexts[each].pages), None)
            if oldest is not None:
                await self._contexts.pop(oldest).close()
        return context

    async def _user_agent(self, browser: Browser) -> str:
        version = browser.version.partition(".")[0]
        return (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            f"Chrome/{version}.0.0.0 Safari/537.36 {self._agent}"
        )

    async def _running(self) -> Browser:
        if self._browser is not None and self._browser.is_connected():
            return self._browser
        await self._end()
        try:
            from playwright.async_api import Error, async_playwright
        except ImportError:
            raise FetchError(unfetched("browser", "browser-missing", "")) from None
        try:
            self._playwright = await async_playwright().start()
            self._browser = await (self._connect() if self._options.url else self._launch())
        except (Error, OSError) as error:
            await self._end()
            detail = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise FetchError(unfetched("browser", "browser-start", "", detail=detail)) from error
        self.out_of_memory = False
        return self._browser

    async def _connect(self) -> Browser:
        if self._playwright is None:
            raise RuntimeError("Playwright is not started")
        return await self._playwright.chromium.connect_over_cdp(self._options.url)

    async def _launch(self) -> Browser:
        if self._playwright is None:
            raise RuntimeError("Playwright is not started")
        path = self._options.executable or _installed()
        if path is None:
            raise FetchError(unfetched("browser", "browser-none", "", names=", ".join(NAMES)))
        self._mark = f"--tocsin-browser={token_hex(8)}"
        more: dict[str, Any] = {}
        if self._proxy:
            more["proxy"] = _as_playwright(self._proxy)
            arguments = [*_ARGUMENTS]
        else:
            self.tunnel = Tunnel(self._make_socket)
            arguments = [*_ARGUMENTS, f"--proxy-server={await self.tunnel.start()}"]
        return await self._playwright.chromium.launch(
            executable_path=path,
            args=[*arguments, self._mark],
            chromium_sandbox=self._options.sandbox and not _is_root(),
            timeout=self._options.timeout.total_seconds() * 1000,
            handle_sigint=False,  # the service ends it
            handle_sigterm=False,
            handle_sighup=False,
            **more,
        )

    async def _watch_memory(self) -> None:
        """End the browser once it takes more than it may: its pages fail, and the next begin it anew."""
        if self._options.url:
            return
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            process = await loop.run_in_executor(None, process_with, self._mark)
            taken = await loop.run_in_executor(None, memory_of, process) if process is not None else 0
            if taken > self._options.most_memory_bytes and self._browser is not None:
                log.warning(
                    "browser takes too much memory: ended",
                    megabytes=taken // 1_000_000,
                    limit=self._options.most_memory_bytes // 1_000_000,
                )
                self.out_of_memory = True
                self._start(self._end_now())
                return

    def _end_idle(self) -> None:
        self._start(self._end_if_idle())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _end_now(self) -> None:
        async with self._opening:
            await self._end()

    async def _end_if_idle(self) -> None:
        async with self._opening:
            if not self._pages:
                await self._end()

    async def _end(self) -> None:
        browser, playwright, tunnel = self._browser, self._playwright, self.tunnel
        self._browser = self._playwright = self.tunnel = None
        contexts = list(self._contexts.values())
        self._contexts.clear()
        with suppress(Exception):  # whatever has gone already
            for context in contexts if self._options.url else ():
                await context.close()  # a remote browser goes on
        with suppress(Exception):
            if browser is not None:
                await browser.close()
        with suppress(Exception):
            if playwright is not None:
                await playwright.stop()
        if tunnel is not None:
            await tunnel.close()


def browser_problem(executable: str, url: str) -> str | None:
    """Return what keeps a browser from being used; None where nothing is known to."""
    if find_spec("playwright") is None:
        return "Playwright is not installed: pipx inject tocsin playwright"
    if url:
        return None
    if executable:
        return None if shutil.which(executable) else f"{executable} is not a program"
    if _installed() is None:
        return f"none is installed: install one of {', '.join(NAMES)}, or name it in [crawler.browser]"
    return None


def _installed() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _is_root() -> bool:
    """Return whether we are root, as whom Chromium refuses to run with its sandbox."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _as_playwright(proxy: str) -> Mapping[str, str]:
    parts = urlsplit(proxy)
    server = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
    login = {"username": parts.username or "", "password": parts.password or ""} if parts.username else {}
    return {"server": server, "bypass": "<-loopback>", **login}
