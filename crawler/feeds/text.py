"""HTML to plain text: paragraphs parted by one newline."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

import lxml.etree
import lxml.html

_BLOCKS = frozenset(
    {
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "br",
            "center",
            "dd",
            "details",
            "dialog",
            "div",
            "dl",
        ),
        *(
            "dt",
            "fieldset",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
        ),
        *("p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
_UNSEEN = frozenset(
    {
        *(
            "script",
            "style",
            "noscript",
            "template",
            "iframe",
            "object",
            "embed",
            "svg",
            "math",
            "head",
            "title",
        ),
        *("button", "input", "select", "textarea", "form", "figure", "figcaption"),
    }
)
_SPACES = re.compile(r"[ \t\r\n\f\v\xa0\u2000-\u200a\u202f\u3000]+")
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_MARKUP = re.compile(r"[<&]")


def clean(text: str) -> str:
    """Gives the text on one line, composed (NFC): spaces run together, control characters and lone surrogates gone."""
    return unicodedata.normalize("NFC", _SPACES.sub(" ", _UNWANTED.sub("", text)).strip())


def html_to_text(markup: str) -> str:
    """Gives what a reader of the HTML sees, paragraph by paragraph; pictures with their captions and credits are left out."""
    markup = _UNWANTED.sub("", markup)
    if not _MARKUP.search(markup):
        return _lines(markup.split("\n"))
    if "<" not in markup:
        return _lines(html.unescape(markup).split("\n"))
    try:
        root = lxml.html.fragment_fromstring(markup, create_parent="div")
    except (lxml.etree.LxmlError, ValueError):
        return _lines(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split("\n"))
    return _lines("".join(_walk(root)).split("\x00"))


def _walk(root: lxml.html.HtmlElement) -> Iterator[str]:
    """Gives the text in document order, with a NUL at every edge of a block. Iterative: depth is the page's to choose."""
    unseen = 0
    for event, element in lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if not unseen and element.tail:
                yield element.tail
            continue
        hidden = element.tag in _UNSEEN or element.get("hidden") is not None
        if event == "start":
            unseen += hidden
            if not unseen:
                if element.tag in _BLOCKS:
                    yield "\x00"
                yield element.text or ""
        else:
            unseen -= hidden
            if not unseen:
                if element.tag in _BLOCKS or hidden:
                    yield "\x00"
                if element is not root:
                    yield element.tail or ""


def _lines(parts: list[str]) -> str:
    return "\n".join(line for line in map(clean, parts) if line)
