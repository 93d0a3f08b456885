"""What the command line, the API and the page's form say of the same act: one table of rows, each run through all three."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml.html import fromstring
from typer.testing import CliRunner

from service.cli.app import app
from service.clock import utc_now
from storage.stores.alerts.silences import list_silences
from storage.stores.watch.watch_lists import (
    WatchFacts,
    actors_named,
    facts_named,
    stream_actors,
    stream_topics,
    topics_named,
    watch_facts,
)
from storage.units import format_duration
from tests.archive import watch
from tests.databases import on_both, on_sqlite
from tests.service.web.served import NAME, PASSWORD, Served, served, settings_on

pytestmark = on_sqlite

SETTINGS = """
[storage]
url = "{url}"
[[channels]]
name = "console"
type = "console"
[[channels]]
name = "urgent"
type = "console"
[[watch]]
name = "From the file"
channels = ["console"]
[[watch.actors]]
name = "Nobody Here"
"""


FIELD_AT_FAULT = "//*[@role='alert']/ancestor::*[self::label or self::fieldset][1]//*[@name]/@name"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a surface said: whether it was done, and all its words."""

    done: bool
    words: str
    field: str = ""
    """The field at fault, where the surface names it."""


class CommandLine:
    """`tocsin`, as a user calls it."""

    def __init__(self, settings: Path) -> None:
        self._settings = settings

    def run(self, *words: str) -> Answer:
        result = CliRunner().invoke(app, [*words, "--settings", str(self._settings)])
        assert result.exit_code in (0, 1, 2), result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Answer(result.exit_code == 0, result.output)

    def change(self, name: str, values: Mapping[str, Any]) -> Answer:
        words = ["watch", "set", name]
        for route in values.get("channels", ()):
            words += ["--channel", route if isinstance(route, str) else _inline(route)]
        for code in values.get("languages", ()):
            words += ["--language", code]
        for key in ("alert", "min_score", "update_interval"):
            if key in values:
                words += [f"--{key.replace('_', '-')}={values[key]}"]
        if "spikes" in values:
            words.append("--spikes" if values["spikes"] else "--no-spikes")
        for tag in values.get("tags", ()):
            words += ["--tag", tag]
        return self.run(*words)

    def actor(self, name: str, actor: str) -> Answer:
        return self.run("watch", "add", name, "--actor", actor)

    def alias(self, name: str, actor: str, alias: str) -> Answer:
        return self.run("watch", "add", name, "--actor", actor, "--alias", f"{actor}={alias}")

    def topic(self, name: str, topic: str, query: str) -> Answer:
        return self.run("watch", "add", name, "--topic", f"{topic}={query}")

    def rename(self, name: str, new: str, kind: str = "list", old: str = "") -> Answer:
        return self.run("watch", "rename", name, new, *([] if kind == "list" else [f"--{kind}", old]))

    def pause(self, name: str, *, undo: bool = False) -> Answer:
        return self.run("watch", "resume" if undo else "pause", name)

    def copy(self, name: str, new: str) -> Answer:
        return self.run("watch", "copy", name, new)

    def silence(self, **muted: str) -> Answer:
        named = {"watch_list": "watch"}
        options = [f"--{named.get(key, key)}={value}" for key, value in muted.items()]
        return self.run("silence", "add", "8h", *options)


