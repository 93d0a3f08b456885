"""A report as a Word document: headings, pictures with what they show, tables whose first row is repeated on each page."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm

from alerts.delivery.characters import Direction
from alerts.review.printing.word_parts import (
    ACCENT,
    SOFT,
    ContentsLine,
    aligned,
    bookmark,
    contents,
    link,
    set_up,
    text,
)
from service.actions.pictures import png_of
from service.reports.values import ReportCell, ReportTable, ReportView

WIDTH = Mm(162)
"""Between the margins."""


def report_docx(view: ReportView) -> bytes:
    """Return the report as DOCX."""
    document: Any = Document()
    set_up(document, view.title, view.name, view.language, view.direction)
    text(document.add_paragraph(), view.name, view.direction, bold=True, colour=ACCENT)
    text(document.add_paragraph(style="Title"), view.title, view.direction)
    text(document.add_paragraph(), view.period, view.direction, size=9, colour=SOFT)
    for paragraph in view.intro:
        text(document.add_paragraph(), paragraph, view.intro_direction)
    lines = [ContentsLine(part.title, f"_Toc{number}") for number, part in enumerate(view.parts)]
    contents(document, view.contents, lines, view.direction)
    for number, (line, part) in enumerate(zip(lines, view.parts, strict=True)):
        heading = document.add_paragraph(style="Heading 1")
        text(heading, part.title, view.direction)
        bookmark(heading, line.bookmark, number, is_first=number == 0)
        for words in part.words:
            text(document.add_paragraph(), words, view.direction)
        for svg, says in part.charts:
            _picture(document, svg, says, view.direction)
        for table in part.tables:
            if table.title != part.title:
                text(document.add_paragraph(style="Heading 2"), table.title, view.direction)
            _table(document, table, view.direction)
    body = io.BytesIO()
    document.save(body)
    return body.getvalue()


def _picture(document: Any, svg: str, says: str, direction: str) -> None:  # noqa: ANN401  (python-docx has no types)
    picture = document.add_picture(io.BytesIO(png_of(svg)), width=WIDTH)
    picture._inline.docPr.set("descr", says)
    aligned(document.paragraphs[-1], direction)


def _table(document: Any, table: ReportTable, direction: Direction) -> None:  # noqa: ANN401
    made = document.add_table(rows=1, cols=len(table.heads))
    made.autofit = False
    properties = made._tbl.tblPr
    if direction == "rtl":
        properties.insert(1, OxmlElement("w:bidiVisual"))
    properties.find(qn("w:tblLayout")).addprevious(_lines())
    first = made.rows[0]
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    first._tr.get_or_add_trPr().append(repeated)
    size = 7 if table.is_behind else 9
    numbers = {place for row in table.rows for place, cell in enumerate(row) if cell.is_number}
    for place, words in enumerate(table.heads):
        head = ReportCell(words, 0 if place in numbers else words, direction)
        _fill(first.cells[place], head, direction, size, bold=True)
    for row in table.rows:
        cells = made.add_row().cells
        for place, cell in enumerate(row):
            _fill(cells[place], cell, direction, size)
    widths = _widths(table)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for made_row in made.rows:
        for place, width in zip(made_row.cells, widths, strict=True):
            place.width = width
    document.add_paragraph()


def _lines() -> Any:  # noqa: ANN401
    """Return the borders of a table: thin lines between its rows."""
    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "D9D4C9")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    return borders


def _widths(table: ReportTable) -> list[int]:
    """Return the widths of its columns: what it says, else twice as much for the first."""
    shares = table.widths or (1 if table.is_behind else 2, *(1,) * (len(table.heads) - 1))
    return [int(WIDTH * share / sum(shares)) for share in shares]


def _fill(place: Any, cell: ReportCell, direction: Direction, size: int, *, bold: bool = False) -> None:  # noqa: ANN401
    """Write a cell: a number stands at the far side, all else where the table begins, whatever its own direction is."""
    paragraph = place.paragraphs[0]
    paragraph.paragraph_format.space_after = 0
    if (cell.direction == direction) == cell.is_number:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT  # which is the left of a paragraph from right to left
    if cell.url is not None:
        link(paragraph, cell.url, cell.text, cell.direction, size=size)
    else:
        text(paragraph, cell.text, cell.direction, bold=bold, size=size)
