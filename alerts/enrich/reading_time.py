"""How long an article is: its words, and the minutes that reading it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import JsonValue
from typing_extensions import override

from alerts.enrich.base import Enricher, MentioningArticle
from alerts.text import fold_words

WORDS_A_MINUTE = {
    "ar": 138,
    "de": 179,
    "en": 228,
    "es": 218,
    "fi": 161,
    "fr": 195,
    "he": 187,
    "it": 188,
    "ja": 357,
    "pl": 166,
    "pt": 181,
    "ru": 184,
    "sl": 180,
    "sv": 199,
    "tr": 166,
    "zh": 255,
}
"""Of texts read aloud (Trauzettel-Klosinski and Dietz, IOVS 2012, table 3); of Chinese and Japanese, characters."""
USUAL = 184
"""Their mean over the 17 languages that were measured."""


class ReadingTime(Enricher):
    """Words, and minutes of reading, at the speed of the article's language."""

    doc: ClassVar[str] = "How long an article is: words, and minutes of reading."

    @override
    def facts(self, article: MentioningArticle) -> Mapping[str, JsonValue]:
        """Return `words` and `minutes`, at least one; nothing of an article without text."""
        words = len(fold_words(article.text).split())
        if not words:
            return {}
        speed = WORDS_A_MINUTE.get(article.language or "", USUAL)
        return {"words": words, "minutes": max(1, round(words / speed))}
