"""What the settings file declares is put into the database at the start; what left the file is switched off, never deleted.

Rows that the page, the API or the command line made stay as they are. Where the file declares something of the same name, the
file's word counts from then on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from crawler.urls import host_of
from service.settings import OutletSettings, Settings, WatchSettings
from storage.queries.hosts import host_named
from storage.rows import id_of
from storage.tables import (
    Actor,
    AlertPolicy,
    Alias,
    Channel,
    Feed,
    FeedState,
    Outlet,
    Topic,
    WatchList,
    WatchListChannel,
)


def provision(session: Session, settings: Settings, *, now: datetime) -> None:
    """Makes the database agree with the settings file. Running it twice changes nothing."""
    _provision_outlets(session, settings.outlets, settings.crawler.interval, now)
    _provision_channels(session, settings, now)
    _provision_watch_lists(session, settings.watch, now)


def add_outlet(
    session: Session,
    *,
    name: str,
    site: str,
    feeds: Iterable[str],
    language: str | None,
    country: str | None,
    interval: timedelta,
    now: datetime,
    provisioned: bool = False,
) -> Outlet:
    """Adds an outlet or brings it up to date; its feeds are due at once. With no feed, the one that `site` names is looked for.

    Feeds that it had and that are not named now are removed (their articles stay).
    """
    outlet = session.exec(select(Outlet).where(Outlet.name == name)).first()
    if outlet is None:
        outlet = Outlet(name=name, created_at=now)
        session.add(outlet)
    outlet.site, outlet.language, outlet.country = site, language, country
    outlet.provisioned, outlet.active = provisioned, True
    session.flush()
    wanted = list(feeds) or [site]
    known = {feed.url: feed for feed in session.exec(select(Feed).where(Feed.outlet_id == id_of(outlet)))}
    for url in wanted:
        feed = known.pop(url, None) or session.exec(select(Feed).where(Feed.url == url)).first()
        if feed is None:
            feed = Feed(
                outlet_id=id_of(outlet),
                host_id=id_of(host_named(session, host_of(url))),
                url=url,
                address=url,
                interval_seconds=interval.total_seconds(),
                next_poll_at=now,
                created_at=now,
            )
            session.add(feed)
        feed.outlet_id = id_of(outlet)
        if feed.state is FeedState.REMOVED:
            feed.state = FeedState.ACTIVE
    for feed in known.values():
        feed.state = FeedState.REMOVED
    return outlet


def _provision_outlets(
    session: Session, outlets: Iterable[OutletSettings], interval: timedelta, now: datetime
) -> None:
    declared = set()
    for outlet in outlets:
        declared.add(outlet.name)
        add_outlet(
            session,
            name=outlet.name,
            site=outlet.site,
            feeds=outlet.feeds,
            language=outlet.language,
            country=outlet.country,
            interval=interval,
            now=now,
            provisioned=True,
        )
    gone = select(Outlet).where(
        col(Outlet.provisioned), col(Outlet.active), col(Outlet.name).not_in(declared)
    )
    for row in session.exec(gone):
        row.active = False


def _provision_channels(session: Session, settings: Settings, now: datetime) -> None:
    known = {channel.name: channel for channel in session.exec(select(Channel))}
    for declared in settings.channels:
        channel = known.pop(declared.name, None)
        if channel is None:
            channel = Channel(name=declared.name, type=declared.type, created_at=now)
            session.add(channel)
        channel.type, channel.send = declared.type, str(declared.send)
        channel.provisioned = channel.active = True
        channel.disabled_reason = None  # whoever restarts has seen to it; else the receiver says 410 again
    for channel in known.values():
        if channel.provisioned:
            channel.active = False
    session.flush()


def _provision_watch_lists(session: Session, watch_lists: Iterable[WatchSettings], now: datetime) -> None:
    known = {row.name: row for row in session.exec(select(WatchList))}
    channels = {channel.name: id_of(channel) for channel in session.exec(select(Channel))}
    for declared in watch_lists:
        row = known.pop(declared.name, None)
        if row is None:
            row = WatchList(name=declared.name, created_at=now)
            session.add(row)
        row.languages = list(declared.languages)
        row.alert = AlertPolicy(declared.alert)
        row.provisioned = row.active = True
        session.flush()
        _set_channels(session, id_of(row), {channels[name] for name in declared.channels})
        _set_actors(session, id_of(row), declared)
        _set_topics(session, id_of(row), declared)
    for row in known.values():
        if row.provisioned:
            row.active = False


def _set_channels(session: Session, watch_list_id: int, wanted: set[int]) -> None:
    links = session.exec(
        select(WatchListChannel).where(WatchListChannel.watch_list_id == watch_list_id)
    ).all()
    for link in links:
        if link.channel_id not in wanted:
            session.delete(link)
    for channel_id in wanted - {link.channel_id for link in links}:
        session.add(WatchListChannel(watch_list_id=watch_list_id, channel_id=channel_id))


def _set_actors(session: Session, watch_list_id: int, declared: WatchSettings) -> None:
    known = {row.name: row for row in session.exec(select(Actor).where(Actor.watch_list_id == watch_list_id))}
    for actor in declared.actors:
        row = known.pop(actor.name, None) or Actor(watch_list_id=watch_list_id, name=actor.name)
        row.surname = actor.surname
        row.context, row.exclude = list(actor.context), list(actor.exclude)
        session.add(row)
        session.flush()
        _set_aliases(session, id_of(row), list(dict.fromkeys([actor.name, *actor.aliases])))
    for gone in known.values():
        session.delete(gone)


def _set_aliases(session: Session, actor_id: int, wanted: list[str]) -> None:
    known = {row.text: row for row in session.exec(select(Alias).where(Alias.actor_id == actor_id))}
    for text in wanted:
        if known.pop(text, None) is None:
            session.add(Alias(actor_id=actor_id, text=text))
    for gone in known.values():
        session.delete(gone)


def _set_topics(session: Session, watch_list_id: int, declared: WatchSettings) -> None:
    known = {row.name: row for row in session.exec(select(Topic).where(Topic.watch_list_id == watch_list_id))}
    for topic in declared.topics:
        row = known.pop(topic.name, None) or Topic(
            watch_list_id=watch_list_id, name=topic.name, query=topic.query
        )
        row.query = topic.query
        session.add(row)
    for gone in known.values():
        session.delete(gone)
