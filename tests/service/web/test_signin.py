"""Who gets in: the first start, passwords, sessions, forms from elsewhere, roles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx
import pytest

from service.actions.users import invite
from service.clock import utc_now
from service.process import open_service
from service.web.attempts import signed_in
from storage.engine import Database
from storage.stores.people.users import put_user, set_password
from storage.tables import Role
from tests.databases import on_both, on_sqlite
from tests.service.web.served import NAME, PASSWORD, Served, served, settings_on

pytestmark = on_sqlite

EXTERNAL = "0.0.0.0:0"


@pytest.fixture(scope="module")
def house(module_storage_url: str) -> Iterator[Served]:
    """A service with one user, who set a password by the link of the first start."""
    with served(settings_on(module_storage_url)) as running:
        link = running.first_link()
        assert link is not None
        with running.client() as client:
            answer = client.post(link, data={"name": NAME, "password": PASSWORD, "again": PASSWORD})
            assert answer.status_code == 303
            assert (
                client.post(link, data={"name": "thief", "password": PASSWORD, "again": PASSWORD}).status_code
                == 404
            )
        assert running.first_link() is None
        yield running


@contextmanager
def sign_in(house: Served, name: str = NAME, password: str = PASSWORD) -> Iterator[httpx.Client]:
    with house.client() as client:
        assert client.post("/login", data={"name": name, "password": password}).status_code == 303
        yield client


def add_user(house: Served, name: str, role: Role) -> None:
    with house.service.database.write() as session:
        link = invite(session, name, role, now=utc_now())
    with house.client() as client:
        assert client.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303


def csrf_of(client: httpx.Client) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', client.get("/account").text)
    assert found is not None
    return found[1]


def test_cookie_is_kept_from_scripts_and_other_sites(house: Served) -> None:
    with house.client() as client:
        cookie = client.post("/login", data={"name": NAME, "password": PASSWORD}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "path",
    [
        "/alerts",
        "/alerts/1",
        "/watch",
        "/outlets",
        "/deliveries",
        "/channels",
        "/trends",
        "/status",
        "/users",
        "/sessions",
        "/audit",
        "/silences",
    ],
)
def test_nothing_is_shown_without_signing_in(house: Served, path: str) -> None:
    with house.client() as client:
        answer = client.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "\thttps://evil.example",
    ],
)
def test_signing_in_never_leads_elsewhere(house: Served, onward: str) -> None:
    with house.client() as client:
        answer = client.post("/login", data={"name": NAME, "password": PASSWORD, "next": onward})
    assert answer.headers["location"] == "/"


def test_tries_are_slowed_down(house: Served) -> None:
    with house.client() as client:
        answers = [
            client.post("/login", data={"name": "nobody", "password": f"wrong {number}"}).status_code
            for number in range(6)
        ]
        last = client.post("/login", data={"name": "nobody", "password": PASSWORD})
    assert answers[:5] == [403] * 5
    assert last.status_code == 429
    assert 0 < int(last.headers["retry-after"]) <= 6
    with house.service.database.write() as session:  # whose address is that of all tests
        signed_in(session, "nobody", "127.0.0.1", now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        pytest.param({}, {}, 403, id="no token in the form"),
        pytest.param({"csrf": "0" * 64}, {}, 403, id="another token"),
        pytest.param({"csrf": "ours"}, {"Origin": "https://evil.example"}, 403, id="from another site"),
        pytest.param({"csrf": "ours"}, {"Sec-Fetch-Site": "cross-site"}, 403, id="the browser says so"),
        pytest.param({"csrf": "ours"}, {}, 303, id="ours"),
    ],
)
def test_forms_of_other_sites_do_nothing(
    house: Served, fields: dict[str, str], headers: dict[str, str], status: int
) -> None:
    with sign_in(house) as client:
        sent = {"actor": "Nobody Here", "hours": "1", **fields}
        if sent.get("csrf") == "ours":
            sent["csrf"] = csrf_of(client)
        assert client.post("/silences", data=sent, headers=headers).status_code == status


def test_roles(house: Served) -> None:
    add_user(house, "rita", Role.READER)
    add_user(house, "eve", Role.EDITOR)
    for name, silences, users in (("rita", 403, 403), ("eve", 303, 403), (NAME, 303, 200)):
        with sign_in(house, name) as client:
            form = {"actor": "Nobody Here", "hours": "1", "csrf": csrf_of(client)}
            assert client.post("/silences", data=form).status_code == silences, name
            assert client.get("/users").status_code == users, name


def test_cookie_alone_changes_nothing_by_the_api(house: Served) -> None:
    with sign_in(house) as client:
        assert client.get("/api/v1/alerts").status_code == 200
        assert client.post("/api/v1/silences", json={"actor": "x", "hours": 1}).status_code == 403


def test_new_password_ends_other_sessions(house: Served) -> None:
    add_user(house, "paul", Role.READER)
    with sign_in(house, "paul") as first, sign_in(house, "paul") as second:
        new = "another good password"
        form = {"old": PASSWORD, "password": new, "again": new, "csrf": csrf_of(first)}
        assert first.post("/account", data=form).status_code == 303
        assert first.get("/account").status_code == 200
        assert second.get("/account").status_code == 303


@on_both
def test_signing_out_ends_the_session(house: Served) -> None:
    with sign_in(house) as client:
        cookie = dict(client.cookies)
        client.post("/logout", data={"csrf": csrf_of(client)})
    assert httpx.get(f"{house.url}/account", cookies=cookie).status_code == 303


@on_both
def test_last_admin_stays(house: Served) -> None:
    with sign_in(house) as client:
        form = {"name": NAME, "do": "remove", "csrf": csrf_of(client)}
        answer = client.post("/users/change", data=form)
    assert answer.status_code == 422
    assert "last admin" in answer.text


@pytest.mark.parametrize("path", ["/login", "/healthz", "/nowhere", "/static/none/x.js", "/api/v1/alerts"])
def test_every_answer_carries_the_policy(house: Served, path: str) -> None:
    with house.client() as client:
        headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


async def test_open_address_needs_a_user_first(storage_url: str) -> None:
    settings = settings_on(storage_url, web={"listen": EXTERNAL})
    with pytest.raises(OSError, match="there is no user yet"):
        async with open_service(settings):
            pass


@on_both
async def test_open_address_is_served_once_there_is_a_user(storage_url: str) -> None:
    settings = settings_on(storage_url, web={"listen": EXTERNAL})
    with Database(settings.storage.url) as database, database.write() as session:
        user = put_user(session, "ed", Role.ADMIN, now=utc_now())
    with pytest.raises(OSError, match="there is no user yet"):
        async with open_service(settings):
            pass  # who has no password can't sign in
    with Database(settings.storage.url) as database, database.write() as session:
        set_password(session, user.id, "a hash")
    async with open_service(settings) as service:
        assert service.url.startswith("http://0.0.0.0:")
