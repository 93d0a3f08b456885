"""What Word documents are made of: page and fonts, text that runs in a direction, links, contents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

ACCENT, SOFT = RGBColor(0x8F, 0x2F, 0x16), RGBColor(0x5B, 0x57, 0x4F)
BODY, COMPLEX = "Georgia", "Arial"
"""Fonts: of Latin, Greek and Cyrillic, and of Arabic and Hebrew. Readers without them put others in their place."""


def describe(document: Any, title: str, author: str, language: str, direction: str) -> None:  # noqa: ANN401  (python-docx has no types)
    """Say what a document is about, in which language, and in which direction its pages run."""
    document.core_properties.title = title
    document.core_properties.author = author
    document.core_properties.language = language
    if direction == "rtl":
        document.sections[0]._sectPr.append(OxmlElement("w:bidi"))


def set_up(
    document: Any,  # noqa: ANN401
    title: str,
    author: str,
    language: str,
    direction: str,
    *,
    accent: RGBColor = ACCENT,
) -> None:
    """Give a document its page, fonts, headings, page numbers and what it is about."""
    describe(document, title, author, language, direction)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(24)
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
            style.font.color.rgb = accent if name == "Heading 1" else RGBColor(0, 0, 0)
    footer = section.footer.paragraphs[0]
    footer.alignment = 1
    _field(footer, "PAGE")


@dataclass(frozen=True, slots=True)
class ContentsLine:
    """A line of the contents, and the bookmark that it leads to."""

    words: str
    bookmark: str
    level: int = 1


def contents(
    document: Any,  # noqa: ANN401
    heading: str,
    lines: Sequence[ContentsLine],
    direction: str,
    *,
    accent: RGBColor | None = ACCENT,
) -> None:
    """Add the contents: lines that lead to their bookmarks, each with the number of its page, which readers fill in.

    No `TOC` field: LibreOffice takes what stands in one as text, page numbers too.
    """
    text(document.add_paragraph(), heading, direction, bold=True, size=13, colour=accent)
    section = document.sections[0]
    width = section.page_width - section.left_margin - section.right_margin
    for line in lines:
        paragraph = document.add_paragraph()
        form = paragraph.paragraph_format
        form.space_after = Pt(2)
        form.left_indent = Mm(5) * (line.level - 1)
        form.tab_stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        text(paragraph, line.words, direction)
        text(paragraph, "\t", direction)
        _field(paragraph, f"PAGEREF {line.bookmark} \\h")
        _lead(paragraph, line.bookmark)


def bookmark(paragraph: Any, name: str, number: int, *, is_first: bool = False) -> None:  # noqa: ANN401
    """Make a heading what a line of the contents leads to, by a number of its own; `is_first`: it begins a page."""
    paragraph.paragraph_format.page_break_before = is_first or None
    begin, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for element in (begin, end):
        element.set(qn("w:id"), str(number))
    begin.set(qn("w:name"), name)
    paragraph._p.get_or_add_pPr().addnext(begin)
    paragraph._p.append(end)


def _lead(paragraph: Any, name: str) -> None:  # noqa: ANN401
    """Have all of a paragraph lead to a bookmark."""
    around = OxmlElement("w:hyperlink")
    around.set(qn("w:anchor"), name)
    runs = [run._r for run in paragraph.runs]
    runs[0].addprevious(around)
    for run in runs:
        around.append(run)


def text(
    paragraph: Any,  # noqa: ANN401
    words: str,
    direction: str,
    *,
    bold: bool = False,
    italic: bool = False,
    size: int | None = None,
    colour: RGBColor | None = None,
    run_direction: str | None = None,
) -> None:
    """Add text to a paragraph that runs in a direction."""
    aligned(paragraph, direction)
    run = paragraph.add_run(words)
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


def aligned(paragraph: Any, direction: str) -> None:  # noqa: ANN401
    """Have a paragraph run in a direction."""
    properties = paragraph._p.get_or_add_pPr()
    if direction == "rtl" and properties.find(qn("w:bidi")) is None:
        properties.append(OxmlElement("w:bidi"))


def link(
    paragraph: Any,  # noqa: ANN401
    url: str,
    words: str,
    direction: str,
    *,
    bold: bool = False,
    size: int | None = None,
) -> None:
    """Add a link to a paragraph that runs in a direction."""
    text(paragraph, words, direction, bold=bold, size=size)
    run = paragraph.runs[-1]._r
    around = OxmlElement("w:hyperlink")
    around.set(qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run.addprevious(around)
    around.append(run)


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
