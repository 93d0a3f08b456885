"""One run of a user's spider, from loading it to its last item, with the limits that it is stopped at."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import structlog
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK, Request
from scrapy.utils.reactor import is_reactor_installed
from scrapy.utils.reactorless import install_reactor_import_hook

from crawler.errors import FetchError
from crawler.fetch.options import FetcherOptions, OutletOptions
from crawler.fetch.proxies import Proxies
from crawler.fetch.spiders.crawl_settings import RUN, hold, spider_settings
from crawler.fetch.spiders.crossing import Answer, Crossing
from crawler.fetch.spiders.loading import SpiderNotLoadedError, load_spider, project_of
from crawler.fetch.spiders.log_count import stop_counting
from crawler.fetch.spiders.membership import Ask, Membership
from crawler.fetch.spiders.notes import RunNotes
from crawler.fetch.spiders.thread import Interrupted, LoopThread
from crawler.spider_values import SpiderOrder, SpiderOutcome
from crawler.values import Response as Shown
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

T = TypeVar("T")
Show = Callable[[str], Coroutine[Any, Any, Shown]]
"""Shows a page in the outlet's browser, in the loop of the service. Raises `FetchError`."""

STUCK = 60.0
"""Seconds for which a spider's code may block its loop, as by a request of its own that is not Scrapy's."""
LOOK = 1.0
"""Seconds between two looks at a spider's time."""

_left_behind: dict[str, LoopThread] = {}
"""Threads of runs that could not be ended, by their source: until one ends, its spider is not run again."""

_reaping: set[asyncio.Future[None]] = set()
"""What goes on trying to end them."""
_forbidden: list[object] = []
"""The hook that keeps Twisted's reactor from being imported, once there is one."""


