"""What the catalogue holds, and finding in it: by words, country, language, type and theme. Pure but for reading its file."""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from storage.codes import country_name, language_name

KINDS = ("feed", "site")
"""`site`: its feed, or its list of articles, is looked for at its site."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """An outlet of the catalogue. `address` is what is polled: a feed's, or the site, where that is looked for."""

    name: str
    site: str
    kind: str
    address: str
    language: str
    country: str
    """"" for one of no country: an international organisation, say."""
    type: str
    themes: tuple[str, ...]
    also: tuple[str, ...] = ()
    """What it is called besides: "AFP"."""


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """What is looked for; "" is anything. `words` are found in name, site, and the names of country and language."""

    words: str = ""
    country: str = ""
    language: str = ""
    type: str = ""
    theme: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it asks for everything."""
        return self == CatalogueQuery()


@dataclass(frozen=True, slots=True)
class CataloguePacks:
    """How many outlets there are of each country, language, type and theme, the most first."""

    countries: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    types: tuple[tuple[str, int], ...]
    themes: tuple[tuple[str, int], ...]


@cache
def catalogue() -> tuple[CatalogueEntry, ...]:
    """Return all outlets of the catalogue, by country and name."""
    text = files("service.catalogue").joinpath("outlets.csv").read_text(encoding="utf-8")
    return tuple(
        CatalogueEntry(
            row["name"],
            row["site"],
            row["kind"],
            row["address"],
            row["language"],
            row["country"],
            row["type"],
            tuple(row["themes"].split()),
            tuple(filter(None, row["also"].split(";"))),
        )
        for row in csv.DictReader(text.splitlines())
    )


def find_entries(entries: Iterable[CatalogueEntry], query: CatalogueQuery) -> list[CatalogueEntry]:
    """Return the entries that a query means, in their order."""
    words = _folded(query.words).split()
    return [
        entry
        for entry in entries
        if query.country in ("", entry.country)
        and query.language in ("", entry.language)
        and query.type in ("", entry.type)
        and (not query.theme or query.theme in entry.themes)
        and all(word in _said(entry) for word in words)
    ]


def packs(entries: Sequence[CatalogueEntry]) -> CataloguePacks:
    """Return how many of these there are of each sort."""
    return CataloguePacks(
        _counted(entry.country for entry in entries if entry.country),
        _counted(entry.language for entry in entries),
        _counted(entry.type for entry in entries),
        _counted(theme for entry in entries for theme in entry.themes),
    )


def _counted(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


@cache
def _said(entry: CatalogueEntry) -> str:
    said = (entry.name, entry.site, country_name(entry.country), language_name(entry.language))
    return _folded(" ".join((*said, entry.type, *entry.themes, *entry.also)))


def _folded(text: str) -> str:
    """Return a text in small letters without accents: "economiste" finds "L'Économiste"."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))
