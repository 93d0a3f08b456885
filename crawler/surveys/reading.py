"""Outlets as people paste them: an address a line, a table (CSV), a list of feeds (OPML). Pure.

What can't be used is told, a line each, and never keeps the rest from being read.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from crawler.errors import CrawlerError
from crawler.sources.opml import parse_opml
from crawler.text.charset import decode
from crawler.text.html_text import clean
from crawler.urls import host_of
from storage.codes import country_named, language_named

MOST_ADDRESSES = 500
"""Of one survey."""
LARGEST = 10_000_000
"""Bytes of a file."""
LONGEST_NAME = 200
LONGEST_ADDRESS = 2000
_URL = re.compile(r"(?:https?|feed)://[^\s<>\"'`{}|\\^«»“”]+", re.IGNORECASE)
_HOST = re.compile(
    r"(?<![\w@./-])(?:[\w-]+\.)+[a-z]{2,24}(?::\d+)?(?:/[^\s<>\"']*)?(?![\w@.-])", re.IGNORECASE
)
"""A bare host, perhaps with a path: "gazette.example/press"."""
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_END = ".,;:!?…،؛。"
_PAIRS = {")": "(", "]": "["}
_COLUMNS = {
    "feed": ("feed", "feeds", "rss", "xmlurl", "feed url", "rss url", "atom", "flux"),
    "site": ("site", "website", "web site", "home", "homepage", "home page", "htmlurl", "web"),
    "address": ("address", "url", "link", "domain", "host", "adresse", "lien", "dirección"),
    "name": ("name", "title", "outlet", "publisher", "source", "media", "nom", "titre", "nombre"),
    "language": ("language", "lang", "langue", "idioma"),
    "country": ("country", "country code", "pays", "país"),
    "tags": ("tags", "tag", "category", "categories", "theme", "topic", "group", "folder", "type"),
}
"""What the columns of a table are called, and what they hold."""


@dataclass(frozen=True, slots=True)
class GivenOutlet:
    """An address with what was said of its outlet. It may be a bare host."""

    address: str
    name: str = ""
    site: str = ""
    language: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenOutlets:
    """What was given, each address once, in its order; and a line for each that can't be used."""

    outlets: tuple[GivenOutlet, ...] = ()
    problems: tuple[str, ...] = ()


def gather_outlets(
    given: Iterable[GivenOutlet], bodies: Iterable[bytes] = (), *, others: GivenOutlet | None = None
) -> GivenOutlets:
    """Return outlets that were given one by one, with those that texts or files hold.

    `others` says the language, the country and more tags for those that have none of their own.
    """
    outlets = [*given]
    problems: list[str] = []
    for body in bodies:
        read = read_outlets(body)
        outlets += read.outlets
        problems += read.problems
    kept: dict[str, GivenOutlet] = {}
    for outlet in outlets:
        fault = address_fault(outlet.address)
        if fault:
            problems.append(fault)
        elif others is None:
            kept.setdefault(outlet.address, outlet)
        else:
            kept.setdefault(outlet.address, _with_defaults(outlet, others))
    if len(kept) > MOST_ADDRESSES:
        problems.append(
            f"{len(kept) - MOST_ADDRESSES} addresses were left out: {MOST_ADDRESSES} are looked at at a time"
        )
    return GivenOutlets(tuple(kept.values())[:MOST_ADDRESSES], tuple(problems))


