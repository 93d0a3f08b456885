"""FollowTheMoney entities: those that act are read, others counted, mistakes named."""

from __future__ import annotations

import json

import pytest

from alerts.values import Actor, Alias
from alerts.watchlists.ftm_rows import read_ftm
from alerts.watchlists.reading import ImportedActor, Row, RowError, Skipped

PERSON = {
    "id": "x-1",
    "caption": "Jane Example",
    "schema": "Person",
    "properties": {
        "name": ["EXAMPLE, Jane", "Jane Example"],
        "alias": ["Джейн Пример"],
        "previousName": ["Jane Sample"],
        "weakAlias": ["JE", "Jane Sample"],
        "position": ["Minister"],
        "birthDate": ["1970-01-01"],
    },
}
ACTOR = Actor(
    "Jane Example", ("EXAMPLE, Jane", "Джейн Пример", "Jane Sample", Alias("JE", weak=True)), surname=False
)


def read(*lines: object) -> list[Row]:
    return list(
        read_ftm(
            f"{line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)}\n" for line in lines
        )
    )


def test_person_with_all_her_names() -> None:
    assert read(PERSON) == [ImportedActor(1, ACTOR, note="Minister")]


@pytest.mark.parametrize("schema", ["Organization", "Company", "LegalEntity", "PublicBody"])
def test_organisation_without_caption_takes_its_first_name(schema: str) -> None:
    entity = {"schema": schema, "properties": {"name": ["Example Ltd", "Example Limited"]}}
    assert read(entity) == [ImportedActor(1, Actor("Example Ltd", ("Example Limited",)))]


def test_what_is_no_actor_is_passed_over() -> None:
    assert read({"schema": "Address", "properties": {}}, PERSON)[0] == Skipped(1, "Address")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("{]", "not valid JSON", id="broken"),
        pytest.param("[" * 5000, "not valid JSON", id="nested without end"),
        pytest.param([1], "not a FollowTheMoney entity", id="a list"),
        pytest.param({"properties": {}}, "needs a schema", id="no schema"),
        pytest.param({"schema": "Person"}, "no properties", id="no properties"),
        pytest.param(
            {"schema": "Person", "properties": {"name": [7, {}]}}, "no name", id="no text for a name"
        ),
        pytest.param({"schema": "Person", "properties": {"name": ["…"]}}, "no letter", id="no letter"),
    ],
)
def test_bad_line_is_named_and_costs_no_other(line: object, message: str) -> None:
    first, error, last = read(PERSON, line, PERSON)
    assert isinstance(first, ImportedActor)
    assert isinstance(last, ImportedActor)
    assert isinstance(error, RowError)
    assert error.line == 2
    assert message in error.message


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("many", [False, True])
def test_one_json_document(many: bool, indent: int | None) -> None:
    text = json.dumps([PERSON, PERSON] if many else PERSON, ensure_ascii=False, indent=indent)
    rows = list(read_ftm(text.splitlines(keepends=True)))
    assert [row.actor for row in rows if isinstance(row, ImportedActor)] == [ACTOR] * (2 if many else 1)


def test_broken_document_is_one_error() -> None:
    (error,) = read_ftm(["{\n", '"schema": "Person",\n', "oops\n"])
    assert isinstance(error, RowError)
    assert error.line == 3
