"""What the settings file declares is put into the database at the start; what left the file is switched off, never deleted.

Rows that the page, the API or the command line made stay as they are. Where the file declares something of the same name, the
file's word counts from then on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session

from alerts.delivery.timing import next_send
from alerts.values import Actor, Topic, WatchList
from service.actions.outlets import hosts_of
from service.actions.reviews import review_values
from service.settings import OutletSettings, Settings, WatchSettings
from service.settings.watch_models import ActorSettings, TopicSettings
from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.stores.begun import note_begun, was_begun
from storage.stores.feeds.outlet_edits import OutletValues, outlet_called, put_outlet, remove_undeclared
from storage.stores.outbox.channels import ChannelValues, put_declared_channels
from storage.stores.reviews.reviews import put_declared_reviews
from storage.stores.watch.watch_edits import (
    declare_list,
    drop_actors,
    drop_topics,
    is_name_in_use,
    open_list,
    prune_journal,
    put_actors,
    put_topics,
    release_list,
    set_facts,
    switch_off_undeclared,
)
from storage.stores.watch.watch_lists import stream_actors, stream_topics


def provision(
    session: Session, settings: Settings, *, now: datetime, is_start: bool = False
) -> tuple[WatchList, ...]:
    """Make the database agree with the settings file. Running it twice changes nothing.

    The start of the service also switches on channels that were switched off for failing. Return the watch lists in which
    something is new or edited, each with what is.
    """
    hold_lock(session, AdvisoryLock.PROVISIONING)
    _provision_outlets(session, settings.outlets, settings.crawler.interval, now)
    _provision_channels(session, settings, now, switches_on=is_start)
    _provision_reviews(session, settings, now)
    prune_journal(session, now=now)
    return _provision_watch_lists(session, settings.watch, now)


def _provision_outlets(
    session: Session, outlets: Iterable[OutletSettings], interval: timedelta, now: datetime
) -> None:
    declared = set()
    for outlet in outlets:
        if outlet.editable:
            is_taken_over = _is_taken_over(session, outlet.name)
            note_begun(session, "outlet", outlet.name)
            if not is_taken_over:
                continue
        else:
            declared.add(outlet.name)
        values = OutletValues(
            outlet.name,
            outlet.site,
            outlet.feeds,
            outlet.language,
            outlet.country,
            outlet.tags,
            outlet.control,
            outlet.sources,
        )
        known = outlet_called(session, outlet.name)
        put_outlet(
            session,
            values,
            hosts_of(values),
            number=known.id if known else None,
            interval=interval,
            now=now,
            provisioned=not outlet.editable,
        )
    remove_undeclared(session, declared)


def _is_taken_over(session: Session, name: str) -> bool:
    """Return whether the file's word on an editable outlet counts: where there never was one, or it was the file's till now."""
    known = outlet_called(session, name)
    if known is None:
        return not was_begun(session, "outlet", name)
    return known.provisioned and known.is_active


def _begin(session: Session, declared: WatchSettings, now: datetime) -> list[WatchList]:
    """Put an editable list into the database, where it was not begun before; else leave it as it was edited, and called."""
    is_known = is_name_in_use(session, declared.name)
    if is_known:
        release_list(session, declared.name)
    is_known = is_known or was_begun(session, "watch list", declared.name)
    note_begun(session, "watch list", declared.name)
    if is_known:
        return []
    number = open_list(session, declared.name, now=now)
    set_facts(session, number, declared.facts(), now=now)
    put_actors(session, number, [actor.watched() for actor in declared.actors], now=now)
    put_topics(session, number, [Topic(topic.name, topic.query) for topic in declared.topics], now=now)
    return [declared.value()]


def _provision_channels(session: Session, settings: Settings, now: datetime, *, switches_on: bool) -> None:
    declared = [
        ChannelValues(
            name=channel.name,
            type=channel.type,
            send=str(channel.send),
            rules=channel.rules.model_dump(mode="json", exclude_defaults=True),
            service_alerts=channel.name == settings.service.notify,
            digest_due_at=next_send(channel.send, now) if channel.send_empty else None,
            fallback=channel.fallback,
        )
        for channel in settings.channels
    ]
    put_declared_channels(session, declared, now=now, switches_on=switches_on)


def _provision_reviews(session: Session, settings: Settings, now: datetime) -> None:
    declared = [review_values(review.name, review, now=now) for review in settings.reviews]
    put_declared_reviews(session, declared, now=now)


def _provision_watch_lists(
    session: Session, watch_lists: Iterable[WatchSettings], now: datetime
) -> tuple[WatchList, ...]:
    changed, names = [], set()
    for declared in watch_lists:
        if declared.editable:
            changed += _begin(session, declared, now)
            continue
        names.add(declared.name)
        number = declare_list(session, declared.name, declared.facts(), now=now)
        actors = _provision_actors(session, number, declared.actors, now)
        topics = _provision_topics(session, number, declared.topics, now)
        if actors or topics:
            changed.append(WatchList(declared.name, actors, topics, declared.languages))
    switch_off_undeclared(session, names, now=now)
    return tuple(changed)


def _provision_actors(
    session: Session, watch_list_id: int, declared: tuple[ActorSettings, ...], now: datetime
) -> tuple[Actor, ...]:
    """Make a list's actors those of the file; return those that are new or other."""
    known = {actor.name: actor for actor in stream_actors(session, watch_list_id)}
    wanted = {actor.name: actor.watched() for actor in declared}
    changed = [actor for actor in declared if known.get(actor.name) != wanted[actor.name]]
    put_actors(session, watch_list_id, [wanted[actor.name] for actor in changed], now=now)
    drop_actors(session, watch_list_id, known.keys() - wanted.keys(), now=now)
    return tuple(actor.value() for actor in changed)


def _provision_topics(
    session: Session, watch_list_id: int, declared: tuple[TopicSettings, ...], now: datetime
) -> tuple[Topic, ...]:
    """Make a list's topics those of the file; return those that are new or other."""
    known = {topic.name: topic for topic in stream_topics(session, watch_list_id)}
    wanted = {topic.name: Topic(topic.name, topic.query) for topic in declared}
    changed = [topic for topic in wanted.values() if known.get(topic.name) != topic]
    put_topics(session, watch_list_id, changed, now=now)
    drop_topics(session, watch_list_id, known.keys() - wanted.keys(), now=now)
    return tuple(Topic(topic.name, topic.query) for topic in changed)
