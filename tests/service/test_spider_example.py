"""The package of docs/spiders.md: installed as its users install it, it runs as it stands."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.replay.outlets import ReplayOutlets, raw
from tests.service.test_plugin_example import build_wheel

EXAMPLE = ROOT / "tests" / "spider_example"
SETTINGS = """
[storage]
url = "sqlite:///{folder}/tocsin.db"
[crawler]
proxy = "{proxy}"
per_host_delay = "0s"
allow_networks = ["127.0.0.1/32"]
[[outlets]]
name = "Ministry of Fisheries"
sources = [{{ kind = "spider", spider = "fisheries", args = {{ pages = 3 }}, every = "30m" }}]
"""
ROW = (
    "<tr><td><a href='/r/{0}'> Release {0} of the year </a></td>"
    "<td class='about'>On nets.</td><td class='date'>{0} March 2026</td></tr>"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the package into a folder of its own."""
    folder = tmp_path_factory.mktemp("our-spiders")
    wheel = build_wheel(EXAMPLE, folder / "wheels")
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--target"]
    subprocess.run([*install, folder / "site", wheel], check=True)
    return folder / "site"


@pytest.fixture
async def outlets() -> AsyncIterator[ReplayOutlets]:
    async with ReplayOutlets() as outlets:
        draft = ROW.format(7).replace("Release", "DRAFT release")
        for page, numbers in (("press", (9, 8)), ("press/2", (6, 5)), ("press/3", (4,)), ("press/4", (3,))):
            rows = "".join(ROW.format(number) for number in numbers) + (draft if page == "press" else "")
            older = f"<a class='older' href='/press/{int(page[6:] or 1) + 1}'>Older</a>"
            outlets.script[f"http://fisheries.example/{page}"] = [
                raw(f"<table class='releases'>{rows}</table>{older}".encode(), Content_Type="text/html")
            ]
        yield outlets


def tocsin(installed: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    program = [sys.executable, "-c", "from service.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), str(ROOT)])}
    return subprocess.Popen(
        program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_guide_shows_this_package() -> None:
    guide = (ROOT / "docs" / "spiders.md").read_text("utf-8")
    shown = re.findall(r"^```(?:python|text)\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    modules = [path for path in (EXAMPLE / "our_spiders").glob("*.py") if path.name != "__init__.py"]
    files = [EXAMPLE / "pyproject.toml", *modules]
    assert sorted(shown) == sorted(path.read_text("utf-8") for path in files)


@pytest.mark.thorough
async def test_it_is_tried_by_its_entry_point(
    installed: Path, outlets: ReplayOutlets, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(SETTINGS.format(folder=tmp_path, proxy=outlets.proxy))
    process = tocsin(
        installed, "try", "spider", "fisheries", "-a", "pages=2", "--json", "--settings", settings
    )
    answer, complaints = await asyncio.to_thread(process.communicate)
    assert process.returncode == 0, complaints
    tried = json.loads(answer)
    assert [(entry["url"], entry["title"], entry["published"]) for entry in tried["entries"]] == [
        (
            f"http://fisheries.example/r/{number}",
            f"Release {number} of the year",
            f"2026-03-0{number}T00:00:00Z",
        )
        for number in (9, 8, 6, 5)
    ]
    assert (tried["requests"], tried["finish"], tried["problem"]) == (2, "finished", None)


@pytest.mark.thorough
async def test_the_service_polls_it(installed: Path, outlets: ReplayOutlets, tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(SETTINGS.format(folder=tmp_path, proxy=outlets.proxy))
    process = tocsin(installed, "poll", "--json", "--settings", settings)
    answer, complaints = await asyncio.to_thread(process.communicate)
    assert process.returncode == 0, complaints
    (polled,) = json.loads(answer)
    assert (polled["outlet"], polled["entries"], polled["error"]) == ("Ministry of Fisheries", 5, None)
