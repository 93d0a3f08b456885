"""What people do with users and tokens comes to the same by the command line, the API and the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from storage.stores.people.tokens import KnownToken, token_called
from storage.stores.people.users import KnownUser, user_called
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on
from tests.service.web.served import NAME

pytestmark = on_sqlite


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def name() -> str:
    return f"leila-{uuid4().hex[:8]}"


def user(house: House, name: str) -> KnownUser | None:
    with house.served.service.database.read() as session:
        return user_called(session, name)


def token(house: House, name: str) -> KnownToken | None:
    with house.served.service.database.read() as session:
        return token_called(session, name)


def add_user(house: House, surface: str, name: str, role: str = "reader") -> Answer:
    if surface == "API":
        return house.call("POST", "/users", {"name": name, "role": role})
    if surface == "page":
        return house.send("/users", {"name": name, "role": role})
    return house.command("user", "add", name, "--role", role)


def change_user(house: House, surface: str, verb: str, name: str, role: str = "") -> Answer:
    if surface == "API":
        found = user(house, name)
        path = f"/users/{found.id if found else 99_999}"
        calls: dict[str, tuple[str, str, dict[str, Any] | None]] = {
            "role": ("PATCH", "", {"role": role}),
            "reset": ("POST", "/reset", None),
            "remove": ("DELETE", "", None),
        }
        method, onward, body = calls[verb]
        return house.call(method, path + onward, body)
    if surface == "page":
        return house.send("/users/change", {"name": name, "do": verb, "role": role})
    return house.command("user", verb, name, *([role] if role else []))


def make_token(house: House, surface: str, name: str, scopes: list[str], days: int | None = None) -> Answer:
    if surface == "API":
        return house.call("POST", "/tokens", {"name": name, "scopes": scopes, "days": days})
    if surface == "page":
        return house.send("/tokens", {"name": name, "scope": scopes, "days": days or ""})
    words = [word for scope in scopes for word in ("--scope", scope)]
    return house.command("token", "add", name, *words, *(["--days", str(days)] if days else []))


def revoke(house: House, surface: str, name: str) -> Answer:
    if surface == "API":
        found = token(house, name)
        return house.call("DELETE", f"/tokens/{found.id if found else 99_999}")
    if surface == "page":
        return house.send("/tokens/revoke", {"name": name})
    return house.command("token", "revoke", name)


def test_a_user_is_added_changed_and_removed(house: House, surface: str, name: str) -> None:
    assert add_user(house, surface, name, "editor").done
    found = user(house, name)
    assert found is not None
    assert (found.role.value, found.has_password) == ("editor", False)
    taken = add_user(house, surface, name)
    assert (taken.done, "There is a user" in taken.words) == (False, True)
    assert change_user(house, surface, "role", name, "admin").done
    changed = user(house, name)
    assert changed is not None
    assert changed.role.value == "admin"
    assert change_user(house, surface, "reset", name).done
    assert change_user(house, surface, "remove", name).done
    assert user(house, name) is None
    gone = change_user(house, surface, "remove", name)
    assert (gone.done, "There is no user" in gone.words) == (False, True)


@pytest.mark.parametrize("bad", ["   ", "x" * 101])
def test_a_name_that_cannot_be_is_refused(house: House, surface: str, bad: str) -> None:
    assert not add_user(house, surface, bad).done
    assert not make_token(house, surface, bad, ["read"]).done
    assert (user(house, bad), token(house, bad)) == (None, None)


@pytest.mark.parametrize(("verb", "role"), [("remove", ""), ("role", "reader")])
def test_the_last_admin_stays(house: House, surface: str, verb: str, role: str) -> None:
    answer = change_user(house, surface, verb, NAME, role)
    assert (answer.done, "is the last admin" in answer.words) == (False, True)
    found = user(house, NAME)
    assert found is not None
    assert found.role.value == "admin"


def test_a_token_is_made_and_revoked(house: House, surface: str, name: str) -> None:
    assert make_token(house, surface, name, ["write", "read"], days=3).done
    made = token(house, name)
    assert made is not None
    assert made.expires_at is not None
    assert (made.scopes, (made.expires_at - made.created_at).days) == (("read", "write"), 3)
    taken = make_token(house, surface, name, ["read"])
    assert (taken.done, "There is a token" in taken.words) == (False, True)
    assert revoke(house, surface, name).done
    ended = token(house, name)
    assert ended is not None
    assert ended.revoked_at is not None


def test_what_there_is_not_is_not_revoked(house: House, surface: str, name: str) -> None:
    answer = revoke(house, surface, name)
    assert (answer.done, "There is no token" in answer.words) == (False, True)


def test_a_token_lasts_ten_years_at_most(house: House, surface: str, name: str) -> None:
    assert not make_token(house, surface, name, ["read"], days=3651).done
    assert token(house, name) is None
