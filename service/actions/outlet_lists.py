"""Lists of outlets from and for other programs (OPML), and the feeds that a site has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session

from crawler.fetch import Fetcher
from crawler.pool import CpuPool
from crawler.sources.discovery import Discovery, discover_address
from crawler.sources.documents import parse_feed
from crawler.sources.opml import OpmlError, OpmlList, OutletOutline, format_opml, parse_opml
from crawler.values import ParsedFeed, Response
from service.actions.acting import act
from service.actions.checking import checked_address
from service.actions.errors import ActionError, InvalidError
from service.actions.outlets import put_checked
from storage.language import _
from storage.stores.feeds.outlet_edits import (
    OutletValues,
    StoredOutlet,
    outlet_called,
    outlets_in_use,
    polled_feeds,
)


@dataclass(frozen=True, slots=True)
class ImportedOutlets:
    """The names of the outlets that are new, and of those with new feeds or tags; and a line for each outline left out."""

    added: tuple[str, ...]
    extended: tuple[str, ...]
    unchanged: int
    problems: tuple[str, ...]


def read_outlet_list(body: bytes) -> OpmlList:
    """Return the outlets of an OPML document; of a broken one, what can be read. Raise `InvalidError`."""
    try:
        return parse_opml(body)
    except OpmlError as error:
        raise InvalidError(str(error), key="file") from error


def write_outlet_list(outlets: list[OutletOutline], *, now: datetime) -> bytes:
    """Return an OPML document, which other programs and `read_outlet_list` read."""
    return format_opml(outlets, title="Outlets of Tocsin", created=now)


def export_outlets(session: Session) -> list[OutletOutline]:
    """Return the outlets in use with the feeds that are polled, by name; without sources that have no web address."""
    outlines = []
    for outlet in outlets_in_use(session):
        values = outlet.values
        feeds = tuple(feed for feed in values.feeds if feed.startswith(("http://", "https://")))
        if feeds:
            outlines.append(
                OutletOutline(outlet.name, feeds, values.site, values.language, values.tags, values.country)
            )
    return outlines


@act("outlet", "import")
def import_outlets(
    session: Session, listed: OpmlList, *, interval: timedelta, now: datetime
) -> ImportedOutlets:
    """Add a list's outlets, or their feeds and tags to the outlets of the same name. Doing it twice changes nothing.

    Nothing is taken away, and a feed that another outlet has stays there. Outlets of the settings file are left alone. The list's
    own problems come first among those returned.
    """
    polled = polled_feeds(session)
    owners = {feed.url: feed.outlet for feed in polled}
    moved = {feed.address: feed.url for feed in polled if feed.address != feed.url}
    added: list[str] = []
    extended: list[str] = []
    problems = list(listed.problems)
    unchanged = 0
    for outline in listed.outlets:
        known = outlet_called(session, outline.name)
        if known is not None and known.is_active and known.provisioned:
            problems.append(
                _("{name!r} is declared in the settings file: change it there", name=outline.name)
            )
            continue
        feeds = []
        for feed in (moved.get(feed, feed) for feed in outline.feeds):
            owner = owners.setdefault(feed, outline.name)
            if owner == outline.name:
                feeds.append(feed)
            else:
                problems.append(
                    _(
                        "{name!r}: {feed} is polled for {owner!r} already: left there",
                        name=outline.name,
                        feed=feed,
                        owner=owner,
                    )
                )
        if not feeds:
            continue
        wanted = _extended(known, outline, feeds)
        if known is not None and known.is_active and _has_all(known.values, wanted):
            unchanged += 1
            continue
        try:
            put_checked(session, wanted, known.id if known else None, interval=interval, now=now)
        except ActionError as error:
            problems.append(f"{outline.name!r}: {error}")
        else:
            (extended if known is not None and known.is_active else added).append(outline.name)
    return ImportedOutlets(tuple(added), tuple(extended), unchanged, tuple(problems))


async def discover_feeds(fetcher: Fetcher, address: str, *, pool: CpuPool | None = None) -> Discovery:
    """Return the feeds of a site, the best first; each was fetched and read, in `pool` where there is one.

    `address` may be a bare host, or a feed's own address. Raise `InvalidError`.
    """
    address = address.strip()
    if " " in address and "://" not in address:
        raise InvalidError(
            _(
                "{address!r} is a name: give the address of its site, such as bbc.com, or look for it in the catalogue",
                address=address[:100],
            ),
            key="site",
        )
    checked_address(address if "://" in address else f"https://{address}", "site")
    if pool is None:
        return await discover_address(fetcher.fetch, address)
    return await discover_address(fetcher.fetch, address, read=partial(_read, pool), run=pool.run)


async def _read(pool: CpuPool, response: Response) -> ParsedFeed:
    return await pool.run(
        parse_feed, response.body, url=response.url, content_type=response.headers.get("content-type")
    )


def _extended(known: StoredOutlet | None, outline: OutletOutline, feeds: list[str]) -> OutletValues:
    had = known.values if known is not None else OutletValues(outline.name)
    kept = had.feeds if known is not None and known.is_active else ()
    return OutletValues(
        name=outline.name,
        site=outline.site or had.site,
        feeds=tuple(dict.fromkeys((*kept, *feeds))),
        language=outline.language or had.language,
        country=outline.country or had.country,
        tags=tuple(dict.fromkeys((*had.tags, *outline.tags))),
        control=had.control,
        sources=had.sources,
    )


def _has_all(known: OutletValues, wanted: OutletValues) -> bool:
    return known.tags == wanted.tags and set(wanted.feeds) <= set(known.feeds)