class Api:
    """The API, with a token that may write."""

    def __init__(self, house: Served) -> None:
        self._client = house.client("write")

    def send(
        self, method: str, path: str, *, json: object = None, params: dict[str, str] | None = None
    ) -> Answer:
        answer = self._client.request(method, f"/api/v1{path}", json=json, params=params)
        assert answer.status_code < 500, answer.text
        body = answer.json() if answer.content else {}
        words = [body.get("detail", ""), *body.get("warnings", ())] if isinstance(body, dict) else []
        faults = body.get("errors") or [] if isinstance(body, dict) else []
        at = faults[0]["at"].removeprefix("body.") if faults else ""
        return Answer(answer.is_success, "\n".join([*words, *(fault["message"] for fault in faults)]), at)

    def number(self, name: str) -> int:
        lists = self._client.get("/api/v1/watch-lists").json()["items"]
        return int(next(item["id"] for item in lists if item["name"] == name))

    def change(self, name: str, values: Mapping[str, Any]) -> Answer:
        return self.send("PATCH", f"/watch-lists/{self.number(name)}", json=dict(values))

    def actor(self, name: str, actor: str) -> Answer:
        return self.send("PUT", f"/watch-lists/{self.number(name)}/actors", json={"name": actor})

    def alias(self, name: str, actor: str, alias: str) -> Answer:
        sent = {"name": actor, "aliases": [alias]}
        return self.send("PUT", f"/watch-lists/{self.number(name)}/actors", json=sent)

    def topic(self, name: str, topic: str, query: str) -> Answer:
        sent = {"name": topic, "query": query}
        return self.send("PUT", f"/watch-lists/{self.number(name)}/topics", json=sent)

    def rename(self, name: str, new: str, kind: str = "list", old: str = "") -> Answer:
        path = f"/watch-lists/{self.number(name)}"
        if kind == "list":
            return self.send("PATCH", path, json={"name": new})
        sent = {"name": new} if kind == "actor" else {"name": new, "query": "solar"}
        return self.send("PUT", f"{path}/{kind}s", json=sent, params={"old": old})

    def pause(self, name: str, *, undo: bool = False) -> Answer:
        return self.send("PATCH", f"/watch-lists/{self.number(name)}", json={"paused": not undo})

    def copy(self, name: str, new: str) -> Answer:
        return self.send("POST", f"/watch-lists/{self.number(name)}/copy", json={"name": new})

    def silence(self, **muted: str) -> Answer:
        return self.send("POST", "/silences", json={**muted, "hours": 8})


class Page:
    """The page's forms, as a browser without JavaScript sends them: every field of the form, those that are filled in changed."""

    def __init__(self, house: Served) -> None:
        self._client = httpx.Client(
            base_url=house.url, timeout=60, headers={"Origin": house.url}, verify=False
        )
        link = house.first_link()
        assert link is not None
        sent = {"name": NAME, "password": PASSWORD, "again": PASSWORD}
        assert self._client.post(link, data=sent).status_code == 303
        assert self._client.post("/login", data=sent).status_code == 303

    def read(self, path: str) -> str:
        """Return a page."""
        return self._client.get(path).text

    def form(self, path: str, action: str) -> dict[str, list[str]]:
        """Return the fields of a page's form as they stand."""
        document = fromstring(self._client.get(path).text)
        (form, *_more) = (form for form in document.forms if form.action == action)
        fields: dict[str, list[str]] = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        return fields

    def send(self, path: str, fields: Mapping[str, Sequence[str]]) -> Answer:
        answer = self._client.post(path, data={key: list(value) for key, value in fields.items()})
        assert answer.status_code < 500, answer.text
        if not answer.text:
            return Answer(answer.status_code == 303, "")
        document = fromstring(answer.text)
        beside = document.xpath(FIELD_AT_FAULT)
        return Answer(answer.status_code == 200, document.text_content(), beside[0] if beside else "")

    def change(self, name: str, values: Mapping[str, Any]) -> Answer:
        fields = self.form(f"/watch/list?name={name}", "/watch/facts")
        for key, value in values.items():
            match key:
                case "channels":
                    fields["channels"] = [r if isinstance(r, str) else r["channel"] for r in value]
                    for route in value:
                        if isinstance(route, dict):
                            fields |= {
                                f"{route['channel']}:{condition}": [
                                    " | ".join(items) if isinstance(items, list) else str(items)
                                ]
                                for condition, items in route.items()
                                if condition != "channel"
                            }
                case "languages" | "tags":
                    fields[key] = [", ".join(value)]
                case "spikes":
                    fields["spikes"] = ["1"] if value else []
                case _:
                    fields[key] = [str(value)]
        return self.send("/watch/facts", fields)

    def actor(self, name: str, actor: str) -> Answer:
        return self.alias(name, actor, "")

    def alias(self, name: str, actor: str, alias: str) -> Answer:
        fields = self.form(f"/watch/actor?list={name}", "/watch/actor")
        return self.send("/watch/actor", {**fields, "name": [actor], "aliases": [alias]})

    def topic(self, name: str, topic: str, query: str) -> Answer:
        fields = self.form(f"/watch/topic?list={name}", "/watch/topic")
        return self.send("/watch/topic", {**fields, "name": [topic], "query": [query]})

    def rename(self, name: str, new: str, kind: str = "list", old: str = "") -> Answer:
        if kind == "list":
            fields = self.form(f"/watch/list?name={name}", "/watch/facts")
            return self.send("/watch/facts", {**fields, "name": [new]})
        fields = self.form(f"/watch/{kind}?list={name}&name={old}", f"/watch/{kind}")
        return self.send(f"/watch/{kind}", {**fields, "name": [new]})

    def pause(self, name: str, *, undo: bool = False) -> Answer:
        fields = self.form(f"/watch/list?name={name}", "/watch/pause")
        assert bool(fields.get("undo")) is undo
        return self.send("/watch/pause", fields)

    def copy(self, name: str, new: str) -> Answer:
        fields = self.form(f"/watch/list?name={name}", "/watch/copy")
        return self.send("/watch/copy", {**fields, "name": [new]})

    def silence(self, **muted: str) -> Answer:
        named = {"watch_list": "watch"}
        fields = self.form("/silences", "/silences")
        sent = {named.get(key, key): [value] for key, value in muted.items()}
        return self.send("/silences", {**fields, **sent, "hours": ["8"]})


