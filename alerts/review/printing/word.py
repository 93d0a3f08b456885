"""An edition as a Word document (DOCX), by python-docx: headings, links, contents; right to left where the language asks."""

from __future__ import annotations

import io
import struct
from typing import Any

from docx import Document
from docx.image.exceptions import UnrecognizedImageError
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from alerts.delivery.review_view import ReviewView, ShownFigure, ShownItem, ShownPart
from alerts.review.printing import Look, PrintError

ACCENT, SOFT = RGBColor(0x8F, 0x2F, 0x16), RGBColor(0x5B, 0x57, 0x4F)
BODY, COMPLEX = "Georgia", "Arial"
"""Fonts: of Latin, Greek and Cyrillic, and of Arabic and Hebrew. Readers without them put others in their place."""
IN_WORD = frozenset(("png", "jpg", "jpeg"))
"""Logos that Word takes."""


def make_docx(review: ReviewView, look: Look) -> bytes:
    """Return the edition as DOCX. Raise `PrintError`."""
    document: Any = Document()
    _set_up(document, review)
    if look.logo and look.logo_kind in IN_WORD:
        try:
            document.add_picture(io.BytesIO(look.logo), height=Mm(16))
        except (UnrecognizedImageError, ValueError, struct.error) as error:
            raise PrintError(f"the logo is not a picture that Word takes: {error}") from error
    _text(document.add_paragraph(), review.review, review.direction, bold=True, colour=ACCENT)
    _text(document.add_paragraph(style="Title"), review.title, review.direction)
    _text(document.add_paragraph(), review.period, review.direction, size=9, colour=SOFT)
    if look.cover:
        document.add_page_break()
    for paragraph in review.intro:
        _text(document.add_paragraph(), paragraph, review.intro_direction)
    if review.empty:
        _text(document.add_paragraph(), review.empty, review.direction)
    if review.parts:
        _contents(document, review)
    for part in review.parts:
        _part(document, part, review)
    if review.figures:
        _figures(document, review)
    body = io.BytesIO()
    document.save(body)
    return body.getvalue()


def _set_up(document: Any, review: ReviewView) -> None:  # noqa: ANN401  (python-docx has no types)
    document.core_properties.title = review.title
    document.core_properties.author = review.review
    document.core_properties.language = review.language
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(24)
    if review.direction == "rtl":
        section._sectPr.append(OxmlElement("w:bidi"))
    for name, size in (("Normal", 11), ("Title", 22), ("Heading 1", 16), ("Heading 2", 13)):
        style = document.styles[name]
        style.font.name, style.font.size = BODY, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:ascii"), BODY)
        fonts.set(qn("w:hAnsi"), BODY)
        fonts.set(qn("w:cs"), COMPLEX)
        style.element.rPr.append(_element("w:szCs", str(2 * size)))
        border = style.element.get_or_add_pPr().find(qn("w:pBdr"))
        if border is not None:
            border.getparent().remove(border)
        spacing = style.element.rPr.find(qn("w:spacing"))
        if spacing is not None:  # it takes Arabic letters apart
            spacing.getparent().remove(spacing)
        if name != "Normal":
            style.font.color.rgb = ACCENT if name == "Heading 1" else RGBColor(0, 0, 0)
    footer = section.footer.paragraphs[0]
    footer.alignment = 1
    _field(footer, "PAGE")


def _part(document: Any, part: ShownPart, review: ReviewView) -> None:  # noqa: ANN401
    _text(document.add_paragraph(style="Heading 1"), part.title, review.direction)
    for item in part.items:
        _item(document, item, review, is_brief=part.kind == "brief")


def _item(document: Any, item: ShownItem, review: ReviewView, *, is_brief: bool) -> None:  # noqa: ANN401
    heading = document.add_paragraph(style=None if is_brief else "Heading 2")
    heading.paragraph_format.keep_with_next = True
    if item.url:
        _link(heading, item.url, item.headline, item.direction, bold=True)
    else:
        _text(heading, item.headline, item.direction, bold=True)
    facts = document.add_paragraph()
    facts.paragraph_format.keep_with_next = bool(item.excerpt)
    _text(facts, item.outlet, item.direction, bold=True, size=9)
    if item.facts:
        _text(facts, " · ", item.direction, size=9, colour=SOFT)
        _text(facts, item.facts, item.direction, size=9, colour=SOFT, run_direction=review.direction)
    for paragraph in item.excerpt:
        _text(document.add_paragraph(), paragraph, item.direction)
    for paragraph in item.note:
        noted = document.add_paragraph()
        noted.paragraph_format.left_indent = Mm(6)
        _text(noted, paragraph, item.note_direction, italic=True)


