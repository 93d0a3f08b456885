"""`tocsin try stories`: the stories as they are once all is read."""

from __future__ import annotations

import json

from service.workbench import run_stories

WORDS = [
    f"{first}{second}{last}"
    for first in ("ba", "ko", "mi", "tu")
    for second in ("lan", "dor", "ves")
    for last in ("ik", "um", "ost", "ea", "yr", "alo", "ent", "iz")
]


def article(identity: int, words: list[str]) -> str:
    return json.dumps({"id": identity, "title": "", "text": " ".join(words)})


def test_stories_that_turn_out_to_be_one_have_one_id() -> None:
    first, second, shared = WORDS[:20], WORDS[20:40], WORDS[40:48]
    both = [word for pair in zip(first, second, strict=True) for word in pair]
    lines = [
        article(1, [*first, *shared]),
        article(2, [*second, *shared]),
        article(3, ["another", "story", *reversed(WORDS[70:])]),
        article(4, [*both, *shared]),
    ]
    answers = list(run_stories(lines))
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4]
    assert [answer["story"] for answer in answers] == [1, 1, 3, 1]
    assert [answer["kind"] for answer in answers] == ["new", "new", "new", "same-story"]


def test_a_line_that_fails_leaves_the_others() -> None:
    answers = list(run_stories([article(1, WORDS[:30]), "{", article(2, WORDS[:30])]))
    assert [answer.get("story") for answer in answers] == [1, None, 1]
    assert "error" in answers[1]
