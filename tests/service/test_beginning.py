"""The first steps: settings to begin with, what a wheel holds, the compose file; and `check` looks into the database."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from service.cli.app import app
from service.settings import SettingsError, load_settings
from storage.engine import Database
from storage.migrate import revision_of, revisions
from tests.conftest import ROOT


def test_init_writes_settings_that_load(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    result = CliRunner().invoke(app, ["init", str(path)])
    assert result.exit_code == 0, result.output
    assert f"tocsin check --settings {path}" in result.stdout
    settings, warnings = load_settings(path)
    assert settings.outlets
    assert settings.watch
    assert warnings == ()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text("utf-8") == (ROOT / "settings.toml").read_text("utf-8")


def test_init_leaves_a_file_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("# mine\n")
    result = CliRunner().invoke(app, ["init", str(path)])
    assert (result.exit_code, path.read_text()) == (1, "# mine\n")
    assert "exists already" in result.stderr


def test_missing_settings_point_to_init(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"tocsin init .*none\.toml"):
        load_settings(tmp_path / "none.toml")


@pytest.mark.thorough
def test_wheel_holds_the_settings_to_begin_with(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = archive.read("service/starter.toml")
        assert {name.split("/")[0] for name in archive.namelist()} - {"tocsin-0.1.0.dist-info"} == {
            *("storage", "crawler", "alerts", "service")
        }
    assert shipped == (ROOT / "settings.toml").read_bytes()


def test_check_counts_what_is_in_the_database(tmp_path: Path, storage_url: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        f'[storage]\nurl = "{storage_url}"\n[[channels]]\nname = "desk"\ntype = "console"\n', encoding="utf-8"
    )
    path.chmod(0o600)

    def call(*words: str) -> tuple[str, str]:
        result = CliRunner().invoke(app, [*words, "--settings", str(path)])
        assert result.exit_code == 0, result.output
        return result.stdout, " ".join(result.stderr.split())

    out, err = call("check")
    assert "0 outlets, 0 watch lists, 1 channel;" in out
    assert "no outlets: add [[outlets]]" in err
    assert "no watch list uses the channel 'desk'" in err
    call("outlets", "add", "Gazette", "--feed", "https://gazette.example/rss")
    call("outlets", "add", "Ledger", "--feed", "https://ledger.example/rss")
    call("outlets", "pause", "Ledger")
    call("watch", "add", "Energy", "--actor", "Leila Benali", "--channel", "desk")
    out, err = call("check")
    assert "2 outlets, 1 watch list, 1 channel;" in out
    assert "no outlets" not in err
    assert "no watch list uses" not in err
    assert "the outlet 'Ledger' is paused since" in err


@pytest.fixture
def older_url(storage_url: str) -> Iterator[str]:
    """The address of a database that says that it is of the revision before."""

    def stamp(revision: str) -> None:
        with Database(storage_url) as database, database.write() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})

    stamp(revisions()[-2])
    yield storage_url
    stamp(revisions()[-1])  # other tests are given it too


def test_no_command_but_run_and_upgrade_changes_an_older_database(tmp_path: Path, older_url: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'[storage]\nurl = "{older_url}"\n', encoding="utf-8")
    path.chmod(0o600)
    older, newest = revisions()[-2:]

    def call(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, [*words, "--settings", str(path)])
        return result.exit_code, f"{result.stdout} {result.stderr} {result.exception}"

    add = ["outlets", "add", "X", "--feed", "https://x.example/f"]
    for words in (["alerts", "list"], ["outlets", "list"], ["db", "stats"], add):
        code, said = call(*words)
        assert code == 1
        assert f"has revision {older}, and this Tocsin works with {newest}. Stop the service" in said
    code, said = call("check")
    told = f"at revision {older}, which `tocsin run` or `tocsin db upgrade` brings to {newest}"
    assert (code, told in said) == (0, True)
    with Database(older_url) as database:
        assert revision_of(database) == older


def test_check_makes_no_database(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f'[storage]\nurl = "sqlite:///{tmp_path}/tocsin.db"\n', encoding="utf-8")
    path.chmod(0o600)
    result = CliRunner().invoke(app, ["check", "--settings", str(path)])
    assert (result.exit_code, "; database not made yet." in result.stdout) == (0, True)
    assert list(tmp_path.iterdir()) == [path]
