"""HTML to plain text: paragraphs parted by one newline."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache

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
_COMMON_INLINE = ("a", "b", "code", "em", "i", "img", "small", "span", "strong", "sub", "sup", "u")
_TAG_NAME = re.compile(r"(/?)([a-zA-Z][\w:.-]*)(?=[\s/]|$)", re.ASCII)
_COMMENT = re.compile(r"<!--(?!-?>).*?-->", re.DOTALL)
_HIDDEN = re.compile(r"\shidden(?:[\s=/]|$)", re.IGNORECASE)


class _Kind(Enum):
    """What a tag is to a reader of the text."""

    INLINE = auto()
    BLOCK = auto()
    UNSEEN = auto()
    ODD = auto()


_EDGE = "\r"
"""Stands at every edge of a block while a text is put together."""


def clean(text: str) -> str:
    """Gives the text on one line, composed (NFC): spaces run together, control characters and lone surrogates gone."""
    return _one_line(_UNWANTED.sub("", text))


def html_to_text(markup: str) -> str:
    """Gives what a reader of the HTML sees, paragraph by paragraph; pictures with their captions and credits are left out.

    Ordinary markup is read by its tags alone, in two fifths of the time that a parser takes; where a tag is odd (cut off, quotes
    that don't match, an element that hides others) lxml parses it, to the same end.
    """
    if _EDGE in markup:
        markup = markup.replace(_EDGE, " " if "<" in markup else "\n")
    if not _MARKUP.search(markup):
        return _lines(_UNWANTED.sub("", markup).split("\n"))
    if "<" not in markup:
        return _lines(_UNWANTED.sub("", html.unescape(markup)).split("\n"))
    text = _read_tags(markup)
    if text is not None:
        return _lines(_UNWANTED.sub("", html.unescape(text)).split(_EDGE))
    markup = _UNWANTED.sub("", markup)
    try:
        # not fragment_fromstring, which asserts that there is one body
        root = lxml.html.document_fromstring(f"<body>{markup}")
    except (lxml.etree.LxmlError, ValueError):
        return _lines(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split("\n"))
    return _lines("".join(_walk(root)).split(_EDGE))


def _read_tags(markup: str) -> str | None:
    """Gives the text between the tags, entities as they are, with an edge for every block; None where a parser must look."""
    if "<!--" in markup:
        markup = _COMMENT.sub("", markup)
    first, *pieces = markup.split("<")
    kept = [first]
    keep = kept.append
    known = _TAG_KINDS.get
    inline, block = _Kind.INLINE, _Kind.BLOCK
    unseen = ""
    depth = 0
    for piece in pieces:
        tag, closed, text = piece.partition(">")
        if unseen:
            name, ends = _tag_name(tag)
            if name == unseen:
                depth += -1 if ends else 1
                if not depth:
                    unseen = ""
                    keep(_EDGE + text)
            continue
        if not closed:
            return None
        kind = known(tag) or _tag_kind(tag)
        if kind is inline:
            keep(text)
        elif kind is block:
            keep(_EDGE + text)
        elif kind is _Kind.ODD:
            return None
        else:
            keep(_EDGE)
            unseen, depth = _tag_name(tag)[0], 1
    return None if unseen else "".join(kept)


@lru_cache(maxsize=4096)
def _tag_kind(tag: str) -> _Kind:
    """Tells what a tag with attributes, or of a name that is not known, is to a reader."""
    # an odd number of quotes: a > in an attribute has cut the tag
    if tag.count('"') % 2 or ("='" in tag and tag.count("'") % 2):
        return _Kind.ODD
    if "hidden" in tag and _HIDDEN.search(tag):
        return _Kind.ODD
    name, ends = _tag_name(tag)
    if not name:
        return _Kind.ODD
    if name in _BLOCKS:
        return _Kind.BLOCK
    if name in _UNSEEN:
        return _Kind.INLINE if ends else _Kind.BLOCK if name in _VOID_UNSEEN else _Kind.UNSEEN
    return _Kind.INLINE


def _tag_name(tag: str) -> tuple[str, bool]:
    """Gives the element's name, nothing where it is no plain tag, and whether the element ends."""
    match = _TAG_NAME.match(tag)
    return (match[2].lower(), bool(match[1])) if match else ("", False)


_TAG_KINDS = {
    form: _tag_kind(form)
    for name in (*_BLOCKS, *_UNSEEN, *_COMMON_INLINE)
    for form in (name, f"/{name}", f"{name}/", f"{name} /")
}
"""Tags without attributes, nearly all tags that there are: looked up, not read."""


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
