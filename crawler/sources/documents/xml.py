"""What a parser that forgives must not be given: characters that XML forbids, and an entry that is cut off."""

from __future__ import annotations

import re

from storage.troubles import Trouble

NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_LAST = 0x10FFFF
GONE = "\x7f"
"""A character that XML allows, and that no text or address keeps (`crawler.text.html_text`, `crawler.urls`)."""
CUT_OFF = Trouble("cut-off")
"""What people are shown of one."""
_ROOTS = "rss|rdf|feed|urlset|sitemapindex"
_END = re.compile(rf"</(?:[\w.-]+:)?(?:{_ROOTS})\s*>|<(?:[\w.-]+:)?(?:{_ROOTS})\s[^<>]*/>", re.IGNORECASE)


def _entries(names: str) -> re.Pattern[str]:
    """Return what begins and ends an entry, and what may hold the same words and means nothing."""
    return re.compile(
        rf"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(?P<closed>/?)(?:[\w.-]+:)?(?:{names})(?=[\s>])",
        re.IGNORECASE | re.DOTALL,
    )


FEED_ENTRIES, SITEMAP_ENTRIES = _entries("item|entry"), _entries("url|sitemap")


def xml_text(text: str) -> str:
    """Return a document without its declaration, without characters that XML forbids, and without references to them.

    A parser that recovers keeps such a reference as it is: a NUL, which PostgreSQL refuses, or half a surrogate pair, at which
    lxml itself fails when the text is asked for. `GONE` stands for one, so that what is around it does not become another.
    """
    text = _DECLARATION.sub("", NOT_XML.sub("", text))
    return _REFERENCE.sub(_kept, text) if "&#" in text else text


def without_cut_entry(text: str, entries: re.Pattern[str]) -> tuple[str, bool]:
    """Return a feed or sitemap without the entry in which it breaks off, whether it breaks off at all: its root is not closed.

    A parser that forgives would give half a title, or half an address. What is merely careless, and goes on to the end, stays.
    """
    if _END.search(text):
        return text, False
    start = None
    for match in entries.finditer(text):
        if match["closed"] is not None:
            start = None if match["closed"] else match.start()
    return text[:start], True


def _kept(match: re.Match[str]) -> str:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    code = int(digits, base) if len(digits) <= 12 else _LAST + 1
    return match[0] if code <= _LAST and not NOT_XML.match(chr(code)) else GONE
