"""Whether "03/02/2026" is the second of March or the third of February, by the language and the country of who wrote it. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_MONTH_FIRST = frozenset({"en-us", "en-ph", "es-us"})
"""Where the month comes first. English of no country is so too, unless the address names one."""
_COUNTRY = re.compile(r"\.(?!(?:us|ph|io|co|tv|me|ai|fm|ly|to|cc|ws|eu|la)$)([a-z]{2})$")
"""The country of a host; some countries' names are sold to all the world."""


def month_first(declared: str, url: str, *, by_default: bool = False) -> bool:
    """Return whether the month comes before the day. `declared` is a language tag; `by_default` holds where there is none."""
    language = declared.strip().lower().replace("_", "-")
    if language in _MONTH_FIRST:
        return True
    if language != "en" and not (by_default and not language):
        return False
    return _COUNTRY.search((urlsplit(url).hostname or "").lower()) is None
