"""Actors from CSV: a header with `name` (or `full_name`), and other columns (`COLUMNS`) where it has them. Pure.

Each record is parsed by itself, so that a quote which is never closed costs one row and not the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alerts.values import Actor
from alerts.watchlists.reading import (
    LONGEST_NOTE,
    ImportedActor,
    Row,
    RowError,
    fault_of_name,
    printable,
    tidy,
)
from storage.codes import language_code
from storage.language import _

DELIMITERS = (",", ";", "\t", "|")
COLUMNS = {
    "name": "name",
    "full_name": "name",
    "fullname": "name",
    "full name": "name",
    "aliases": "aliases",
    "alias": "aliases",
    "language": "language",
    "lang": "language",
    "note": "note",
    "notes": "note",
    "surname": "surname",
    "forms": "forms",
    "alone": "alone",
}
"""What a header may call the columns; others are passed over."""
LONGEST_RECORD = 20
"""A quoted cell may run over so many lines."""

_ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_ALIASES = re.compile(r"[;|]")


@dataclass(frozen=True, slots=True)
class _Header:
    delimiter: str
    places: dict[str, int]
    width: int


def read_csv(lines: Iterable[str]) -> Iterator[Row]:
    """Return the rows after the header. A header without a name column is one error, and nothing is read."""
    source = _Lines(lines)
    header: _Header | None = None
    while (taken := source.take()) is not None:
        number, line = taken
        if not line.strip("\ufeff \t\r\n"):
            continue
        if header is None:
            header = _header(line)
            if header is None:
                yield RowError(
                    number,
                    _(
                        "the first line must name the columns, name among them: name,aliases,language,note (it "
                        "is {given!r})",
                        given=printable(line.strip())[:80],
                    ),
                )
                return
            continue
        cells = _record(line, source, header)
        yield _row(number, cells, header) if not isinstance(cells, str) else RowError(number, cells)


class _Lines:
    """Lines with their numbers; some can be looked at before they are taken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._ahead: deque[str] = deque()
        self._number = 0

    def take(self) -> tuple[int, str] | None:
        line = self._ahead.popleft() if self._ahead else next(self._lines, None)
        if line is None:
            return None
        self._number += 1
        return self._number, line

    def ahead(self, count: int) -> list[str]:
        """Give up to so many lines, without taking them."""
        while len(self._ahead) < count and (line := next(self._lines, None)) is not None:
            self._ahead.append(line)
        return [line for line, _place in zip(self._ahead, range(count), strict=False)]


def _header(line: str) -> _Header | None:
    """Read the header with the delimiter that makes it name most columns, `name` among them."""
    best: _Header | None = None
    for delimiter in DELIMITERS:
        cells = next(csv.reader([line.lstrip("\ufeff")], delimiter=delimiter), [])
        places: dict[str, int] = {}
        for place, cell in enumerate(cells):
            column = COLUMNS.get(tidy(cell).casefold())
            if column is not None:
                places.setdefault(column, place)
        if "name" in places and (best is None or (len(places), len(cells)) > (len(best.places), best.width)):
            best = _Header(delimiter, places, len(cells))
    return best


def _record(line: str, source: _Lines, header: _Header) -> list[str] | str:
    """Return the cells of the record that begins with `line`, or what is wrong with it; takes the lines it runs over."""
    if line.count('"') % 2 == 0:
        return _cells(line, header)
    record = line
    for taken, more in enumerate(source.ahead(LONGEST_RECORD), start=1):
        record += more if record.endswith("\n") else f"\n{more}"
        if record.count('"') % 2 == 0:
            cells = _cells(record, header, strict=True)
            if isinstance(cells, str) or len(cells) != header.width:
                break
            for _line in range(taken):
                source.take()
            return cells
    return _('a quote is opened and never closed: close it, or write "" for a quote inside a cell')


def _cells(record: str, header: _Header, *, strict: bool = False) -> list[str] | str:
    try:
        lines = record.splitlines(keepends=True)
        return next(csv.reader(lines, delimiter=header.delimiter, strict=strict), [])
    except csv.Error as error:
        return _("it can't be read as CSV: {error}", error=error)


def _row(number: int, cells: list[str], header: _Header) -> Row:
    if len(cells) > header.width and any(tidy(cell) for cell in cells[header.width :]):
        shown = {"\t": "tab"}.get(header.delimiter, repr(header.delimiter))
        return RowError(
            number,
            _(
                "it has {cells} cells where the header names {width}: put a cell that holds a {shown} in "
                "double quotes",
                cells=len(cells),
                width=header.width,
                shown=shown,
            ),
        )
    values = {column: cells[place] if place < len(cells) else "" for column, place in header.places.items()}
    name = tidy(values["name"])
    if not name:
        return RowError(number, _("the name is empty: give one, or delete the row"))
    aliases = [tidy(alias) for alias in _ALIASES.split(values.get("aliases", ""))]
    aliases = [alias for alias in dict.fromkeys(aliases) if alias and alias != name]
    for text in (name, *aliases):
        if (fault := fault_of_name(text)) is not None:
            return RowError(number, fault)
    language = printable(tidy(values.get("language", "")))
    try:
        language = language_code(language) if language else ""
    except ValueError as error:
        return RowError(number, _("{error}, or leave it empty", error=error))
    note = printable(tidy(values.get("note", "")))[:LONGEST_NOTE]
    given = {column: tidy(values.get(column, "")) for column in ("surname", "forms", "alone")}
    for column in ("forms", "alone"):
        if given[column] and given[column].casefold() not in _ANSWERS:
            return RowError(
                number,
                _(
                    "{column} is {value!r}: write yes or no, or leave it empty",
                    column=column,
                    value=given[column],
                ),
            )
    surname = given["surname"]
    actor = Actor(
        name,
        tuple(aliases),
        surname=_ANSWERS.get(surname.casefold(), surname) if surname else False,
        forms=_ANSWERS.get(given["forms"].casefold(), True),
        alone=_ANSWERS.get(given["alone"].casefold()),
    )
    return ImportedActor(number, actor, language or None, note)
