"""How often words stand in a language's texts: what wordfreq says, without what it loads and keeps."""

from __future__ import annotations

import pytest
import wordfreq

from alerts.text.counted_words import counted_words, is_counted


@pytest.mark.parametrize("language", sorted(wordfreq.available_languages("small")))
def test_lists_are_those_of_wordfreq(language: str) -> None:
    counted = {word: share for share, words in counted_words(language) for word in words}
    assert counted == wordfreq.get_frequency_dict(language, wordlist="small")


def test_usual_words_come_first() -> None:
    shares = [share for share, _words in counted_words("en")]
    assert shares == sorted(shares, reverse=True)
    assert counted_words("en")[0][1] == ["the"]


@pytest.mark.parametrize(
    ("language", "other"),
    [("no", "nb"), ("bs", "sh"), ("hr", "sh"), ("sr", "sh"), ("tl", "fil")],
)
def test_a_language_has_the_list_that_wordfreq_calls_otherwise(language: str, other: str) -> None:
    assert is_counted(language)
    assert counted_words(language) == counted_words(other)


@pytest.mark.parametrize("language", ["sq", "eu", "", "English", "../en"])
def test_a_language_that_nobody_counted_has_no_words_of_another(language: str) -> None:
    """wordfreq gives Albanian the words of English."""
    assert not is_counted(language)
    assert counted_words(language) == []
