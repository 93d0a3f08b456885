"""Surveys whose addresses were looked at already, for tests that need no network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crawler.sources.discovery import Discovery, FoundFeed, TriedAddress
from crawler.sources.listed import FoundSource
from crawler.surveys.findings import findings_data
from service.clock import utc_now
from storage.engine import Database
from storage.stores.feeds.surveys import WantedAddress, claim_addresses, put_findings, put_survey

NEWEST = datetime(2026, 3, 2, 12, tzinfo=UTC)


def looked_at(database: Database, *rows: tuple[WantedAddress, Discovery]) -> int:
    """Store a survey whose addresses were looked at, in one transaction: the service has none of it to do."""
    now = utc_now()
    with database.write() as session:
        number = put_survey(session, [wanted for wanted, _found in rows], caller="test", now=now)
        for _round in rows:
            claims = claim_addresses(
                session, now=now, owner="test", lease=timedelta(minutes=1), limit=100, survey=number
            )
            for claim in claims:
                found = next(found for wanted, found in rows if wanted.address == claim.address)
                assert put_findings(session, claim, findings_data(found), now=now)
    return number


def feed_at(url: str, title: str = "", entries: int = 3) -> FoundFeed:
    return FoundFeed(url, "link", "rss", title, "en", entries, NEWEST, "")


def list_at(url: str) -> FoundSource:
    return FoundSource("list", {"url": url}, "Press", "fr", 42, NEWEST, "/press/")


def found(site: str, *options: FoundFeed | FoundSource) -> Discovery:
    feeds = tuple(one for one in options if isinstance(one, FoundFeed))
    sources = tuple(one for one in options if isinstance(one, FoundSource))
    return Discovery(site, feeds, (), sources, (TriedAddress(site, "page"),))