Surface = CommandLine | Api | Page


@dataclass(slots=True)
class House:
    """A running service, and every way to tell it something."""

    served: Served
    surfaces: dict[str, Surface]
    numbers: Iterator[int] = field(default_factory=count)

    def new_list(self) -> str:
        """Make a list of its own for a test."""
        name = f"List{next(self.numbers)}"
        with self.served.service.database.write() as session:
            watch(session, name, actors=["Leila Benali"], channels=["console"])
        return name

    def facts(self, name: str) -> WatchFacts | None:
        with self.served.service.database.read() as session:
            return facts_named(session, name)


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    path.write_text(SETTINGS.format(url=module_storage_url), encoding="utf-8")
    channels = [{"name": name, "type": "console"} for name in ("console", "urgent")]
    with served(settings_on(module_storage_url, channels=channels)) as running:
        yield House(running, {"cli": CommandLine(path), "api": Api(running), "page": Page(running)})


@pytest.fixture(params=["cli", "api", "page"])
def surface(house: House, request: pytest.FixtureRequest) -> Surface:
    return house.surfaces[request.param]


@on_both
@pytest.mark.parametrize(
    ("given", "stored"),
    [
        pytest.param({"min_score": 40}, {"min_score": 40.0}, id="least score"),
        pytest.param({"update_interval": "6h"}, {"update_interval": "6h"}, id="update interval"),
        pytest.param({"spikes": True}, {"spikes": True}, id="spikes"),
        pytest.param({"alert": "article"}, {"alert": "article"}, id="policy"),
        pytest.param({"languages": ["en", "ar"]}, {"languages": ("en", "ar")}, id="languages"),
        pytest.param({"languages": ["EN"]}, {"languages": ("en",)}, id="language in capitals"),
        pytest.param(
            {"channels": ["console", {"channel": "urgent", "min_score": 60}]},
            {"routes": {"console": {}, "urgent": {"min_score": 60.0}}},
            id="route by score",
        ),
        pytest.param(
            {"channels": [{"channel": "urgent", "languages": ["en", "ar"], "actors": ["Leila Benali"]}]},
            {"routes": {"urgent": {"languages": ["en", "ar"], "actors": ["Leila Benali"]}}},
            id="route by language and actor",
        ),
        pytest.param(
            {
                "channels": [
                    {"channel": "urgent", "min_score": 60, "spikes": True, "any": True, "new": True},
                    {"channel": "console", "rest": True},
                ]
            },
            {
                "routes": {
                    "urgent": {"min_score": 60.0, "spikes": True, "any": True, "new": True},
                    "console": {"rest": True},
                }
            },
            id="at once where one thing holds, else the rest",
        ),
        pytest.param({"tags": ["Gulf", "energy"]}, {"tags": ("Gulf", "energy")}, id="tags"),
    ],
)
def test_whatever_the_file_can_say_can_be_said(
    house: House, surface: Surface, given: dict[str, Any], stored: dict[str, Any]
) -> None:
    name = house.new_list()
    answer = surface.change(name, given)
    assert answer.done, answer.words
    facts = house.facts(name)
    assert facts is not None
    found = {
        "min_score": facts.min_score,
        "update_interval": format_duration(facts.update_interval),
        "spikes": facts.spikes,
        "alert": facts.alert.value,
        "languages": facts.languages,
        "routes": {route.channel: dict(route.conditions) for route in facts.routes},
        "tags": facts.tags,
    }
    rest = {
        "min_score": 0.0,
        "update_interval": "1h",
        "spikes": False,
        "alert": "story",
        "languages": (),
        "routes": {"console": {}},
        "tags": (),
    }
    assert found == {**rest, **stored}


