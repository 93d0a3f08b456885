"""What must stand in a text for a pattern to match: letters, which are looked for much faster than the pattern. Pure."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\(\?:(?P<either>[^()]*)\)(?P<maybe>[?*]?)"
    r"|(?P<other>(?:\[[^\]]*\]|\\.|\.)(?:[?*+]|\{[^}]*\})?|.[?*+])"
    r"|(?P<letter>.)"
)
"""A piece of a pattern: a group of alternatives, what may be several letters, or one letter."""
_SIGNS = frozenset(r"\[](){}?*+.|")


def essentials_of(pattern: str) -> tuple[str, ...]:
    """Return letters of which one must stand in what a pattern matches: its longest run of letters, or the words of a group."""
    runs: list[tuple[str, ...]] = [("",)]
    for token in _TOKEN.finditer(pattern):
        if (letter := token["letter"]) is not None and letter not in _SIGNS:
            runs[-1] = (runs[-1][0] + letter,)
            continue
        if (
            (either := token["either"]) is not None
            and not token["maybe"]
            and _SIGNS.isdisjoint(either.replace("|", ""))
        ):
            runs.append(tuple(either.split("|")))
        elif letter is not None:
            raise ValueError(f"{letter!r} of the pattern {pattern!r} is understood within a group alone")
        runs.append(("",))
    return max(runs, key=lambda run: min(map(len, run)))
