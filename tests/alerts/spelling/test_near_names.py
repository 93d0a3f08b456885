"""Near names in articles."""

from __future__ import annotations

from alerts.spelling.near_names import near_names
from alerts.values import Document

ARTICLES = [
    Document("Nacer Bourita in Rabat", "Minister Nacer Bourita met Nasser Bourita's aide, Nadia Berrada."),
    Document("", "Then Nasser Burita and Nacer Bourita spoke."),
    Document("", "Владимир Путин и Владимир Путина."),
]


def test_near_names_are_counted_by_article() -> None:
    assert near_names("Nasser Bourita", ARTICLES) == {"Nacer Bourita": 2, "Nasser Burita": 1}


def test_one_word_has_none() -> None:
    assert near_names("Bourita", ARTICLES) == {}


def test_cyrillic() -> None:
    assert near_names("Владимир Путин", ARTICLES) == {"Владимир Путина": 1}
