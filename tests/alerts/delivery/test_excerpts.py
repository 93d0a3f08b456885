"""Which sentences show an alert, and where they are marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.excerpts import MAX_CHARS, MAX_EXCERPTS, choose_excerpts
from alerts.text.sentences import sentence_ends
from alerts.values import Document, Field, Mention
from tests.alerts.delivery.samples import BOURITA, ENGLISH, ENGLISH_MENTIONS, PLAN, WATCH_LIST, mention
from tests.calls import calls_of


def test_title_comes_first_then_the_text_in_order() -> None:
    excerpts = choose_excerpts(ENGLISH, ENGLISH_MENTIONS)
    assert [excerpt.field for excerpt in excerpts] == ["title", "text", "text", "text"]
    assert [excerpt.text.split()[0] for excerpt in excerpts] == ["Rabat", "The", "The", "Bourita"]


def test_mentions_of_one_sentence_are_marked_in_one_excerpt() -> None:
    document = Document(title="T", text="First. Bourita spoke of autonomy in Rabat. Last.")
    found = [
        mention(document, "Bourita", actor=BOURITA),
        mention(document, "autonomy", topic=PLAN),
        mention(document, "autonomy in Rabat", topic="Rabat"),
        mention(document, "Rabat", topic="Rabat"),
        mention(document, "Rabat", topic="Capital"),
    ]
    (excerpt,) = choose_excerpts(document, found)
    assert excerpt.text == "Bourita spoke of autonomy in Rabat."
    assert [(excerpt.text[mark.start : mark.end], mark.names) for mark in excerpt.marks] == [
        ("Bourita", (BOURITA,)),
        ("autonomy", (PLAN,)),
        ("autonomy in Rabat", ("Rabat",)),
        ("Rabat", ("Rabat", "Capital")),
    ]


def test_every_name_is_shown_before_any_is_shown_again() -> None:
    document = Document(title="Capitals", text="Rabat is a capital.\n" * 8 + "Madrid is another.")
    found = [mention(document, "Rabat", topic="Rabat", nth=n) for n in range(8)]
    found.append(mention(document, "Madrid", topic="Madrid"))
    excerpts = choose_excerpts(document, found)
    assert [excerpt.text for excerpt in excerpts] == ["Rabat is a capital."] * 4 + ["Madrid is another."]


def test_of_equals_the_sentence_with_most_names_is_shown() -> None:
    first, last = "Rabat and Temara are near.", "Temara is near Rabat."
    document = Document(title="Capitals", text=first + "\n" + "Rabat is a capital.\n" * 8 + last)
    found = [mention(document, "Rabat", topic="Rabat", nth=n) for n in range(10)]
    found += [mention(document, "Temara", topic="Temara", nth=n) for n in range(2)]
    excerpts = choose_excerpts(document, found)
    assert [excerpts[0].text, excerpts[-1].text] == [first, last]


@pytest.mark.parametrize(("second", "count"), [("Rabat", 1), ("Temara", 2)])
def test_parts_of_a_sentence_that_overlap_are_shown_only_for_a_new_name(second: str, count: int) -> None:
    text = "Rabat" + " word" * 70 + " Temara" + " word" * 70
    document = Document(title="T", text=text)
    found = [mention(document, "Rabat", topic="Rabat"), mention(document, "Temara", topic=second)]
    excerpts = choose_excerpts(document, found)
    assert len(excerpts) == count


def test_a_long_sentence_is_cut_and_says_so() -> None:
    document = Document(title="T", text="word " * 200 + "Rabat" + " word" * 200)
    (excerpt,) = choose_excerpts(document, [mention(document, "Rabat", topic="Rabat")])
    assert (excerpt.cut_before, excerpt.cut_after) == (True, True)
    assert len(excerpt.text) <= MAX_CHARS
    (whole,) = choose_excerpts(
        Document(title="T", text="Rabat."),
        [Mention(WATCH_LIST, None, "Rabat", "text", 0, 5, "Rabat", "clause")],
    )
    assert (whole.cut_before, whole.cut_after) == (False, False)


def test_a_title_of_two_sentences_stays_whole() -> None:
    document = Document(title="Talks over. Rabat waits.", text="")
    (excerpt,) = choose_excerpts(document, [mention(document, "Rabat", topic="Rabat", field="title")])
    assert excerpt.text == document.title


def test_nothing_found_shows_nothing() -> None:
    assert choose_excerpts(ENGLISH, []) == ()


def test_what_no_database_takes_is_replaced_and_the_marks_still_fit() -> None:
    document = Document(title="a\x00\ud800 Rabat", text="")
    (excerpt,) = choose_excerpts(document, [mention(document, "Rabat", topic="Rabat", field="title")])
    assert excerpt.text == "a\ufffd\ufffd Rabat"
    assert excerpt.text[excerpt.marks[0].start :] == "Rabat"


TEXTS = st.text(st.sampled_from([*"ab. \n!؟ب", "👩", "\u0301"]), max_size=700)


@st.composite
def found_in(draw: st.DrawFn) -> tuple[Document, list[Mention]]:
    document = Document(title=draw(TEXTS), text=draw(TEXTS))
    found = []
    for _ in range(draw(st.integers(0, 12))):
        field: Field = draw(st.sampled_from(["title", "text"]))
        text = document.title if field == "title" else document.text
        if not text:
            continue
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        name = draw(st.sampled_from("PQR"))
        found.append(Mention(WATCH_LIST, name, None, field, start, end, text[start:end], "rule"))
    return document, found


@given(found_in())
def test_every_mark_slices_back_to_its_mention(drawn: tuple[Document, list[Mention]]) -> None:
    document, found = drawn
    excerpts = choose_excerpts(document, found)
    assert len(excerpts) <= MAX_EXCERPTS
    assert bool(excerpts) is bool(found)
    for excerpt in excerpts:
        assert excerpt.text in (document.title if excerpt.field == "title" else document.text)
        assert excerpt.marks
        for mark in excerpt.marks:
            surfaces = {item.surface for item in found if item.actor in mark.names}
            assert excerpt.text[mark.start : mark.end] in surfaces
    if len(excerpts) < MAX_EXCERPTS:
        shown = {name for excerpt in excerpts for mark in excerpt.marks for name in mark.names}
        assert shown == {item.actor for item in found}


class Watched(Mention):
    """A mention that counts how often it is looked at."""

    looked_at = 0

    @property
    def end(self) -> int:
        Watched.looked_at += 1
        return self[5]


def test_many_mentions_cost_in_proportion() -> None:
    def work(count: int) -> int:
        """How often mentions are looked at that stand in one long paragraph."""
        names = [f"Name{number}" for number in range(count)]
        text = ". ".join(f"{name} spoke" for name in names)
        places = [(name, text.index(f"{name} ")) for name in names]
        mentions = [
            Watched("W", name, None, "text", at, at + len(name), name, "alias") for name, at in places
        ]
        Watched.looked_at = 0
        with calls_of(sentence_ends) as searched:
            assert len(choose_excerpts(Document("", text), mentions)) == MAX_EXCERPTS
        assert searched.count == 1
        return Watched.looked_at

    assert work(2_000) <= 2 * work(1_000)
