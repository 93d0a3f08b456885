"""The three surfaces of one service, asked alike: the command line, the API and the page's forms."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from typer.testing import CliRunner

from service.cli.app import app
from tests.service.web.served import NAME, PASSWORD, Served, served, settings_on

SURFACES = ("command line", "API", "page")
FILE = """
[storage]
url = "{url}"
[web]
listen = "127.0.0.1:0"
[crawler]
proxy = "http://127.0.0.1:9"
[[channels]]
name = "console"
type = "console"
[[watch]]
name = "From the file"
channels = ["console"]
actors = [{{ name = "Nobody Here" }}]
[[outlets]]
name = "Declared"
feeds = ["https://declared.example/rss"]
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a surface says: whether it was done, and its words where it was refused, with the key at fault."""

    done: bool
    words: str = ""
    key: str | None = None


@dataclass(slots=True)
class House:
    """A service, with a settings file for the command line that says the same as its own settings."""

    served: Served
    settings: Path
    api: httpx.Client
    page: httpx.Client
    csrf: str

    def command(self, *words: str) -> Answer:
        """Call `tocsin`."""
        result = CliRunner().invoke(app, [*words, "--settings", str(self.settings)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Answer(result.exit_code == 0, result.stderr)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Call the API."""
        answer = self.api.request(method, f"/api/v1{path}", json=body)
        assert answer.status_code < 500, answer.text
        if answer.is_success:
            return Answer(done=True)
        problem = answer.json()
        assert (problem["status"], answer.headers["content-type"]) == (
            answer.status_code,
            "application/problem+json",
        )
        key = problem["errors"][0]["at"] if problem.get("errors") else None
        return Answer(done=False, words=problem["detail"], key=key and key.removeprefix("body."))

    def send(self, path: str, form: Mapping[str, Any]) -> Answer:
        """Send a form of the page."""
        answer = self.page.post(path, data={"csrf": self.csrf, **form})
        assert answer.status_code < 500, answer.text
        if answer.status_code in (200, 303):
            return Answer(done=True)
        at = re.search(r'id="fault-(\w+)">(.*?)</span>', answer.text)
        return Answer(
            done=False, words=html.unescape(at[2] if at else answer.text), key=at[1] if at else None
        )


@contextmanager
def house_on(storage_url: str, folder: Path) -> Iterator[House]:
    """Run a service with one user, a token and a settings file."""
    settings = folder / "settings.toml"
    settings.write_text(FILE.format(url=storage_url), encoding="utf-8")
    settings.chmod(0o600)
    more = {"outlets": [{"name": "Declared", "feeds": ["https://declared.example/rss"]}]}
    with served(settings_on(storage_url, **more)) as running:
        link = running.first_link()
        assert link is not None
        with running.client("admin") as api, running.client() as page:
            page.post(link, data={"name": NAME, "password": PASSWORD, "again": PASSWORD})
            found = re.search(r'name="csrf" value="([0-9a-f]+)"', page.get("/account").text)
            assert found is not None
            yield House(running, settings, api, page, found[1])


Asker = Callable[[House, Mapping[str, Any]], Answer]
"""Asks one surface for one act with these values."""
