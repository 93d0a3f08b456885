"""`tocsin plugins`, and what a plugin that does not load stops: nothing but itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from service.cli.app import app
from service.plugins import KINDS, log_failed_plugins
from storage.entry_points import installed, installed_one
from tests.conftest import ROOT
from tests.fake_packages import install_package

BROKEN = {"tocsin.channels": {"pigeon": "pigeon_post:plugin"}}


def tocsin(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the command line in a process that also finds the packages of a folder."""
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_of_ours_load_and_say_what_they_are() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    ours = {
        (group.removeprefix("tocsin.").removesuffix("s"), name)
        for group, points in declared.items()
        for name in points
    }
    listed = json.loads(CliRunner().invoke(app, ["plugins", "--json"]).stdout)
    found = {(row["kind"], row["name"]): row for row in listed if row["package"] == "tocsin"}
    assert found.keys() == ours
    assert {kind for kind, _ in ours} == set(KINDS)
    for row in found.values():
        assert row["failure"] is None, row
        assert row["doc"], row
        assert "\n" not in row["doc"]


@pytest.mark.thorough
def test_one_that_does_not_load_is_named_and_stops_nothing(tmp_path: Path) -> None:
    install_package(tmp_path, "pigeons", entry_points=BROKEN, modules={"pigeon_post": "import loft_keeping"})
    called = tocsin(tmp_path, "plugins")
    assert called.returncode == 0
    assert "the channel 'pigeon' of pigeons does not load: ModuleNotFoundError" in called.stderr
    assert "webhook" in called.stdout
    settings = tmp_path / "settings.toml"
    settings.write_text("[[channels]]\nname = 'a'\ntype = 'pigeon'\n")
    refused = tocsin(tmp_path, "check", "--settings", str(settings))
    assert refused.returncode == 2
    assert "type 'pigeon' of the package pigeons does not load: ModuleNotFoundError" in refused.stderr


def test_the_service_warns_of_it_at_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_package(tmp_path, "pigeons", entry_points=BROKEN, modules={"pigeon_post": "plugin = 'coo'"})
    monkeypatch.syspath_prepend(tmp_path)
    installed.cache_clear()
    installed_one.cache_clear()
    try:
        with capture_logs() as logs:
            log_failed_plugins()
    finally:
        monkeypatch.undo()
        installed.cache_clear()
        installed_one.cache_clear()
    (warning,) = logs
    assert warning["log_level"] == "warning"
    assert (warning["kind"], warning["plugin"], warning["package"]) == ("channel", "pigeon", "pigeons 1.0")
    assert "must lead to a ChannelPlugin, not to str" in warning["error"]
