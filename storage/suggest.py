"""The name that was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """Return `; did you mean 'x'?`, or for a mistyped key what is known; empty where nothing is close."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are {', '.join(sorted(known))}" if known and re.match(r"[a-z_]+$", name) else ""
