"""CSV of people and organisations: good rows are read, bad ones named with their line."""

from __future__ import annotations

import pytest

from alerts.values import Actor
from alerts.watchlists.csv_rows import read_csv
from alerts.watchlists.reading import ImportedActor, Row, RowError


def read(text: str) -> list[Row]:
    return list(read_csv(text.splitlines(keepends=True)))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        pytest.param("name\nLeila Benali\n", ImportedActor(2, Actor("Leila Benali")), id="name alone"),
        pytest.param(
            "Full_Name,aliases\nLeila Benali,ليلى بنعلي; L. Benali |Benali\n",
            ImportedActor(2, Actor("Leila Benali", ("ليلى بنعلي", "L. Benali", "Benali"))),
            id="aliases parted by both signs",
        ),
        pytest.param(
            "\ufeffname;aliases;language;note\nOCP;Office chérifien|OCP;FR;  the  group \n",
            ImportedActor(2, Actor("OCP", ("Office chérifien",)), "fr", "the group"),
            id="semicolons, a mark at the start, the name among its aliases",
        ),
        pytest.param("name\tnote\nOCP\tx\n", ImportedActor(2, Actor("OCP"), note="x"), id="tabs"),
        pytest.param(
            'id,name,note\n7,"Benali, Leila","says ""no"""\n',
            ImportedActor(2, Actor("Benali, Leila"), note='says "no"'),
            id="quoted cells and a column that is not ours",
        ),
        pytest.param(
            'name,note\nOCP,"one\ntwo"\n',
            ImportedActor(2, Actor("OCP"), note="one two"),
            id="cell of two lines",
        ),
        pytest.param("name,note\nOCP\n", ImportedActor(2, Actor("OCP")), id="cells left out at the end"),
        pytest.param(
            "name,surname,forms,alone\nXi Jinping,Xi,no,Yes\n",
            ImportedActor(2, Actor("Xi Jinping", surname="Xi", forms=False, alone=True)),
            id="options of names",
        ),
        pytest.param(
            "name,surname\nNasser Bourita,yes\n",
            ImportedActor(2, Actor("Nasser Bourita", surname=True)),
            id="surname is guessed",
        ),
        pytest.param(
            "name,surname,alone\nOCP,no,\n", ImportedActor(2, Actor("OCP")), id="options left empty"
        ),
        pytest.param("\n\nname\n\nOCP\n", ImportedActor(5, Actor("OCP")), id="empty lines"),
    ],
)
def test_row(text: str, row: Row) -> None:
    assert read(text) == [row]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param(",x,,", "the name is empty", id="no name"),
        pytest.param("…,x,,", "no letter and no digit", id="no letter in the name"),
        pytest.param("OCP,—;x,,", "no letter and no digit", id="no letter in an alias"),
        pytest.param("OCP,x,Engrish,", "is not a language code", id="language"),
        pytest.param("Benali, Leila,x,fr,y", "5 cells where the header names 4", id="a comma without quotes"),
        pytest.param("\udcc9cole,x,fr,", "not UTF-8", id="another encoding"),
        pytest.param('"Leila,x,fr,', "a quote is opened and never closed", id="open quote"),
        pytest.param(f"{'x' * 400},x,fr,", "longer than 300 characters", id="endless name"),
        pytest.param("OCP\0,x\0,fr,", "", id="null characters"),
    ],
)
def test_bad_row_is_named_and_costs_no_other(bad: str, message: str) -> None:
    rows = read(f"name,aliases,language,note\nOCP,,,\n{bad}\nMASEN,,,\nONEE,,,\n")
    assert [row.actor.name for row in rows if isinstance(row, ImportedActor) and row.line != 3] == [
        "OCP",
        "MASEN",
        "ONEE",
    ]
    if message:
        (error,) = (row for row in rows if isinstance(row, RowError))
        assert error.line == 3
        assert message in error.message


def test_open_quote_does_not_swallow_the_rows_up_to_the_next_one() -> None:
    rows = read('name,note\n"A,x\nB,y\nC,z\n"D,w\nE,v\n')
    assert [row.line for row in rows if isinstance(row, RowError)] == [2, 5]
    assert [row.actor.name for row in rows if isinstance(row, ImportedActor)] == ["B", "C", "E"]


@pytest.mark.parametrize("text", ["first,last\nLeila,Benali\n", "Leila Benali\n"])
def test_header_without_a_name_is_one_error(text: str) -> None:
    (error,) = read(text)
    assert isinstance(error, RowError)
    assert "must name the columns, name among them" in error.message


def test_empty_file_has_no_rows() -> None:
    assert read("") == []
