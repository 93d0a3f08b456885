"""The language of a text whose outlet does not say it, guessed by its common words, to know its shard of stories. Pure."""

from __future__ import annotations

from functools import cache

from alerts.stories.traces import read_terms
from alerts.stories.words import common_words

FEWEST_COMMON = 5
"""With fewer common words nothing is guessed."""


def guess_language(title: str, text: str) -> str | None:
    """Return the language (ISO 639-1) in which most of the words of title and lead are common; None where too few are."""
    number, common = common_words().judge(read_terms(title, text).terms)
    if number == len(common_words().languages) or int(common.sum()) < FEWEST_COMMON:
        return None
    return _codes().get(common_words().languages[number])


@cache
def _codes() -> dict[str, str]:
    """Give the codes of languages by their English names."""
    from babel import Locale  # only where it is needed: its data take a while to load

    names = Locale("en").languages
    return {name.replace(" ", "_"): code for code, name in names.items() if len(code) == 2}
