"""Surveys: many addresses looked at before anything is added; what was found at each is chosen from, and added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from sqlmodel import Session

from crawler.sources.discovery import Discovery, FoundFeed, NextStep
from crawler.sources.listed import FoundSource
from crawler.surveys.findings import read_findings
from crawler.surveys.reading import GivenOutlet, GivenOutlets, full_address, gather_outlets
from crawler.urls import host_of
from service.actions.acting import act
from service.actions.checking import LONGEST_NAME, checked_country, checked_language, checked_tags
from service.actions.errors import ActionError, ConflictError, InvalidError, NotFoundError
from service.actions.outlets import put_checked
from service.actions.sources import found_source
from storage.language import _
from storage.stores.feeds.outlet_edits import (
    OutletValues,
    StoredOutlet,
    names_in_use,
    outlet_called,
    polled_feeds,
)
from storage.stores.feeds.surveys import (
    SurveyCounts,
    SurveyedAddress,
    WantedAddress,
    count_surveys,
    note_added,
    put_survey,
    remove_survey,
    survey_numbered,
)

MOST_SURVEYS = 20
"""Shown in the list of them."""

RowState = Literal["waiting", "looking", "found", "followed", "added", "nothing"]
Option = FoundFeed | FoundSource


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """An address of a survey: what was said of it, what was found there, and how it stands."""

    place: int
    given: WantedAddress
    state: RowState
    found: Discovery | None
    """None until it was looked at."""
    name: str
    """What the outlet is to be called."""
    language: str | None
    outlet: str
    """The outlet that was added of it, or that follows what was found already."""

    @property
    def options(self) -> tuple[Option, ...]:
        """What can be followed, the best first."""
        return self.found.options if self.found is not None else ()

    @property
    def next_step(self) -> NextStep | None:
        """What to do now; None until it was looked at."""
        return self.found.next_step if self.found is not None else None


@dataclass(frozen=True, slots=True)
class ShownSurvey:
    """A survey with its rows, in the order of its addresses."""

    id: int
    caller: str
    created_at: datetime
    rows: tuple[SurveyRow, ...]

    @property
    def looked_at(self) -> int:
        """How many addresses were looked at."""
        return sum(row.found is not None for row in self.rows)

    @property
    def is_done(self) -> bool:
        """Whether all were."""
        return self.looked_at == len(self.rows)


@dataclass(frozen=True, slots=True)
class Ticked:
    """A row to be added, and which of its options: 0 is the best."""

    place: int
    option: int = 0


@dataclass(frozen=True, slots=True)
class AddedOutlets:
    """The names of the outlets that are new and of those with more feeds, and a line for each that was not added."""

    added: tuple[str, ...]
    extended: tuple[str, ...]
    problems: tuple[str, ...]


def read_given(
    given: Sequence[GivenOutlet] = (),
    bodies: Sequence[bytes] = (),
    *,
    language: str | None = None,
    country: str | None = None,
    tags: Sequence[str] = (),
) -> GivenOutlets:
    """Return the outlets of addresses, texts, tables and lists of feeds; language, country and tags are for those without.

    Raise `InvalidError` for a bad code, or where there is no address.
    """
    others = GivenOutlet(
        "", language=checked_language(language), country=checked_country(country), tags=checked_tags(tags)
    )
    found = gather_outlets(given, bodies, others=others)
    if not found.outlets:
        told = f" ({'; '.join(found.problems[:3])})" if found.problems else ""
        raise InvalidError(_("There is no address in it{told}.", told=told), key="addresses")
    return found


@act("survey", "add")
def begin_survey(session: Session, given: GivenOutlets, *, caller: str = "", now: datetime) -> int:
    """Store a survey, which the service works on in the background; return its number."""
    wanted = [
        WantedAddress(
            one.address,
            host_of(full_address(one.address)),
            one.name,
            one.site,
            one.language,
            one.country,
            one.tags,
        )
        for one in given.outlets
    ]
    return put_survey(session, wanted, caller=caller, now=now)


@act("survey", "add", about="number")
def survey_again(session: Session, number: int, *, caller: str = "", now: datetime) -> int:
    """Begin a survey of the addresses at which nothing was found; return its number.

    Raise `NotFoundError`, or `ConflictError` where there is none or the survey is still at work.
    """
    shown = survey_shown(session, number, now=now)
    if not shown.is_done:
        raise ConflictError(
            _("Survey {number} is still at work: wait until all of it was looked at.", number=number)
        )
    again = [row.given for row in shown.rows if row.state == "nothing"]
    if not again:
        raise ConflictError(_("Something was found at every address of survey {number}.", number=number))
    return put_survey(session, again, caller=caller, now=now)


def list_surveys(session: Session) -> list[SurveyCounts]:
    """Return the last surveys in figures, the newest first."""
    return count_surveys(session, limit=MOST_SURVEYS)


def survey_shown(session: Session, number: int, *, now: datetime) -> ShownSurvey:
    """Return a survey as it stands. Raise `NotFoundError`."""
    stored = survey_numbered(session, number, now=now)
    if stored is None:
        raise NotFoundError(_("There is no survey {number}.", number=number))
    owners = _owners(session)
    rows = tuple(_row(one, owners) for one in stored.addresses)
    return ShownSurvey(stored.id, stored.caller, stored.created_at, rows)


@act("outlet", "add", told=("number", "ticked"))
def add_from_survey(
    session: Session, number: int, ticked: Sequence[Ticked] | None, *, interval: timedelta, now: datetime
) -> AddedOutlets:
    """Add outlets of what was found; their feeds are due at once. None: of every row in which something new was found, once each.

    A row whose outlet was named when it was given, and that there is already, gives that outlet its feed and tags. Raise
    `NotFoundError` for a survey or a row that is not there.
    """
    shown = survey_shown(session, number, now=now)
    if ticked is None:
        first = {option_address(row.options[0]): row for row in reversed(shown.rows) if row.state == "found"}
        ticked = [Ticked(row.place) for row in reversed(first.values())]
    rows = {row.place: row for row in shown.rows}
    ids = {one.place: one.id for one in _addresses(session, number, now)}
    added: dict[str, None] = {}
    extended: dict[str, None] = {}
    problems = []
    names = {name.casefold(): name for name in names_in_use(session)}
    for one in ticked:
        row = rows.get(one.place)
        if row is None:
            raise NotFoundError(
                _("There is no row {place} in survey {number}.", place=one.place, number=number)
            )
        try:
            name, is_new = _add(session, row, one.option, names, interval=interval, now=now)
        except ActionError as error:
            problems.append(f"{row.given.address}: {error}")
            continue
        note_added(session, ids[row.place], name)
        if is_new:
            added[name] = None
        elif name not in added:
            extended[name] = None
    return AddedOutlets(tuple(added), tuple(extended), tuple(problems))


@act("survey", "remove", about="number")
def forget_survey(session: Session, number: int) -> None:
    """Remove a survey; outlets that were added of it stay. Raise `NotFoundError`."""
    if not remove_survey(session, number):
        raise NotFoundError(_("There is no survey {number}.", number=number))


def option_address(option: Option) -> str:
    """Return the address that is polled for an option."""
    return option.url if isinstance(option, FoundFeed) else str(option.keys["url"])


@act("outlet", "add", about="address")
def add_found(session: Session, address: str, found: Discovery, *, interval: timedelta, now: datetime) -> str:
    """Add the outlet of what was found at an address, the best of it; return its name. Raise `ActionError`."""
    wanted = WantedAddress(address, host_of(full_address(address)))
    names = {name.casefold(): name for name in names_in_use(session)}
    return _add(session, _found_row(1, wanted, found), 0, names, interval=interval, now=now)[0]


def _add(
    session: Session,
    row: SurveyRow,
    place: int,
    names: dict[str, str],
    *,
    interval: timedelta,
    now: datetime,
) -> tuple[str, bool]:
    """Add an option of a row to its outlet, which is made where there is none; return its name, and whether it is new.

    `names` are those in use by their small letters; the outlet's is put among them.
    """
    option = _chosen(row, place)
    name, known = _named(session, row, option, names)
    number = known.id if known else None
    put_checked(session, _values(row, option, name, known), number, interval=interval, now=now)
    names[name.casefold()] = name
    return name, known is None or not known.is_active


def _addresses(session: Session, number: int, now: datetime) -> tuple[SurveyedAddress, ...]:
    stored = survey_numbered(session, number, now=now)
    return () if stored is None else stored.addresses


def _owners(session: Session) -> dict[str, str]:
    """Return which outlet follows each address that is polled."""
    owners = {}
    for feed in polled_feeds(session):
        owners[feed.url] = owners[feed.address] = feed.outlet
    return owners


def _row(one: SurveyedAddress, owners: Mapping[str, str]) -> SurveyRow:
    if one.looked_at is None:
        state: RowState = "looking" if one.is_under_way else "waiting"
        name = one.wanted.name or one.wanted.host
        return SurveyRow(one.place, one.wanted, state, None, name, one.wanted.language, "")
    found = read_findings(one.findings)
    options = found.options
    best = options[0] if options else None
    owner = next((owners[url] for url in map(option_address, options[:1]) if url in owners), "")
    state = "nothing"
    if one.outlet:
        state, owner = "added", one.outlet
    elif owner:
        state = "followed"
    elif best is not None:
        state = "found"
    return _found_row(one.place, one.wanted, found, state=state, outlet=owner)


def _found_row(
    place: int, wanted: WantedAddress, found: Discovery, *, state: RowState = "found", outlet: str = ""
) -> SurveyRow:
    best = found.options[0] if found.options else None
    name = wanted.name or (_title(best) if best is not None else "") or wanted.host
    language = wanted.language or (best.language if best is not None else None)
    return SurveyRow(place, wanted, state, found, name, language, outlet)


def _title(option: Option) -> str:
    """Return what a feed or page calls itself, fit for a name."""
    said = " ".join("".join(each if each.isprintable() else " " for each in option.title).split())
    return said[:LONGEST_NAME].strip()


def _chosen(row: SurveyRow, place: int) -> Option:
    if row.found is None:
        raise InvalidError(_("it has not been looked at yet"), key="rows")
    if not row.options:
        raise InvalidError(_("nothing was found there that can be followed"), key="rows")
    if not 0 <= place < len(row.options):
        raise InvalidError(
            _("it has {options} options, not {place}", options=len(row.options), place=place + 1), key="rows"
        )
    return row.options[place]


def _named(
    session: Session, row: SurveyRow, option: Option, names: Mapping[str, str]
) -> tuple[str, StoredOutlet | None]:
    """Return the name of a row's outlet, and the outlet where it is there already.

    A name that was given means the outlet of that name; one that was found means it only where the site is the same, and is told
    apart by the host else.
    """
    name = names.get(row.name.casefold(), row.name)
    known = outlet_called(session, name)
    is_same = known is None or not known.is_active or bool(row.given.name) or _shares_site(known, option)
    if not is_same:
        name = f"{row.name[: LONGEST_NAME - 80]} ({host_of(option_address(option))})"
        known = outlet_called(session, names.get(name.casefold(), name))
    if known is not None and known.is_active and known.provisioned:
        raise InvalidError(
            _("{name!r} is declared in the settings file: change it there", name=known.name), key="rows"
        )
    return (known.name if known is not None else name), known


def _shares_site(known: StoredOutlet, option: Option) -> bool:
    wanted = _bare_host(option_address(option))
    addresses = (known.values.site, *known.values.feeds, *(one.address for one in known.values.sources))
    return any(_bare_host(address) == wanted for address in addresses if address)


def _bare_host(address: str) -> str:
    return (urlsplit(address).hostname or "").removeprefix("www.")


def _values(row: SurveyRow, option: Option, name: str, known: StoredOutlet | None) -> OutletValues:
    had = known.values if known is not None else OutletValues(name)
    kept = had if known is not None and known.is_active else replace(had, feeds=(), sources=())
    feeds, sources = kept.feeds, kept.sources
    if isinstance(option, FoundFeed):
        feeds = tuple(dict.fromkeys((*feeds, option.url)))
    else:
        new = found_source(option)
        sources = (*(one for one in sources if one.address != new.address), new)
    return OutletValues(
        name=name,
        site=had.site or _site(row, option),
        feeds=feeds,
        language=had.language or row.language,
        country=had.country or row.given.country,
        tags=tuple(dict.fromkeys((*had.tags, *row.given.tags))),
        control=had.control,
        sources=sources,
    )


def _site(row: SurveyRow, option: Option) -> str:
    """Return the outlet's home page: as given, as the feed says, or what was asked where that is no feed itself."""
    given = full_address(row.given.address)
    if row.given.site:
        return row.given.site
    if given != option_address(option):
        return row.found.site if row.found is not None else given
    home = option.home if isinstance(option, FoundFeed) else ""
    try:
        return home if home and host_of(home) else ""
    except ValueError:
        return ""
