"""What stands around the news of an article, and which articles tell no news of one event. Pure.

Datelines, agencies' marks and the lines that publishing systems add say nothing of the event: an agency's reports of one city
would look alike by them. Roundups, live blogs, galleries and tables share words with many events: they join no story in other
words.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_CAPITAL = "A-ZÀ-ÖØ-ÞŚ-ŽА-ЯЁІЇЄΑ-Ω"
_CITY = rf"[{_CAPITAL}][{_CAPITAL} .'’/-]{{2,40}}"
_DATE = r"(?:,? [^\W\d_]{3,12}\.? \d{1,2}| \d{1,2} [^\W\d_]{3,12})?"
_DATELINE = re.compile(
    rf"""\s*(?:
        \[[^\]\n]{{1,60}}\]\s*(?:[^\W\d_][^\n.,:;!?]{{1,40}}?\s(?:--|—|–)\s)?    # [Capital FM] Nairobi --
        | {_CITY}(?:,\s[^\W\d_][\w. ]{{1,20}})?{_DATE}\s*(?:\([^)\n]{{2,40}}\)\s*)?(?:--|—|–|:|\s-)\s    # PARIS, March 3 (AFP) —
        | [^\W\d_][^\n.:;!?()]{{1,40}}\([^)\n\d]{{2,40}}\)\s*(?:--|—|–|-)\s    # Paris (AFP) -
    )""",
    re.VERBOSE,
)
_END = 500
"""So many of the last characters may be a publishing system's line."""
_KICKER = re.compile(r"\s*((?:[^\W\d_][\w.'’-]*\s?){1,3}):\s+(?=\S+\s+\S)")


def without_frame(title: str, text: str) -> tuple[str, str]:
    """Return title and text without what an outlet or an agency puts around the news.

    A kicker ("Kenya: …") stands last: it says where or who, but no more of it than other words.
    """
    dateline = _DATELINE.match(text)
    text = text[dateline.end() :] if dateline is not None else text
    end = max(len(text) - _END, 0)
    text = text[:end] + _added().sub("", text[end:])
    end = kicker_end(title)
    return (title[end:], f"{text}\n{title[:end].strip().removesuffix(':')}") if end else (title, text)


def kicker_end(title: str) -> int:
    """Return where the headline begins after a kicker of up to three words ("Kenya: …"); 0 where there is none."""
    kicker = _KICKER.match(title)
    return kicker.end() if kicker is not None else 0


def is_gathering(title: str) -> bool:
    """Return whether a title says that an article gathers several events, or tells none."""
    return _gathering().search(title.lower()) is not None


@cache
def _gathering() -> re.Pattern[str]:
    return _pattern("gatherings")


@cache
def _added() -> re.Pattern[str]:
    return _pattern("added", re.IGNORECASE)


def _pattern(table: str, flags: int = 0) -> re.Pattern[str]:
    """Return one pattern of a table. Those that begin a word, or the text, share that condition: it is much faster so."""
    tables = tomllib.loads((Path(__file__).parent / "framing.toml").read_text("utf-8"))
    parts = [part for parts in tables[table].values() for part in parts]
    found = []
    for start in (r"\b", "^"):
        among = "|".join(part.removeprefix(start) for part in parts if part.startswith(start))
        found += [rf"{start}(?:{among})"] if among else []
        parts = [part for part in parts if not part.startswith(start)]
    return re.compile("|".join([*found, *(f"(?:{part})" for part in parts)]), flags)