@pytest.mark.parametrize(
    ("given", "words", "at"),
    [
        pytest.param({"min_score": 101}, "must be 100 or less", "min_score", id="score too high"),
        pytest.param({"min_score": "many"}, "must be a number", "min_score", id="score that is none"),
        pytest.param({"update_interval": "soon"}, "'soon'", "update_interval", id="no duration"),
        pytest.param({"languages": ["English"]}, "'English'", "languages", id="language"),
        pytest.param(
            {"channels": ["console", {"channel": "urgent", "min_score": 500}]},
            "must be 100 or less",
            ("channels", "urgent:min_score"),
            id="route's score",
        ),
        pytest.param(
            {"channels": [{"channel": "urgent", "countries": ["Morocco"]}]},
            "'Morocco'",
            ("channels", "urgent:countries"),
            id="route's country",
        ),
        pytest.param({"channels": ["urgnt"]}, "did you mean 'urgent'?", "channels", id="no such channel"),
    ],
)
def test_what_cannot_be_used_is_refused(
    house: House, surface: Surface, given: dict[str, Any], words: str, at: str | tuple[str, str]
) -> None:
    name = house.new_list()
    before = house.facts(name)
    answer = surface.change(name, given)
    assert not answer.done
    assert words in " ".join(answer.words.split())
    if not isinstance(surface, CommandLine):
        assert answer.field.startswith(at)
    assert house.facts(name) == before


def test_unknown_channel_and_empty_list_of_them_are_told_apart(house: House, surface: Surface) -> None:
    """No channel at all is saved, with a warning (on the command line, none given is none changed)."""
    name = house.new_list()
    if isinstance(surface, CommandLine):
        answer = surface.run("watch", "add", f"{name} new", "--actor", "Leila Benali")
    else:
        answer = surface.change(name, {"channels": []})
    assert answer.done, answer.words
    assert "has no channel: its alerts are stored, and nobody is notified" in answer.words


@pytest.mark.parametrize(
    ("alias", "warning"),
    [
        pytest.param("the", "the alias 'the' is one common word", id="common word"),
        pytest.param("L. Benali", "", id="a name"),
    ],
)
def test_alias_that_is_a_common_word_is_saved_with_a_warning(
    house: House, surface: Surface, alias: str, warning: str
) -> None:
    name = house.new_list()
    answer = surface.alias(name, "Jane Example", alias)
    assert answer.done, answer.words
    assert ("is one common word" in answer.words) is bool(warning)
    assert warning in answer.words
    facts = house.facts(name)
    assert facts is not None
    with house.served.service.database.read() as session:
        (actor,) = actors_named(session, facts.id, ["Jane Example"])
    assert [each.text for each in actor.names] == ["Jane Example", alias]


