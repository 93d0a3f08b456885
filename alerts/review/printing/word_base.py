"""A Word document of the user's own as the look of an edition: its page, styles, headers and footers, without its text."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Pt

from alerts.review.printing import Template, TemplateError

STYLES = {"Title": 22, "Heading 1": 16, "Heading 2": 13}
"""The paragraph styles that an edition asks for, and how large they are where the document has none."""


def emptied(template: Template) -> Any:  # noqa: ANN401  (python-docx has no types)
    """Return the document without its text. Raise `TemplateError` where it can't be read."""
    try:
        document: Any = Document(io.BytesIO(template.body))
        body = document.element.body
        for element in list(body):
            if element.tag != qn("w:sectPr"):
                body.remove(element)
        section = document.sections[0]
        width = section.page_width - section.left_margin - section.right_margin
    except Exception as error:  # python-docx raises as its many parts do
        raise TemplateError(f"{template.path}: not a Word document (.docx): {error}") from error
    if width <= 0:
        raise TemplateError(f"{template.path}: its page has no room between the margins")
    for name, size in STYLES.items():
        _have_style(document, name, size)
    return document


def _have_style(document: Any, name: str, size: int) -> None:  # noqa: ANN401
    known = {style.name for style in document.styles if style.type == WD_STYLE_TYPE.PARAGRAPH}
    if name not in known:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
        style.font.size, style.font.bold = Pt(size), True
