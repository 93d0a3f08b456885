"""The codes of the languages that have lists of common words, beside those that CLDR gives the same names."""

from __future__ import annotations

from babel import Locale

from alerts.stories.language_codes import CODES
from alerts.stories.words import common_words

OTHERWISE = {"Belarusian_Taraskievica": "be", "Bengali": "bn", "Norwegian_Bokmal": "no"}
"""What CLDR calls otherwise: Bangla, and Norwegian Bokmål, whose code is nb."""


def test_codes_are_those_of_cldr() -> None:
    of_cldr = {name.replace(" ", "_"): code for code, name in Locale("en").languages.items()} | OTHERWISE
    known = {name: code for name in common_words().languages if len(code := of_cldr.get(name, "")) == 2}
    assert known == CODES
