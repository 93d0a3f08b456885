"""Words of people's names and of what stands around them, by what they are, from name_words.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


def name_words(kind: str) -> tuple[str, ...]:
    """Return the words of one kind: a key of name_words.toml."""
    return tuple(_lists()[kind].split())


@cache
def _lists() -> dict[str, str]:
    return tomllib.loads((Path(__file__).parent / "name_words.toml").read_text(encoding="utf-8"))
