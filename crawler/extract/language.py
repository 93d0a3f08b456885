"""The language of a text, by py3langid; what the page claims only counts where the text is too short to tell."""

from __future__ import annotations

import re

import py3langid

TEXT_CHARACTERS = 300
SHORTEST_TEXT = 60
_NORWEGIAN = frozenset({"nb", "nn"})


def detect_language(title: str, text: str, declared: str | None = None) -> str | None:
    """Gives the ISO 639-1 code; None where nothing tells. Both forms of Norwegian are `no`."""
    sample = f"{title}\n{text[:TEXT_CHARACTERS]}".strip()
    claimed = normal_code(declared)
    if len(sample) < SHORTEST_TEXT and claimed is not None:
        return claimed
    if len(sample) < 15:
        return claimed
    code, _score = py3langid.classify(sample)
    return normal_code(str(code))


def normal_code(declared: str | None) -> str | None:
    """Gives `en` for "en-GB", "en_US" or "EN"; None for what is no language code."""
    match = re.match(r"([a-z]{2,3})(?:[-_]|$)", (declared or "").strip().lower())
    if match is None:
        return None
    return "no" if match[1] in _NORWEGIAN else match[1]
