"""Passages of a feed: what stands in a title, a summary or a content, plain or HTML."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from crawler.text.html_text import clean, html_to_line

_INLINE_TAGS = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdo", "big", "blockquote", "br", "cite", "code", "del", "dfn", "div"),
        *("em", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p"),
        *("pre", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td"),
        *("th", "tr", "tt", "u", "ul", "var"),
    }
)
_END_TAG_OR_ENTITY = re.compile(r"</(\w+)>|&#?\w+;")
_TAG = re.compile(r"</?(\w+)")
_ENTITY = re.compile(r"&(\w+);")
_C1 = re.compile("[\x80-\x9f]")
_C1_BYTES = re.compile(b"\xc2[\x80-\x9f]")
_C1_REFERENCE = re.compile(rb"&#(?:x0*[89][0-9A-Fa-f]|0*1(?:2[89]|[345][0-9]));")


class FeedText(NamedTuple):
    """A piece of text as the feed carries it: HTML, or words to be taken as they stand (`plain`)."""

    value: str
    plain: bool = False

    def text(self) -> str:
        """Return what a reader sees, on one line."""
        return clean(self.value) if self.plain else html_to_line(self.value)

    def html(self) -> str:
        """Return it as HTML: plain lines become paragraphs."""
        if not self.plain:
            return self.value
        escaped = self.value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return "".join(f"<p>{line}</p>" for line in escaped.split("\n") if line.strip())


def told(contents: Sequence[FeedText], summary: FeedText | None) -> tuple[str | None, str]:
    """Return an entry's summary as text and its content (the longest) as HTML; either stands in for the other.

    The summary is None where it is the words of the content: most entries of a document were seen before, and nobody reads them.
    """
    longest = max(contents, key=lambda passage: len(passage.value)) if contents else summary or FeedText("")
    if longest.value and not longest.plain and (summary is None or summary == longest):
        return None, longest.html()
    return (longest if summary is None else summary).text(), longest.html()


def is_html(text: str) -> bool | None:
    """Return whether words that claim to be plain are HTML, as feedparser guesses for RSS; None where only feedparser can tell.

    They are where an end tag or an entity stands in them, and every tag and entity is one of HTML's.
    """
    if ("<" not in text and "&" not in text) or not _END_TAG_OR_ENTITY.search(text):
        return False
    if any(name not in html.entities.entitydefs for name in _ENTITY.findall(text)):
        return False
    return True if all(name.lower() in _INLINE_TAGS for name in _TAG.findall(text)) else None


def repairing(document: bytes) -> Callable[[str], str]:
    """Return what repairs the texts of a document in UTF-8 as feedparser does, doing no more than the document needs.

    Of a text, spaces around it go; UTF-8 taken for ISO 8859-1 and encoded once more is decoded; the control characters U+0080 to
    U+009F are windows-1252's. Few documents have any, and to look for them text by text costs a twentieth of the parsing.
    """
    has_controls = _C1_BYTES.search(document) or _C1_REFERENCE.search(document)
    return _with_windows_1252 if has_controls else _decoded_twice


def _decoded_twice(text: str) -> str:
    text = text.strip()
    if text.isascii():
        return text
    try:
        return text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return text


def _with_windows_1252(text: str) -> str:
    return _C1.sub(_windows_1252, _decoded_twice(text))


def _windows_1252(match: re.Match[str]) -> str:
    return match[0].encode("iso-8859-1").decode("cp1252", errors="ignore") or match[0]
