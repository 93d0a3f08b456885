"""Outlets: add, change (rename too), pause, resume, poll now, remove.

An outlet is named by its name, or by its number where the API does. What the settings file declares is edited there alone; it can
be paused here all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from crawler.access.hosts import is_own, own_hosts
from crawler.access.keys import is_harmless
from crawler.sources.base import key_of_the_machine
from crawler.urls import host_of
from service.actions.acting import act
from service.actions.checking import (
    checked_address,
    checked_country,
    checked_language,
    checked_name,
    checked_tags,
)
from service.actions.errors import ConflictError, InvalidError, NotFoundError, ReadOnlyError
from storage.declared_source import StoredSource
from storage.language import N_, _
from storage.stores.feeds.feed_claims import make_due
from storage.stores.feeds.outlet_access import access_numbered
from storage.stores.feeds.outlet_edits import (
    OutletValues,
    StoredOutlet,
    names_in_use,
    outlet_called,
    outlet_numbered,
    polled_feeds,
    put_outlet,
    remove_outlet,
    rename_outlet,
    set_paused,
)
from storage.stores.feeds.outlets import ListedOutlet, list_outlets

MOST_FEEDS = 50


@dataclass(frozen=True, slots=True)
class OutletEdit:
    """What to change of an outlet: None leaves a value as it is, an empty one takes it away."""

    name: str | None = None
    site: str | None = None
    feeds: Sequence[str] | None = None
    language: str | None = None
    country: str | None = None
    tags: Sequence[str] | None = None
    control: bool | None = None
    sources: Sequence[StoredSource] | None = None
    """Those of other kinds than `feed`."""


@act("outlet", "add", about="wanted", told=("wanted",))
def add_outlet(
    session: Session, wanted: OutletValues, *, interval: timedelta, now: datetime, by_operator: bool = False
) -> StoredOutlet:
    """Add an outlet; its feeds are due at once. One that was removed before comes back with its articles.

    `by_operator`: whoever runs the service asks, and may name files of its machine.

    Raise `InvalidError`, or `ConflictError` where its name is taken or a feed is polled for another outlet.
    """
    name = checked_name(wanted.name, N_("outlet"))
    _require_free(session, name)
    if not by_operator:
        _refuse_files(wanted.sources, ())
    known = outlet_called(session, name)
    return put_checked(session, wanted, known.id if known else None, interval=interval, now=now)


def put_checked(
    session: Session, wanted: OutletValues, number: int | None, *, interval: timedelta, now: datetime
) -> StoredOutlet:
    """Store an outlet's values, a new one's or those of the one of this number, whose name is free.

    Raise `InvalidError`, or `ConflictError` where a feed is polled for another outlet.
    """
    values = checked_values(wanted)
    hosts = hosts_of(values)
    for feed in polled_feeds(session, [*hosts, *(source.address for source in values.sources)]):
        if feed.outlet != values.name:
            raise ConflictError(
                _(
                    "{url} is polled for {outlet!r} already: remove it there first.",
                    url=feed.url,
                    outlet=feed.outlet,
                ),
                key="feeds" if feed.url in hosts or feed.address in hosts else "sources",
            )
    if number is not None:
        _keep_secrets_at_home(session, number, values)
    return _found(session, put_outlet(session, values, hosts, number=number, interval=interval, now=now))


def _keep_secrets_at_home(session: Session, number: int, values: OutletValues) -> None:
    """Raise `ConflictError` where a stored password or key would be sent to a host that the outlet did not have before.

    Whoever edits outlets could else have it sent to a host of theirs. Cookies and logins are bound to their hosts anyway.
    """
    keys = access_numbered(session, number)
    if not keys.get("basic") and all(is_harmless(name) for name in keys.get("headers", {})):
        return
    known = outlet_numbered(session, number)
    own = own_hosts(_addresses(known.values)) if known is not None else frozenset()
    for host in sorted(own_hosts(_addresses(values))):
        if not is_own(host, own):
            raise ConflictError(
                _(
                    "{host} would be sent the password or header that is stored for {name!r}: take its "
                    "access away first, and give it again afterwards.",
                    host=host,
                    name=values.name,
                ),
                key="feeds",
            )


def _addresses(values: OutletValues) -> tuple[str, ...]:
    return (values.site, *values.feeds, *(source.address for source in values.sources))


@act("outlet", "change", about="which", told=("edit",))
def change_outlet(
    session: Session,
    which: str | int,
    edit: OutletEdit,
    *,
    interval: timedelta,
    now: datetime,
    by_operator: bool = False,
) -> StoredOutlet:
    """Change what is given of an outlet; new feeds are due at once, those left out are no longer polled.

    Raise `NotFoundError`, `ReadOnlyError`, `InvalidError` or `ConflictError`, as `add_outlet` does.
    """
    outlet = editable_outlet(session, which)
    if not by_operator:
        _refuse_files(edit.sources or (), outlet.values.sources)
    given = {key: getattr(edit, key) for key in OutletEdit.__slots__}
    values = checked_values(
        replace(outlet.values, **{key: value for key, value in given.items() if value is not None})
    )
    if values.name != outlet.name:
        _rename(session, outlet, values.name)
    return put_checked(session, values, outlet.id, interval=interval, now=now)


@act("outlet", "pause", about="which")
def pause(session: Session, which: str | int, *, now: datetime) -> StoredOutlet:
    """Stop polling an outlet until somebody resumes it. Pausing it twice changes nothing. Raise `NotFoundError`."""
    outlet = _found(session, which)
    if outlet.paused_at is None:
        set_paused(session, outlet.id, now)
    return _found(session, outlet.id)


@act("outlet", "resume", about="which")
def resume(session: Session, which: str | int, *, now: datetime) -> StoredOutlet:
    """Poll an outlet again that was paused; its feeds are due at once. Raise `NotFoundError`."""
    outlet = _found(session, which)
    if outlet.paused_at is not None:
        set_paused(session, outlet.id, None)
        make_due(session, now=now, only_outlet=outlet.name)
    return _found(session, outlet.id)


@act("outlet", "poll", about="which")
def poll_now(session: Session, which: str | int | None = None, *, now: datetime) -> int:
    """Make an outlet's feeds due, or all feeds; return how many.

    Raise `NotFoundError`, or `ConflictError` where there is nothing to poll.
    """
    if which is None:
        count = make_due(session, now=now)
        if not count:
            raise ConflictError(_("There are no outlets to poll."))
        return count
    outlet = _found(session, which)
    if outlet.paused_at is not None:
        raise ConflictError(_("{name!r} is paused: resume it first.", name=outlet.name))
    count = make_due(session, now=now, only_outlet=outlet.name)
    if not count:
        raise ConflictError(_("{name!r} has no feed to poll.", name=outlet.name))
    return count


@act("outlet", "remove", about="which")
def remove(session: Session, which: str | int) -> StoredOutlet:
    """Stop polling an outlet for good; its articles and alerts stay. Raise `NotFoundError`, or `ReadOnlyError`."""
    outlet = editable_outlet(session, which)
    remove_outlet(session, outlet.id)
    return outlet


def outlet_shown(session: Session, which: str | int, *, now: datetime) -> ListedOutlet:
    """Return an outlet as it is shown: with its feeds and how they are. Raise `NotFoundError`."""
    return list_outlets(session, now=now, number=_found(session, which).id)[0]


def editable_outlet(session: Session, which: str | int) -> StoredOutlet:
    """Return an outlet that may be changed here. Raise `NotFoundError`, or `ReadOnlyError` for a declared one."""
    outlet = _found(session, which)
    if outlet.provisioned:
        raise ReadOnlyError(
            _("{name!r} is declared in the settings file: change it there.", name=outlet.name)
        )
    return outlet


def hosts_of(values: OutletValues) -> Mapping[str, str]:
    """Return the feeds to poll for an outlet, each with its host; its site where no source is named. Raise `ValueError`."""
    return {url: host_of(url) for url in values.feeds or (() if values.sources else (values.site,))}


def checked_values(wanted: OutletValues) -> OutletValues:
    """Return what was said of an outlet, in the form in which it is stored. Raise `InvalidError`."""
    declared = [source.address for source in wanted.sources if source.kind == "feed"]
    values = OutletValues(
        name=checked_name(wanted.name, N_("outlet")),
        site=checked_address(wanted.site, "site") if wanted.site.strip() else "",
        feeds=tuple(dict.fromkeys(checked_address(feed, "feeds") for feed in (*wanted.feeds, *declared))),
        language=checked_language(wanted.language),
        country=checked_country(wanted.country),
        tags=checked_tags(wanted.tags),
        control=bool(wanted.control),
        sources=tuple(source for source in wanted.sources if source.kind != "feed"),
    )
    if not values.feeds and not values.site and not values.sources:
        raise InvalidError(
            _("Give its feeds, or its site, from which the feed is then discovered."), key="feeds"
        )
    if len(values.feeds) > MOST_FEEDS:
        raise InvalidError(
            _(
                "An outlet has at most {most} feeds, not {feeds}.",
                most=MOST_FEEDS,
                feeds=len(values.feeds),
            ),
            key="feeds",
        )
    return values


def _refuse_files(wanted: Sequence[StoredSource], known: Sequence[StoredSource]) -> None:
    """Raise `InvalidError` for a new source that names a file of the machine: a page or a token must not run or read one."""
    for source in wanted:
        key = "" if source in known else key_of_the_machine(source)
        if key:
            raise InvalidError(
                _(
                    "{kind}: {key} is said in the settings file or by the tocsin command on the machine "
                    "alone.",
                    kind=source.kind,
                    key=key,
                ),
                key="sources",
            )


def _rename(session: Session, outlet: StoredOutlet, name: str) -> None:
    _require_free(session, name, besides=outlet.name)
    namesake = outlet_called(session, name)
    if namesake is not None and namesake.id != outlet.id:
        raise ConflictError(
            _(
                "An outlet {name!r} was removed, and its articles keep the name: choose another name, or "
                "add it again.",
                name=name,
            ),
            key="name",
        )
    rename_outlet(session, outlet.id, name)


def _require_free(session: Session, name: str, *, besides: str | None = None) -> None:
    for taken in names_in_use(session):
        if taken != besides and taken.casefold() == name.casefold():
            raise ConflictError(
                _("There is an outlet {taken!r} already: choose another name.", taken=taken), key="name"
            )


def _found(session: Session, which: str | int) -> StoredOutlet:
    outlet = outlet_called(session, which) if isinstance(which, str) else outlet_numbered(session, which)
    if outlet is None or not outlet.is_active:
        raise NotFoundError(_("There is no outlet {which!r}.", which=which))
    return outlet
