"""A row of NEARs with ANDs in them costs what its parts cost, not their product."""

from __future__ import annotations

from alerts.matching import compile_matcher
from alerts.query.phrase import PhraseCondition
from alerts.values import Document, Topic, WatchList
from tests.calls import calls_of

LINKS = 6
PARTS = ("alpha", "beta", "gamma")


def test_each_side_of_a_row_of_nears_is_looked_for_once() -> None:
    links = [f"({' AND '.join(f'{part}{n}' for part in PARTS)})" for n in range(LINKS)]
    words = " ".join(f"{part}{n}" for n in range(LINKS) for part in PARTS)
    topic = Topic("T", " NEAR/100 ".join(links))
    matcher = compile_matcher([WatchList("W", topics=(topic,))])
    with calls_of(PhraseCondition.find) as calls:
        mentions = matcher.match(Document("", f"{words} " * 3))
    assert {mention.surface for mention in mentions} == {f"{part}{n}" for part in PARTS for n in range(LINKS)}
    assert calls.count == LINKS * len(PARTS)
    assert matcher.match(Document("", words.replace(f"gamma{LINKS - 1}", ""))) == ()
