"""How many copies of each outlet's articles reviews sent in a month: what a licence's report asks for."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlmodel import Session

from alerts.review.values import RightsTable
from service.actions.errors import InvalidError
from storage.language import _
from storage.stores.reviews.editions import copied_items

COLUMNS = ("month", "outlet", "licence", "items", "excerpts", "copies")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a cell for a formula by."""


@dataclass(frozen=True, slots=True)
class OutletCopies:
    """An outlet's share of a month. `copies`: items times recipients."""

    outlet: str
    licence: str
    item_count: int = 0
    excerpts: int = 0
    copies: int = 0


def copies_of_month(session: Session, month: str, rights: RightsTable) -> list[OutletCopies]:
    """Return the copies of each outlet in a month (UTC) such as 2026-03, most first. Raise `InvalidError`."""
    since, until = _bounds(month)
    found: dict[str, OutletCopies] = {}
    for item in copied_items(session, since=since, until=until):
        known = found.get(item.outlet) or OutletCopies(item.outlet, rights.of(item.outlet).licence)
        found[item.outlet] = replace(
            known,
            item_count=known.item_count + 1,
            excerpts=known.excerpts + item.has_excerpt,
            copies=known.copies + item.recipients,
        )
    return sorted(found.values(), key=lambda one: (-one.copies, one.outlet))


def copies_csv(month: str, rows: Sequence[OutletCopies]) -> str:
    """Return them as CSV with a line of names. A name that a spreadsheet would take for a formula begins with '."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow(
            [month, _cell(row.outlet), _cell(row.licence), row.item_count, row.excerpts, row.copies]
        )
    return file.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _bounds(month: str) -> tuple[datetime, datetime]:
    match = re.fullmatch(r"(\d{4})-(\d{2})", month)
    if match is None or not 1 <= int(match[2]) <= 12 or not 1970 <= int(match[1]) <= 9000:
        raise InvalidError(_("{month!r} is not a month: write it like 2026-03", month=month), key="month")
    year, number = int(match[1]), int(match[2])
    begin = datetime(year, number, 1, tzinfo=UTC)
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return begin, end
