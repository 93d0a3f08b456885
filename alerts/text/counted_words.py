"""How often words stand in a language's texts: wordfreq's short lists of 42 languages, read as they are. Pure.

wordfreq itself keeps every list that it has read, as strings (seven megabytes for English), and loads tables of languages and of
broken encodings that nothing here needs (eight more). Its data are as its author left them in 2021, their format is what its
`read_cBpack` says.
"""

from __future__ import annotations

import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import msgpack

_BEFORE, _AFTER = "small_", ".msgpack.gz"
_HEADER = {"format": "cB", "version": 1}
_NAMES = {"bs": "sh", "hr": "sh", "no": "nb", "sr": "sh", "tl": "fil"}
"""What wordfreq calls languages otherwise."""


def is_counted(language: str) -> bool:
    """Return whether a language (ISO 639-1) has a list."""
    return _NAMES.get(language, language) in _counted()


def counted_words(language: str) -> list[tuple[float, list[str]]]:
    """Return the words of a language, the usual ones first: what share of all words each of them makes up, and which they are.

    There are none of a language that has no list. It takes some milliseconds, and is not kept.
    """
    if not is_counted(language):
        return []
    with gzip.open(_folder() / f"{_BEFORE}{_NAMES.get(language, language)}{_AFTER}") as file:
        header, *lists = msgpack.load(file)
    if header != _HEADER:
        raise ValueError(f"wordfreq's list of {language!r} is of another format: {header!r}")
    return [(10 ** (-centibels / 100), words) for centibels, words in enumerate(lists) if words]


@cache
def _counted() -> frozenset[str]:
    """Return wordfreq's codes of the languages that have a list."""
    files = _folder().glob(f"{_BEFORE}*{_AFTER}")
    return frozenset(file.name.removeprefix(_BEFORE).removesuffix(_AFTER) for file in files)


@cache
def _folder() -> Path:
    """Return where wordfreq's data are, without importing it."""
    spec = find_spec("wordfreq")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("wordfreq is not installed")
    return Path(spec.origin).parent / "data"
