"""What pages say to their readers about themselves, by meaning, from phrases.toml: one pattern over all languages each.

Most texts have no such phrase. Letters that every phrase must have are looked for first, all at once, which takes a tenth of the
time that the pattern does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from crawler.extract.essentials import essentials_of


def phrases_in(text: str, meaning: str) -> Iterator[str]:
    """Yield the phrases of one meaning (a table of phrases.toml) that stand in a text, in small letters."""
    text = text.lower()
    if not _essentials(meaning).find_matches_as_indexes(text):
        return iter(())
    return (match[0] for match in _pattern(meaning).finditer(text))


@cache
def _pattern(meaning: str) -> re.Pattern[str]:
    """Return one pattern for small letters. Those that begin a word share that condition: it is twelve times as fast so."""
    parts = _phrases(meaning)
    words = "|".join(part.removeprefix(r"\b") for part in parts if part.startswith(r"\b"))
    others = "|".join(f"(?:{part})" for part in parts if not part.startswith(r"\b"))
    return re.compile("|".join(filter(None, (words and rf"\b(?:{words})", others))))


@cache
def _essentials(meaning: str) -> AhoCorasick:
    """Return what finds the letters of which every phrase of a meaning has some."""
    return AhoCorasick({letters for part in _phrases(meaning) for letters in essentials_of(part)})


def _phrases(meaning: str) -> list[str]:
    return [part for parts in _tables()[meaning].values() for part in parts]


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))
