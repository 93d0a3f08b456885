"""Files: their kind and encoding are found out."""

from __future__ import annotations

from pathlib import Path

import pytest

from alerts.values import Actor
from alerts.watchlists import ImportedActor, open_actors

CSV = "name,aliases\r\nLeila Benali,ليلى بنعلي\r\n"
FTM = '{"schema": "Person", "properties": {"name": ["Leila Benali", "ليلى بنعلي"]}}\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", [CSV, FTM], ids=["csv", "ftm"])
def test_file_is_read_whatever_it_is(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "actors"
    path.write_bytes(text.encode(encoding))
    with open_actors(path) as rows:
        (row,) = rows
    assert isinstance(row, ImportedActor)
    assert row.actor == Actor("Leila Benali", ("ليلى بنعلي",))


def test_file_in_another_encoding_says_so_of_the_row(tmp_path: Path) -> None:
    path = tmp_path / "actors.csv"
    path.write_bytes("name\nÉric\nEric\n".encode("cp1252"))
    with open_actors(path) as rows:
        bad, good = rows
    assert "not UTF-8" in getattr(bad, "message", "")
    assert isinstance(good, ImportedActor)
