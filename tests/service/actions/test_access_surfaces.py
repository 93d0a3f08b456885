"""An outlet's own access is given, shown and refused alike by the command line, the API and the page; a secret is never shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from service.actions.sources import toml_value
from service.cli.app import app
from storage.stores.feeds.outlet_access import access_of
from storage.stores.feeds.outlet_edits import outlet_called
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on

pytestmark = on_sqlite

SECRET = "open-sesame"
LOGIN = {
    "url": "https://gazette.example/login",
    "form": {"user": "the-desk", "password": SECRET},
    "success": "Log out",
}
WHOLE: dict[str, Any] = {
    "user_agent": "Mozilla/5.0",
    "browser": True,
    "headers": {"Accept-Language": "ar", "X-Api-Key": SECRET},
    "cookies": f"# Netscape HTTP Cookie File\ngazette.example\tFALSE\t/\tTRUE\t4102444800\tsid\t{SECRET}",
    "basic": {"user": "desk", "password": SECRET},
    "login": LOGIN,
}
HIDDEN = {
    **WHOLE,
    "headers": {"Accept-Language": "ar", "X-Api-Key": "***"},
    "cookies": "***",
    "basic": {"user": "desk", "password": "***"},
    "login": {**LOGIN, "form": {"user": "***", "password": "***"}},
}


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def outlet(house: House) -> str:
    name = f"Outlet {uuid4().hex[:8]}"
    assert house.call("POST", "/outlets", {"name": name, "site": f"https://{uuid4().hex}.example"}).done
    return name


def number_of(house: House, name: str) -> int:
    with house.served.service.database.read() as session:
        found = outlet_called(session, name)
    return found.id if found else 99_999


def stored(house: House, name: str) -> Mapping[str, Any]:
    with house.served.service.database.read() as session:
        found = access_of(session, name)
    return found.keys if found else {}


def give(house: House, surface: str, name: str, table: Mapping[str, Any]) -> Answer:
    if surface == "API":
        return house.call("PUT", f"/outlets/{number_of(house, name)}/access", table)
    if surface == "page":
        return house.send("/outlets/access", {"name": name, **fields(table)})
    return house.command("outlets", "access", name, toml_value(dict(table)))


def fields(table: Mapping[str, Any]) -> dict[str, str]:
    basic, login = table.get("basic", {}), table.get("login", {})
    plain = {key: value for key, value in table.items() if isinstance(value, str)}
    plain |= {"browser": "1"} if table.get("browser") else {}
    return {
        **plain,
        "headers": "\n".join(f"{name}: {value}" for name, value in table.get("headers", {}).items()),
        **{f"basic_{name}": value for name, value in basic.items()},
        **{f"login_{name}": value for name, value in login.items() if name != "form"},
        "login_form": "\n".join(f"{name} = {value}" for name, value in login.get("form", {}).items()),
    }


def shown(house: House, surface: str, name: str) -> str:
    if surface == "API":
        return house.api.get(f"/api/v1/outlets/{number_of(house, name)}/access").text
    if surface == "page":
        return house.page.get("/outlets/access", params={"name": name}).text
    result = CliRunner().invoke(app, ["outlets", "access", name, "--json", "--settings", str(house.settings)])
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("surface", SURFACES)
def test_access_is_given_and_shown_without_its_secrets(house: House, outlet: str, surface: str) -> None:
    assert give(house, surface, outlet, WHOLE).done
    assert stored(house, outlet) == WHOLE
    text = shown(house, surface, outlet)
    assert SECRET not in text
    assert "the-desk" not in text
    assert "Mozilla/5.0" in text
    if surface != "page":
        assert json.loads(text) == HIDDEN


@pytest.mark.parametrize("surface", SURFACES)
def test_what_is_shown_can_be_given_back(house: House, outlet: str, surface: str) -> None:
    assert give(house, surface, outlet, WHOLE).done
    form = {"user": "***", "password": "another"}
    assert give(house, surface, outlet, {**HIDDEN, "login": {**LOGIN, "form": form}, "user_agent": ""}).done
    expected = {**WHOLE, "login": {**LOGIN, "form": {"user": "the-desk", "password": "another"}}}
    del expected["user_agent"]
    assert stored(house, outlet) == expected
    assert give(house, surface, outlet, {}).done
    assert stored(house, outlet) == {}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param(
            {"basic": {"user": "desk", "password": "***"}}, "*** keeps what is stored", id="nothing to keep"
        ),
        pytest.param({"headers": {"Cookie": "a=b"}}, "Cookie can't be set: use cookies_file", id="a cookie"),
        pytest.param({"cookies": f"sid={SECRET}"}, "not a cookies file", id="cookies of another kind"),
        pytest.param({"certificates": "none"}, "not certificates (PEM)", id="no certificates"),
        pytest.param({"basic": {"user": "desk"}}, "give password or password_file", id="no password"),
        pytest.param(
            {"login": {"url": "login", "form": {"user": SECRET}}}, "is not a web address", id="no address"
        ),
        pytest.param(
            {
                "login": {
                    "url": "https://g.example/login",
                    "form": {"user": "a", "password_file": "none-here"},
                }
            },
            "can't be read",
            id="no file",
        ),
    ],
)
def test_mistake_is_told_and_nothing_is_stored(
    house: House, outlet: str, surface: str, table: Mapping[str, Any], words: str
) -> None:
    answer = give(house, surface, outlet, table)
    assert not answer.done
    assert words in answer.words
    assert SECRET not in answer.words
    assert stored(house, outlet) == {}


@pytest.mark.parametrize("surface", SURFACES)
def test_declared_outlet_is_edited_in_the_file(house: House, surface: str) -> None:
    answer = give(house, surface, "Declared", {"user_agent": "Mozilla/5.0"})
    assert (answer.done, "declared in the settings file" in answer.words) == (False, True)


@pytest.mark.parametrize(("surface", "may"), [("API", False), ("page", False), ("command line", True)])
def test_only_the_command_line_names_any_file(
    house: House, outlet: str, tmp_path: Path, surface: str, may: bool
) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    answer = give(house, surface, outlet, {"basic": {"user": "desk", "password_file": str(file)}})
    assert answer.done is may
    assert ("must lie in access-files" in answer.words) is not may


def test_file_in_the_folder_may_be_named_everywhere(
    house: House, outlet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "access-files"
    folder.mkdir()
    (folder / "gazette").write_text(SECRET)
    for surface in ("API", "page"):
        assert give(house, surface, outlet, {"basic": {"user": "desk", "password_file": "gazette"}}).done
        assert stored(house, outlet)["basic"]["password_file"] == str(folder / "gazette")
        assert not give(house, surface, outlet, {"ca_file": "../settings.toml"}).done


def test_secret_may_be_typed(house: House, outlet: str) -> None:
    words = ["outlets", "access", outlet, '{ basic = { user = "desk", password = "?" } }']
    result = CliRunner().invoke(app, [*words, "--settings", str(house.settings)], input=f"{SECRET}\n")
    assert result.exit_code == 0
    assert SECRET not in result.output
    assert stored(house, outlet)["basic"]["password"] == SECRET


def test_export_and_lists_tell_nothing(house: House, outlet: str) -> None:
    assert give(house, "API", outlet, WHOLE).done
    for path in ("/api/v1/outlets", "/api/v1/outlets.opml", f"/api/v1/outlets/{number_of(house, outlet)}"):
        assert SECRET not in house.api.get(path).text
    assert SECRET not in house.page.get("/outlets/one", params={"name": outlet}).text


def test_check_says_where_a_browser_is_missing(
    house: House, outlet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert give(house, "API", outlet, {"browser": True}).done
    monkeypatch.setenv("TOCSIN_CRAWLER__BROWSER__EXECUTABLE", "/nowhere/chromium")
    result = CliRunner().invoke(app, ["check", "--settings", str(house.settings)])
    assert "asks for a browser: /nowhere/chromium is not a program" in " ".join(result.output.split())
    assert give(house, "API", outlet, {}).done


@pytest.mark.parametrize(("way", "on"), [("page", True), ("command line", False)])
def test_browser_is_switched_alone(house: House, outlet: str, way: str, on: bool) -> None:
    before = {"user_agent": "Mozilla/5.0", **({} if on else {"browser": True})}
    assert give(house, "API", outlet, before).done
    answer = (
        house.send("/outlets/browser", {"name": outlet})
        if way == "page"
        else house.command("outlets", "browser", outlet, "--off")
    )
    assert answer.done
    assert stored(house, outlet) == {"user_agent": "Mozilla/5.0", **({"browser": True} if on else {})}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize(
    "table", [{"basic": {"user": "desk", "password": SECRET}}, {"headers": {"X-Api-Key": SECRET}}]
)
def test_stored_secrets_stay_with_their_hosts(
    house: House, outlet: str, surface: str, table: Mapping[str, Any]
) -> None:
    assert give(house, "API", outlet, {**table, "login": LOGIN}).done
    moved = {**LOGIN, "url": "https://thief.example/login", "form": {"user": "a", "password": "***"}}
    answer = give(house, surface, outlet, {"login": moved})
    assert (answer.done, "on another host than before" in answer.words) == (False, True)
    with house.served.service.database.read() as session:
        site = outlet_called(session, outlet)
    assert site is not None
    feed = "https://thief.example/rss"
    if surface == "API":
        answer = house.call("PATCH", f"/outlets/{site.id}", {"feeds": [feed]})
    elif surface == "page":
        whole = {"old": outlet, "name": outlet, "site": site.values.site, "feed": feed}
        answer = house.send("/outlets/edit", whole)
    else:
        answer = house.command("outlets", "change", outlet, "--feed", feed)
    assert (answer.done, "would be sent the password or header" in answer.words) == (False, True)
    under = site.values.site.replace("https://", "https://feeds.")
    assert house.call("PATCH", f"/outlets/{site.id}", {"feeds": [f"{under}/rss"]}).done
    assert house.call("DELETE", f"/outlets/{site.id}").done
    assert stored(house, outlet) == {}


def test_file_that_the_command_line_named_may_stay(house: House, outlet: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    table = {
        "login": {"url": "https://gazette.example/login", "form": {"user": "a", "password_file": str(file)}}
    }
    assert give(house, "command line", outlet, table).done
    for surface in ("API", "page"):
        assert give(house, surface, outlet, {**table, "user_agent": surface}).done
        moved = {**table["login"], "url": "https://thief.example/login"}
        assert not give(house, surface, outlet, {"login": moved}).done
