"""Of very many mentions the first and best are kept, and all are counted."""

from __future__ import annotations

from alerts.raising.found import MOST_KEPT, keep_best, list_found
from alerts.values import Mention
from tests.alerts.raising.made import BOURITA, MISTURA, mention, watched


def test_first_and_best_of_each_name_are_kept_and_all_counted() -> None:
    many = [mention(BOURITA, start=10 * place) for place in range(MOST_KEPT + 50)]
    in_title = Mention("W", BOURITA, None, "title", 3, 17, BOURITA, "alias")
    kept = keep_best([*many, in_title, mention(MISTURA)])
    of_bourita = [one for one in kept if one.name == BOURITA]
    assert len(of_bourita) == MOST_KEPT
    assert [(one.field, one.start) for one in of_bourita[:3]] == [("title", 3), ("text", 0), ("text", 10)]
    found = list_found(watched(), kept)
    assert dict(found.more) == {("actor", BOURITA): 51}
    assert len(found.mentions) + sum(found.more.values()) == len(many) + 2


def test_few_mentions_are_all_kept() -> None:
    kept = keep_best([mention(BOURITA, start=start) for start in (50, 10)])
    assert [(one.start, one.more) for one in kept] == [(10, 0), (50, 0)]
