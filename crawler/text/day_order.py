"""Whether "03/02/2026" is the second of March or the third of February, by the language and the country of who wrote it. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_MONTH_FIRST = frozenset({"en-us", "en-ph", "es-us"})
"""Where the month comes first. English of no country is so too, unless the address names one."""
_COUNTRY = re.compile(r"\.(?!(?:us|ph|io|co|tv|me|ai|fm|ly|to|cc|ws|eu|la)$)([a-z]{2})$")
"""The country of a host; some countries' names are sold to all the world."""


def month_first(declared: str, url: str, *, home: str = "", by_default: bool = False) -> bool:
    """Return whether the month comes before the day. `declared` is a document's language tag; without one, `by_default` holds.

    `home` is the outlet's locale, as its user set it ("en-GB", "und-US"). Its country outweighs what the document says, since
    publishing software says "en-US" of everything unless it is told; its language stands in where the document says none.
    """
    language = declared.strip().lower().replace("_", "-")
    own, _, country = home.lower().partition("-")
    if country:
        spoken = language.partition("-")[0] or own
        return f"{spoken}-{country}" in _MONTH_FIRST or (spoken == "und" and f"en-{country}" in _MONTH_FIRST)
    language = language or ("" if own == "und" else own)
    if language in _MONTH_FIRST:
        return True
    if language != "en" and not (by_default and not language):
        return False
    return _COUNTRY.search((urlsplit(url).hostname or "").lower()) is None
