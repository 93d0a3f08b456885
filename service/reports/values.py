"""A report ready to be shown: words, charts and tables, whose cells have a value for spreadsheets and a text for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from alerts.delivery.characters import Direction

ReportFormat = Literal["pdf", "docx", "xlsx"]


@dataclass(frozen=True, slots=True)
class ReportCell:
    """A cell. `value` is what a spreadsheet has; a share (a float with `is_share`) is written there as per cent."""

    text: str
    value: str | int | float | datetime | None
    direction: Direction
    url: str | None = None
    is_share: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it stands at the end of its column."""
        return isinstance(self.value, int | float) or self.text in ("", "–")


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table; `sheet` is what its sheet of a spreadsheet is called."""

    sheet: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[ReportCell, ...], ...]
    widths: tuple[int, ...] = ()
    """How wide the columns are beside each other; empty: the first takes what the others leave."""
    is_behind: bool = False
    """Whether it has the values of the chart above it, day by day: printed small."""


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A part with its heading: words, charts (as SVG, with what each shows), tables."""

    title: str
    words: tuple[str, ...] = ()
    charts: tuple[tuple[str, str], ...] = ()
    tables: tuple[ReportTable, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report in words, in the language that is spoken now."""

    name: str
    """What kind of thing it is, or the review that it is an edition of."""
    title: str
    period: str
    intro: tuple[str, ...]
    intro_direction: Direction
    language: str
    direction: Direction
    contents: str
    parts: tuple[ReportPart, ...]
    file_name: str
    """Without its ending."""
