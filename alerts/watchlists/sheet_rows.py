"""Actors from a spreadsheet (XLSX): the first sheet with a header that holds a name. Pure but for the file."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import BinaryIO

from openpyxl import load_workbook

from alerts.watchlists.columns import Columns, columns_of
from alerts.watchlists.reading import Row, RowError, no_header
from alerts.watchlists.table_rows import read_row
from storage.language import _

LARGEST_UNPACKED = 200_000_000
"""Bytes of all that a file holds packed: a spreadsheet of a million rows has less."""
MOST_COLUMNS = 200
BEFORE_HEADER = 10
"""Rows that may stand above the header: a title, a date, an empty row."""
_PARTS = "xl/workbook.xml"


def read_sheet(file: BinaryIO) -> Iterator[Row]:
    """Return the rows below the header. A file that can't be read is one error."""
    try:
        if (fault := _fault_of(file)) is not None:
            yield RowError(1, fault)
        else:
            yield from _rows(file)
    except Exception as error:  # noqa: BLE001  (zipfile and openpyxl raise anything on files that are broken)
        what = f"{type(error).__name__}: {error}"[:200]
        yield RowError(
            1,
            _(
                "the spreadsheet can't be read ({error}): open it, save it again as .xlsx or as CSV, and import that",
                error=what,
            ),
        )


def _fault_of(file: BinaryIO) -> str | None:
    """Return why a packed file is no spreadsheet that we read, or None."""
    try:
        with zipfile.ZipFile(file) as packed:
            names = packed.namelist()
            unpacked = sum(member.file_size for member in packed.infolist())
    except zipfile.BadZipFile:
        return _("the file is damaged: save it again as .xlsx or as CSV, and import that")
    if _PARTS not in names:
        return _("the file is not an Excel spreadsheet (.xlsx): save it as .xlsx or as CSV, and import that")
    if unpacked > LARGEST_UNPACKED:
        return _(
            "the spreadsheet unpacks to more than {most} MB: save the sheet with the names as CSV, and import that",
            most=LARGEST_UNPACKED // 1_000_000,
        )
    return None


def _rows(file: BinaryIO) -> Iterator[Row]:
    book = load_workbook(file, read_only=True, data_only=True)
    first = ""
    for sheet in book.worksheets:
        columns: Columns | None = None
        seen = 0
        for number, values in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
            cells = [_text(value) for value in values]
            if not any(cells):
                continue
            if columns is not None:
                yield read_row(number, cells, columns)
                continue
            columns = columns_of(cells)
            seen += 1
            first = first or " ".join(cell for cell in cells if cell)
            if columns is None and seen == BEFORE_HEADER:
                break
        if columns is not None:
            return
    yield no_header(1, first)


def _text(value: object) -> str:
    """Return what a cell shows, in plain letters."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)
