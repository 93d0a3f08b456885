"""The command line, as a user calls it, over a database that a real run has filled."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from service.cli.app import Commands, app, main
from service.cli.lazy import load_command
from service.demo.receivers import WebhookReceiver
from service.settings import load_settings
from tests.conftest import ROOT
from tests.databases import on_both
from tests.replay.conftest import SECRET, running
from tests.replay.outlets import ReplayOutlets, feed, page, paragraphs

pytestmark = on_both


TITLE = "Nasser Bourita in Madrid"
TEXT = (
    "The minister Nasser Bourita met his counterpart in Madrid on Monday to speak about fisheries and ports.",
    "Both governments are to meet again in the autumn, once the working group has put its report on paper.",
)
SETTINGS = """
[storage]
url = "{storage}"
[crawler]
proxy = "{proxy}"
per_host_delay = "0s"
allow_networks = ["127.0.0.1/32"]
[web]
listen = "127.0.0.1:0"
[[outlets]]
name = "Gazette"
feeds = ["http://gazette.example/rss"]
language = "en"
[[outlets]]
name = "Broken"
feeds = ["http://broken.example/rss"]
[[channels]]
name = "hook"
type = "webhook"
url = "{hook}"
secret = "{secret}"
[[watch]]
name = "Morocco"
channels = ["hook"]
[[watch.actors]]
name = "Nasser Bourita"
surname = true
[[watch.topics]]
name = "Fish"
query = "fisher*"
"""

Call = Callable[..., Result]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settings(tmp_path_factory: pytest.TempPathFactory, module_storage_url: str) -> AsyncIterator[Path]:
    """Settings whose database holds one alert, delivered: at once, or updated where the page came later.

    The tests share it: each leaves the outlets, watch lists and alerts as they were.
    """

    def told() -> set[str]:
        return {row["name"] for webhook in hook.webhooks[-1:] for row in webhook.data["mentions"]}

    async with ReplayOutlets() as outlets, WebhookReceiver(SECRET) as hook:
        outlets.script["http://gazette.example/rss"] = [feed(("http://gazette.example/1", TITLE))]
        outlets.script["http://gazette.example/1"] = [page(TITLE, paragraphs(*TEXT))]
        path = tmp_path_factory.mktemp("cli") / "settings.toml"
        values = {"storage": module_storage_url, "proxy": outlets.proxy, "hook": hook.url, "secret": SECRET}
        path.write_text(SETTINGS.format(**values), encoding="utf-8")
        path.chmod(0o600)
        async with running(load_settings(path)[0]):
            await hook.wait_for(lambda: told() == {"Nasser Bourita", "Fish"}, seconds=120)
            await outlets.wait_for(lambda: outlets.times("http://broken.example/rss") >= 1)
        yield path


@pytest.fixture
def call(settings: Path) -> Call:
    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, [*words, "--settings", str(settings)])
        assert result.exit_code == code, result.output
        return result

    return run


def test_outlets(call: Call) -> None:
    broken, gazette = json.loads(call("outlets", "list", "--json").stdout)
    assert (gazette["outlet"], gazette["state"], gazette["last_error"]) == ("Gazette", "ok", None)
    assert (broken["state"], broken["failures"]) == ("failing (1)", 1)
    assert "404" in broken["last_error"]
    assert "Gazette" in call("outlets", "list").stdout
    call("outlets", "add", "Ledger", "--feed", "http://ledger.example/rss", "--country", "MA")
    assert [row["outlet"] for row in json.loads(call("outlets", "list", "--json").stdout)] == [
        "Broken",
        "Gazette",
        "Ledger",
    ]
    call("outlets", "remove", "Ledger")
    assert "Ledger" not in call("outlets", "list").stdout
    assert "declared in" in call("outlets", "remove", "Gazette", code=1).stderr
    assert "There is no outlet 'Nobody'" in call("outlets", "remove", "Nobody", code=1).stderr
    assert "http://" in call("outlets", "add", "X", "--feed", "ledger", code=2).stderr


def test_watch(call: Call) -> None:
    (watched,) = json.loads(call("watch", "list", "--json").stdout)
    assert watched == json.loads(call("watch", "show", "Morocco", "--json").stdout)
    assert watched["actors"][0]["surname"] is True
    assert watched["topics"] == [{"name": "Fish", "query": "fisher*"}]
    shown = call("watch", "show", "Morocco").stdout
    assert "Nasser Bourita (the surname counts beside the full name)" in shown
    assert "there is no watch list 'X'" in call("watch", "show", "X", code=1).stderr


def test_database_is_copied_and_counted(call: Call, settings: Path) -> None:
    copy = settings.with_name("copy.db")
    assert "checked" in call("db", "backup", str(copy)).stdout
    assert copy.is_file()
    counted = json.loads(call("db", "stats", "--json").stdout)
    assert counted["rows"]["alert"] == 1
    assert "article" in call("db", "stats").stdout


def test_search(call: Call) -> None:
    (hit,) = json.loads(call("search", "fisher* AND bourita", "--json").stdout)
    assert (hit["title"], hit["outlet"], hit["field"]) == (TITLE, "Gazette", "title")
    assert hit["sentence"][hit["start"] : hit["end"]] == "Bourita"
    (hit,) = json.loads(call("search", "fisher*", "--since", "30d", "--limit", "1", "--json").stdout)
    assert (hit["sentence"], hit["sentence"][hit["start"] : hit["end"]]) == (TEXT[0], "fisheries")
    assert TEXT[0] in call("search", "fisher*").stdout
    assert "No stored article" in call("search", "volcano").stdout
    broken = call("search", "fisher* AND (", code=1).exception
    assert str(broken).startswith("the query ends too early")  # and nothing of a watch list
    assert "nor a duration" in call("search", "x", "--since", "soon", code=2).stderr


def test_alerts(call: Call) -> None:
    (alert,) = json.loads(call("alerts", "list", "--json").stdout)
    (article,) = alert["articles"]
    assert (article["title"], article["outlet"]) == (TITLE, "Gazette")
    for mention in article["mentions"]:
        assert article[mention["field"]][mention["start"] : mention["end"]] == mention["surface"]
    assert {mention.get("actor") or mention["topic"] for mention in article["mentions"]} == {
        "Nasser Bourita",
        "Fish",
    }
    assert TITLE in call("alerts", "list", "--watch", "Morocco").stdout
    assert "No alerts yet." in call("alerts", "list", "--watch", "Other").stdout
    assert "The minister «Nasser Bourita» met" in call("alerts", "show", str(alert["id"])).stdout
    assert "there is no alert 99" in call("alerts", "show", "99", code=1).stderr


def test_deliveries(call: Call) -> None:
    rows = json.loads(call("deliveries", "list", "--json").stdout)
    assert {(row["state"], row["attempts"], row["channel"], row["last_error"]) for row in rows} == {
        ("sent", 1, "hook", None)
    }
    assert len(rows) <= 2
    assert "sent" in call("deliveries", "list", "--state", "sent").stdout
    assert "No notifications." in call("deliveries", "list", "--state", "failed").stdout


@pytest.mark.asyncio(loop_scope="module")
async def test_poll_and_check(call: Call) -> None:
    async def aside(*words: str, code: int = 0) -> Result:
        return await asyncio.to_thread(call, *words, code=code)

    reports = {row["outlet"]: row for row in json.loads((await aside("poll", "--json")).stdout)}
    assert reports["Gazette"]["status"] == 304
    assert "404" in reports["Broken"]["error"]
    polled = json.loads((await aside("poll", "Gazette", "--json")).stdout)
    assert [row["outlet"] for row in polled] == ["Gazette"]
    assert "Gazette" in (await aside("poll", "Gazette")).stdout
    assert "There is no outlet 'Nobody'" in (await aside("poll", "Nobody", code=1)).stderr
    assert "2 outlets, 1 watch list, 1 channel;" in (await aside("check")).stdout
    assert "is at revision" in (await aside("db", "upgrade")).stdout


def test_try(call: Call, tmp_path: Path) -> None:
    article = tmp_path / "article.json"
    article.write_text(json.dumps({"id": 7, "title": TITLE, "text": "\n".join(TEXT)}), encoding="utf-8")
    answer = json.loads(call("try", "match", str(article)).stdout)
    assert answer["id"] == 7
    assert [mention["watch"] for mention in answer["mentions"]] == ["Morocco"] * 3


def commands(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:  # noqa: ANN401  (a command of typer's own copy of click)
    inner: dict[str, Any] = getattr(command, "commands", {})
    return [found for name in inner for found in commands(inner[name], (*path, name))] or [path]


def all_commands() -> list[tuple[str, ...]]:
    return [path for place in Commands.places for path in commands(load_command(place), (place.name,))]


@pytest.mark.parametrize("path", all_commands(), ids=" ".join)
def test_help_has_an_example_that_names_the_command(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200"})
    assert result.exit_code == 0
    example = re.search(r"Example: (.*)", result.stdout)
    assert example is not None
    assert f"tocsin {' '.join(path)}" in example[1]


def written_commands() -> list[Any]:
    written = re.compile(r"(?:`|^ {4})((?:\.venv/bin/)?tocsin [a-z].*?)(?:`|$)", re.MULTILINE)
    return [
        pytest.param(line, id=f"{path.name}: {line}")
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
        for line in written.findall(path.read_text("utf-8"))
    ]


@pytest.mark.parametrize("line", written_commands())
def test_commands_in_the_docs_exist(line: str) -> None:
    words = shlex.split(line.partition("#")[0].partition(" | ")[0])[1:]
    command: Any = load_command(next(place for place in Commands.places if place.name == words[0]))
    words.pop(0)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    assert not hasattr(command, "commands"), f"there is no command {words[:1]}"
    flags = {flag for one in command.params for flag in (*one.opts, *one.secondary_opts)} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= flags


def test_readme_tries_a_rule(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"    echo '(.*)' \| \.venv/bin/tocsin (try match .*)", readme)
    assert found is not None
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, shlex.split(found[2]), input=found[1])
    assert result.exit_code == 0
    assert [mention["surface"] for mention in json.loads(result.stdout)["mentions"]] == ["Nasser Bourita"]


def test_bad_settings_end_with_every_mistake_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("[crawler]\ninterval = 'x'\n[wep]\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["tocsin", "run", "--settings", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert f"{path}:2 crawler.interval: " in error
    assert f"{path}:3 wep: unknown key; did you mean 'web'?" in error
    assert "2 mistakes in the settings; nothing was started." in error
