"""Phrases that pages say to their readers: looking for their letters first finds what their patterns find."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.extract.essentials import essentials_of
from crawler.extract.phrases import _tables, phrases_in

PHRASES = [
    (meaning, phrase)
    for meaning, table in _tables().items()
    for phrases in table.values()
    for phrase in phrases
]


@given(st.data())
@settings(max_examples=2 * settings().max_examples, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_pattern_matches_is_found(data: st.DataObject) -> None:
    meaning, phrase = data.draw(st.sampled_from(PHRASES))
    text = data.draw(st.from_regex(phrase, fullmatch=True)).lower()
    if re.search(phrase, text):  # a letter in small letters may be another one
        assert list(phrases_in(text, meaning))


@pytest.mark.parametrize(("meaning", "phrase"), PHRASES, ids=str)
def test_every_phrase_has_letters_to_look_for(meaning: str, phrase: str) -> None:
    assert min(map(len, essentials_of(phrase))) >= 2


@pytest.mark.parametrize(
    ("phrase", "essentials"),
    [
        pytest.param(r"\bcréez? (?:un|votre) compte\b", (" compte",), id="longest-run"),
        pytest.param(r"réservée?s? (?:à nos|aux) abonnés", (" abonnés",), id="letters-that-may-be-missing"),
        pytest.param(
            r"\b(?:kun|bare) til (?:medlemmer|abonnenter)\b", ("medlemmer", "abonnenter"), id="group"
        ),
        pytest.param(r"(?:den )?dag[a-z]{3} x", ("dag",), id="group-that-may-be-missing"),
    ],
)
def test_essentials(phrase: str, essentials: tuple[str, ...]) -> None:
    assert essentials_of(phrase) == essentials


def test_alternatives_outside_of_a_group_are_refused() -> None:
    with pytest.raises(ValueError, match="within a group"):
        essentials_of("one|two")
