"""What people do with outlets comes to the same by the command line, the API and the page: stored alike, refused alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

import pytest

from storage.stores.feeds.outlet_edits import OutletValues, StoredOutlet, outlet_called
from tests.databases import on_both, on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on

pytestmark = on_sqlite

VALUES = ("site", "feeds", "language", "country", "tags")
FORM = {"feeds": "feed"}


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


def stored(house: House, name: str) -> StoredOutlet | None:
    with house.served.service.database.read() as session:
        return outlet_called(session, name)


def number_of(house: House, name: str) -> int:
    found = stored(house, name)
    return found.id if found else 99_999


def options(values: Mapping[str, Any]) -> list[str]:
    words = []
    for key, value in values.items():
        option = {"feeds": "--feed", "tags": "--tag", "sources": "--source"}.get(key, f"--{key}")
        for one in [value] if isinstance(value, str) else value:
            words += [option, one if isinstance(one, str) else table_of(one)]
    return words


def fields(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "feed" if key == "feeds" else key: value
        if isinstance(value, str)
        else "\n".join(one if isinstance(one, str) else table_of(one) for one in value)
        for key, value in values.items()
    }


def table_of(source: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f'{key} = "{value}"' for key, value in source.items()) + " }"


def add(house: House, surface: str, name: str, values: Mapping[str, Any]) -> Answer:
    if surface == "API":
        return house.call("POST", "/outlets", {"name": name, **values})
    if surface == "page":
        return house.send("/outlets", {"name": name, **fields(values)})
    return house.command("outlets", "add", name, *options(values))


def change(house: House, surface: str, name: str, values: Mapping[str, Any]) -> Answer:
    if surface == "API":
        return house.call("PATCH", f"/outlets/{number_of(house, name)}", values)
    if surface == "page":  # its form holds everything
        found = stored(house, name)
        had = found.values if found else OutletValues(name)
        whole = {"name": name, **{key: getattr(had, key) or "" for key in VALUES}, **values}
        return house.send("/outlets/edit", {"old": name, **fields(whole)})
    return house.command("outlets", "change", name, *options(values))


def act(house: House, surface: str, verb: str, name: str) -> Answer:
    if surface == "API":
        number = number_of(house, name)
        method, path = ("DELETE", "") if verb == "remove" else ("POST", f"/{verb}")
        return house.call(method, f"/outlets/{number}{path}")
    if surface == "page":
        return house.send(f"/outlets/{verb}", {"name": name})
    return house.command("outlets", verb, name)


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def name() -> str:
    return f"Gazette {uuid4().hex[:8]}"


def feed_of(name: str) -> str:
    return f"https://{name.split()[1]}.example/rss"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param({"language": "EN"}, {"language": "en"}, id="language in capitals"),
        pytest.param({"language": "eng"}, {"language": "en"}, id="language of three letters"),
        pytest.param({"country": "ma"}, {"country": "MA"}, id="country in small letters"),
        pytest.param({"tags": ["morning", "press"]}, {"tags": ("morning", "press")}, id="tags"),
        pytest.param({"site": "https://s.example"}, {"site": "https://s.example"}, id="site"),
    ],
)
def test_what_is_added_is_stored_alike(
    house: House, surface: str, name: str, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    answer = add(house, surface, f"  {name} ", {"feeds": [feed_of(name)], **given})
    assert answer == Answer(done=True, words=answer.words)
    found = stored(house, name)
    assert found is not None
    assert (found.values.feeds, found.is_active) == ((feed_of(name),), True)
    assert {key: getattr(found.values, key) for key in kept} == kept


@pytest.mark.parametrize(
    ("given", "key", "words"),
    [
        pytest.param({"language": "English"}, "language", "did you mean en?", id="language"),
        pytest.param({"country": "Morocco"}, "country", "did you mean MA?", id="country"),
        pytest.param({"feeds": ["gazette.example/rss"]}, "feeds", "is not a web address", id="feed"),
        pytest.param({"feeds": ["https://g.example/a b"]}, "feeds", "is not a web address", id="space"),
        pytest.param({"feeds": ["ftp://g.example"]}, "feeds", "https:// or http://", id="scheme"),
        pytest.param({"feeds": [], "site": "gazette"}, "site", "is not a web address", id="site"),
        pytest.param({"feeds": []}, "feeds", "Give its feeds, or its site", id="nothing to poll"),
        pytest.param(
            {"feeds": ["https://declared.example/rss"]},
            "feeds",
            "is polled for 'Declared' already",
            id="feed of another",
        ),
        pytest.param({"tags": ["x" * 201]}, "tags", "1 to 200 printable", id="tag"),
    ],
)
def test_what_cannot_be_is_refused_alike_and_nothing_is_stored(
    house: House, surface: str, name: str, given: dict[str, Any], key: str, words: str
) -> None:
    answer = add(house, surface, name, {"feeds": [feed_of(name)], **given})
    assert not answer.done
    assert stored(house, name) is None
    if surface == "API" and key == "tags":
        return  # its document says so already
    assert words in " ".join(answer.words.split())
    assert answer.key in (None if surface == "command line" else key, key)
    assert surface == "command line" or answer.key == key


@pytest.mark.parametrize("bad", ["", "   ", "x" * 201, "two\nlines"])
def test_a_name_that_cannot_be_is_refused(house: House, surface: str, bad: str) -> None:
    answer = add(house, surface, bad, {"feeds": ["https://nameless.example/rss"]})
    assert not answer.done
    assert stored(house, bad) is None


def test_a_name_that_is_taken_is_refused_and_its_feed_stays(house: House, surface: str, name: str) -> None:
    assert add(house, surface, name, {"feeds": [feed_of(name)], "language": "fr"}).done
    answer = add(house, surface, name.upper(), {"feeds": ["https://other.example/rss"]})
    assert not answer.done
    assert f"There is an outlet '{name}' already" in answer.words
    found = stored(house, name)
    assert found is not None
    assert (found.values.feeds, found.values.language) == ((feed_of(name),), "fr")


@on_both
def test_an_outlet_is_changed_alike(house: House, surface: str, name: str) -> None:
    assert add(house, surface, name, {"feeds": [feed_of(name)], "language": "en", "tags": ["old"]}).done
    more = {
        "site": "https://changed.example",
        "feeds": [feed_of(name), feed_of(name) + "/2"],
        "language": "FR",
        "country": "ma",
        "tags": ["new"],
    }
    assert change(house, surface, name, more).done
    found = stored(house, name)
    assert found is not None
    assert found.values == OutletValues(
        name, "https://changed.example", (feed_of(name), feed_of(name) + "/2"), "fr", "MA", ("new",)
    )
    assert change(house, surface, name, {"country": "", "feeds": [feed_of(name) + "/2"]}).done
    found = stored(house, name)
    assert found is not None
    assert (found.values.country, found.values.language) == (None, "fr")
    assert found.values.feeds == (feed_of(name) + "/2",)
    refused = change(house, surface, name, {"language": "English"})
    assert (refused.done, "did you mean en?" in refused.words) == (False, True)


def test_sources_of_other_kinds_are_stored_alike_and_stay(house: House, surface: str, name: str) -> None:
    sitemap = {"kind": "sitemap", "url": feed_of(name) + "/sitemap.xml", "match": "/press/"}
    assert add(house, surface, name, {"feeds": [feed_of(name)], "sources": [sitemap]}).done
    found = stored(house, name)
    assert found is not None
    (source,) = found.values.sources
    assert (source.kind, source.address, source.settings["match"]) == ("sitemap", sitemap["url"], "/press/")
    assert found.values.feeds == (feed_of(name),)
    form = house.page.get("/outlets/edit", params={"name": name}).text
    assert "kind = &#34;sitemap&#34;" in form
    refused = change(house, surface, name, {"sources": [{**sitemap, "match": "("}]})
    assert (refused.done, "not a regular expression" in refused.words) == (False, True)
    refused = change(house, surface, name, {"sources": [{"kind": "sitemaps"}]})
    assert (refused.done, "no source of kind 'sitemaps'" in refused.words) == (False, True)
    kept = {"language": "fr"} if surface != "page" else {"language": "fr", "sources": [sitemap]}
    assert change(house, surface, name, kept).done
    found = stored(house, name)
    assert found is not None
    assert (found.values.sources, found.values.language) == ((source,), "fr")


def test_file_of_the_machine_is_named_by_its_operator_alone(house: House, surface: str, name: str) -> None:
    spider = {"kind": "spider", "spider": f"/srv/spiders/{name.split()[1]}.py", "every": "1h"}
    given = {"feeds": [feed_of(name)], "sources": [spider]}
    answer = add(house, surface, name, given)
    if surface != "command line":
        assert (answer.done, "spider (a file) is said in the settings file" in answer.words) == (False, True)
        assert add(house, "command line", name, given).done
    assert change(house, surface, name, {"language": "fr", "sources": [spider]}).done  # as it stands already
    found = stored(house, name)
    assert found is not None
    (source,) = found.values.sources
    assert (source.settings, found.values.language) == (
        {key: spider[key] for key in ("spider", "every")},
        "fr",
    )
    other = change(house, surface, name, {"sources": [{"kind": "spider", "spider": f"/srv/{name}.py"}]})
    assert other.done is (surface == "command line")
    assert change(
        house,
        surface,
        name,
        {"sources": [{"kind": "spider", "spider": f"ours.press:Press{name.split()[1]}"}]},
    ).done


def test_source_without_a_web_address_is_shown_with_its_schedule_and_not_exported(
    house: House, name: str
) -> None:
    spider = {"kind": "spider", "spider": f"ours.press:Press{name.split()[1]}", "cron": "30 7 * * mon-fri"}
    assert add(house, "command line", name, {"feeds": [feed_of(name)], "sources": [spider]}).done
    shown = house.page.get("/outlets/one", params={"name": name}).text
    assert "by cron <code>30 7 * * mon-fri</code> UTC" in shown
    assert '<h2 dir="auto">Spider</h2>' in shown
    exported = house.api.get("/api/v1/outlets.opml").text
    assert (feed_of(name) in exported, "spider:" in exported) == (True, False)


@on_both
def test_an_outlet_is_renamed_and_keeps_its_feeds(house: House, surface: str, name: str) -> None:
    assert add(house, surface, name, {"feeds": [feed_of(name)]}).done
    number = number_of(house, name)
    assert change(house, surface, name, {"name": f"{name} renamed"}).done
    found = stored(house, f"{name} renamed")
    assert found is not None
    assert (found.id, found.values.feeds) == (number, (feed_of(name),))
    refused = change(house, surface, f"{name} renamed", {"name": "declared"})
    assert (refused.done, "There is an outlet 'Declared' already" in refused.words) == (False, True)


def test_an_outlet_is_paused_and_resumed(house: House, surface: str, name: str) -> None:
    assert add(house, surface, name, {"feeds": [feed_of(name)]}).done
    assert act(house, surface, "pause", name).done
    found = stored(house, name)
    assert found is not None
    assert found.paused_at is not None
    if surface != "command line":
        refused = act(house, surface, "poll", name)
        assert (refused.done, "is paused: resume it first" in refused.words) == (False, True)
    assert act(house, surface, "resume", name).done
    found = stored(house, name)
    assert found is not None
    assert found.paused_at is None


def test_an_outlet_is_removed_and_comes_back(house: House, surface: str, name: str) -> None:
    assert add(house, surface, name, {"feeds": [feed_of(name)]}).done
    number = number_of(house, name)
    assert act(house, surface, "remove", name).done
    found = stored(house, name)
    assert found is not None
    assert not found.is_active
    gone = act(house, surface, "remove", name)
    assert (gone.done, "There is no outlet" in gone.words) == (False, True)
    assert add(house, surface, name, {"feeds": [feed_of(name)]}).done
    assert number_of(house, name) == number


@pytest.mark.parametrize("verb", ["remove", "change"])
def test_what_the_file_declares_is_edited_there(house: House, surface: str, verb: str) -> None:
    asks = {"remove": lambda: act(house, surface, "remove", "Declared")}
    asks["change"] = lambda: change(house, surface, "Declared", {"language": "fr"})
    answer = asks[verb]()
    assert not answer.done
    assert "declared in" in answer.words
    found = stored(house, "Declared")
    assert found is not None
    assert (found.is_active, found.values.language) == (True, None)


def test_the_pages_of_an_outlet_are_shown(house: House, name: str) -> None:
    assert add(house, "API", name, {"feeds": [feed_of(name)], "tags": [f"tag {name}"]}).done
    for path, words in (
        ("/outlets/one", "Last poll"),
        ("/outlets/edit", feed_of(name)),
        (f"/outlets?tag=tag {name}", f"/outlets/one?name={name.replace(' ', '%20')}"),
    ):
        shown = house.page.get(path, params=None if "?" in path else {"name": name})
        assert shown.status_code == 200
        assert words in shown.text
    act(house, "API", "pause", name)
    assert "Paused since" in house.page.get("/outlets/one", params={"name": name}).text
    assert 'class="state paused"' in house.page.get("/outlets?state=paused").text
