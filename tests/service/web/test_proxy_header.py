"""Signing in by a header: a trusted proxy's alone, and for as long as it stands there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from storage.stores.people.users import KnownUser, user_called
from storage.tables import Role
from tests.databases import on_sqlite
from tests.service.web.served import Served, csrf_in, served, settings_on

pytestmark = on_sqlite

HEADER = {
    "user": "Remote-User",
    "groups": "Remote-Groups",
    "roles": {"admin": ["desk-admins"], "reader": ["press"]},
    "logout_url": "https://login.example/logout",
}


@pytest.fixture(scope="module")
def house(module_storage_url: str) -> Iterator[Served]:
    web = {"listen": "127.0.0.1:0", "passwords": False, "proxy_header": HEADER}
    with served(settings_on(module_storage_url, web=web)) as running:
        yield running


@contextmanager
def proxied(house: Served, name: str, groups: str) -> Iterator[httpx.Client]:
    with house.client() as client:
        client.headers.update([(b"Remote-User", name.encode()), (b"Remote-Groups", groups.encode())])
        client.follow_redirects = True
        yield client


def user(house: Served, name: str) -> KnownUser | None:
    with house.service.database.read() as session:
        return user_called(session, name)


def test_who_the_proxy_names_is_signed_in(house: Served) -> None:
    with proxied(house, "Zoé", "others, press") as client:
        page = client.get("/account")
        assert (page.status_code, page.url.path, "Zoé" in page.text) == (200, "/account", True)
    found = user(house, "Zoé")
    assert found is not None
    assert (found.role, found.origin) == (Role.READER, "proxy")


def test_the_role_follows_the_groups_at_once(house: Served) -> None:
    with proxied(house, "omar", "desk-admins") as client:
        assert client.get("/users").status_code == 200
        client.headers["Remote-Groups"] = "press"
        assert client.get("/users").status_code == 403
        client.headers["Remote-Groups"] = "nothing"
        refused = client.get("/alerts")
        assert (refused.status_code, "none of your groups has a role" in refused.text) == (403, True)


def test_a_session_counts_as_long_as_the_proxy_names_its_user(house: Served) -> None:
    with proxied(house, "samir", "press") as client:
        assert client.get("/account").status_code == 200
        client.headers["Remote-User"] = "nadia"
        assert "nadia" in client.get("/account").text  # signed in anew, as her
        client.headers.pop("Remote-User")
        page = client.get("/account")
        assert page.url.path == "/login"
        assert "named nobody" in page.text


def test_signing_out_leads_to_the_proxys(house: Served) -> None:
    with proxied(house, "leila", "press") as client:
        answer = client.post("/logout", data={"csrf": csrf_in(client.get("/account").text)})
    assert "https://login.example/logout" in answer.text


def test_a_header_that_comes_twice_is_refused(house: Served) -> None:
    with house.client() as client:
        headers = [("Remote-User", "leila"), ("Remote-User", "ed"), ("Remote-Groups", "press")]
        assert client.get("/login", headers=headers).status_code == 403


@pytest.mark.parametrize("forwarded", [{}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-For": "10.0.0.5"}])
def test_a_header_from_elsewhere_is_refused(storage_url: str, forwarded: dict[str, str]) -> None:
    web = {"listen": "127.0.0.1:0", "proxy_header": HEADER, "trusted_proxies": ["10.0.0.5/32"]}
    with served(settings_on(storage_url, web=web)) as running, running.client() as client:
        for headers in ({"Remote-User": "ed"}, {"remote-groups": "desk-admins"}):
            answer = client.get("/login", headers={**headers, **forwarded})
            assert (answer.status_code, "trusted_proxies" in answer.text) == (403, True)
            assert "set-cookie" not in answer.headers
        assert client.get("/login").status_code == 200
        assert user(running, "ed") is None


def test_a_header_that_is_not_set_up_is_none(storage_url: str) -> None:
    with served(settings_on(storage_url)) as running, running.client() as client:
        answer = client.get("/account", headers={"Remote-User": "ed", "Remote-Groups": "desk-admins"})
        assert answer.status_code == 303
