"""Text from outside made fit for where it is told: without control characters, on one line, no longer than fits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from storage.troubles import Trouble

Direction = Literal["ltr", "rtl"]

RTL_LANGUAGES = frozenset({"ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"})
"""Languages written from right to left (`iw` is the old code of Hebrew)."""

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates reorder what stands around them, so a title could forge its surroundings.
The marks U+200E, U+200F and U+061C act on their own place only; Arabic and Hebrew texts need them."""


def storable(text: str) -> str:
    """Replace what no database or UTF-8 stream takes (NUL, lone surrogates) by U+FFFD, one for one: offsets keep pointing."""
    return _NOT_STORABLE.sub("\ufffd", text)


def storable_trouble(trouble: Trouble) -> Trouble:
    """Return the trouble with facts that any database takes."""
    facts = {name: storable(fact) if isinstance(fact, str) else fact for name, fact in trouble.facts.items()}
    return replace(trouble, facts=facts)


def shown(text: str) -> str:
    """Return the text without control characters and without those that reorder other text. Newlines and tabs stay."""
    if text.isprintable():  # nothing of the kind, nor a newline: as nearly all that a page shows
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _BIDI_CONTROLS.sub("", _CONTROLS.sub("", storable(text)))


def one_line(text: str, limit: int) -> str:
    """Return the text on one line of at most `limit` characters: safe in a header, a subject, a terminal."""
    line = " ".join(shown(text).split())
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    while cut and (
        unicodedata.combining(line[len(cut)]) or cut[-1] == "\u200d" or line[len(cut)] == "\u200d"
    ):
        cut = cut[:-1]  # between two characters that are drawn as one
    return f"{cut.rstrip()}…"


def direction(text: str, language: str | None) -> Direction:
    """Return the direction in which `text` is read: by its language, or by its first letter where that is not known."""
    if language:
        return "rtl" if re.split("[-_]", language.lower())[0] in RTL_LANGUAGES else "ltr"
    for character in text:
        match unicodedata.bidirectional(character):
            case "L":
                return "ltr"
            case "R" | "AL":
                return "rtl"
    return "ltr"


def web_address(url: str | None) -> str | None:
    """Return `url` where it is one that a reader may follow (http or https, no spaces or controls), else None."""
    if url is None or url != "".join(shown(url).split()):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme.lower() in {"http", "https"} and parts.netloc else None
