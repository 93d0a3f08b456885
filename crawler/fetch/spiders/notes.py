"""What a spider's run is seen to do: items and errors as Scrapy signals them, requests as the gate meets them."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy import signals
from scrapy.http import Response
from scrapy.signalmanager import SignalManager

from crawler.errors import FetchError
from crawler.fetch.spiders.items import NoItemError, as_json
from crawler.fetch.spiders.monitors import watch_monitors
from crawler.fetch.spiders.thread import Interrupted
from crawler.spider_values import SpiderOrder, SpiderOutcome
from storage.troubles import Fact, Trouble

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector
    from twisted.python.failure import Failure

MOST_TRACEBACKS = 20
MOST_MONITORS = 3
"""Failed monitors whose words are shown; the rest are only counted."""
LONGEST_WORDS = 300
"""Characters of an error's message that are kept."""


class RunNotes:
    """Collects while the spider runs, in its thread; `outcome` is asked for when it has ended. `halt` stops the run."""

    def __init__(self, order: SpiderOrder, most_bytes: int, halt: Callable[[Trouble], None]) -> None:
        self._order = order
        self._most_bytes = most_bytes
        self._halt = halt
        self._items: list[dict[str, Any]] = []
        self._bytes = 0
        self._left_out = 0
        self._why_left_out = ""
        self._raised: Trouble | None = None
        self._raised_times = 0
        self._failed: Trouble | None = None
        self._monitors: list[str] = []
        """What failed of Spidermon's monitors."""
        self._resting: FetchError | None = None
        self._tracebacks: list[str] = []
        self._finish = ""
        self._stats: StatsCollector | None = None
        self.folder = ""
        """Where the spider's own code stands."""
        self.requests = 0
        self.has_begun = False
        """Whether all that the spider is made of could be made."""

    def connect(self, manager: SignalManager) -> None:
        """Listen to a crawler. Scrapy holds listeners weakly: keep these notes while it runs."""
        manager.connect(self._on_opened, signal=signals.spider_opened)
        manager.connect(self._on_item, signal=signals.item_scraped)
        manager.connect(self._on_error, signal=signals.spider_error)
        manager.connect(self._on_item_error, signal=signals.item_error)
        manager.connect(self._on_closed, signal=signals.spider_closed)

    def count_request(self) -> None:
        """Count a request, and stop the run after too many."""
        self.requests += 1
        if self.requests > self._order.most_requests:
            self._halt(self.stopped("requests", most=self._order.most_requests))

    def refused(self, url: str, error: FetchError) -> None:
        """Note a request that was not let pass."""
        if error.kind == "wait":
            self._resting = self._resting or error
        else:
            self.failed(url, error.trouble)

    def failed(self, _url: str, trouble: Trouble) -> None:
        """Note a request without an answer: it counts where the run brings nothing."""
        self._failed = self._failed or trouble

    def bad_status(self, url: str, status: int) -> None:
        """Note an answer that is none."""
        self._failed = self._failed or Trouble("http", {"url": url, "status": status})

    def stopped(self, reason: str, **facts: Fact) -> Trouble:
        """Return that the run was stopped at a limit."""
        return Trouble("spider-stopped", {"spider": self._order.name, "reason": reason, **facts})

    def raised(self, error: BaseException) -> None:
        """Note what the spider's code raised."""
        if isinstance(error, Interrupted):
            return
        self._raised_times += 1
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if self.folder and frame.filename.startswith(self.folder)]
        where = f"{Path(own[-1].filename).name}, line {own[-1].lineno}, in {own[-1].name}" if own else ""
        if len(self._tracebacks) < MOST_TRACEBACKS:
            lines = [*traceback.format_list(own or frames), *traceback.format_exception_only(error)]
            self._tracebacks.append(self._masked("".join(lines)))
        if self._raised is None:
            words = self._masked(f"{type(error).__name__}: {error}"[:LONGEST_WORDS])
            self._raised = Trouble(
                "spider-raised", {"spider": self._order.name, "detail": words, "where": where}
            )

    def outcome(self, stopped: Trouble | None) -> SpiderOutcome:
        """Return what came of the run, which was `stopped` at a limit or came to its own end."""
        trouble = self._trouble(stopped)
        retry_after = None
        stats = self._stats.get_stats() if self._stats is not None else {}
        if not self._items and trouble is None:
            trouble = self._failed
            if self._resting is not None:
                trouble, retry_after = self._resting.trouble, self._resting.retry_after
        return SpiderOutcome(
            items=tuple(self._items),
            requests=self.requests,
            finish=self._finish,
            trouble=trouble,
            was_stopped=stopped is not None,
            is_whole=stopped is None and self._raised is None,
            has_failed=not self._items and trouble is not None,
            retry_after=retry_after,
            stats={name: value for name, value in stats.items() if isinstance(value, str | int | float)},
            tracebacks=tuple(self._tracebacks),
        )

    def _trouble(self, stopped: Trouble | None) -> Trouble | None:
        if self._raised is not None and not self.has_begun:
            where = self._raised.facts["where"]
            detail = f"{self._raised.facts['detail']} ({where})" if where else self._raised.facts["detail"]
            return Trouble("spider-not-loaded", {"spider": self._order.name, "detail": detail})
        said: dict[str, Fact] = {"items": len(self._items)}
        if stopped is not None:
            return Trouble(stopped.kind, {**stopped.facts, **said})
        if self._raised is not None:
            return Trouble("spider-raised", {**self._raised.facts, **said, "times": self._raised_times})
        if self._monitors:
            said["detail"] = "; ".join(self._monitors[:MOST_MONITORS])
            return Trouble(
                "spider-monitors", {"spider": self._order.name, "failed": len(self._monitors), **said}
            )
        if self._left_out:
            why: dict[str, Fact] = {"left_out": self._left_out, "detail": self._why_left_out}
            return Trouble("spider-items", {"spider": self._order.name, **why, **said})
        return None

    def _on_opened(self, spider: scrapy.Spider) -> None:
        self.has_begun = True
        self._stats = spider.crawler.stats
        watch_monitors(spider.crawler, self._on_monitor)

    def _on_monitor(self, words: str) -> None:
        self._monitors.append(self._masked(words[:LONGEST_WORDS]))

    def _on_item(self, item: object, response: Response | None) -> None:
        try:
            fields = as_json(item, response.url if response is not None else "")
        except NoItemError as error:
            self._left_out += 1
            self._why_left_out = self._why_left_out or str(error)
            return
        except Exception as error:  # noqa: BLE001  (an item is a user's class, and may raise anything)
            self.raised(error)
            return
        if len(self._items) >= self._order.most_items:
            self._halt(self.stopped("items", most=self._order.most_items))
            return
        self._bytes += len(json.dumps(fields))
        if self._bytes > self._most_bytes:
            self._halt(self.stopped("size", megabytes=self._most_bytes / 1_000_000))
            return
        self._items.append(fields)

    def _on_error(self, failure: Failure) -> None:
        if failure.value is not None:
            self.raised(failure.value)

    def _on_item_error(self, failure: Failure) -> None:
        self._on_error(failure)

    def _on_closed(self, reason: str) -> None:
        self._finish = reason

    def _masked(self, text: str) -> str:
        for secret in self._order.secrets:
            text = text.replace(secret, "***")
        return text
