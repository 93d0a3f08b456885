"""Relevance: a number from where and how often the mentions stand, with its reasons."""

from __future__ import annotations

import pytest

from alerts.raising.relevance import relevance
from alerts.raising.wording import words_of_score
from alerts.values import Field, Mention


def at(field: Field, start: int, name: str = "Nasser Bourita") -> Mention:
    return Mention("W", name, None, field, start, start + 5, "words", "alias")


@pytest.mark.parametrize(
    ("mentions", "outlets", "value", "reason"),
    [
        pytest.param([at("text", 900)], 1, 10, "in the text (+10)", id="once, late"),
        pytest.param([at("text", 10)], 1, 25, "in the lead (+25)", id="in the lead"),
        pytest.param([at("title", 0)], 1, 40, "in the title (+40)", id="in the title"),
        pytest.param(
            [at("title", 0), at("text", 10)],
            1,
            70,
            "in the title (+40), in the lead (+25), 2 places (+5)",
            id="title and lead",
        ),
        pytest.param(
            [at("text", 10), at("text", 900, "Staffan de Mistura")],
            4,
            41,
            "in the lead (+25), 2 places (+5), 2 names (+5), 4 outlets (+6)",
            id="two names, four outlets",
        ),
        pytest.param(
            [at(field, 10 * n, f"Actor {n}") for n in range(64) for field in ("title", "text")],
            1_000,
            100,
            "in the title (+40), in the lead (+25), 128 places (+15), 64 names (+10), 1,000 outlets (+10)",
            id="never more than a hundred",
        ),
    ],
)
def test_score_and_its_reasons(mentions: list[Mention], outlets: int, value: float, reason: str) -> None:
    score = relevance(mentions, outlets=outlets)
    assert (score.value, words_of_score(score.parts)) == (value, reason)
