"""Spellings in other letters, and by the habits of other languages."""

from __future__ import annotations

import pytest

from alerts.spelling.transliteration import transliterations


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param(
            "Nasser Bourita", {"ناصر بوريطة", "Насер Бурита", "Nasser Burita", "Nacer Bourita"}, id="Latin"
        ),
        pytest.param(
            "Nasser Bourita", {"Nasser Bouritha", "נאסר בוריטה", "Νασερ Μπουριτα"}, id="Latin, more"
        ),
        pytest.param("Владимир Путин", {"Vladimir Putin", "Vladimir Poutine"}, id="Cyrillic"),
        pytest.param(
            "Дмитрий Чернышенко", {"Dmitry Chernyshenko", "Dmitri Tchernychenko"}, id="Cyrillic endings"
        ),
        pytest.param("ناصر بوريطة", {"Nasser Burita", "Nacer Bourita"}, id="Arabic"),
        pytest.param("Κυριάκος Μητσοτάκης", {"Kyriakos Mitsotakis"}, id="Greek"),
        pytest.param("בנימין נתניהו", {"Benjamin Netanyahu"}, id="Hebrew"),
    ],
)
def test_spellings_are_proposed(name: str, expected: set[str]) -> None:
    assert expected <= {spelling.text for spelling in transliterations(name)}


@pytest.mark.parametrize("name", ["王毅", "Nasser بوريطة", "", "22"])
def test_other_scripts_and_mixtures_have_none(name: str) -> None:
    assert transliterations(name) == ()


def test_heap_of_consonants_is_left_out() -> None:
    assert all("Mhmd" not in spelling.text for spelling in transliterations("مهدد فلسطن"))


def test_name_itself_is_not_proposed() -> None:
    texts = [spelling.text for spelling in transliterations("Mohamed Salah")]
    assert "Mohamed Salah" not in texts
    assert len(texts) == len(set(texts))
