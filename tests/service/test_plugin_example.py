"""A stranger's package of plugins, installed beside Tocsin's wheel into a fresh environment, works there like ours."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.replay.outlets import ReplayOutlets, page, raw

pytestmark = pytest.mark.thorough  # a wheel is built and installed; that plugins are found: test_plugins.py

EXAMPLE = ROOT / "tests" / "plugin_example"
KINDS = {
    "channel": "logbook",
    "enricher": "quotes",
    "extractor": "signed",
    "operator": "caps",
    "source": "board",
}
SETTINGS = """
[storage]
url = "sqlite:///{folder}/tocsin.db"
[crawler]
proxy = "{proxy}"
per_host_delay = "0s"
allow_networks = ["127.0.0.1/32"]
[web]
listen = "127.0.0.1:0"
[[outlets]]
name = "Harbour Gazette"
sources = [{{ kind = "board", url = "http://gazette.example/board" }}]
[[channels]]
name = "bridge"
type = "logbook"
path = "{folder}/logbook"
stamp_file = "{folder}/stamp"
[[watch]]
name = "Ports"
channels = ["bridge"]
[[watch.topics]]
name = "Loud ports"
query = "caps:PORTS"
"""
TEXT = (
    "<p>All {word} of the north are closed until further notice, the harbour master said on Monday.</p>"
    "<p>“Nobody sails,” she said. “Nobody at all, whatever the owners of the ships may say of it.”</p>"
    '<p class="signed">Fatima Zahra Alaoui</p>'
)


def build_wheel(project: Path, into: Path) -> Path:
    """Build a project's wheel with what is installed here, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    return max(into.glob("*.whl"), key=lambda wheel: wheel.stat().st_mtime_ns)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with both wheels, and with what they depend on lent from this one."""
    folder = tmp_path_factory.mktemp("environment")
    wheels = [build_wheel(project, folder / "wheels") for project in (ROOT, EXAMPLE)]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python"]
    subprocess.run([*install, python, *wheels], check=True)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return python.parent


def test_the_guide_shows_this_package() -> None:
    guide = (ROOT / "docs" / "plugins.md").read_text("utf-8")
    shown = re.findall(r"^```(?:python|text)\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    modules = [path for path in (EXAMPLE / "harbour_desk").glob("*.py") if path.name != "__init__.py"]
    files = [EXAMPLE / "pyproject.toml", *modules]
    assert sorted(shown) == sorted(path.read_text("utf-8") for path in files)


def tocsin(environment: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [environment / "tocsin", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (tmp_path / "stamp").write_text("HD-7\n")
    (tmp_path / "stamp").chmod(0o600)
    path = tmp_path / "settings.toml"
    path.write_text(SETTINGS.format(folder=tmp_path, proxy="http://127.0.0.1:9"))
    return path


def test_each_of_its_plugins_is_listed_beside_ours(environment: Path, tmp_path: Path) -> None:
    listed = json.loads(tocsin(environment, tmp_path, "plugins", "--json").stdout)
    theirs = {row["kind"]: row for row in listed if row["package"] == "harbour-desk"}
    assert {kind: row["name"] for kind, row in theirs.items()} == KINDS
    for row in theirs.values():
        assert (row["version"], row["failure"]) == ("1.0", None)
        assert row["doc"]
    assert {row["kind"] for row in listed if row["package"] == "tocsin"} == set(KINDS)
    assert [row for row in listed if row["failure"]] == []


def test_its_keys_are_checked_as_ours_are(environment: Path, settings: Path) -> None:
    good = tocsin(environment, settings.parent, "check", "--settings", str(settings))
    assert good.returncode == 0, good.stderr
    text = settings.read_text()
    settings.write_text(text.replace("path =", "pth =").replace("caps:PORTS", "caps:"))
    refused = tocsin(environment, settings.parent, "check", "--settings", str(settings))
    assert refused.returncode == 2
    assert "channels[0].pth: unknown key; did you mean 'path'?" in refused.stderr
    assert "channels[0].path: is missing" in refused.stderr
    assert "watch[0].topics[0].query" in refused.stderr
    settings.write_text(text.replace('type = "logbook"', 'type = "logbok"'))
    unknown = tocsin(environment, settings.parent, "check", "--settings", str(settings))
    assert 'type must be one of "amqp", "apprise", "console", "email"' in unknown.stderr
    assert '"logbook"' in unknown.stderr


@contextmanager
def service(environment: Path, settings: Path, *, proxy: str) -> Iterator[None]:
    settings.write_text(SETTINGS.format(folder=settings.parent, proxy=proxy))
    log = settings.parent / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [environment / "tocsin", "run", "--settings", settings],
            cwd=settings.parent,
            stdout=output,
            stderr=output,
        )
        try:
            yield
        except AssertionError as error:
            error.add_note(log.read_text())
            raise
        finally:
            process.terminate()
            process.wait(60)


async def first_line(pipe: Path, *, seconds: float) -> str:
    """Return the first line that is written into a named pipe: whoever writes it wakes us."""
    reading = asyncio.create_task(asyncio.to_thread(lambda: pipe.open(encoding="utf-8").readline()))
    done, _ = await asyncio.wait([reading], timeout=seconds)
    if not done:
        os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))  # lets the reader go
    return await reading


async def test_the_service_works_with_all_of_them(environment: Path, settings: Path) -> None:
    folder = settings.parent
    os.mkfifo(folder / "logbook")
    async with ReplayOutlets() as outlets:
        loud, calm = "http://gazette.example/loud", "http://gazette.example/calm"
        now = datetime.now(UTC).isoformat()
        notices = f"{now} {calm} A calm day\n{now} {loud} A notice\n"
        outlets.script["http://gazette.example/board"] = [raw(notices.encode(), Content_Type="text/plain")]
        outlets.script[calm] = [page("A calm day", TEXT.format(word="ports"))]
        outlets.script[loud] = [page("A notice", TEXT.format(word="PORTS"))]
        with service(environment, settings, proxy=outlets.proxy):
            line = await first_line(folder / "logbook", seconds=120)
            assert line.startswith("HD-7 msg_"), "sent through its channel, with the secret of its file"
            assert line.endswith("[Ports] A notice\n"), "found by its operator alone"
            await outlets.wait_for(lambda: outlets.times(calm) > 0)
    alerts = json.loads(tocsin(environment, folder, "alerts", "list", "--json").stdout)
    assert [[article["title"] for article in alert["articles"]] for alert in alerts] == [["A notice"]]
    (article,) = alerts[0]["articles"]
    assert article["facts"]["quotes"] == {"quotations": 2}, "enriched"
    assert article["facts"].keys() == {"quotes", "reading"}
    with closing(sqlite3.connect(folder / "tocsin.db")) as database:
        (authors,) = database.execute("SELECT authors FROM article WHERE url = ?", [loud]).fetchone()
    assert json.loads(authors) == ["Fatima Zahra Alaoui"], "read by its extractor"
