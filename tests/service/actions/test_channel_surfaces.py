"""What people do with channels comes to the same by the command line, the API and the page; no surface shows a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from service.actions.channel_edits import ShownChannel, channel_edited
from service.actions.channel_kinds import channel_kinds, typed_keys
from service.actions.errors import NotFoundError
from service.cli.app import app
from storage.stores.outbox.channels import ListedChannel, list_of_channels
from storage.stores.outbox.own_channels import own_channel
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on

pytestmark = on_sqlite

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_AAAQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def name() -> str:
    return f"desk {uuid4().hex[:8]}"


def listed(house: House, name: str) -> ListedChannel | None:
    with house.served.service.database.read() as session:
        return next((each for each in list_of_channels(session) if each.name == name), None)


def number(house: House, name: str) -> int:
    found = listed(house, name)
    return found.id if found else 99_999


def shown(house: House, name: str) -> ShownChannel:
    with house.served.service.database.read() as session:
        return channel_edited(session, name)


def stored(house: House, name: str) -> dict[str, Any]:
    with house.served.service.database.read() as session:
        own = own_channel(session, number(house, name))
    assert own is not None
    return dict(own.keys)


def words(keys: dict[str, Any]) -> list[str]:
    pairs = [
        (key, value)
        for key, given in keys.items()
        for value in (given if isinstance(given, list) else [given])
    ]
    return [f"{key}={'' if value is None else value}" for key, value in pairs]


def fields(keys: dict[str, Any]) -> dict[str, Any]:
    return {
        key: "\n".join(value) if isinstance(value, list) else "" if value is None else value
        for key, value in keys.items()
    }


def make(house: House, surface: str, name: str, kind: str, keys: dict[str, Any]) -> Answer:
    if surface == "API":
        return house.call("POST", "/channels", {"name": name, "type": kind, "settings": keys})
    if surface == "page":
        return house.send("/channels/new", {"name": name, "type": kind, **fields(keys)})
    return house.command("channels", "add", name, kind, *words(keys))


def change(house: House, surface: str, name: str, keys: dict[str, Any], rename: str | None = None) -> Answer:
    if surface == "API":
        body = {"settings": keys, **({"name": rename} if rename else {})}
        return house.call("PATCH", f"/channels/{number(house, name)}/settings", body)
    if surface == "page":  # a browser sends every field
        found = listed(house, name)
        before = {} if found is None or found.provisioned else fields(dict(shown(house, name).keys))
        plain = {key: "" if value == "***" else value for key, value in before.items()}
        return house.send(
            f"/channels/{number(house, name)}", {**plain, "name": rename or name, **fields(keys)}
        )
    return house.command("channels", "change", name, *words(keys), *(["--rename", rename] if rename else []))


def act(house: House, surface: str, verb: str, name: str) -> Answer:
    if surface == "API":
        path = f"/channels/{number(house, name)}"
        return house.call("DELETE", path) if verb == "remove" else house.call("POST", f"{path}/{verb}")
    if surface == "page":
        return house.send(f"/channels/{number(house, name)}/{verb}", {})
    return house.command("channels", verb, name, *(["--yes"] if verb == "remove" else []))


def test_a_channel_is_made_changed_paused_and_removed(house: House, surface: str, name: str) -> None:
    keys = {"to": ["desk@press.example", "leila@press.example"], "send": "08:00 Africa/Casablanca"}
    assert make(house, surface, name, "email", keys).done
    found = listed(house, name)
    assert found is not None
    assert (found.type, found.send, found.active, found.provisioned) == (
        "email",
        "08:00 Africa/Casablanca",
        True,
        False,
    )
    assert stored(house, name) == keys
    new = f"{name} anew"
    assert change(house, surface, name, {"quiet": ["22:00-07:00 Africa/Casablanca"]}, rename=new).done
    assert stored(house, new) == {**keys, "quiet": ["22:00-07:00 Africa/Casablanca"]}
    assert change(house, surface, new, {"send": None}).done
    after = listed(house, new)
    assert after is not None
    assert (after.send, "send" in stored(house, new)) == ("immediate", False)
    assert act(house, surface, "pause", new).done
    paused = listed(house, new)
    assert paused is not None
    assert paused.paused
    assert act(house, surface, "enable", new).done
    again = listed(house, new)
    assert again is not None
    assert (again.paused, again.active) == (False, True)
    assert act(house, surface, "remove", new).done
    assert listed(house, new) is None


def test_a_secret_is_kept_and_never_shown(house: House, surface: str, name: str) -> None:
    keys = {"url": "https://hooks.press.example/s3cr3t", "secret": SECRET}
    assert make(house, surface, name, "webhook", keys).done
    assert change(house, surface, name, {"max_per_hour": 5}).done
    assert stored(house, name) == {**keys, "max_per_hour": 5}
    assert change(house, surface, name, {"secret": OTHER}).done
    assert stored(house, name)["secret"] == OTHER
    told = [
        house.api.get(f"/api/v1/channels/{number(house, name)}/settings").text,
        house.api.get("/api/v1/channels").text,
        house.page.get(f"/channels/{number(house, name)}").text,
        house.page.get("/channels").text,
        *(
            CliRunner().invoke(app, ["channels", *more, "--settings", str(house.settings)]).output
            for more in (["show", name], ["show", name, "--json"], ["list"], ["list", "--json"])
        ),
    ]
    assert all("hooks.press.example" in text or "***" in text or "never shown" in text for text in told[:4])
    for text in told:
        assert "s3cr3t" not in text
        assert OTHER not in text
        assert SECRET not in text


@pytest.mark.parametrize(
    ("kind", "keys", "key", "said"),
    [
        pytest.param("email", {"to": ["desk"]}, "to", "mail address", id="recipient"),
        pytest.param(
            "email", {"to": ["a@b.example"], "send": "8 o'clock"}, "send", "not a time to send", id="time"
        ),
        pytest.param("email", {"to": ["a@b.example"], "zone": "Rabat"}, "zone", "not a time zone", id="zone"),
        pytest.param(
            "email", {"to": ["a@b.example"], "fallback": "nobody"}, "fallback", "no channel", id="fallback"
        ),
        pytest.param("webhook", {"url": "hooks", "secret": SECRET}, "url", "not a web address", id="address"),
        pytest.param(
            "webhook", {"url": "https://a.example", "secret": "x"}, "secret", "signing secret", id="secret"
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_key(
    house: House, surface: str, name: str, kind: str, keys: dict[str, Any], key: str, said: str
) -> None:
    answer = make(house, surface, name, kind, keys)
    assert (answer.done, listed(house, name)) == (False, None)
    assert said in answer.words
    if surface != "command line":
        assert answer.key == key


def test_a_name_is_taken_once(house: House, surface: str, name: str) -> None:
    assert make(house, surface, name, "email", {"to": ["a@b.example"]}).done
    answer = make(house, surface, name.upper(), "email", {"to": ["a@b.example"]})
    assert (answer.done, "there is a channel" in answer.words) == (False, True)


def test_channels_of_the_file_are_read_only(house: House, surface: str) -> None:
    for answer in (
        change(house, surface, "console", {"send": "hourly"}),
        act(house, surface, "pause", "console"),
        act(house, surface, "remove", "console"),
    ):
        assert (answer.done, "declared in the settings file" in answer.words) == (False, True)
    found = listed(house, "console")
    assert found is not None
    assert (found.active, found.send) == (True, "immediate")


def test_what_only_the_file_may_say_is_refused(house: House, name: str) -> None:
    keys = {"url": "https://a.example", "secret": SECRET, "allow_networks": ["10.0.0.0/8"]}
    answer = make(house, "API", name, "webhook", keys)
    assert (answer.done, answer.key) == (False, "allow_networks")
    refused = make(house, "API", name, "console", {})
    assert (refused.done, "settings file" in refused.words) == (False, True)


def test_an_editor_makes_no_channel_that_reaches_this_machine(house: House, name: str) -> None:
    with house.served.client("write") as editor:
        body = {"name": name, "type": "apprise", "settings": {"url": "json://127.0.0.1:9"}}
        answer = editor.post("/api/v1/channels", json=body)
    assert (answer.status_code, listed(house, name)) == (403, None)
    assert make(house, "API", name, "apprise", {"url": "json://127.0.0.1:9"}).done


def test_a_reader_sees_no_settings(house: House, name: str) -> None:
    assert make(house, "API", name, "email", {"to": ["a@b.example"]}).done
    with house.served.client("read") as reader:
        assert reader.get(f"/api/v1/channels/{number(house, name)}/settings").status_code == 403
        assert reader.post(f"/api/v1/channels/{number(house, name)}/pause").status_code == 403


def test_a_secret_in_a_file_is_referred_to(house: House, surface: str, name: str) -> None:
    folder = Path(house.served.service.parts.settings.crawler.access_files)
    elsewhere = house.settings.parent / "elsewhere"
    elsewhere.write_text(SECRET, encoding="utf-8")
    elsewhere.chmod(0o600)
    answer = make(
        house, surface, name, "webhook", {"url": "https://a.example", "secret_file": str(elsewhere)}
    )
    if surface == "command line":  # whoever has it, has the machine's files anyway
        assert answer.done
        assert stored(house, name)["secret_file"] == str(elsewhere)
        return
    assert (answer.done, answer.key) == (False, "secret_file")
    assert str(folder) in answer.words


def test_types_and_their_keys_are_listed(house: House) -> None:
    kinds = {kind["type"]: kind for kind in house.api.get("/api/v1/channels/types").json()["items"]}
    assert "console" not in kinds
    keys = {field["key"]: field["kind"] for field in kinds["webhook"]["fields"]}
    assert keys == {"url": "secret", "secret": "secret", "secrets": "secrets", "events": "lines"}
    said = json.loads(CliRunner().invoke(app, ["channels", "types", "--json"]).stdout)
    assert [kind["type"] for kind in said] == [kind.type for kind in channel_kinds()]
    assert "to *" in CliRunner().invoke(app, ["channels", "types"]).stdout


def test_every_kind_has_a_form(house: House) -> None:
    for kind in channel_kinds():
        page = house.page.get("/channels/new", params={"type": kind.type})
        assert page.status_code == 200
        for field in kind.every_field:
            assert f'name="{field.key}"' in page.text, f"{kind.type}: {field.key}"


def test_fields_mean_what_a_table_says() -> None:
    (email,) = [kind for kind in channel_kinds() if kind.type == "email"]
    texts = {"to": "a@b.example\n\nc@d.example", "max_per_hour": "5", "send_empty": "1", "send": ""}
    found = {key: value for key, value in typed_keys(email.every_field, texts).items() if value is not None}
    assert found == {"to": ["a@b.example", "c@d.example"], "max_per_hour": 5, "send_empty": True}


def test_a_channel_that_is_gone_is_not_found(house: House, surface: str) -> None:
    answer = act(house, surface, "pause", "nobody at all")
    assert not answer.done
    with pytest.raises(NotFoundError):
        shown(house, "nobody at all")
