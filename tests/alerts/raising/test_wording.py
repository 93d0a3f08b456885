"""Reasons in words, and that what earlier versions wrote is read back as the same reasons."""

from __future__ import annotations

from importlib import import_module

import pytest
from pydantic import TypeAdapter

from alerts.raising.wording import words_of_score, words_of_spike, words_of_update
from storage.reasons import (
    ArticleEdited,
    MoreOutlets,
    NameGone,
    NameJoined,
    Note,
    RelatedFound,
    ScorePart,
    Spike,
    SpikeReason,
    UpdateReason,
)

EARLIER = {
    "11 outlets report it; 1 before": "11 outlets tell it; there were 1",
    "related story in French, by Gazette: Accord: signé": "related story in fr, by Gazette: Accord: signé",
    "Jane: Example: 12 articles today; 2.5 is usual for this weekday": (
        "Jane: Example: 12 articles today, 2.5 is usual for this weekday"
    ),
}
"""What earlier versions wrote, where it was said otherwise."""
migration = import_module("storage.migrations.versions.0015_matching_apart_from_grouping")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        pytest.param(MoreOutlets(11, 1), "11 outlets report it; 1 before", id="outlets"),
        pytest.param(NameJoined("Jane Example"), "Jane Example is mentioned now", id="joined"),
        pytest.param(NameGone("Jane", "Gazette"), "Jane is no longer mentioned by Gazette", id="gone"),
        pytest.param(ArticleEdited("The Gazette"), "The Gazette changed its article", id="edited"),
        pytest.param(
            RelatedFound("fr", "Gazette", "Accord: signé"),
            "related story in French, by Gazette: Accord: signé",
            id="related",
        ),
        pytest.param(Note("as it was"), "as it was", id="note"),
    ],
)
def test_update(reason: UpdateReason, words: str) -> None:
    assert words_of_update(reason) == words
    assert (
        TypeAdapter(UpdateReason).validate_python(migration.read_update(EARLIER.get(words, words))) == reason
    )


@pytest.mark.parametrize(
    ("spike", "words"),
    [
        pytest.param(
            Spike("Jane: Example", 12, 2.5),
            "Jane: Example: 12 articles today; 2.5 is usual for this weekday",
            id="spike",
        ),
        pytest.param(Note("many"), "many", id="note"),
    ],
)
def test_spike(spike: SpikeReason, words: str) -> None:
    assert words_of_spike(spike) == words
    assert TypeAdapter(SpikeReason).validate_python(migration.read_spike(EARLIER.get(words, words))) == spike
    assert words_of_spike(None) == ""


def test_score() -> None:
    parts = (
        ScorePart("title", 40.0),
        ScorePart("text", 10.0),
        ScorePart("places", 5.0, 2),
        ScorePart("outlets", 6.0, 4),
    )
    words = words_of_score(parts)
    assert words == "in the title (+40), in the text (+10), 2 places (+5), 4 outlets (+6)"
    read = [TypeAdapter(ScorePart).validate_python(migration.read_score(part)) for part in words.split(", ")]
    assert tuple(read) == parts
    assert migration.read_score("the title") == {"kind": "note", "text": "the title"}
