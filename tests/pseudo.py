"""A language in which every translated string stands in brackets and dates, numbers and names are Greek: what is left in Latin
letters escaped translation, or is data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from gettext import NullTranslations
from html.parser import HTMLParser

from storage.language import Translator

OPEN, CLOSE = "⟦", "⟧"
_RUN = re.compile(r"[A-Za-z][A-Za-z0-9'’ -]*[A-Za-z]")
_ADDRESS = re.compile(r"\S*(?:://|@|\.(?:example|toml|db|csv|eml)\b|/[a-z])\S*")
_READ = ("aria-label", "title", "placeholder", "alt", "data-confirm", "data-news")
_NOT_READ = frozenset({"script", "style", "code", "pre", "kbd", "textarea"})
_VOID = frozenset({"input", "meta", "link", "br", "hr", "img", "rect", "path", "progress", "meter"})
BRANDS = frozenset(
    {
        "Tocsin",
        "UTC",
        "Apprise",
        "OPML",
        "Atom",
        "JSON",
        "HTML",
        "PDF",
        "Python",
        "SQLite",
        "Word",
        "XLSX",
        "PostgreSQL",
        "CSV",
        "SVG",
        "PNG",
        "Feed",
    }
)


class Brackets(NullTranslations):
    """Catalogue of the pseudo-language."""

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"{OPEN}{msgid1 if n == 1 else msgid2}{CLOSE}"

    def pgettext(self, context: str, message: str) -> str:
        return f"{OPEN}{message}{CLOSE}"


PSEUDO = Translator("qps", "el", words=Brackets())


def outside_brackets(text: str) -> str:
    """Return what of a text stands in no brackets."""
    depth, kept = 0, []
    for character in text:
        depth += (character == OPEN) - (character == CLOSE)
        kept.append(character if depth == 0 and character != CLOSE else " ")
    return "".join(kept)


def escaped(chunks: Iterator[str], data: str) -> list[str]:
    """Return the chunks of shown text that are in Latin letters, untranslated, and no part of the data."""
    found = []
    for chunk in chunks:
        left = " ".join(
            word for word in _ADDRESS.sub(" ", chunk).split() if word.strip(".,:;()·“”") not in BRANDS
        )
        found += [run for run in _RUN.findall(left) if run not in data]
    return list(dict.fromkeys(found))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [value for name, value in attrs if name in _READ and value]
        if tag in _VOID:
            return
        if self._hidden or tag in _NOT_READ:
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag not in _VOID:
            self._hidden.pop()
        self.texts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)
        elif OPEN in data or CLOSE in data:  # brackets go on within
            self.texts.append("".join(each for each in data if each in (OPEN, CLOSE)))


def shown_in(html: str) -> Iterator[str]:
    """Yield what a page shows outside of brackets, run by run, and what its attributes say."""
    reader = _Reader()
    reader.feed(html)
    yield from (line.strip() for line in outside_brackets("".join(reader.texts)).split("\n") if line.strip())
    yield from (outside_brackets(value) for value in reader.attributes)
