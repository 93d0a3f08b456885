"""Titles of two countries are seldom of one event: which they name, and that it counts."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pytest
from babel import Locale, UnknownLocaleError
from hypothesis import given
from hypothesis import strategies as st

from alerts.stories import StoryGrouper, read_traces
from alerts.stories.countries import countries_of, share_elsewhere, shares_elsewhere, territories
from alerts.stories.events import EventFinder, Vector, Weights
from alerts.stories.grouper import pack, unpack
from alerts.stories.language_codes import CODES
from alerts.stories.regrouping import Unit, regroup
from alerts.stories.words import Ids, common_words, read_words
from tests.conftest import START


def number(code: str) -> int:
    """Return a country as the code numbers it."""
    return (ord(code[0]) - ord("A")) * 26 + ord(code[1]) - ord("A")


def language(name: str) -> int:
    return common_words().languages.index(name)


@pytest.mark.parametrize("code", sorted(set(CODES.values())))
def test_territories_are_those_that_babel_gives(code: str) -> None:
    try:
        of_babel = dict(Locale(code).territories)
    except UnknownLocaleError:
        of_babel = {}
    assert territories(code) == of_babel


@pytest.mark.parametrize(
    ("name", "title", "codes"),
    [
        ("English", "Spain to investigate big tech", "ES"),
        ("English", "South Korea and Japan agree on a summit", "JP KR"),
        ("English", "Aid reaches Myanmar as Burma's junta stays away", "MM"),
        ("English", "Turkey, chad and mali are no words with a capital here", "") ,
        ("English", "Talks of Spain, France and Italy", ""),
        ("French", "L'Espagne et le Maroc rouvrent leurs douanes", "ES MA"),
        ("German", "Island ruft den Notstand aus", "IS"),
        ("English", "Island ferry sinks", ""),
        ("Spanish", "Arabia Saudí recibe a los mediadores", "SA"),
        ("Arabic", "المغرب يستقبل وفدا من السودان", "MA SD"),
        ("Russian", "Казахстан закрывает границу", "KZ"),
        ("Korean", "일본 총리, 스페인 방문", "ES JP"),
        ("Waray_Waray", "Spain", ""),
    ],
)  # fmt: skip
def test_countries_are_those_that_the_title_names(name: str, title: str, codes: str) -> None:
    assert countries_of(read_words(title), language(name)) == tuple(
        sorted(number(code) for code in codes.split())
    )


def test_no_language_names_none() -> None:
    assert countries_of(read_words("Spain"), len(common_words().languages)) == ()


COUNTS = st.dictionaries(
    st.sampled_from([(), (1,), (2,), (1, 2), (3,)]), st.integers(1, 5), min_size=1, max_size=4
)


@given(st.lists(COUNTS, min_size=1, max_size=5))
def test_share_is_that_of_all_pairs(sets: list[dict[tuple[int, ...], int]]) -> None:
    found = shares_elsewhere(list(sets))
    for place, ours in enumerate(sets):
        for other, theirs in enumerate(sets):
            pairs = [(one, two) for one in Counter(ours).elements() for two in Counter(theirs).elements()]
            share = sum(bool(one and two and not {*one} & {*two}) for one, two in pairs) / len(pairs)
            assert share_elsewhere(ours, theirs) == pytest.approx(share)
            assert found[place, other] == pytest.approx(share)


RULES = (
    "{0} to fine platforms over false adverts",
    "The government will fine large platforms that carry false adverts in {0}, its minister of trade said: the rules take effect "
    "in spring, and platforms have until then to check who pays.",
)
RULES_TOO = (
    "{0} plans fines as fraud spreads on platforms",
    "A law is to stop adverts like those by which thousands lost their savings; parliament votes on it in spring.",
)


def stories(*articles: tuple[tuple[str, str], str, str]) -> list[int]:
    """Group articles about countries, each in the title and in the text."""
    grouper = StoryGrouper()
    numbers = []
    for place, ((title, text), country, place_in_text) in enumerate(articles):
        traces = read_traces(title.format(country), text.format(place_in_text))
        decision, kept = grouper.decide(traces, at=START, host=f"{place}.example")
        numbers.append(decision.number)
        if kept.terms is not None and place == 0:  # a restart in between changes nothing
            grouper = StoryGrouper()
            grouper.restore(kept)
    return [grouper.story_of(one) or one for one in numbers]


def test_same_news_of_another_country_is_another_story() -> None:
    first, second = stories((RULES, "Norway", "the north"), (RULES_TOO, "Norway", "the north"))
    assert first == second
    first, second = stories((RULES, "Norway", "the north"), (RULES_TOO, "Portugal", "the north"))
    assert first != second


def along(*shares: float) -> tuple[Ids, Weights]:
    """Return the terms and weights of a vector by its shares of directions of thirty terms each; 10,000 long."""
    weights = np.concatenate([np.full(30, round(share * 10_000 / 30**0.5)) for share in shares])
    kept = weights > 0
    return np.arange(weights.size, dtype=np.uint32)[kept], weights[kept].astype(np.uint16)


@pytest.mark.parametrize(("country", "merged"), [((1,), 2), ((2,), None), ((), 2)])
def test_stories_of_two_countries_are_not_made_one_by_an_article_between_them(
    country: tuple[int, ...], merged: int | None
) -> None:
    finder = EventFinder(timedelta(days=3))
    finder.add(1, Vector(*along(1.0), countries=(1,)), story=1, at=START, language=0)
    finder.add(2, Vector(*along(0.2, 0.98), countries=country), story=2, at=START, language=0)
    fit = finder.find(Vector(*along(0.6, 0.18, *[0.246] * 10)), at=START)
    assert fit is not None
    assert (fit.story, fit.merged) == (1, merged)


@pytest.mark.parametrize(("country", "groups"), [((1,), [[0, 1]]), ((2,), [[0], [1]]), ((), [[0, 1]])])
def test_second_look_leaves_articles_of_two_countries_apart(
    country: tuple[int, ...], groups: list[list[int]]
) -> None:
    units = []
    for number, (vector, countries) in enumerate(((along(1.0), (1,)), (along(0.35, 0.93), country))):
        terms, sums = vector
        units.append(
            Unit((number,), terms, sums.astype(np.int64), (0.0,), 1, terms.size, number, {countries: 1})
        )
    assert regroup(units, apart=[], whole=10_000) == groups


def test_countries_are_stored_where_the_version_before_looks_past_them() -> None:
    traces = read_traces(
        "Norway and Portugal sign", "Norway and Portugal signed a treaty on fish, said the minister."
    )
    vector = StoryGrouper()._events.vector(traces)
    stored = pack(vector)
    assert unpack(stored).countries == vector.countries == tuple(sorted([number("NO"), number("PT")]))
    before = len(stored) // 6  # as it was read: so many terms, then so many weights
    assert np.array_equal(np.frombuffer(stored, np.uint32, before), vector.terms)
    assert np.array_equal(np.frombuffer(stored, np.uint16, before, 4 * before), vector.weights)
    old = unpack(stored[: 6 * before])
    assert (old.countries, old.terms.tolist()) == ((), vector.terms.tolist())


@pytest.mark.parametrize(
    ("title", "text", "name"),
    [
        (
            "India tells global tech platforms to follow constitution",
            "The information minister said on Tuesday that big tech platforms must operate within the framework, a week "
            "after the rules were tightened.",
            "English",
        ),
        ("John, David and the New York film", "The album of the world and the radio.", "English"),
        ("माहिती मंत्र्यांनी सांगितले", "की मोठ्या कंपन्यांनी देशाच्या कायद्याचे पालन केले पाहिजे आणि ते करत आहेत.", "Marathi"),
        ("Hallitus esittää", "Hallitus esittää, että eduskunta hyväksyy lain, joka on ollut valmisteilla vuoden.", "Finnish"),
    ],
)  # fmt: skip
def test_language_is_not_that_of_a_list_with_foreign_words(title: str, text: str, name: str) -> None:
    assert read_traces(title, text).language == language(name)
