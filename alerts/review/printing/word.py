"""An edition as a Word document (DOCX), by python-docx: headings, links, contents; right to left where the language asks."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from typing import Any

from docx import Document
from docx.image.exceptions import UnrecognizedImageError
from docx.oxml import OxmlElement
from docx.shared import Mm, RGBColor

from alerts.delivery.review_view import ReviewView, ShownFigure, ShownItem, ShownPart, ShownPicture
from alerts.review.printing import Look, PrintError
from alerts.review.printing.word_base import emptied
from alerts.review.printing.word_parts import (
    ACCENT,
    SOFT,
    ContentsLine,
    aligned,
    bookmark,
    contents,
    describe,
    link,
    set_up,
    text,
)

IN_WORD = frozenset(("png", "jpg", "jpeg"))
"""Logos that Word takes."""
PICTURE = Mm(60)
"""The longer side of an article's picture."""
MOST_BOOKMARKS = 10_000
"""Of a part: their numbers follow that of its heading."""
FIGURES = "_TocFigures"
"""The bookmark of the figures of the day."""


def make_docx(review: ReviewView, look: Look) -> bytes:
    """Return the edition as DOCX. Raise `PrintError`."""
    accent: RGBColor | None = RGBColor.from_string(look.colour[1:].upper()) if look.colour else ACCENT
    about = (review.title, review.review, review.language, review.direction)
    if look.word is None:
        document: Any = Document()
        set_up(document, *about, accent=accent or ACCENT)
    else:
        document = emptied(look.word)
        describe(document, *about)
        accent = accent if look.colour else None
    if look.logo and look.logo_kind in IN_WORD:
        try:
            document.add_picture(io.BytesIO(look.logo), height=Mm(16))
        except (UnrecognizedImageError, ValueError, struct.error) as error:
            raise PrintError(f"the logo is not a picture that Word takes: {error}") from error
    text(document.add_paragraph(), review.review, review.direction, bold=True, colour=accent)
    text(document.add_paragraph(style="Title"), review.title, review.direction)
    text(document.add_paragraph(), review.period, review.direction, size=9, colour=SOFT)
    if look.cover:
        document.add_page_break()
    if review.changes_title:
        text(document.add_paragraph(), review.changes_title, review.direction, bold=True, colour=accent)
    for change in review.changes:
        text(document.add_paragraph(), f"– {change}", review.direction)
    for paragraph in review.intro:
        text(document.add_paragraph(), paragraph, review.intro_direction)
    if review.empty:
        text(document.add_paragraph(), review.empty, review.direction)
    if review.parts:
        contents(document, review.contents, _lines(review), review.direction, accent=accent)
    for number, part in enumerate(review.parts):
        _part(document, part, review, look.pictures, number)
    if review.figures:
        _figures(document, review)
    body = io.BytesIO()
    document.save(body)
    return body.getvalue()


def _part(
    document: Any,  # noqa: ANN401
    part: ShownPart,
    review: ReviewView,
    pictures: Mapping[int, bytes],
    number: int,
) -> None:
    name, first = _bookmark(number), MOST_BOOKMARKS * (number + 1)
    heading = document.add_paragraph(style="Heading 1")
    text(heading, part.title, review.direction)
    bookmark(heading, name, first, is_first=number == 0)
    is_brief = part.kind == "brief"
    for place, item in enumerate(part.items):
        heading = document.add_paragraph(style=None if is_brief else "Heading 2")
        _item(document, heading, item, review, pictures, is_brief=is_brief)
        bookmark(heading, f"{name}_{place}", first + place + 1)


def _item(
    document: Any,  # noqa: ANN401
    heading: Any,  # noqa: ANN401
    item: ShownItem,
    review: ReviewView,
    pictures: Mapping[int, bytes],
    *,
    is_brief: bool,
) -> None:
    heading.paragraph_format.keep_with_next = True
    if item.url:
        link(heading, item.url, item.headline, item.direction, bold=True)
    else:
        text(heading, item.headline, item.direction, bold=True)
    facts = document.add_paragraph()
    facts.paragraph_format.keep_with_next = bool(item.excerpt)
    text(facts, item.outlet, item.direction, bold=True, size=9)
    if item.facts:
        text(facts, " · ", item.direction, size=9, colour=SOFT)
        text(facts, item.facts, item.direction, size=9, colour=SOFT, run_direction=review.direction)
    if item.picture is not None and item.picture.number in pictures and not is_brief:
        _picture(document, item.picture, pictures[item.picture.number], item.direction)
    for paragraph in item.excerpt:
        text(document.add_paragraph(), paragraph, item.direction)
    for paragraph in item.note:
        noted = document.add_paragraph()
        noted.paragraph_format.left_indent = Mm(6)
        text(noted, paragraph, item.note_direction, italic=True)


def _picture(document: Any, picture: ShownPicture, body: bytes, direction: str) -> None:  # noqa: ANN401
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    aligned(paragraph, direction)
    sides = {"width": PICTURE} if picture.width >= picture.height else {"height": PICTURE}
    shape = paragraph.add_run().add_picture(io.BytesIO(body), **sides)
    shape._inline.docPr.set("descr", picture.alt)
    if picture.credit:
        said = document.add_paragraph()
        text(said, picture.credit, direction, size=8, colour=SOFT, run_direction=picture.credit_direction)


def _figures(document: Any, review: ReviewView) -> None:  # noqa: ANN401
    heading = document.add_paragraph(style="Heading 1")
    text(heading, review.figures_title, review.direction)
    bookmark(heading, FIGURES, 0)
    table = document.add_table(rows=0, cols=3)
    if review.direction == "rtl":
        table._tbl.tblPr.append(OxmlElement("w:bidiVisual"))
    for figure in review.figures:
        _row(table, figure, review)
    text(document.add_paragraph(), review.figures_note, review.direction, size=9, colour=SOFT)


def _row(table: Any, figure: ShownFigure, review: ReviewView) -> None:  # noqa: ANN401
    cells = table.add_row().cells
    for cell, words in zip(cells, (figure.name, figure.newest, figure.week), strict=True):
        text(cell.paragraphs[0], words, review.direction)


def _lines(review: ReviewView) -> list[ContentsLine]:
    """Return the lines of the contents, as `_part` names what they lead to."""
    found = []
    for number, part in enumerate(review.parts):
        name = _bookmark(number)
        found.append(ContentsLine(part.title, name))
        if part.kind != "brief":
            found += [
                ContentsLine(item.headline, f"{name}_{place}", level=2)
                for place, item in enumerate(part.items)
            ]
    if review.figures:
        found.append(ContentsLine(review.figures_title, FIGURES))
    return found


def _bookmark(part: int) -> str:
    return f"_Toc{part}"
