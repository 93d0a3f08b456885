"""A row of NEARs with ANDs in them costs what its parts cost, not their product."""

from __future__ import annotations

from alerts.matching import compile_matcher
from alerts.values import Document, Topic, WatchList

LINKS = 14
"""Each side looked for anew for each part of the other would be looked for three to the fourteenth times."""


def test_each_side_of_a_row_of_nears_is_looked_for_once() -> None:
    links = [f"(alpha{n} AND beta{n} AND gamma{n})" for n in range(LINKS)]
    words = " ".join(f"alpha{n} beta{n} gamma{n}" for n in range(LINKS))
    topic = Topic("T", " NEAR/100 ".join(links))
    matcher = compile_matcher([WatchList("W", topics=(topic,))])
    surfaces = {mention.surface for mention in matcher.match(Document("", f"{words} " * 3))}
    assert surfaces == {f"{name}{n}" for name in ("alpha", "beta", "gamma") for n in range(LINKS)}
    without_last = words.replace(f"gamma{LINKS - 1}", "")
    assert matcher.match(Document("", without_last)) == ()
