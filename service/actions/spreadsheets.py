"""Tables as other programs read them: CSV that no spreadsheet runs, and XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from storage.language import N_, _, speaker

HEADINGS = {
    "alert": N_("Alert"),
    "watch_list": N_("Watch list"),
    "story": N_("Story"),
    "created_at": N_("Created"),
    "published_at": N_("Published"),
    "found_at": N_("Found"),
    "article": N_("Article"),
    "outlet": N_("Outlet"),
    "title": N_("Title"),
    "url": N_("Address"),
    "language": N_("Language"),
    "country": N_("Country"),
    "actors": N_("Actors"),
    "topics": N_("Topics"),
    "names": N_("Actors and topics"),
    "mentions": N_("Mentions"),
    "articles": N_("Articles"),
    "outlets": N_("Outlets"),
    "relevance": N_("Relevance"),
    "kind": N_("Kind"),
    "sentence": N_("Sentence"),
    "site": N_("Site"),
    "type": N_("Type"),
    "tags": N_("Tags"),
    "state": N_("State"),
    "last_success_at": N_("Last success"),
    "delay_seconds": N_("Delay (seconds)"),
    "articles_a_day": N_("Articles a day"),
    "alerts_30_days": N_("Alerts in 30 days"),
    "pages_30_days": N_("Pages read in 30 days"),
    "page_requests_30_days": N_("Requests for pages in 30 days"),
    "delivery": N_("Delivery"),
    "channel": N_("Channel"),
    "attempts": N_("Tries"),
    "due_at": N_("Due"),
    "sent_at": N_("Sent"),
    "last_error": N_("Last error"),
    "day": N_("Day"),
    "name": N_("Name"),
    "share": N_("Share"),
    "stories": N_("Stories"),
    "spike": N_("Spike"),
}
"""Of the columns that people read; CSV and JSON, which programs read, keep the names."""
MARK = b"\xef\xbb\xbf"
"""At the beginning of a CSV file it makes spreadsheets read UTF-8, Arabic included."""
MAX_CELL = 32_767
"""What a cell of a spreadsheet holds."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def heading(column: str) -> str:
    """Return what a column is called, in the reader's language."""
    return _(HEADINGS[column])


def csv_text(columns: Sequence[str], table: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV (RFC 4180). No cell begins as a formula does: such a one has an apostrophe before it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in table)
    return text.getvalue()


def harmless(cell: object) -> object:
    """Return a cell that a spreadsheet shows and does not run (OWASP, "CSV Injection")."""
    if not isinstance(cell, str):
        return cell
    text = _CONTROLS.sub(" ", cell)
    return f"'{text}" if text.lstrip()[:1] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} else text


def cell_text(text: str) -> str:
    """Return a text as a cell of a spreadsheet holds it."""
    return _CONTROLS.sub(" ", text)[:MAX_CELL]


def sheet_bytes(title: str, columns: Sequence[str], table: Sequence[Sequence[object]]) -> bytes:
    """Return a table as a spreadsheet of one sheet, its headings in the reader's language."""
    from xlsxwriter import Workbook  # a tenth of a second that only those who use it should wait for

    output = io.BytesIO()
    with Workbook(
        output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(title[:31])
        if speaker().direction == "rtl":
            sheet.right_to_left()
        sheet.write_row(0, 0, [heading(column) for column in columns], book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(table, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, int | float):
                    sheet.write_number(number, place, cell)
                else:
                    sheet.write_string(number, place, "" if cell is None else cell_text(str(cell)))
        sheet.autofilter(0, 0, max(len(table), 1), len(columns) - 1)
    return output.getvalue()
