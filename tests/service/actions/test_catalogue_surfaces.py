"""The catalogue by the command line, the API and the page: shown, added and refused alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest
from typer.testing import CliRunner

from service.cli.app import app
from storage.stores.feeds.outlet_edits import StoredOutlet, outlet_called
from tests.databases import on_both, on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on

pytestmark = on_sqlite

NAMES = {"command line": ("Hespress", "Kremlin"), "API": ("Médias24", "NATO"), "page": ("TelQuel", "2M")}
"""For each surface one with a feed, and one whose feed is looked for."""


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def add(house: House, surface: str, names: Sequence[str]) -> Answer:
    if surface == "API":
        return house.call("POST", "/catalogue/add", {"names": list(names)})
    if surface == "page":
        return house.send("/outlets/catalogue", {"name": list(names)})
    return house.command("outlets", "catalogue", *(word for name in names for word in ("--add", name)))


def outlet(house: House, name: str) -> StoredOutlet | None:
    with house.served.service.database.read() as session:
        return outlet_called(session, name)


@on_both
def test_what_is_ticked_is_added_with_what_is_known_of_it(house: House, surface: str) -> None:
    feed, site = NAMES[surface]
    assert add(house, surface, [feed, site]).done
    first, second = outlet(house, feed), outlet(house, site)
    assert first is not None
    assert second is not None
    assert (first.values.country, first.values.tags[0]) == (
        "MA",
        "magazine" if feed == "TelQuel" else "online",
    )
    assert len(first.values.feeds) == 1
    assert first.values.site
    assert (second.values.feeds, bool(second.values.site)) == ((), True)
    shown = house.api.get("/api/v1/catalogue", params={"q": feed}).json()["items"]
    assert feed in [one["outlet"] for one in shown]
    assert "followed" in house.page.get("/outlets/catalogue", params={"q": feed}).text
    again = add(house, surface, [feed])
    if surface == "command line":
        assert (again.done, "follows it already" in again.words) == (False, True)
    assert outlet(house, feed) == first


def test_an_outlet_of_another_name_at_the_same_address_counts(house: House) -> None:
    feed = "http://www.hongkongfp.com/feed"
    assert house.call("POST", "/outlets", {"name": "Free press of the harbour", "feeds": [feed]}).done
    (shown,) = house.api.get("/api/v1/catalogue", params={"q": "hongkongfp"}).json()["items"]
    assert shown["outlet"] == "Free press of the harbour"


def test_a_name_that_is_not_there_is_refused_and_nothing_added(house: House, surface: str) -> None:
    answer = add(house, surface, ["Le Soir", "The Daily Nobody"])
    assert (answer.done, "There is no outlet 'The Daily Nobody' in the catalogue" in answer.words) == (
        False,
        True,
    )
    assert outlet(house, "Le Soir") is None


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("country", "Morocco", "did you mean MA?"),
        ("type", "gazette", "there is no type 'gazette'"),
        ("theme", "gossip", "there is no theme 'gossip'"),
    ],
)
def test_what_there_is_not_is_refused_alike(
    house: House, surface: str, key: str, value: str, words: str
) -> None:
    if surface == "command line":
        answer = house.command("outlets", "catalogue", f"--{key}", value)
        assert (answer.done, words in answer.words) == (False, True)
        return
    client, path = (
        (house.api, "/api/v1/catalogue") if surface == "API" else (house.page, "/outlets/catalogue")
    )
    shown = client.get(path, params={key: value})
    assert shown.status_code == 422
    assert words.replace("'", "&#39;" if surface == "page" else "'") in shown.text


def test_a_whole_pack_is_added_by_one_command(house: House) -> None:
    result = CliRunner().invoke(
        app,
        ["outlets", "catalogue", "--country", "IS", "--add-all", "--json", "--settings", str(house.settings)],
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"added": ["RÚV"], "extended": [], "problems": []}
    packs = CliRunner().invoke(app, ["outlets", "catalogue", "--settings", str(house.settings)])
    assert "Morocco (MA)" in packs.stdout
