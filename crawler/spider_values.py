"""A run of a user's Scrapy spider, as values: what is to be run, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class SpiderOrder:
    """A run: which spider, with which arguments, and what stops it. `key` is what the source is known by."""

    key: str
    spider: str
    """A module and class (`ours.fisheries:FisheriesSpider`), a file, or an entry point of `tocsin.spiders`."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """As `scrapy crawl -a` gives them."""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """Values that must not be shown where the spider's errors are."""
    project: str | None = None
    """The module of a Scrapy project's settings."""
    timeout: timedelta = timedelta(minutes=15)
    most_requests: int = 1_000
    most_items: int = 1_000
    outlet: str | None = None
    """The outlet's name, whose own settings (headers, cookies, Scrapy's) then hold."""
    access: int = 0
    """The stamp of the outlet's own access."""

    @property
    def name(self) -> str:
        """What people are shown of it: a file without its folders."""
        return self.spider.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class SpiderOutcome:
    """What came of a run: `items` that can be entries, as JSON, and what went wrong."""

    items: tuple[Mapping[str, Any], ...] = ()
    requests: int = 0
    finish: str = ""
    """Scrapy's reason for the end: `finished`, or what closed the spider."""
    trouble: Trouble | None = None
    """The worst that happened; None where all went well."""
    is_whole: bool = True
    """Whether the spider came to its own end, without an error of its code: else there may be more than these items."""
    was_stopped: bool = False
    """Whether it was stopped at a limit: a failure, whatever it brought before."""
    has_failed: bool = False
    """Whether nothing can be made of the run."""
    retry_after: timedelta | None = None
    """How long a host rests that let no request of the run pass."""
    stats: Mapping[str, str | int | float] = field(default_factory=dict)
    tracebacks: tuple[str, ...] = ()
    """Of the spider's errors, for whoever writes it."""
