"""Actors from CSV: a header with a name, and other columns where it has them (`columns`). Pure.

Each record is parsed by itself, so that a quote which is never closed costs one row and not the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alerts.watchlists.columns import Columns, columns_of
from alerts.watchlists.reading import Row, RowError, no_header, tidy
from alerts.watchlists.table_rows import read_row
from storage.language import _

DELIMITERS = (",", ";", "\t", "|")
LONGEST_RECORD = 20
"""A quoted cell may run over so many lines."""

_SEPARATOR = re.compile(r"sep=.\s*", re.IGNORECASE)
"""The line by which Excel tells Excel what parts the cells."""


@dataclass(frozen=True, slots=True)
class _Header:
    delimiter: str
    columns: Columns


def read_csv(lines: Iterable[str]) -> Iterator[Row]:
    """Return the rows after the header. A header without a name column is one error, and nothing is read."""
    source = _Lines(lines)
    header: _Header | None = None
    while (taken := source.take()) is not None:
        number, line = taken
        text = line.strip("\ufeff \t\r\n")
        if not text or (header is None and _SEPARATOR.fullmatch(text)):
            continue
        if header is None:
            header = _header(line)
            if header is None:
                yield no_header(number, line)
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
    """Read the header with the delimiter that makes it name most columns, a name among them."""
    best: _Header | None = None
    for delimiter in DELIMITERS:
        cells = next(csv.reader([line.lstrip("\ufeff")], delimiter=delimiter), [])
        columns = columns_of(cells)
        if columns is not None and (best is None or _size(columns) > _size(best.columns)):
            best = _Header(delimiter, columns)
    return best


def _size(columns: Columns) -> tuple[int, int]:
    return columns.named, columns.width


def _record(line: str, source: _Lines, header: _Header) -> list[str] | str:
    """Return the cells of the record that begins with `line`, or what is wrong with it; takes the lines it runs over."""
    if line.count('"') % 2 == 0:
        return _cells(line, header)
    record = line
    for taken, more in enumerate(source.ahead(LONGEST_RECORD), start=1):
        record += more if record.endswith("\n") else f"\n{more}"
        if record.count('"') % 2 == 0:
            cells = _cells(record, header, strict=True)
            if isinstance(cells, str) or len(cells) != header.columns.width:
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
    if len(cells) > header.columns.width and any(tidy(cell) for cell in cells[header.columns.width :]):
        shown = {"\t": "tab"}.get(header.delimiter, repr(header.delimiter))
        return RowError(
            number,
            _(
                "it has {cells} cells where the header names {width}: put a cell that holds a {shown} in "
                "double quotes",
                cells=len(cells),
                width=header.columns.width,
                shown=shown,
            ),
        )
    return read_row(number, cells, header.columns)
