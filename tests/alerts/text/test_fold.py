"""Folding: laws that hold of any text, and a table of the characters that have surprised somebody."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.text import fold, fold_all, fold_words

SURPRISES = (
    *"№™℡ßẞſİıIŉﬁﬃ½²①Ǆǆøłđħæœþðŧŋςσ",
    *"أإآٱىیيةهكکﻻﷺ\u0640\u064e\u0651\u0670ءؤئ",
    *"กรุงที่ลิงค์ๆ๑ກະ",
    *"布林肯々〇\uf90a\U00020000東京ガザーｶﾞ・ひらがな\u3099",
    *"한국블링컨हिन्दीक़फ\u093cযাதமிழ்",
    *"\u00ad\u200b\u200c\u200d\u200e\ufeff\u0301\u0307\u0308\ufe0f\u20e3",
    *" \n\t\u00a0\u202f-–—‑'’ʼʻ\"«».,_#&/😀👑\U0001d400",
    *"aZ09٢२๒Ａ１éÉñç",
)
HANGUL = frozenset(map(chr, range(0xAC00, 0xD7A4)))
TEXTS = st.text(st.one_of(st.sampled_from(SURPRISES), st.characters(codec="utf-8")), max_size=40)


LAW = settings(max_examples=3 * settings().max_examples, deadline=None, derandomize=True)
"""No deadline: the first text waits for the tables."""


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        pytest.param("Nasser BOURITA", "nasser bourita", id="case"),
        pytest.param("José Ñandú Åse", "jose nandu ase", id="accents"),
        pytest.param("Straße STRAẞE STRASSE", "strasse strasse strasse", id="sharp s, small and capital"),
        pytest.param("İzmir I\u0307zmir izmir", "izmir izmir izmir", id="dotted capital I"),
        pytest.param("ISPARTA Isparta ısparta", "isparta isparta isparta", id="dotless i"),
        pytest.param("ﬁn oﬃce", "fin office", id="ligatures"),
        pytest.param("ŉ boek", "n boek", id="n after an apostrophe"),
        pytest.param("№ 5", "5", id="numero sign parts words"),
        pytest.param("Nokia™ phones", "nokia phones", id="trade mark sign parts words"),
        pytest.param("Støre Łódź Đokić Ħal Ŧ Ŋ", "store lodz dokic hal t n", id="strokes do not decompose"),
        pytest.param("Æsop œuvre Þór Guðni", "aesop oeuvre thor gudni", id="letters that are two"),
        pytest.param("Ａｎｔｏｎｙ　Ｂ２", "antony b2", id="full width"),
        pytest.param("𝐑𝐚𝐛𝐚𝐭", "rabat", id="mathematical letters"),
        pytest.param("ΑΘΉΝΑΣ Αθήνας", "αθηνασ αθηνασ", id="final sigma"),
        pytest.param("Пётр Йод", "петр иод", id="Cyrillic marks"),
        pytest.param("l'accord d’État", "l accord d etat", id="apostrophes part words"),
        pytest.param("Лукʼянченко Hawaiʻi", "лук янченко hawai i", id="letters that are apostrophes"),
        pytest.param(
            "Al-Shabaab Al‑Shabaab Al–Shabaab", "al shabaab al shabaab al shabaab", id="hyphens and dashes"
        ),
        pytest.param("AT&T U.S. 1,000", "at t u s 1 000", id="signs part words"),
        pytest.param("a\u00adb c\u200bd e\ufefff", "ab cd ef", id="what has no width is nothing"),
        pytest.param("a\u00a0b\u202fc\td", "a b c d", id="spaces of all kinds"),
        pytest.param("👑Rabat👑", "rabat", id="emoji part words"),
        pytest.param("x² ① ½", "x2 1 1 2", id="numbers of all kinds"),
        pytest.param("٢٢٥٤ ۲۲۵۴ २२५४ ๒๒๕๔", "2254 2254 2254 2254", id="digits of other scripts"),
        pytest.param("أحمد إحمد آحمد ٱحمد", "احمد احمد احمد احمد", id="alef"),
        pytest.param("مصطفى مصطفي مصطفی", "مصطفي مصطفي مصطفي", id="ya"),
        pytest.param("بوريطة بوريطه", "بوريطه بوريطه", id="ta marbuta"),
        pytest.param("مُحَمَّد محـــمد", "محمد محمد", id="harakat and tatweel"),
        pytest.param("أمس ـ ان", "امس ان", id="lone tatweel parts words"),
        pytest.param("\ufe8d\ufef9 ﻣﺤﻤﺪ", "الا محمد", id="presentation forms"),
        pytest.param("محم\ufe77د", "محمد", id="tatweel with a vowel, as scanned"),
        pytest.param("می‌خواهد", "ميخواهد", id="zero-width non-joiner"),
        pytest.param("ترکیا شہباز", "تركيا شهباز", id="Persian and Urdu letters"),
        pytest.param("יְרוּשָׁלַיִם תל־אביב", "ירושלים תל אביב", id="Hebrew points and maqaf"),
        pytest.param("हिन्दी", "हिन्दी", id="Devanagari vowels stay"),
        pytest.param("\u095eिजी", "फ\u093cिजी", id="nukta"),
        pytest.param("ที่กิน", "ที่ กิ น", id="Thai marks stay on their letter"),
        pytest.param("布林肯Blinken去", "布 林 肯 blinken 去", id="Han characters are words"),
        pytest.param("\uf90a正恩", "金 正 恩", id="compatibility ideographs"),
        pytest.param(
            "\ufacf", "\ufacf", id="an ideograph whose like stands in the second plane is left alone"
        ),
        pytest.param(
            "ｶﾞｻﾞ カ\u3099サ\u3099", " ".join(["カ\u3099サ\u3099"] * 2), id="half-width Katakana and dakuten"
        ),
        pytest.param("東京タワーは", "東 京 タワー は", id="Katakana is written in words"),
        pytest.param("블링컨은", "블 링 컨 은", id="Hangul syllables are words"),
        pytest.param("… - 👑 \u200b", "", id="nothing to read"),
    ],
)
def test_folds(text: str, folded: str) -> None:
    assert fold_words(text) == folded


@LAW
@given(TEXTS)
def test_folded_places_follow_one_another_in_the_original(text: str) -> None:
    folded = fold(text)
    origin = folded.origin.tolist()
    assert origin == sorted(origin)
    words = [place for place, character in enumerate(folded.text) if character != " "]
    assert all(1 <= origin[place] <= len(text) for place in words)


@LAW
@given(TEXTS)
def test_words_stand_between_single_spaces(text: str) -> None:
    folded = fold(text).text
    assert folded[0] == folded[-1] == " "
    assert "  " not in folded
    assert not set(folded) & set("\n\t\u00a0\u00ad\u200b\u0640")


@LAW
@given(TEXTS)
def test_each_word_slices_back_to_what_folds_to_it(text: str) -> None:
    folded = fold(text)
    end = 0
    for word in folded.text.split():
        start = folded.text.index(f" {word} ", end) + 1
        end = start + len(word)
        first, last = folded.span(start, end)
        assert 0 <= first < last <= len(text)
        assert f" {word} " in f" {fold_words(text[first:last])} "


@LAW
@given(TEXTS)
def test_several_words_slice_back_to_what_folds_to_them(text: str) -> None:
    folded = fold(text)
    spaces = folded.spaces.tolist()
    if len(spaces) > 1:
        first, last = folded.span(spaces[0] + 1, spaces[-1])
        assert fold_words(text[first:last]) == folded.text.strip()


@LAW
@given(TEXTS)
def test_spaces_part_the_words(text: str) -> None:
    folded = fold(text)
    spaces = folded.spaces.tolist()
    words = [folded.text[start + 1 : end] for start, end in pairwise(spaces) if end > start + 1]
    assert words == folded.text.split()


@LAW
@given(TEXTS)
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold_words(fold_words(text)) == fold_words(text)


@LAW
@given(st.lists(TEXTS, max_size=6))
def test_folding_all_is_folding_each(texts: list[str]) -> None:
    assert fold_all(texts) == [fold_words(text) for text in texts]


@LAW
@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_the_short_way_for_ascii_gives_the_same(text: str) -> None:
    assert fold_words(text) == fold(text).text.strip()


@LAW
@given(TEXTS, TEXTS)
def test_what_a_space_parts_does_not_touch(left: str, right: str) -> None:
    assert fold_words(f"{left} {right}").split() == [*fold_words(left).split(), *fold_words(right).split()]


@LAW
@given(TEXTS.filter(lambda text: HANGUL.isdisjoint(text)), st.sampled_from(["NFC", "NFD"]))
def test_composed_and_decomposed_are_the_same(text: str, form: Literal["NFC", "NFD"]) -> None:
    assert fold_words(unicodedata.normalize(form, text)) == fold_words(text)


@LAW
@given(TEXTS)
def test_case_does_not_matter(text: str) -> None:
    assert fold_words(text.upper()) == fold_words(text.lower()) == fold_words(text)


@LAW
@given(TEXTS, st.sampled_from("\u00ad\u200b\u200d\u200e\u2060\ufeff"), st.integers(0, 40))
def test_what_cannot_be_seen_does_not_matter(text: str, invisible: str, place: int) -> None:
    assert fold_words(text[:place] + invisible + text[place:]) == fold_words(text)