def _figures(document: Any, review: ReviewView) -> None:  # noqa: ANN401
    _text(document.add_paragraph(style="Heading 1"), review.figures_title, review.direction)
    table = document.add_table(rows=0, cols=3)
    if review.direction == "rtl":
        table._tbl.tblPr.append(OxmlElement("w:bidiVisual"))
    for figure in review.figures:
        _row(table, figure, review)
    _text(document.add_paragraph(), review.figures_note, review.direction, size=9, colour=SOFT)


def _row(table: Any, figure: ShownFigure, review: ReviewView) -> None:  # noqa: ANN401
    cells = table.add_row().cells
    for cell, words in zip(cells, (figure.name, figure.newest, figure.week), strict=True):
        _text(cell.paragraphs[0], words, review.direction)


def _contents(document: Any, review: ReviewView) -> None:  # noqa: ANN401
    """Add the contents: a field that Word fills with page numbers when it opens, and until then the headlines."""
    _text(document.add_paragraph(), review.contents, review.direction, bold=True, size=13, colour=ACCENT)
    paragraph = document.add_paragraph()
    _aligned(paragraph, review.direction)
    _field_begin(paragraph, 'TOC \\o "1-2" \\h \\z \\u')
    for part in review.parts:
        for words in (part.title, *(f"    {item.headline}" for item in part.items if part.kind != "brief")):
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(2)
            _text(paragraph, words, review.direction)
    _field_char(paragraph, "end")
    document.add_page_break()


def _text(
    paragraph: Any,  # noqa: ANN401
    text: str,
    direction: str,
    *,
    bold: bool = False,
    italic: bool = False,
    size: int | None = None,
    colour: RGBColor | None = None,
    run_direction: str | None = None,
) -> None:
    """Add text to a paragraph that runs in a direction."""
    _aligned(paragraph, direction)
    run = paragraph.add_run(text)
    run.bold, run.italic = bold or None, italic or None
    if colour is not None:
        run.font.color.rgb = colour
    properties = run._r.get_or_add_rPr()
    if size is not None:
        run.font.size = Pt(size)
        properties.append(_element("w:szCs", str(2 * size)))
    if (run_direction or direction) == "rtl":
        if bold:
            properties.append(OxmlElement("w:bCs"))
        properties.append(OxmlElement("w:rtl"))


def _aligned(paragraph: Any, direction: str) -> None:  # noqa: ANN401
    properties = paragraph._p.get_or_add_pPr()
    if direction == "rtl" and properties.find(qn("w:bidi")) is None:
        properties.append(OxmlElement("w:bidi"))


def _link(paragraph: Any, url: str, text: str, direction: str, *, bold: bool) -> None:  # noqa: ANN401
    _text(paragraph, text, direction, bold=bold)
    run = paragraph.runs[-1]._r
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run.addprevious(link)
    link.append(run)


def _field(paragraph: Any, code: str) -> None:  # noqa: ANN401
    _field_begin(paragraph, code)
    paragraph.add_run("1")
    _field_char(paragraph, "end")


def _field_begin(paragraph: Any, code: str) -> None:  # noqa: ANN401
    _field_char(paragraph, "begin")
    instruction = OxmlElement("w:instrText")
    instruction.set(qn("xml:space"), "preserve")
    instruction.text = code
    paragraph.add_run()._r.append(instruction)
    _field_char(paragraph, "separate")


def _field_char(paragraph: Any, kind: str) -> None:  # noqa: ANN401
    character = OxmlElement("w:fldChar")
    character.set(qn("w:fldCharType"), kind)
    if kind == "begin":
        character.set(qn("w:dirty"), "true")
    paragraph.add_run()._r.append(character)


def _element(name: str, value: str) -> Any:  # noqa: ANN401
    element = OxmlElement(name)
    element.set(qn("w:val"), value)
    return element
