"""The inverted index gives what a plain list of entries gives, whatever was sorted, merged, dropped or taken out meanwhile."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.stories import postings
from alerts.stories.postings import Postings

MOST = 3
KEYS = st.sets(st.integers(0, 12), max_size=6)


@settings(max_examples=2 * settings().max_examples, deadline=None)
@given(st.lists(st.tuples(KEYS, st.integers(0, 9)), max_size=60), KEYS)
def test_search_gives_the_newest_articles_of_each_key(
    added: list[tuple[set[int], int]], wanted: set[int]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_UNSORTED", 20)
        index = Postings(MOST)
        articles: dict[int, set[int]] = {}
        for number, (keys, action) in enumerate(added, start=1):
            index.add(number, as_ids(keys))
            articles[number] = keys
            if action == 0:  # the one in the middle is taken out
                gone = sorted(articles)[len(articles) // 2]
                index.drop(gone, as_ids(articles.pop(gone)))
            elif action == 1:  # the oldest half leaves the window
                first = sorted(articles)[len(articles) // 2] if articles else number
                index.drop_before(first)
                articles = {article: held for article, held in articles.items() if article >= first}
        asked = sorted(wanted)
        places, found = index.find(as_ids(wanted))
        given_by_key = defaultdict(set)
        for place, article in zip(places.tolist(), found.tolist(), strict=True):
            given_by_key[asked[place]].add(article)
        expected = {
            key: set(sorted(article for article, held in articles.items() if key in held)[-MOST:])
            for key in asked
        }
        assert {key: given_by_key[key] for key in asked} == expected


def as_ids(keys: set[int]) -> postings.Ids:
    return np.array(sorted(keys), np.uint32)
