"""Browsers that are signed in are listed and ended by the page, the API and the command line alike."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from typer.testing import CliRunner

from service.actions.users import invite
from service.cli.app import app
from service.clock import utc_now
from service.web.browser_words import browser_words
from storage.engine import Database
from storage.stores.people.sessions import Browser, OpenSession, note_seen, open_sessions
from storage.stores.people.users import put_session, put_user, set_password
from storage.tables import Role
from tests.databases import on_both, on_sqlite
from tests.service.actions.surfaces import SURFACES, House, house_on
from tests.service.web.served import PASSWORD, csrf_in

pytestmark = on_sqlite

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def name(house: House) -> str:
    """A new editor with a password."""
    made = f"leila-{uuid4().hex[:8]}"
    with house.served.service.database.write() as session:
        link = invite(session, made, "editor", now=utc_now())
    with house.served.client() as client:
        assert client.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    return made


@contextmanager
def browser(house: House, name: str) -> Iterator[httpx.Client]:
    with house.served.client() as client:
        client.headers["User-Agent"] = AGENT
        assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
        yield client


def sessions(house: House, name: str) -> list[OpenSession]:
    with house.served.service.database.read() as session:
        return [one for one in open_sessions(session, now=utc_now()) if one.user == name]


def is_signed_in(client: httpx.Client) -> bool:
    return client.get("/account").status_code == 200


@on_both
def test_a_session_says_when_it_was_seen_and_where(database: Database) -> None:
    with database.write() as session:
        leila = put_user(session, "leila", Role.EDITOR, now=NOW)
        set_password(session, leila.id, "hash")
        for secret in ("a", "b"):
            put_session(
                session,
                leila.id,
                secret,
                browser=Browser("192.0.2.7", AGENT),
                now=NOW,
                lasts=timedelta(days=30),
            )
        first = min(one.id for one in open_sessions(session, now=NOW))
        note_seen(session, first, "192.0.2.9", now=NOW + timedelta(hours=1))
        found = open_sessions(session, user_id=leila.id, now=NOW)
        assert open_sessions(session, user_id=leila.id, now=NOW + timedelta(days=30)) == []
    assert [(one.address, one.seen_from, one.seen_at, one.browser) for one in found] == [
        ("192.0.2.7", "192.0.2.9", NOW + timedelta(hours=1), AGENT),
        ("192.0.2.7", "192.0.2.7", NOW, AGENT),
    ]


@pytest.mark.parametrize("surface", SURFACES)
def test_one_session_is_ended(house: House, name: str, surface: str) -> None:
    with browser(house, name) as client, browser(house, name) as other:
        assert is_signed_in(other)
        ended = max(one.id for one in sessions(house, name))
        match surface:
            case "API":
                assert house.call("DELETE", f"/sessions/{ended}").done
            case "page":
                assert house.send(f"/sessions/{ended}/end", {}).done
            case _:
                assert house.command("user", "sign-out", "--session", str(ended)).done
        assert not is_signed_in(other)
        assert is_signed_in(client)
        again = house.call("DELETE", f"/sessions/{ended}")
        assert (again.done, "has ended already" in again.words) == (False, True)


@pytest.mark.parametrize("surface", ["API", "command line"])
def test_all_sessions_of_a_user_are_ended(house: House, name: str, surface: str) -> None:
    with browser(house, name) as client:
        users = {one["name"]: one["id"] for one in house.api.get("/api/v1/users").json()["items"]}
        if surface == "API":
            assert house.call("DELETE", f"/users/{users[name]}/sessions").done
        else:
            assert house.command("user", "sign-out", name).done
        assert not is_signed_in(client)


def test_ones_own_others_are_ended(house: House, name: str) -> None:
    with browser(house, name) as client, browser(house, name) as other:
        page = client.get("/sessions").text
        assert "Firefox, Linux" in page
        assert "127.0.0.1" in page
        assert client.post("/sessions/end-others", data={"csrf": csrf_in(page)}).status_code == 303
        assert is_signed_in(client)
        assert not is_signed_in(other)


def test_nobody_ends_or_sees_anothers_but_an_admin(house: House, name: str) -> None:
    with browser(house, name) as client:
        page = client.get("/sessions?user=*").text
        others = [one.id for one in sessions(house, "ed")]
        assert others
        assert ">ed<" not in page
        answer = client.post(f"/sessions/{others[0]}/end", data={"csrf": csrf_in(page)})
        assert answer.status_code == 404
        assert sessions(house, "ed")
    assert name in house.page.get("/sessions?user=*").text


def test_they_are_listed_alike(house: House, name: str) -> None:
    with browser(house, name):
        listed = house.api.get("/api/v1/sessions", params={"user": name}).json()["items"]
        words = ["user", "sessions", name, "--json", "--settings", str(house.settings)]
        printed = json.loads(CliRunner().invoke(app, words).stdout)
    assert len(listed) == 2
    assert [one["id"] for one in listed] == [one["id"] for one in printed]
    assert {one["browser"] for one in listed} >= {AGENT}


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        pytest.param(AGENT, "Firefox, Linux", id="Firefox"),
        pytest.param(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0",
            "Edge, Windows",
            id="Edge",
        ),
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1",
            "Safari, iPhone",
            id="iPhone",
        ),
        pytest.param("curl/8.1", "curl/8.1", id="none"),
    ],
)
def test_a_browser_is_known_again(agent: str, words: str) -> None:
    assert browser_words(agent) == words
