"""The pure parts of the page: marks, charts, diffs, aliases as people type them, waiting between tries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.actions.errors import InvalidError
from service.locale import translator
from service.web.alias_lines import format_aliases, parse_aliases
from service.web.attempts import FREE, LONGEST_WAIT, one_more, wait_after
from service.web.changes import changes
from service.web.charts import chart
from service.web.mark_words import marks_said
from service.web.marking import paragraphs, segments, sentences
from service.web.render import since
from service.web.state_words import state_words
from storage.language import speaking
from storage.stores.alerts.alert_details import FoundMention
from storage.stores.articles.said import NOTHING_BESIDE, SaidBeside
from storage.stores.articles.search_index import Unindexed
from storage.stores.people.tries import Failures
from storage.tables.delivery import NotificationKind
from storage.watched import Alias
from tests.conftest import START

spans = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)))
word = st.from_regex(r"[A-Za-zà-ÿ0-9][A-Za-zà-ÿ0-9 ]{0,10}[A-Za-z0-9]", fullmatch=True)
aliases = st.builds(
    Alias,
    text=word,
    exact=st.booleans(),
    title=st.booleans(),
    weak=st.booleans(),
    context=st.lists(word, max_size=3).map(tuple),
    exclude=st.lists(word, max_size=3).map(tuple),
    least=st.integers(1, 1000),
    any_order=st.booleans(),
)


def mention(start: int, end: int, field: str = "text", name: str = "N") -> FoundMention:
    return FoundMention("actor", name, field, start, end, "", "rule")


@given(st.text(max_size=50), spans)
def test_segments_hold_the_whole_text(text: str, places: list[tuple[int, int]]) -> None:
    assert "".join(run.text for run in segments(text, places)) == text


def test_marks_that_overlap_become_one() -> None:
    runs = segments("one two three", [(0, 5), (4, 7), (8, 13)])
    assert [(run.text, run.marked) for run in runs] == [("one two", True), (" ", False), ("three", True)]


def test_sentence_with_two_mentions_is_shown_once() -> None:
    text = "Alpha met Beta. Nothing here.\nGamma left."
    article = Unindexed(1, 1, "Title", text, NOTHING_BESIDE)
    found = sentences(
        article, [mention(0, 5, name="A"), mention(10, 14, name="B"), mention(30, 35, name="G")]
    )
    assert [item.names for item in found] == [("A", "B"), ("G",)]
    assert [run.text for run in found[0].segments if run.marked] == ["Alpha", "Beta"]


def test_sentences_are_of_the_field_that_a_mention_is_in() -> None:
    article = Unindexed(
        1, 1, "Title", "Alpha came.", SaidBeside(summary="Beta came. Gamma left.", headline="Delta")
    )
    places = [mention(0, 5), mention(11, 16, "summary"), mention(0, 5, "headline")]
    shown = ["".join(run.text for run in item.segments) for item in sentences(article, places)]
    assert shown == ["Delta", "Gamma left.", "Alpha came."]


def test_mention_keeps_to_its_paragraph() -> None:
    shown = paragraphs("one\n\ntwo", [mention(5, 8)])
    assert [[(run.text, run.marked) for run in runs] for runs in shown] == [[("one", False)], [("two", True)]]


def test_diff_marks_words_and_leaves_out_what_is_far() -> None:
    old = "Same one.\nSame two.\nThe talks begin on Monday.\nSame three.\nSame four."
    new = old.replace("Monday", "Tuesday")
    found = changes(old, new)
    assert [[(piece.kind, piece.text) for piece in part.pieces] for part in found] == [
        [],
        [("same", "Same two.")],
        [
            ("same", "The talks begin on "),
            ("removed", "Monday"),
            ("added", "Tuesday"),
            ("same", "."),
        ],
        [("same", "Same three.")],
        [],
    ]


@given(st.text("ab \n", max_size=40), st.text("ab \n", max_size=40))
def test_texts_that_are_equal_but_for_spaces_have_no_diff_and_others_have(old: str, new: str) -> None:
    before, after = ([line.split() for line in text.split("\n") if line.strip()] for text in (old, new))
    assert (changes(old, new) == []) is (before == after)


@given(st.lists(aliases, unique_by=lambda alias: alias.text))
@pytest.mark.thorough
def test_aliases_are_read_back_as_written(given_aliases: list[Alias]) -> None:
    found = parse_aliases(format_aliases(given_aliases).split("\n"))
    assert [Alias(**alias.model_dump()) for alias in found] == given_aliases


@pytest.mark.parametrize("line", ["OCP {exactly}", "OCP {least: 0}", "OCP {context}", "OCP {least: many}"])
def test_unknown_option_of_an_alias_is_named(line: str) -> None:
    with pytest.raises(InvalidError, match=r"is not an option|least"):
        parse_aliases([line])


def test_chart_is_as_high_as_its_tallest_bar_and_marks_spikes() -> None:
    first = date(2026, 3, 1)
    days = [(first + timedelta(days=number), count) for number, count in enumerate((3, 30, 0))]
    bars = chart(days, marked={first + timedelta(days=1)})
    assert (bars.most, bars.total) == (30, 33)
    assert [(bar.height, bar.marked) for bar in bars.bars] == [(12, False), (120, True), (0, False)]
    assert bars.outline(marked=True) == "M10 120v-120h8v120z"


def test_waiting_grows_and_is_forgotten() -> None:
    failures, now, waits = Failures(0, START), START, []
    for _try in range(20):
        failures = one_more(failures, now=now)
        waits.append(wait_after(failures, FREE, now=now))
        now += waits[-1]
    assert waits[:5] == [timedelta(0)] * 4 + [timedelta(seconds=5)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    later = now + timedelta(hours=2)
    assert wait_after(failures, FREE, now=later) == timedelta(0)
    assert one_more(failures, now=later).count == 1


def test_what_was_this_moment_is_just_now() -> None:
    with speaking(translator("en")):
        said = [since(timedelta(seconds=seconds)) for seconds in (-0.4, 0, 0.3, 60)]
    assert said == ["just now"] * 3 + ["1 min ago"]


def test_what_two_stories_say_is_written_as_people_do() -> None:
    marks = ["2026-11-20", "1500", "bourita", "chefchaouen", "pena"]
    texts = ["BOURITA in Madrid\nNasser Bourita met Peña on Friday.", "peña"]
    with speaking(translator("fr")):
        assert marks_said(marks, texts) == [
            "20 novembre 2026",
            "1\u202f500",
            "BOURITA",
            "Chefchaouen",
            "Peña",
        ]
    with speaking(translator("ar")):
        assert marks_said(["2026-11-20"], []) == ["20 نوفمبر 2026"]


@pytest.mark.parametrize("kind", NotificationKind)
def test_what_a_notification_tells_is_said_in_words(kind: NotificationKind) -> None:
    assert "." not in state_words(kind)
