"""What pages say to their readers about themselves, by meaning, from phrases.toml: one pattern over all languages each."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path


@cache
def phrases(meaning: str) -> re.Pattern[str]:
    """Return what finds the phrases of one meaning: a table of phrases.toml."""
    return re.compile(
        "|".join(f"(?:{part})" for parts in _tables()[meaning].values() for part in parts), re.IGNORECASE
    )


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((Path(__file__).parent / "phrases.toml").read_text(encoding="utf-8"))
