"""Which article another one names as its source."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts.stories.keeper import source_of
from storage.stores.stories.traces import SourceCandidate
from tests.alerts.raising.made import article

OWN = article(5).article
FIRST = SourceCandidate(1, 9, "https://wire.example/1", "https://gazette.example/5", 3)


@pytest.mark.parametrize(
    ("declared", "candidates", "stories", "source"),
    [
        pytest.param(None, [FIRST], {}, 1, id="one that names it"),
        pytest.param(
            None, [SourceCandidate(1, 9, "https://wire.example/1", None, 3)], {}, None, id="no one names any"
        ),
        pytest.param(
            "https://wire.example/1",
            [SourceCandidate(1, 9, "https://wire.example/1", None, 3)],
            {},
            1,
            id="it names one",
        ),
        pytest.param(
            "https://wire.example/9",
            [SourceCandidate(2, 9, "https://other.example/2", "https://wire.example/9", 3)],
            {},
            2,
            id="two outlets name the same",
        ),
        pytest.param(
            "https://wire.example/9",
            [SourceCandidate(2, OWN.outlet_id, "https://gazette.example/2", "https://wire.example/9", 3)],
            {},
            None,
            id="one outlet names the same twice",
        ),
        pytest.param(
            None,
            [SourceCandidate(4, 9, "https://a.example/4", OWN.canonical_url, None)],
            {},
            None,
            id="one that is in no story yet",
        ),
        pytest.param(
            None,
            [SourceCandidate(4, 9, "https://a.example/4", OWN.canonical_url, None)],
            {4: 8},
            4,
            id="one that was decided on in this batch",
        ),
        pytest.param(
            None, [SourceCandidate(5, 1, OWN.canonical_url, OWN.canonical_url, 3)], {}, None, id="itself"
        ),
    ],
)
def test_source(
    declared: str | None, candidates: list[SourceCandidate], stories: dict[int, int], source: int | None
) -> None:
    article = replace(OWN, declared_url=declared)
    found = source_of(article, candidates, stories, is_alike=lambda _number: True)
    assert (found.id if found is not None else None) == source


@pytest.mark.parametrize(
    ("declared", "candidate", "source"),
    [
        pytest.param(None, FIRST, None, id="another outlet names it"),
        pytest.param(
            "https://wire.example/9",
            SourceCandidate(2, 9, "https://other.example/2", "https://wire.example/9", 3),
            None,
            id="another outlet names the same",
        ),
        pytest.param(
            "https://wire.example/1",
            SourceCandidate(1, 9, "https://wire.example/1", None, 3),
            1,
            id="it names one",
        ),
        pytest.param(None, replace(FIRST, outlet_id=OWN.outlet_id), FIRST.id, id="its own outlet names it"),
    ],
)
def test_what_another_outlet_says_counts_of_texts_that_are_alike(
    declared: str | None, candidate: SourceCandidate, source: int | None
) -> None:
    article = replace(OWN, declared_url=declared)
    found = source_of(article, [candidate], {}, is_alike=lambda _number: False)
    assert (found.id if found is not None else None) == source
