"""A user's spider run once, to see its entries: as politely as the service would, and nothing is stored."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from crawler.fetch import Fetcher
from crawler.polite.host_gate import HostGate
from crawler.polite.robots_gate import RobotsGate
from crawler.poll.crawling import SpiderCrawls
from crawler.sources.base import SourceDocument
from crawler.sources.spider import SpiderSettings, SpiderSource, document_of, spider_order
from crawler.spider_values import SpiderOutcome
from crawler.values import Entry
from service.assembly import fetcher_options
from service.clock import utc_now
from service.settings import Settings
from storage.engine import Database
from storage.migrate import upgrade


@dataclass(frozen=True, slots=True)
class SpiderTrial:
    """What came of a run, and the entries that its items are."""

    outcome: SpiderOutcome
    entries: tuple[Entry, ...]


async def try_spider(settings: Settings, keys: SpiderSettings) -> SpiderTrial:
    """Run a spider once. Raise `FetchError` for an argument's file that can't be read.

    What is known of hosts (their turns, robots.txt) is kept for the run alone, in a database of its own.
    """
    source = SpiderSource()
    order = spider_order(source.address(keys), keys)
    crawler = settings.crawler
    with (
        tempfile.TemporaryDirectory(prefix="tocsin-spider-") as folder,
        Database(f"sqlite:///{Path(folder) / 'hosts.db'}") as database,
    ):
        upgrade(database)
        gate = HostGate(
            database, per_host=crawler.per_host_concurrency, host_delay=crawler.per_host_delay, clock=utc_now
        )
        async with Fetcher(fetcher_options(settings)) as fetcher:
            robots = RobotsGate(
                database, fetcher, gate, obey=crawler.obey_robots, user_agent=crawler.agent, clock=utc_now
            )
            crawls = SpiderCrawls(database, fetcher, gate, robots, clock=utc_now)
            outcome = await fetcher.crawl(order, crawls.passing)
    document = SourceDocument(document_of(outcome), order.key, "application/json", keys, now=utc_now())
    return SpiderTrial(outcome, source.read(document).entries)
