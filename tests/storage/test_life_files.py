"""Life files: a lock that is free says that its service is dead, on this run of this machine alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from storage.engine import Database
from storage.life_files import LifeFiles, boot_id, life_files_of
from tests.databases import on_sqlite

HOLDER = """
import sys, pathlib
from storage.life_files import LifeFiles
with LifeFiles(pathlib.Path(sys.argv[1]), "db.runs-", sys.argv[2]).held("other"):
    print("held", flush=True)
    sys.stdin.read()
"""


def files(folder: Path, boot: str | None = "boot") -> LifeFiles:
    return LifeFiles(folder, "db.runs-", boot)


def leave(folder: Path, *, boot: str = "boot") -> None:
    """Have a process die that held a file."""
    command = (sys.executable, "-c", HOLDER, str(folder), boot)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert files(folder).dead() == []
        holder.kill()


def test_killed_service_is_surely_dead(tmp_path: Path) -> None:
    leave(tmp_path)
    assert files(tmp_path).dead() == ["other"]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        pytest.param("before", "boot", id="the machine was started anew, or is another"),
        pytest.param("boot", None, id="it is not known which run of the machine this is"),
    ],
)
def test_service_of_which_the_lock_says_nothing_is_not(tmp_path: Path, theirs: str, ours: str | None) -> None:
    leave(tmp_path, boot=theirs)
    assert files(tmp_path, ours).dead() == []


def test_service_that_stops_leaves_no_file(tmp_path: Path) -> None:
    with files(tmp_path).held("own"):
        assert files(tmp_path).dead() == []
        assert [path.name for path in tmp_path.iterdir()] == ["db.runs-own"]
    assert list(tmp_path.iterdir()) == []


def test_files_that_the_database_knows_no_more_are_removed(tmp_path: Path) -> None:
    leave(tmp_path, boot="before")
    with files(tmp_path).held("own"):
        files(tmp_path).tidy(["other"])
        assert sorted(path.name for path in tmp_path.iterdir()) == ["db.runs-other", "db.runs-own"]
        files(tmp_path).tidy([])
        assert [path.name for path in tmp_path.iterdir()] == ["db.runs-own"]


def test_folder_that_can_not_be_written_to_is_told_of(tmp_path: Path) -> None:
    structlog.reset_defaults()
    with capture_logs() as logged, files(tmp_path / "missing").held("own"):
        pass
    assert [line["log_level"] for line in logged] == ["warning"]


@on_sqlite
def test_files_lie_beside_the_database(database: Database) -> None:
    places = life_files_of(database)
    assert database.path is not None
    assert places.folder == database.path.parent
    assert places.prefix == "tocsin.db.runs-"
    assert places.boot == boot_id()
