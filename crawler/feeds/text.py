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
        *("address", "article", "aside", "blockquote", "body", "br", "center", "dd", "details", "dialog"),
        *("div", "dl", "dt", "fieldset", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li"),
        *("main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th"),
        *("thead", "tr", "ul"),
    }
)
_UNSEEN = frozenset(
    {
        *("script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "head"),
        *("title", "button", "input", "select", "textarea", "form", "figure", "figcaption"),
    }
)
_VOID_UNSEEN = frozenset({"embed", "input"})
"""Unseen elements that have no end tag."""
_UNWANTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_MARKUP = re.compile(r"[<&]")
_TAG_NAME = re.compile(r"/?([a-zA-Z][\w:.-]*)(?=[\s/]|$)", re.ASCII)
_COMMENT = re.compile(r"<!--(?!-?>).*?-->", re.DOTALL)
_HIDDEN = re.compile(r"\shidden(?:[\s=/]|$)", re.IGNORECASE)
_EDGE = "\x00"
"""Stands at every edge of a block while a text is put together."""


def clean(text: str) -> str:
    """Gives the text on one line, composed (NFC): spaces run together, control characters and lone surrogates gone."""
    return _one_line(_UNWANTED.sub("", text))


def html_to_text(markup: str) -> str:
    """Gives what a reader of the HTML sees, paragraph by paragraph; pictures with their captions and credits are left out.

    Ordinary markup is read by its tags alone, in a quarter of the time that a parser takes; where a tag is odd (cut off, quotes
    that don't match, an element that hides others) lxml parses it, to the same end.
    """
    markup = _UNWANTED.sub("", markup)
    if not _MARKUP.search(markup):
        return _lines(markup.split("\n"))
    if "<" not in markup:
        return _lines(html.unescape(markup).split("\n"))
    text = _read_tags(markup)
    if text is not None:
        return _lines(html.unescape(text).split(_EDGE))
    try:
        root = lxml.html.fragment_fromstring(markup, create_parent="div")
    except (lxml.etree.LxmlError, ValueError):
        return _lines(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split("\n"))
    return _lines("".join(_walk(root)).split(_EDGE))


def _read_tags(markup: str) -> str | None:
    """Gives the text between the tags, entities as they are, with an edge for every block; None where a parser must look."""
    if "<!--" in markup:
        markup = _COMMENT.sub("", markup)
    first, *pieces = markup.split("<")
    kept = [first]
    unseen = ""
    depth = 0
    for piece in pieces:
        tag, closed, text = piece.partition(">")
        name = tag.partition(" ")[0].lower()
        ends = name[:1] == "/"
        name = (name[1:] if ends else name).rstrip("/")
        if unseen:
            if name == unseen:
                depth += -1 if ends else 1
                if not depth:
                    unseen = ""
                    kept += (_EDGE, text)
            continue
        if not closed or not name.isalnum() or not name.isascii() or name[0] <= "9":
            name = _odd_name(tag, closed)
            if not name:
                return None
        if ('"' in tag and tag.count('"') % 2) or ("='" in tag and tag.count("'") % 2):
            return None  # a > in an attribute has cut the tag
        if name in _BLOCKS:
            kept.append(_EDGE)
        elif name in _UNSEEN and not ends:
            kept.append(_EDGE)
            if name not in _VOID_UNSEEN:
                unseen, depth = name, 1
                continue
        if "hidden" in tag and _HIDDEN.search(tag):
            return None
        kept.append(text)
    return None if unseen else "".join(kept)


def _odd_name(tag: str, closed: str) -> str:
    """Gives the name of an element with a dash, a colon or a line break in its tag; nothing where it is no plain tag."""
    match = _TAG_NAME.match(tag)
    return match[1].lower() if match and closed else ""


def _walk(root: lxml.html.HtmlElement) -> Iterator[str]:
    """Gives the text in document order, with an edge at every border of a block. Iterative: depth is the page's to choose."""
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
                    yield _EDGE
                yield element.text or ""
        else:
            unseen -= hidden
            if not unseen:
                if element.tag in _BLOCKS or hidden:
                    yield _EDGE
                if element is not root:
                    yield element.tail or ""


def _lines(parts: list[str]) -> str:
    return "\n".join(filter(None, map(_one_line, parts)))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if line.isascii() else unicodedata.normalize("NFC", line)
