"""The language of a text whose outlet does not say it, guessed by its common words, to know its shard of stories. Pure."""

from __future__ import annotations

from alerts.stories.traces import read_terms
from alerts.stories.words import common_words

FEWEST_COMMON = 5
"""With fewer common words nothing is guessed."""


def guess_language(title: str, text: str) -> str | None:
    """Return the language (ISO 639-1) in which most of the words of title and lead are common; None where too few are."""
    number, common = common_words().judge(read_terms(title, text).terms)
    return None if int(common.sum()) < FEWEST_COMMON else common_words().code(number)
