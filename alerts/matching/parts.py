"""The parts of an article that are searched: each of its fields that says something of its own. Pure.

Much of what is said of an article is said twice: the source's title is the page's headline, its summary the text's first lines.
What another part says in the same words is not searched again, so that a name there counts once and is shown once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from alerts.values import FIELDS, LEADS, TITLES, Document, Field

_OTHER_TITLES = tuple(field for field in FIELDS if field in TITLES and field != "title")
_LEADS = tuple(field for field in FIELDS if field in LEADS)
_WORDS = re.compile(r"\w+")
_CUT_OFF = re.compile(r"(?:…|\.\.\.)[\])]?\s*\Z")
_HEAD = 2_000
"""Characters of the text, beyond twice the length of a lead, in which the lead may stand."""


class Part(NamedTuple):
    """A field that is searched, as it was given."""

    field: Field
    text: str


def parts_of(document: Document) -> tuple[Part, ...]:
    """Return what is searched of an article, in reading order: always the title first and the text last, empty or not."""
    title, text = Part("title", document.title), Part("text", document.text)
    titles = [Part(field, said) for field in _OTHER_TITLES if (said := document.field(field))]
    leads = [
        Part(field, said)
        for field in _LEADS
        if (said := document.field(field)) and not _stands_in(said, document.text)
    ]
    if not titles and not leads:
        return title, text
    own = _words(title.text)
    return title, *_other_titles(titles, own), *_other_leads(leads, own, text.text), text


def _stands_in(said: str, text: str) -> bool:
    """Return whether a text has another in it to the letter, its words whole: asked first, since it costs next to nothing."""
    start = text.find(said)
    end = start + len(said)
    return start >= 0 and not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum()


def _other_titles(titles: Iterable[Part], own: str) -> list[Part]:
    """Return the titles that are unlike the first, each once."""
    known, kept = {own, ""}, []
    for part in titles:
        words = _words(part.text)
        if words not in known:
            known.add(words)
            kept.append(part)
    return kept


def _other_leads(leads: list[Part], title: str, text: str) -> list[Part]:
    """Return the leads that stand neither in the text's beginning nor in a longer one, nor are the title."""
    if not leads:
        return []
    longest = max(len(part.text) for part in leads)
    known, kept = [_words(text[: _HEAD + 2 * longest])], set()
    for part in sorted(leads, key=lambda part: -len(part.text)):
        words = _words(part.text)
        if not words or words == title or any(_holds(other, words, part.text) for other in known):
            continue
        known.append(words)
        kept.add(part)
    return [part for part in leads if part in kept]


def _words(text: str) -> str:
    """Return a text's words with a space around each, whatever their case and what stands between; nothing where it has none."""
    words = " ".join(_WORDS.findall(text)).casefold()
    return f" {words} " if words else ""


def _holds(words: str, others: str, text: str) -> bool:
    """Return whether some words have others in them. The last word of a `text` that is cut off may go on there."""
    return (others.rstrip() if _CUT_OFF.search(text) else others) in words
