"""What two stories both say, as people read it: dates in the reader's language, names as they are written. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from alerts.stories.marks import is_date
from alerts.text import fold_words
from storage import language

LEAD_CHARACTERS = 1_000
"""Marks are of the beginning of a text."""
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


def marks_said(marks: Sequence[str], texts: Iterable[str]) -> list[str]:
    """Return marks in words; a name as one of the texts writes it, else with a capital."""
    wanted = {mark for mark in marks if not mark.isdigit() and not is_date(mark)}
    written: dict[str, str] = {}
    for text in texts:
        for word in _WORD.findall(text[:LEAD_CHARACTERS]):
            if len(written) == len(wanted):
                break
            if word[0].isupper() and (mark := fold_words(word)) in wanted:
                written.setdefault(mark, word)
    return [_in_words(mark, written) for mark in marks]


def _in_words(mark: str, written: dict[str, str]) -> str:
    if is_date(mark):
        return language.day(date.fromisoformat(mark), length="long")
    if mark.isdigit():
        return language.number(int(mark), 0)
    return written.get(mark, mark[:1].upper() + mark[1:])
