"""Outlets that a text names as where it has something from."""

from __future__ import annotations

import pytest

from service.catalogue.entries import catalogue
from service.catalogue.naming import _OF_OTHERS_TOO, named_in


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("The minister told Le Monde that the port is open.", {"Le Monde"}, id="told"),
        pytest.param("According to the French daily Le Figaro, it is.", {"Le Figaro"}, id="words between"),
        pytest.param("He told the New York Times so.", {"The New York Times"}, id="article of the name"),
        pytest.param("Selon l'AFP, le port est ouvert.", {"Agence France-Presse"}, id="French, short name"),
        pytest.param("Il l'a déclaré à l'agence Reuters hier.", {"Reuters"}, id="French, agency"),
        pytest.param("El ministro dijo en declaraciones a EFE.", {"EFE"}, id="Spanish"),
        pytest.param("Das sagte er gegenüber der FAZ.", {"Frankfurter Allgemeine"}, id="German"),
        pytest.param("بحسب موقع هسبريس فإن الميناء", {"Hespress"}, id="Arabic"),
        pytest.param("وفقا لرويترز فإن الميناء", {"Reuters"}, id="Arabic, written together"),
        pytest.param("Об этом сообщает Интерфакс.", {"Interfax"}, id="Russian"),
        pytest.param("told Le Monde and, according to Reuters, ", {"Le Monde", "Reuters"}, id="two"),
        pytest.param("It was time. Nature is wide, and Science too.", set(), id="words alone"),
        pytest.param("He told reporters. Le Monde is a newspaper.", set(), id="another sentence"),
        pytest.param("according to Mr Time, who", set(), id="a person"),
        pytest.param("according to Timely reports", set(), id="the beginning of a word"),
        pytest.param("told ABC that", set(), id="a name of several"),
    ],
)
def test_names_count_after_words_of_attribution(text: str, named: set[str]) -> None:
    assert named_in(text) == named


def test_each_outlet_is_found_by_its_name() -> None:
    plain = [
        entry.name for entry in catalogue() if "(" not in entry.name and entry.name not in _OF_OTHERS_TOO
    ]
    missed = [name for name in plain if name not in named_in(f"as he told {name} on Monday")]
    assert missed == []