def read_outlets(body: bytes) -> GivenOutlets:
    """Return the outlets that a text, a table or a list of feeds holds."""
    start = body[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<opml" in start:
        try:
            return _of_opml(body)
        except CrawlerError as error:
            return GivenOutlets(problems=(str(error),))
    text = decode(body)
    return _in_table(text) or _in_lines(text)


def address_fault(address: str) -> str:
    """Return why an address can't be looked at; "" where it can."""
    if _MAIL.fullmatch(address):
        return (
            f"{address[:100]!r} is a mail address: to follow newsletters, give an outlet the source "
            f'{{ kind = "mail", from = "{address[:100]}" }}'
        )
    try:
        host = host_of(full_address(address))
    except ValueError:
        host = ""
    if not host or " " in address or not address.isprintable() or len(address) > LONGEST_ADDRESS:
        return (
            f"{address[:100]!r} is not a web address, such as gazette.example or https://gazette.example/rss"
        )
    return ""


def full_address(address: str) -> str:
    """Return an address with its scheme: a bare host's is https."""
    return address if "://" in address else f"https://{address}"


def _with_defaults(outlet: GivenOutlet, others: GivenOutlet) -> GivenOutlet:
    return replace(
        outlet,
        language=outlet.language or others.language,
        country=outlet.country or others.country,
        tags=tuple(dict.fromkeys((*outlet.tags, *others.tags))),
    )


def _of_opml(body: bytes) -> GivenOutlets:
    """Return a row for each feed of a list; a folder that is called by a country says where its outlets are."""
    listed = parse_opml(body)
    outlets = []
    for one in listed.outlets:
        places = (country_named(tag) for tag in one.tags)
        country = one.country or next((place for place in places if place), None)
        outlets += [
            GivenOutlet(feed, one.name, one.site, one.language, country, one.tags) for feed in one.feeds
        ]
    return GivenOutlets(tuple(outlets), listed.problems)


def _in_table(text: str) -> GivenOutlets | None:
    """Return the outlets of a table whose first row names its columns, or whose columns speak for themselves; None for others."""
    lines = [line for line in text.splitlines() if line.strip()]
    for mark in "\t;,|":
        try:
            rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        columns = [_column(cell) for cell in rows[0]]
        if {"feed", "site", "address"} & set(columns):
            return _of_rows(columns, rows[1:], first=2)
        widths = {len(row) for row in rows[:20]}
        has_one = all(sum(map(_is_address, row)) == 1 for row in rows[:20])
        if len(widths) == 1 and has_one and len(rows) > 1:
            return _of_rows(_guessed(rows), rows, first=1)
    return None


def _column(cell: str) -> str:
    said = cell.lower().replace("_", " ").strip()
    return next((what for what, names in _COLUMNS.items() if said in names), "")


def _guessed(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return what the columns of a table without a header hold: the address, codes, a name, tags."""
    columns = []
    for number in range(len(rows[0])):
        cells = [row[number] for row in rows[:20] if len(row) > number and row[number]]
        if cells and all(map(_is_address, cells)):
            columns.append("address")
        elif cells and all(re.fullmatch("[A-Z]{2}", cell) for cell in cells):
            columns.append("country")
        elif cells and all(re.fullmatch("[a-z]{2,3}", cell) for cell in cells):
            columns.append("language")
        else:
            columns.append("tags" if "name" in columns else "name")
    return columns


def _of_rows(columns: Sequence[str], rows: Iterable[Sequence[str]], *, first: int) -> GivenOutlets:
    outlets, problems = [], []
    for number, row in enumerate(rows, first):
        said: dict[str, list[str]] = {}
        for column, cell in zip(columns, row, strict=False):
            if column and cell:
                said.setdefault(column, []).append(cell)
        found = (said.get(what, [""])[0] for what in ("feed", "address", "site"))
        address = next(filter(None, found), "")
        if not address:
            problems.append(f"row {number}: no address in it: left out")
            continue
        language, country, faults = _codes(said)
        problems += [f"row {number}: {fault}" for fault in faults]
        site = said.get("site", [""])[0]
        tags = [clean(tag) for cell in said.get("tags", ()) for tag in re.split("[,;|/]", cell)]
        outlets.append(
            GivenOutlet(
                _address(address),
                clean(said.get("name", [""])[0])[:LONGEST_NAME],
                full_address(site) if site and not address_fault(site) else "",
                language,
                country,
                tuple(dict.fromkeys(filter(None, tags))),
            )
        )
    return GivenOutlets(tuple(outlets), tuple(problems))


def _codes(said: Mapping[str, Sequence[str]]) -> tuple[str | None, str | None, list[str]]:
    """Return language and country of a row, by code or by name, and what is neither."""
    faults = []
    language = language_named(said.get("language", [""])[0])
    if "language" in said and language is None:
        faults.append(f"{said['language'][0]!r} is not a language: use a code, such as en or ar")
    country = country_named(said.get("country", [""])[0])
    if "country" in said and country is None:
        faults.append(f"{said['country'][0]!r} is not a country: use a code, such as MA")
    return language, country, faults


def _in_lines(text: str) -> GivenOutlets:
    """Return the addresses in lines or prose; words before the only address that ends a line are the outlet's name."""
    outlets, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        found = list(_addresses(line))
        if not found:
            said = line.strip(" \t#*-_=")
            if said and not line.lstrip().startswith(("#", "*", "-", "=", "//")):
                problems.append(f"line {number}: no address in {said[:80]!r}: left out")
            continue
        name = ""
        if len(found) == 1 and not line[found[0][1] :].strip(' \t.,;:)>]"'):
            name = clean(re.sub(r"^[\s\d.)*\[•–-]+|[\s:|,;=<\[\](\"–—>-]+$", "", line[: found[0][0]]))
        outlets += [
            GivenOutlet(_address(address), name if len(name) <= LONGEST_NAME else "")
            for _start, _end, address in found
        ]
    return GivenOutlets(tuple(outlets), tuple(problems))


def _addresses(line: str) -> Iterator[tuple[int, int, str]]:
    """Yield the addresses of a line, each with where it stands."""
    matches = [*_URL.finditer(line)] or [*_HOST.finditer(line)]
    for match in matches:
        address = _trimmed(match[0])
        yield match.start(), match.start() + len(address), address


def _is_address(cell: str) -> bool:
    return bool(_URL.fullmatch(cell) or _HOST.fullmatch(cell))


def _address(text: str) -> str:
    """Return an address as it is asked for: `feed://` is how browsers once wrote those of feeds."""
    text = re.sub(r"^feed:(?://)?(?=https?://)", "", text, flags=re.IGNORECASE)
    return re.sub("^feed://", "http://", text, flags=re.IGNORECASE)


def _trimmed(url: str) -> str:
    """Return an address without the marks of the sentence that it ends."""
    while url:
        last = url[-1]
        if last in _END or (last in _PAIRS and url.count(_PAIRS[last]) < url.count(last)):
            url = url[:-1]
        else:
            break
    return url
