"""What a search asks for beside its query, and searches saved under a name: their filters are texts, as people give them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.query import parse, references
from service.actions.acting import act
from service.actions.checking import checked_country, checked_language, checked_name
from service.actions.errors import InvalidError, NotFoundError
from service.actions.search import Hit, search
from service.actions.topics import check_query
from service.actions.views import MOST
from storage.language import N_, _, listed
from storage.outlet_types import TYPES
from storage.stores.articles.filtered import ArticleFilter
from storage.stores.people import saved_searches
from storage.stores.people.saved_searches import StoredSearch
from storage.stores.watch.access import private_of

FILTERS: Final = ("outlet", "country", "language", "type", "tag", "days", "since", "until", "sort")
"""Of a search, by their names."""
SORTS: Final = ("newest", "oldest")
LONGEST_QUERY = 2_000
EXPORT_TIME = timedelta(seconds=30)
"""A search that takes longer is not exported: what it would leave out could not be seen."""
_UTC = ZoneInfo("UTC")


def read_filters(given: Mapping[str, str], *, now: datetime, zone: ZoneInfo = _UTC) -> ArticleFilter:
    """Return what filters ask for; days are the zone's. Raise `InvalidError` for one that can't be.

    `days` counts back from now, and gives way to `since` and `until`, which are days: both belong to the time asked for.
    """
    unknown = [name for name in given if name not in FILTERS]
    if unknown:
        raise InvalidError(_("There is no filter {name!r}.", name=unknown[0][:100]), key=unknown[0][:100])
    said = {name: text.strip() for name, text in given.items() if text.strip()}
    for name, known in (("type", TYPES), ("sort", SORTS)):
        if said.get(name) not in (None, *known):
            raise InvalidError(_("must be {expected}", expected=listed(known, style="or")), key=name)
    since, until = (_day(said.get(name), name, zone) for name in ("since", "until"))
    if since is None and until is None and "days" in said:
        since = now - timedelta(days=_count(said["days"]))
    return ArticleFilter(
        outlet=said.get("outlet"),
        country=checked_country(said.get("country")),
        language=checked_language(said.get("language")),
        type=said.get("type"),
        tag=said.get("tag"),
        since=since,
        until=None if until is None else until + timedelta(days=1),
        oldest_first=said.get("sort") == "oldest",
    )


@act("search", "save", about="name", told=("query",))
def save_search(
    session: Session, name: str, query: str, filters: Mapping[str, str], *, caller: str, now: datetime
) -> StoredSearch:
    """Save a search, in place of the one that had this name. Raise `InvalidError`."""
    name = checked_name(name, N_("search"))
    text = query.replace("\r\n", "\n").strip()
    if not text or len(text) > LONGEST_QUERY:
        raise InvalidError(_("A query has 1 to {most} characters.", most=LONGEST_QUERY), key="query")
    fault, _warnings = check_query(text)
    if fault is not None:
        said = _("character {position}: {message}", position=fault.position, message=fault.message)
        raise InvalidError(said, key="query")
    named = (one.name for one in references(parse(text).node) if one.kind == "list")
    for watch_list in private_of(session, named):
        raise InvalidError(
            _(
                "The watch list {name!r} is private, and saved searches are everybody's: search for what it tracks.",
                name=watch_list,
            ),
            key="query",
        )
    read_filters(filters, now=now)
    kept = {key: filters[key].strip() for key in FILTERS if filters.get(key, "").strip()}
    return saved_searches.put_search(session, name, text, kept, saved_by=caller, now=now)


def search_called(session: Session, name: str) -> StoredSearch:
    """Return a saved search. Raise `NotFoundError`."""
    found = saved_searches.search_named(session, name)
    if found is None:
        raise NotFoundError(_("There is no saved search {name!r}.", name=name), key="name")
    return found


@act("search", "remove", about="number")
def forget_search(session: Session, number: int) -> None:
    """Forget a saved search. Raise `NotFoundError`."""
    if not saved_searches.drop_search(session, number):
        raise NotFoundError(_("There is no saved search {number}.", number=number), key="number")


def search_to_export(session: Session, query: str, *, wanted: ArticleFilter) -> list[Hit]:
    """Return all that a search finds, up to `MOST`. Raise `InvalidError` where that takes too long, `QueryError`."""
    found = search(session, query, wanted=wanted, limit=MOST, time_limit=EXPORT_TIME)
    if found.reached is not None:
        raise InvalidError(
            _("This search takes too long to be exported whole: ask for less time, or for rarer words."),
            key="q",
        )
    return found.hits


def _day(text: str | None, key: str, zone: ZoneInfo) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidError(
            _("{text!r} is not a day, such as 2026-03-31.", text=text[:50]), key=key
        ) from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 36_500):
        raise InvalidError(_("{text!r} is not a number of days.", text=text[:50]), key="days")
    return int(text[:6])
