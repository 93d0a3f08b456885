"""The same event in other words: what joins, what does not, and that the order of arrival matters little."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import numpy as np
import pytest

from alerts.stories import StoryGrouper, read_traces
from alerts.stories.usual_words import usual_shares
from alerts.stories.words import common_words, read_words, term_ids
from tests.conftest import START

DAY = timedelta(days=1)
STRIKE = (
    "Pilots end strike at Agadir airport",
    "Pilots of Agadir airport have ended their strike after the ministry of transport agreed to raise their pay, the union said.",
)
STRIKE_TOO = (
    "Agadir airport reopens as pilots' strike ends",
    "Flights resumed at Agadir airport after striking pilots accepted an offer of higher pay by the transport ministry.",
)
STRIKE_AGAIN = (
    "Strike of pilots over: Agadir airport resumes flights",
    "The union of pilots said its strike at the airport of Agadir had ended, with an offer of higher pay by the ministry.",
)
GOLF = (
    "Six champions return to Agadir Open",
    "The stage is set for the golf tournament in Agadir as all six of its champions come back to compete for a record prize.",
)
TOBACCO = (
    "Traders warn of tobacco bill",
    "Traders of Agadir have asked the senate to look again at a bill on tobacco, which would help smugglers of cigarettes.",
)


def groups(articles: list[tuple[str, str]], hours: float = 1) -> list[int]:
    """The story of each article, in small numbers, once all were read."""
    grouper = StoryGrouper()
    decided = [
        grouper.decide(read_traces(title, text), at=START + place * timedelta(hours=hours))[0]
        for place, (title, text) in enumerate(articles)
    ]
    stories = [grouper.story_of(one.number) for one in decided]
    return [stories.index(story) for story in stories]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_one_event_in_few_words_is_one_story_in_any_order(order: tuple[int, ...]) -> None:
    told = [STRIKE, STRIKE_TOO, STRIKE_AGAIN]
    assert groups([told[place] for place in order]) == [0, 0, 0]


def test_mark_and_dateline_of_an_agency_join_nothing() -> None:
    marked = [
        (f"South Morocco: {title}", f"[Coast FM] Agadir -- {text}") for title, text in (STRIKE, GOLF, TOBACCO)
    ]
    assert groups(marked) == [0, 1, 2]


def test_gathering_joins_no_story_and_is_joined_by_none() -> None:
    roundup = (f"Morocco updates: {STRIKE[0]}", STRIKE_AGAIN[1])
    assert groups([STRIKE, roundup, STRIKE_TOO]) == [0, 1, 0]
    assert groups([roundup, STRIKE, STRIKE_TOO]) == [0, 1, 1]


def test_same_words_days_later_are_another_event() -> None:
    assert groups([STRIKE, STRIKE_TOO], hours=10) == [0, 0]
    assert groups([STRIKE, STRIKE_TOO], hours=60) == [0, 1]


def test_rare_words_are_told_from_usual_ones() -> None:
    terms = np.sort(term_ids(read_words("the talks Taroudant"))[0])
    language, common = common_words().judge(term_ids(read_words("the of and with for their"))[0])
    shares = dict(zip(terms.tolist(), usual_shares(terms, common[:0], language).tolist(), strict=True))
    the, talks, rare = (
        shares[int(term_ids(read_words(word))[0][0])] for word in ("the", "talks", "Taroudant")
    )
    assert the > talks > rare == 0


def test_every_language_has_its_shares() -> None:
    terms = term_ids(read_words("one two three"))[0]
    for language in range(len(common_words().languages) + 1):
        shares = usual_shares(terms, np.zeros(terms.size, np.bool_), language)
        assert shares.shape == terms.shape
        assert ((shares >= 0) & (shares <= 1)).all()
