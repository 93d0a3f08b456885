"""The catalogue: outlets found in it, which of them are followed, and adding them by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlmodel import Session

from service.actions.acting import act
from service.actions.checking import checked_country, checked_language
from service.actions.errors import ActionError, InvalidError, NotFoundError
from service.actions.outlets import add_outlet
from service.actions.surveys import AddedOutlets
from service.catalogue.entries import CatalogueEntry, CatalogueQuery, catalogue, find_entries, packs
from storage.language import _
from storage.outlet_types import TYPES
from storage.stores.feeds.outlet_edits import OutletValues, outlets_in_use

MOST_ADDED = 500
"""Outlets that are added at a time."""


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """An outlet of the catalogue, and the outlet that follows it; "" where none does."""

    entry: CatalogueEntry
    outlet: str


def checked_query(
    words: str = "", country: str = "", language: str = "", type_: str = "", theme: str = ""
) -> CatalogueQuery:
    """Return what is looked for. Raise `InvalidError` for a code, a type or a theme that there is not."""
    themes = {name for name, _count in packs(catalogue()).themes}
    for key, value, known in (("type", type_, set(TYPES)), ("theme", theme, themes)):
        if value and value not in known:
            raise InvalidError(
                _(
                    "there is no {key} {value!r}: {names}",
                    key=key,
                    value=value,
                    names=", ".join(sorted(known)),
                ),
                key=key,
            )
    return CatalogueQuery(
        words.strip(), checked_country(country) or "", checked_language(language) or "", type_, theme
    )


def search_catalogue(session: Session, query: CatalogueQuery) -> list[CatalogueRow]:
    """Return the outlets of the catalogue that are meant, each with the outlet that follows it already."""
    names: dict[str, str] = {}
    addresses: dict[str, str] = {}
    for outlet in outlets_in_use(session):
        names[outlet.name.casefold()] = outlet.name
        for address in filter(None, (outlet.values.site, *outlet.values.feeds)):
            addresses[_place(address)] = outlet.name
    return [
        CatalogueRow(
            entry,
            names.get(entry.name.casefold())
            or addresses.get(_place(entry.address))
            or addresses.get(_place(entry.site), ""),
        )
        for entry in find_entries(catalogue(), query)
    ]


@act("outlet", "add", told=("names",))
def add_from_catalogue(
    session: Session, names: Sequence[str], *, interval: timedelta, now: datetime
) -> AddedOutlets:
    """Add outlets of the catalogue by their names; type and themes are their tags. One that is followed already is told.

    Raise `NotFoundError` for a name that is not in the catalogue, or `InvalidError` for too many.
    """
    if len(names) > MOST_ADDED:
        raise InvalidError(
            _(
                "At most {most} outlets are added at a time, not {names}.",
                most=MOST_ADDED,
                names=len(names),
            ),
            key="names",
        )
    rows = {row.entry.name.casefold(): row for row in search_catalogue(session, CatalogueQuery())}
    wanted = []
    for name in dict.fromkeys(names):
        row = rows.get(name.strip().casefold())
        if row is None:
            raise NotFoundError(_("There is no outlet {name!r} in the catalogue.", name=name), key="names")
        wanted.append(row)
    added, problems = [], []
    for row in wanted:
        if row.outlet:
            problems.append(
                _("{name}: {outlet!r} follows it already", name=row.entry.name, outlet=row.outlet)
            )
            continue
        try:
            outlet = add_outlet(session, _values(row.entry), interval=interval, now=now)
        except ActionError as error:
            problems.append(f"{row.entry.name}: {error}")
        else:
            added.append(outlet.name)
    return AddedOutlets(tuple(added), (), tuple(problems))


def _values(entry: CatalogueEntry) -> OutletValues:
    return OutletValues(
        entry.name,
        entry.site,
        (entry.address,) if entry.kind == "feed" else (),
        entry.language,
        entry.country or None,
        (entry.type, *entry.themes),
    )


def _place(address: str) -> str:
    """Return an address so that http, https, "www." and a slash at the end make no difference."""
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.")
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"
