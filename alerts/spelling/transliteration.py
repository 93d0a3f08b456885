"""Transliteration of names between Latin, Cyrillic, Greek, Arabic and Hebrew letters, by English, French, Spanish habits. Pure.

It proposes, and people choose: Arabic and Hebrew write few vowels, so a name in them that would come out as a heap of consonants
is left out.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

MOST_HABITS: Final = 8
"""Other spellings in the same letters that are proposed of one name."""
_MOST_CONSONANTS: Final = re.compile("[^aeiouyAEIOUY' -]{4}")
_SCRIPTS: Final = {
    "latin": "LATIN",
    "cyrillic": "CYRILLIC",
    "greek": "GREEK",
    "arabic": "ARABIC",
    "hebrew": "HEBREW",
}


class Spelling(NamedTuple):
    """A proposed spelling, and the table that it is from: "latin to arabic", "french habits"."""

    text: str
    how: str


def transliterations(name: str) -> tuple[Spelling, ...]:
    """Return spellings of a name in the other scripts, and in its own by other habits; none twice."""
    script = _script(name)
    found: dict[str, str] = {}
    for how, table in _tables().items():
        source, _to, target = how.partition(" to ")
        if source == script and (text := _spelt(name, table)) and _is_readable(text, source):
            found.setdefault(text, f"{source} to {target}")
    if script == "latin":
        for text, habit in _other_habits(name):
            found.setdefault(text, habit)
    found.pop(name, None)
    return tuple(Spelling(text, how) for text, how in found.items())


def _script(name: str) -> str | None:
    letters = [unicodedata.name(letter, "") for letter in name if letter.isalpha()]
    return next(
        (
            script
            for script, start in _SCRIPTS.items()
            if letters and all(letter.startswith(start) for letter in letters)
        ),
        None,
    )


def _is_readable(text: str, source: str) -> bool:
    return source not in ("arabic", "hebrew") or _MOST_CONSONANTS.search(text) is None


def _spelt(name: str, table: Mapping[str, str]) -> str:
    """Return a name by a table, the longest of its keys first; `^` begins a word and `$` ends it."""
    words = []
    for word in name.split():
        plain = "".join(letter if letter in table else _bare(letter) for letter in word.lower())
        if plain in table:
            words.append(table[plain].capitalize())
            continue
        rest, spelt = f"^{plain}$", ""
        while rest:
            key = next((rest[:size] for size in (5, 4, 3, 2, 1) if rest[:size] in table), rest[0])
            spelt += table.get(key, "" if key in "^$" else key)
            rest = rest[len(key) :]
        words.append(_finals(spelt).capitalize())
    return " ".join(words)


def _bare(letter: str) -> str:
    """Return a letter without its accents."""
    return "".join(part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part))


def _finals(word: str) -> str:
    """Return a Hebrew or Greek word with the letters that its end asks for."""
    ends = {"כ": "ך", "מ": "ם", "נ": "ן", "פ": "ף", "צ": "ץ", "σ": "ς"}
    return word[:-1] + ends.get(word[-1], word[-1]) if word else word


def _other_habits(name: str) -> Iterator[tuple[str, str]]:
    """Return a name as others write it in Latin letters: Bourita, Burita; Nasser, Nacer."""
    habits = _habits()
    found = {name: ""}
    for habit, pairs in habits.items():
        for one, other in pairs:
            for known in tuple(found):
                changed = re.sub(one, other, known.lower()).title()
                if len(found) <= MOST_HABITS and changed.lower() != known.lower():
                    found.setdefault(changed, f"{habit} habits")
    found.pop(name)
    yield from found.items()


@cache
def _tables() -> dict[str, dict[str, str]]:
    return {how: dict(pair.split("=") for pair in pairs.split()) for how, pairs in _file()["tables"].items()}


@cache
def _habits() -> dict[str, list[tuple[str, str]]]:
    return {
        habit: [(one, other) for one, _is, other in (pair.partition("→") for pair in pairs.split())]
        for habit, pairs in _file()["habits"].items()
    }


@cache
def _file() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