@pytest.mark.parametrize("actor", ["…", " ", "x" * 301])
def test_actor_that_nothing_can_match_is_refused(house: House, surface: Surface, actor: str) -> None:
    name = house.new_list()
    assert not surface.actor(name, actor).done


@pytest.mark.parametrize(
    ("query", "done", "words"),
    [
        pytest.param("(ferry OR", False, "ends too early", id="broken"),
        pytest.param('@actor:"Leila Bennali"', True, "finds nothing", id="refers to nobody"),
        pytest.param("ferry or port", True, "", id="lower-case operator"),
    ],
)
def test_query_is_judged_alike(house: House, surface: Surface, query: str, done: bool, words: str) -> None:
    name = house.new_list()
    answer = surface.topic(name, "Solar", query)
    assert answer.done is done, answer.words
    assert words in answer.words


def test_list_actor_and_topic_are_renamed(house: House, surface: Surface) -> None:
    name = house.new_list()
    with house.served.service.database.write() as session:
        watch(session, name, topics=[])
    assert surface.topic(name, "Solar", "solar").done
    assert surface.rename(name, "Wind", "topic", "Solar").done
    assert surface.rename(name, "L. Benali", "actor", "Leila Benali").done
    assert surface.rename(name, f"{name} renamed").done
    facts = house.facts(f"{name} renamed")
    assert facts is not None
    with house.served.service.database.read() as session:
        assert [actor.name for actor in actors_named(session, facts.id, ["L. Benali", "Leila Benali"])] == [
            "L. Benali"
        ]
        assert [topic.name for topic in topics_named(session, facts.id, ["Wind", "Solar"])] == ["Wind"]


@pytest.mark.parametrize(
    ("kind", "old", "new", "words"),
    [
        pytest.param("list", "", "From the file", "there is a watch list 'From the file' already", id="list"),
        pytest.param("list", "", "x" * 301, "1 to 300 printable characters", id="long name of a list"),
        pytest.param("actor", "Leila Benali", "Taken Name", "has an actor 'Taken Name' already", id="actor"),
    ],
)
def test_name_that_is_taken_or_no_name_is_refused(
    house: House, surface: Surface, kind: str, old: str, new: str, words: str
) -> None:
    name = house.new_list()
    with house.served.service.database.write() as session:
        watch(session, name, actors=["Taken Name"])
    answer = surface.rename(name, new, kind, old)
    assert not answer.done
    if "300" not in words or isinstance(surface, CommandLine):
        assert words in answer.words
    assert house.facts(name) is not None


@on_both
@pytest.mark.parametrize("of_the_file", [False, True], ids=["own", "of the file"])
def test_list_is_copied_and_the_copy_can_be_edited(house: House, surface: Surface, of_the_file: bool) -> None:
    name = "From the file" if of_the_file else house.new_list()
    if not of_the_file:
        assert surface.change(name, {"min_score": 40, "tags": ["Gulf"]}).done
        assert surface.alias(name, "Amina Benkhadra", "أمينة بنخضرة").done
        assert surface.topic(name, "Sea", "port").done
    new = f"{house.new_list()} of {name}"
    answer = surface.copy(name, new)
    assert answer.done, answer.words
    source, made = house.facts(name), house.facts(new)
    assert source is not None
    assert made is not None
    assert made.editable == source.editable
    assert not made.provisioned
    if not isinstance(surface, Api):
        assert "alerts too" in answer.words
    with house.served.service.database.read() as session:
        for read in (stream_actors, stream_topics):
            assert (
                list(read(session, made.id)) == list(read(session, source.id)) != [] or read is stream_topics
            )
    assert surface.actor(new, "Someone Else").done
    taken = surface.copy(name, new)
    assert (taken.done, "already" in taken.words) == (False, True)


