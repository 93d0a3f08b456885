"""Adding and removing outlets, with what may be wrong. The page, the API and the command line call this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from crawler.sources.opml import OpmlList
from crawler.urls import host_of
from service.opml import Imported, import_outlets
from service.provision import add_outlet
from storage.tables import Outlet

LONGEST_NAME = 200


class OutletError(Exception):
    """The outlet can't be added, or removed; the message says why."""


class NoOutletError(OutletError):
    """There is no such outlet."""


@dataclass(frozen=True, slots=True)
class NewOutlet:
    """An outlet to add. Without feeds, the one that its site names is looked for when it is polled."""

    name: str
    site: str = ""
    feeds: Sequence[str] = ()
    language: str | None = None
    country: str | None = None


def make_outlet(session: Session, wanted: NewOutlet, *, interval: timedelta, now: datetime) -> Outlet:
    """Adds an outlet; its feeds are due at once. Raises `OutletError`, also where there is one of that name."""
    _check(wanted)
    known = session.exec(select(Outlet).where(Outlet.name == wanted.name, col(Outlet.active))).first()
    if known is not None:
        raise OutletError(f"There is an outlet {wanted.name!r} already: choose another name.")
    return add_outlet(
        session,
        name=wanted.name,
        site=wanted.site,
        feeds=wanted.feeds,
        language=wanted.language,
        country=wanted.country,
        interval=interval,
        now=now,
    )


def stop_outlet(session: Session, outlet: Outlet | None, *, what: object, settings_file: str) -> None:
    """Stops polling an outlet; its articles and alerts stay. `what` names it. Raises `OutletError`."""
    if outlet is None or not outlet.active:
        raise NoOutletError(f"There is no outlet {what!r}.")
    if outlet.provisioned:
        raise OutletError(f"{outlet.name!r} is declared in {settings_file}: remove it there.")
    outlet.active = False


def import_opml(session: Session, listed: OpmlList, *, interval: timedelta, now: datetime) -> Imported:
    """Adds a list's outlets; those of the settings file are left alone. Its problems come first in what is given."""
    declared = session.exec(select(Outlet.name).where(col(Outlet.provisioned), col(Outlet.active)))
    imported = import_outlets(
        session, listed.outlets, declared=frozenset(declared), interval=interval, now=now
    )
    return Imported(
        imported.added, imported.extended, imported.unchanged, (*listed.problems, *imported.problems)
    )


def _check(wanted: NewOutlet) -> None:
    if not wanted.name.strip() or len(wanted.name) > LONGEST_NAME or not wanted.name.isprintable():
        raise OutletError(f"The outlet needs a name of 1 to {LONGEST_NAME} printable characters.")
    if not wanted.feeds and not wanted.site:
        raise OutletError("Give its feeds, or its site, from which the feed is then discovered.")
    for url in filter(None, (wanted.site, *wanted.feeds)):
        try:
            host_of(url)
        except ValueError as error:
            raise OutletError(f"{url!r} is no web address: it must begin with https:// or http://") from error
    language, country = wanted.language, wanted.country
    if language is not None and not (language.isascii() and language.isalpha() and 2 <= len(language) <= 3):
        raise OutletError("A language is a code of two or three letters, such as en or ar.")
    if country is not None and not (country.isascii() and country.isalpha() and len(country) == 2):
        raise OutletError("A country is a code of two letters, such as MA.")
