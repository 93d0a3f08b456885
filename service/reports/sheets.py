"""A report as a spreadsheet: a sheet for each table, with values that can be reckoned with."""

from __future__ import annotations

import io
import re
from datetime import datetime

from service.actions.spreadsheets import cell_text
from service.reports.values import ReportCell, ReportView

LONGEST_NAME = 31
"""Characters that the name of a sheet may have."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\']")
_NARROW, _LONGEST = 10, 60


def report_xlsx(view: ReportView) -> bytes:
    """Return the report as XLSX; from right to left where its language runs so."""
    from xlsxwriter import Workbook  # a tenth of a second that only those who use it should wait for

    output = io.BytesIO()
    names: set[str] = set()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(output, options) as book:
        book.set_properties({"title": view.title, "author": view.name})
        bold, share = book.add_format({"bold": True}), book.add_format({"num_format": "0.0%"})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for table in (table for part in view.parts for table in part.tables):
            sheet = book.add_worksheet(_name(table.sheet, names))
            if view.direction == "rtl":
                sheet.right_to_left()
            sheet.write_row(0, 0, [cell_text(head) for head in table.heads], bold)
            sheet.freeze_panes(1, 0)
            for place in range(len(table.heads)):
                cells = [row[place] for row in table.rows]
                sheet.set_column(place, place, _width(table.heads[place], cells))
            for number, row in enumerate(table.rows, start=1):
                for place, cell in enumerate(row):
                    match cell.value:
                        case None:
                            sheet.write_blank(number, place, None)
                        case datetime():
                            sheet.write_datetime(number, place, cell.value, moment)
                        case int() | float():
                            sheet.write_number(number, place, cell.value, share if cell.is_share else None)
                        case _ if cell.url is not None:
                            sheet.write_url(number, place, cell.url, string=cell_text(cell.text))
                        case _:
                            sheet.write_string(number, place, cell_text(cell.value))
    return output.getvalue()


def _name(wanted: str, taken: set[str]) -> str:
    """Return a sheet's name that a spreadsheet takes and no other has."""
    name = _NOT_IN_NAMES.sub(" ", wanted)[:LONGEST_NAME]
    number = 2
    while name.casefold() in taken:
        name = f"{name[: LONGEST_NAME - 3]} {number}"
        number += 1
    taken.add(name.casefold())
    return name


def _width(head: str, cells: list[ReportCell]) -> int:
    longest = max((len(cell.text) for cell in cells), default=0)
    return min(_LONGEST, max(_NARROW, len(head) + 2, min(longest + 2, _LONGEST)))