def test_lists_are_found_by_their_tags(house: House) -> None:
    page, api = house.surfaces["page"], house.surfaces["api"]
    assert isinstance(page, Page)
    names = [house.new_list(), house.new_list()]
    assert api.change(names[0], {"tags": ["Maghreb & Gulf"]}).done
    shown = page.read("/watch?tag=Maghreb %26 Gulf")
    assert names[0] in shown
    assert f">{names[1]}<" not in shown


def test_list_is_paused_and_resumed(house: House, surface: Surface) -> None:
    name = house.new_list()
    for paused in (True, False):
        assert surface.pause(name, undo=not paused).done
        facts = house.facts(name)
        assert facts is not None
        assert facts.paused is paused


@pytest.mark.parametrize(
    ("muted", "words"),
    [
        pytest.param({"actor": "Leila Bennali"}, "no watch list tracks 'Leila Bennali'", id="actor"),
        pytest.param({"watch_list": "Lost"}, "there is no watch list 'Lost'", id="watch list"),
        pytest.param({"outlet": "Lost"}, "there is no outlet 'Lost'", id="outlet"),
        pytest.param({}, "say what to mute", id="nothing"),
    ],
)
def test_silence_of_what_is_not_there_is_refused(
    house: House, surface: Surface, muted: dict[str, str], words: str
) -> None:
    house.new_list()
    answer = surface.silence(**muted)
    assert not answer.done
    assert words in answer.words


def test_silence_of_whom_a_list_tracks_is_made(house: House, surface: Surface) -> None:
    house.new_list()
    with house.served.service.database.read() as session:
        before = len(list_silences(session, now=utc_now()))
    answer = surface.silence(actor="leila benali")
    assert answer.done, answer.words
    with house.served.service.database.read() as session:
        assert len(list_silences(session, now=utc_now())) == before + 1


@on_both
@pytest.mark.parametrize("act", ["change", "actor", "rename", "pause"])
def test_what_the_file_declares_is_read_only(house: House, surface: Surface, act: str) -> None:
    """The page offers no form for it; its address refuses all the same."""
    name = "From the file"
    if isinstance(surface, Page):
        fields = {
            "change": ("/watch/facts", {"update_interval": ["6h"]}),
            "actor": ("/watch/actor", {"name": ["Someone"]}),
            "rename": ("/watch/facts", {"name": ["Other"]}),
            "pause": ("/watch/pause", {}),
        }
        path, sent = fields[act]
        csrf = surface.form("/silences", "/silences")["csrf"]
        answer = surface.send(path, {"csrf": csrf, "list": [name], **sent})
    elif act == "change":
        answer = surface.change(name, {"update_interval": "6h"})
    elif act == "actor":
        answer = surface.actor(name, "Someone")
    elif act == "rename":
        answer = surface.rename(name, "Other")
    else:
        answer = surface.pause(name)
    assert not answer.done
    assert "declared in the settings file" in answer.words
    with house.served.service.database.read() as session:
        (facts,) = (each for each in watch_facts(session) if each.provisioned)
    assert (facts.name, facts.paused, format_duration(facts.update_interval)) == (name, False, "1h")


def _inline(route: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in route.items()) + " }"


def test_spellings_that_are_ticked_become_aliases(house: House) -> None:
    page = house.surfaces["page"]
    assert isinstance(page, Page)
    name = house.new_list()
    fields = page.form(f"/watch/actor?list={name}&name=Leila Benali", "/watch/actor")
    offered = page.send("/watch/spellings", fields)
    assert "Леила Бенали" in offered.words
    assert page.send("/watch/actor", {**fields, "more": ["Леила Бенали"]}).done
    facts = house.facts(name)
    assert facts is not None
    with house.served.service.database.read() as session:
        (actor,) = actors_named(session, facts.id, ["Leila Benali"])
    assert [alias.text for alias in actor.aliases] == ["Леила Бенали"]
