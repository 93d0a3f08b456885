"""Files: their kind and encoding are found out."""

from __future__ import annotations

import io
import random
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from alerts.values import Actor
from alerts.watchlists import ImportedActor, Row, RowError, open_actors
from alerts.watchlists.sheet_rows import LARGEST_UNPACKED

CSV = "name,aliases\r\nLeila Benali,ليلى بنعلي\r\n"
FTM = '{"schema": "Person", "properties": {"name": ["Leila Benali", "ليلى بنعلي"]}}\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", [CSV, FTM], ids=["csv", "ftm"])
def test_file_is_read_whatever_it_is(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "actors"
    path.write_bytes(text.encode(encoding))
    with open_actors(path) as opened:
        (row,) = opened.rows
    assert isinstance(row, ImportedActor)
    assert row.actor == Actor("Leila Benali", ("ليلى بنعلي",))


@pytest.mark.parametrize(
    ("text", "encoding", "name"),
    [
        pytest.param("Nom;Remarque\nÉric Génu;très gêné\n", "cp1252", "Éric Génu", id="French"),
        pytest.param("Nombre;Notas\nÍñigo Peña;jefe\n", "latin-1", "Íñigo Peña", id="Spanish"),
        pytest.param("الاسم;ملاحظات\nناصر بوريطة;وزير\n", "cp1256", "ناصر بوريطة", id="Arabic"),
        pytest.param("name;note\nСергей Лавров;министр\n", "cp1251", "Сергей Лавров", id="Russian"),
    ],
)
def test_file_of_a_spreadsheets_own_encoding_is_read_and_said(
    tmp_path: Path, text: str, encoding: str, name: str
) -> None:
    path = tmp_path / "actors.csv"
    path.write_bytes(text.encode(encoding))
    with open_actors(path) as opened:
        (row,) = opened.rows
        said = opened.encoding
    assert isinstance(row, ImportedActor)
    assert row.actor.name == name
    assert said == {"latin-1": "windows-1252"}.get(encoding, encoding.replace("cp", "windows-"))


def test_row_in_another_encoding_than_its_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "actors.csv"
    path.write_bytes("name\nÉric\nZoë\n".encode() + "Éva\nEric\n".encode("cp1252"))
    with open_actors(path) as opened:
        first, second, bad, good = opened.rows
    assert "not UTF-8" in getattr(bad, "message", "")
    assert all(isinstance(row, ImportedActor) for row in (first, second, good))


def book(*sheets: list[list[object]]) -> bytes:
    workbook, made = openpyxl.Workbook(), io.BytesIO()
    workbook.remove(workbook.worksheets[0])
    for rows in sheets:
        sheet = workbook.create_sheet()
        for row in rows:
            sheet.append(row)
    workbook.save(made)
    return made.getvalue()


def read(tmp_path: Path, content: bytes) -> list[Row]:
    path = tmp_path / "actors"
    path.write_bytes(content)
    with open_actors(path) as opened:
        return list(opened.rows)


def test_spreadsheet_is_read_from_the_sheet_and_row_that_name_the_columns(tmp_path: Path) -> None:
    people: list[list[object]] = [
        ["Cabinet, as of", date(2026, 11, 1)],
        [None],
        ["Nom", "Prénom", "Autres noms", "Remarque"],
        ["Bourita", "Nasser", "ناصر بوريطة; N. Bourita", 2017.0],
        [None, None, "nobody", None],
        ["Benali", "Leila", None, True],
    ]
    rows = read(tmp_path, book([["Total"], [3]], people))
    assert rows[0] == ImportedActor(
        4, Actor("Nasser Bourita", ("ناصر بوريطة", "N. Bourita"), surname="Bourita"), note="2017"
    )
    assert isinstance(rows[1], RowError)
    assert (rows[1].line, "the name is empty" in rows[1].message) == (5, True)
    assert rows[2] == ImportedActor(6, Actor("Leila Benali", surname="Benali"), note="yes")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"PK\x03\x04 and no more", "the file is damaged", id="cut off"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 rest", "an old Excel file", id="xls"),
        pytest.param(book([["a", "b"], ["c", "d"]]), "must name the columns", id="no header"),
        pytest.param(book([]), "must name the columns", id="empty"),
    ],
)
def test_file_that_is_no_table_of_names_is_one_error(tmp_path: Path, content: bytes, said: str) -> None:
    (row,) = read(tmp_path, content)
    assert isinstance(row, RowError)
    assert said in row.message


def test_other_packed_file_is_one_error(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    (row,) = read(tmp_path, made.getvalue())
    assert "not an Excel spreadsheet" in getattr(row, "message", "")


def test_spreadsheet_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        with packed.open("xl/sharedStrings.xml", "w") as member:
            for _part in range(LARGEST_UNPACKED // 1_000_000 + 1):
                member.write(bytes(1_000_000))
    (row,) = read(tmp_path, made.getvalue())
    assert "unpacks to more than 200 MB" in getattr(row, "message", "")


def test_no_damage_to_a_spreadsheet_raises(tmp_path: Path) -> None:
    rows: list[list[object]] = [["name", "aliases"]]
    rows += [[f"Person {n}", "A; B"] for n in range(20)]
    whole = book(rows)
    chance = random.Random(7)
    outcomes = set()
    for _try in range(60):
        damaged = bytearray(whole)
        for _byte in range(chance.randint(1, 20)):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        outcomes |= {type(row) for row in read(tmp_path, bytes(damaged))}
    assert outcomes == {ImportedActor, RowError}
