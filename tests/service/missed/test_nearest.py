"""The word that is most like a name."""

from __future__ import annotations

import pytest

from service.missed.nearest import compared_names, nearest_word
from service.missed.values import NearWord

NAMES = [("Nasser Bourita", "Nasser Bourita"), ("Nasser Bourita", "ناصر بوريطة"), ("OCP", "OCP")]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        pytest.param("Minister Naser Burita spoke in Rabat", ("Burita", False), id="misspelt"),
        pytest.param("Mr Bourita spoke", ("Bourita", True), id="in part"),
        pytest.param("قال الوزير بوريطا اليوم", ("بوريطا", False), id="Arabic"),
        pytest.param("BOURITÀ spoke", ("BOURITÀ", True), id="as it stands in the text"),
        pytest.param("Nothing of the kind stands here", None, id="nothing"),
        pytest.param("", None, id="empty"),
    ],
)
def test_nearest_word(text: str, near: tuple[str, bool] | None) -> None:
    found = nearest_word(compared_names(NAMES), text)
    assert found == (None if near is None else NearWord("Nasser Bourita", *near))
