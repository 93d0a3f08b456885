"""What an article is searched in: every field that says something of its own, each by itself, offsets into it as it was given."""

from __future__ import annotations

import pytest

from alerts.matching import compile_matcher
from alerts.matching.parts import parts_of
from alerts.values import FIELDS, Actor, Document, Field, Topic, WatchList

TEXT = "Talks were held in Oslo on Monday.\nThe delegates, who came from nine towns, left at noon and said little."
PERSON = WatchList("W", (Actor("Ilse Marrow", surname=True),))


def fields(document: Document) -> list[str]:
    return [part.field for part in parts_of(document)]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param({}, ["title", "text"], id="title-and-text-always"),
        pytest.param({"headline": "Talks  in OSLO!"}, ["title", "text"], id="headline-is-the-title"),
        pytest.param({"headline": "Delegates meet"}, ["title", "headline", "text"], id="another-headline"),
        pytest.param(
            {"headline": "Delegates meet", "source_title": "Delegates meet"},
            ["title", "source_title", "text"],
            id="two-other-titles-that-are-one",
        ),
        pytest.param({"summary": "Talks were held in Oslo"}, ["title", "text"], id="summary-begins-the-text"),
        pytest.param({"summary": "The delegates – who came from nine towns – le…"}, ["title", "text"], id="cut-off"),
        pytest.param({"summary": "Talks in Oslo"}, ["title", "text"], id="summary-is-the-title"),
        pytest.param({"summary": "nine town"}, ["title", "summary", "text"], id="words-are-whole"),
        pytest.param(
            {"summary": "Ilse Marrow was there.", "lead": "Ilse Marrow was there", "description": "Nobody was."},
            ["title", "summary", "description", "text"],
            id="lead-is-the-summary",
        ),
        pytest.param(
            {"summary": "Ilse Marrow came", "description": "Ilse Marrow came, and went."},
            ["title", "description", "text"],
            id="summary-begins-the-description",
        ),
        pytest.param({"lead": "…"}, ["title", "text"], id="no-word"),
    ],
)  # fmt: skip
def test_what_is_said_twice_is_searched_once(given: dict[str, str], kept: list[str]) -> None:
    assert fields(Document("Talks in Oslo", TEXT, **given)) == kept


@pytest.mark.parametrize("field", FIELDS)
def test_a_name_is_found_in_every_field_and_its_offsets_point_there(field: Field) -> None:
    given = {"title": "A title", "text": TEXT, field: "What Ilse Marrow did: Marrow came."}
    document = Document(**given)
    found = compile_matcher([PERSON]).match(document)
    assert [(mention.field, mention.surface) for mention in found] == [
        (field, "Ilse Marrow"),
        (field, "Marrow"),
    ]
    assert all(document.field(one.field)[one.start : one.end] == one.surface for one in found)


def test_a_surname_in_another_field_counts_once_the_full_name_stands_anywhere() -> None:
    document = Document(
        "Marrow resigns",
        "Marrow? Ilse Marrow resigned.",
        summary="Marrow said so.",
        lead="She, Marrow, left.",
    )
    found = compile_matcher([PERSON]).match(document)
    assert [(one.field, one.surface) for one in found] == [
        ("title", "Marrow"),
        ("summary", "Marrow"),
        ("lead", "Marrow"),
        ("text", "Ilse Marrow"),
    ]


WHOLE = Document(
    "ash", "beech cedar.\nelm fir.", headline="gorse hazel", summary="ivy juniper", lead="larch maple", description="oak pine"
)  # fmt: skip


@pytest.mark.parametrize(
    ("query", "where"),
    [
        pytest.param("title:ash", ["title"], id="source's title"),
        pytest.param("title:hazel", ["headline"], id="page's title"),
        pytest.param("title:ivy", [], id="summary is no title"),
        pytest.param("lead:juniper", ["summary"], id="summary leads"),
        pytest.param("lead:maple", ["lead"], id="standfirst leads"),
        pytest.param("lead:oak", ["description"], id="description leads"),
        pytest.param("lead:cedar", ["text"], id="first paragraph leads"),
        pytest.param("lead:elm", [], id="second paragraph does not"),
        pytest.param("text:(ivy AND elm)", ["summary", "text"], id="all below the titles"),
        pytest.param("text:gorse", [], id="headline is no text"),
        pytest.param('"ash gorse"', [], id="phrase over titles"),
        pytest.param("ash NEAR/50 gorse", [], id="near over titles"),
        pytest.param("juniper NEAR/50 larch", [], id="near over leads"),
        pytest.param("pine NEAR/50 beech", [], id="near from a lead into the text"),
        pytest.param("ivy NEAR/1 juniper", ["summary", "summary"], id="near within one"),
        pytest.param("ash AND gorse AND pine AND fir", ["title", "headline", "description", "text"], id="and over all"),
        pytest.param("first:1(larch)", ["lead"], id="first words of a lead"),
        pytest.param("first:1(maple)", [], id="not the second"),
        pytest.param("first:2(elm)", [], id="of the text, too"),
        pytest.param("about:gorse", ["headline"], id="about what is in the page's title"),
    ],
)  # fmt: skip
def test_query(query: str, where: list[str]) -> None:
    found = compile_matcher([WatchList("W", topics=(Topic("T", query),))]).match(WHOLE)
    assert [mention.field for mention in found] == where


def test_lead_reaches_as_far_as_the_summary_that_the_text_begins_with() -> None:
    document = Document("Title", "One oak.\nTwo elms.\nThree firs.", summary="One oak.\nTwo elms.")
    matcher = compile_matcher([WatchList("W", topics=(Topic("T", "lead:elms"), Topic("U", "lead:firs")))])
    assert [mention.topic for mention in matcher.match(document)] == ["T"]
