"""Exact comparison: case and accents count, and nothing else does (width, kinds of quotation marks, hyphens, spaces)."""

from __future__ import annotations

import unicodedata


def is_exact(surface: str, wanted: str, *, prefix: bool = False) -> bool:
    """Return whether two texts have the same words, case and accents counting; with `prefix`, whether `surface` begins so."""
    found, sought = _words(surface), _words(wanted)
    return found.startswith(sought) if prefix else found == sought


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    kept = [
        character if character.isalnum() or unicodedata.category(character)[0] == "M" else " "
        for character in folded
        if unicodedata.category(character) != "Cf" and character != "\u0640"
    ]
    return " ".join("".join(kept).split())


def signs_after(name: str) -> str:
    """Return the signs at a name's end that make another name of it: Canal+ is not Canal, C# is not C."""
    return name[len(name.rstrip("+#")) :]