class Run:
    """One run. The thread's side: `turn`, `until_halted` and `count_request`, by its download handler; the rest is ours."""

    def __init__(
        self,
        order: SpiderOrder,
        options: FetcherOptions,
        proxies: Proxies,
        outlet: OutletOptions | None,
        crossing: Crossing,
        show: Show | None = None,
        member: Membership | None = None,
    ) -> None:
        self.options = options
        self.handlers: dict[str, str] = {}
        """The download handlers that requests end at, by scheme."""
        self.opened: list[BaseDownloadHandler] = []
        """Handlers to close at the end, also where Scrapy does not come to it."""
        self.notes = RunNotes(order, options.max_body_bytes, self.halt)
        self._order = order
        self._proxies = proxies
        self._outlet = outlet
        self._crossing = crossing
        self._show = show
        self._member = member
        self._visits: set[asyncio.Future[Response]] = set()
        """Requests of the spider's that our loop sees through as somebody who is logged in."""
        self._crawler: Crawler | None = None
        self._stopping: asyncio.Future[None] | None = None
        self._ours = asyncio.get_running_loop()
        self._halted = asyncio.Event()
        self._halted_there = asyncio.Event()
        """The same for the spider's loop."""
        self._stopped: Trouble | None = None
        self._fault: Exception | None = None
        self._turns: set[AsyncExitStack] = set()
        self._not_loaded = ""
        self._thread = LoopThread(self._crawl, f"spider {order.spider}")

    async def finish(self) -> SpiderOutcome:
        """Run the spider to its end, or to a limit. Raises what the gate raised besides `FetchError`: the database fails."""
        if (before := _left_behind.get(self._order.key)) is not None and before.is_alive:
            return _failed(Trouble("spider-runs-on", {"spider": self._order.name}))
        forbid_reactor()
        self._thread.start()
        try:
            await self._watch()
            await self._end()
        except asyncio.CancelledError:  # the service stops, or another process has the source
            if not await self._thread.leave(self._stop_crawling):
                self._leave_behind()
            raise
        finally:
            await self._give_turns_back()
        if self._fault is not None:
            raise self._fault
        if self._thread.error is not None and self._stopped is None:  # SystemExit, or none of Scrapy's doing
            self.notes.raised(self._thread.error)
        if self._not_loaded:
            facts = {"spider": self._order.name, "detail": self._not_loaded}
            return _failed(Trouble("spider-not-loaded", facts))
        return self.notes.outcome(self._stopped)

    def halt(self, trouble: Trouble) -> None:
        """Stop the run; the first reason counts. From either thread."""
        self._stopped = self._stopped or trouble
        self._ours.call_soon_threadsafe(self._halted.set)

    async def _watch(self) -> None:
        """Wait for the spider's end, or for a limit."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._order.timeout.total_seconds()
        over = asyncio.ensure_future(self._thread.wait(self._order.timeout.total_seconds() + 2 * LOOK))
        halted = asyncio.ensure_future(self._halted.wait())
        try:
            while not over.done() and not halted.done():
                left = max(0.0, end - loop.time())
                await asyncio.wait(
                    {over, halted}, timeout=min(LOOK, left), return_when=asyncio.FIRST_COMPLETED
                )
                if over.done():
                    return
                if loop.time() >= end:
                    self.halt(self.notes.stopped("time", seconds=self._order.timeout.total_seconds()))
                elif self._thread.silent_for > STUCK:
                    self.halt(self.notes.stopped("stuck", seconds=STUCK))
                await asyncio.sleep(0)
        finally:
            over.cancel()
            halted.cancel()

    async def _end(self) -> None:
        if self._thread.is_alive and not await self._thread.end(self._stop_crawling):
            self._leave_behind()
            log.warning("spider left behind: its code blocks and can't be ended", spider=self._order.name)
        else:
            _left_behind.pop(self._order.key, None)

    def _leave_behind(self) -> None:
        """Let the thread be ended while other work goes on."""
        _left_behind[self._order.key] = self._thread
        reaping = asyncio.ensure_future(self._thread.keep_interrupting())
        _reaping.add(reaping)
        reaping.add_done_callback(_reaping.discard)

    async def _give_turns_back(self) -> None:
        for visit in list(self._visits):
            visit.cancel()
        for turn in list(self._turns):
            await self._leave(turn)

    def _stop_crawling(self) -> None:
        self._halted_there.set()
        if self._crawler is not None and self._crawler.crawling:
            self._stopping = asyncio.ensure_future(_stop(self._crawler))

    async def _crawl(self) -> None:
        """Run the spider, in its thread."""
        try:
            crawler = self._made()
            await crawler.crawl_async(**self._order.arguments)
        except SpiderNotLoadedError as error:
            self._not_loaded = str(error)
        except (asyncio.CancelledError, Interrupted):
            raise
        except Exception as error:  # noqa: BLE001  (a spider and its components raise what they like as they are made)
            self.notes.raised(error)
        finally:
            if self._crawler is not None:
                stop_counting(self._crawler)
            for handler in self.opened:
                await handler.close()

    def _made(self) -> Crawler:
        project = self._order.project or project_of(self._order.spider)
        settings = spider_settings(self.options, self._proxies, self._outlet, project)
        spider = load_spider(self._order.spider)
        self.notes.folder = str(Path(sys.modules[spider.__module__].__file__ or "").parent)
        crawler = Crawler(spider, settings)
        self.handlers = hold(crawler)
        crawler.settings.set(RUN, self, priority="cmdline")
        self.notes.connect(crawler.signals)
        self._crawler = crawler
        return crawler

    def count_request(self) -> None:
        """Count a request that is about to be made. Raises `IgnoreRequest` once the run is stopped."""
        self.notes.count_request()
        if self._stopped is not None:
            raise IgnoreRequest("the spider was stopped at a limit")

    def shows(self, request: Request) -> bool:
        """Return whether the outlet's browser shows a request: a page's, unless the spider says `meta={"browser": False}`."""
        is_page = request.method == "GET" and request.callback is not NO_CALLBACK
        return self._show is not None and is_page and bool(request.meta.get("browser", True))

    async def shown(self, url: str) -> Shown:
        """Return a page as the outlet's browser shows it. Raises `FetchError`."""
        if self._show is None:
            raise RuntimeError("the outlet has no browser")
        return await self._there(self._show(url))

    def is_members(self, request: Request) -> bool:
        """Return whether a request is made as somebody who is logged in."""
        return self._member is not None and self._member.concerns(request)

    async def visit(self, request: Request, ask: Ask) -> Response:
        """Return the answer to such a request. Raises `FetchError`, and what `ask` raises in the spider's loop."""
        there = asyncio.get_running_loop()
        member = self._member
        if member is None:
            raise RuntimeError("the outlet has no login")

        async def ask_there(step: Request) -> Response:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(ask(step), there))

        async def visit() -> Response:
            visiting = asyncio.ensure_future(member.visit(request, ask_there))
            self._visits.add(visiting)
            visiting.add_done_callback(self._visits.discard)
            return await visiting

        return await self.until_halted(self._there(visit()))

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[Answer]:
        """Hold the turn at a request's host. Raises `FetchError`."""
        turn, answer = await self.until_halted(self._there(self._enter(url)))
        try:
            yield answer
        finally:
            await asyncio.shield(self._there(self._leave(turn)))

    async def until_halted(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work gives. Raises `IgnoreRequest` where the run is stopped meanwhile."""
        doing = asyncio.ensure_future(work)
        halted = asyncio.ensure_future(self._halted_there.wait())
        try:
            await asyncio.wait({doing, halted}, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            raise IgnoreRequest("the spider was stopped at a limit")
        finally:
            doing.cancel()
            halted.cancel()

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what work in our loop gives, in the spider's."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._ours))

    async def _enter(self, url: str) -> tuple[AsyncExitStack, Answer]:
        stack = AsyncExitStack()
        try:
            answer = await stack.enter_async_context(self._crossing(url))
        except FetchError:
            raise
        except Exception as error:  # the database: the poll is made again
            self._fault = error
            self._halted.set()
            raise
        self._turns.add(stack)
        return stack, answer

    async def _leave(self, turn: AsyncExitStack) -> None:
        self._turns.discard(turn)
        try:
            await turn.aclose()
        except Exception as error:  # the database, as above
            self._fault = error
            self._halted.set()
            raise


def forbid_reactor() -> None:
    """Let nobody import Twisted's reactor any more: that installs it, and the service runs without."""
    if not _forbidden and not is_reactor_installed():
        _forbidden.append(install_reactor_import_hook())


async def _stop(crawler: Crawler) -> None:
    with suppress(RuntimeError):  # its engine has not begun, or has ended
        await crawler.stop_async()


def _failed(trouble: Trouble) -> SpiderOutcome:
    return SpiderOutcome(trouble=trouble, is_whole=False, has_failed=True)
