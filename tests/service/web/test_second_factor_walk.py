"""A second factor on the page: set up, asked for, limited, reset by each surface; tokens know nothing of it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import httpx
import pyotp
import pytest

from service.actions.second_factors import reset_factor
from service.actions.users import invite, renew_link
from service.clock import utc_now
from service.web.attempts import signed_in
from storage.stores.people.acts import ActFilter, acts_done
from storage.stores.people.users import KnownUser, user_called
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, House, house_on
from tests.service.web.served import NAME, PASSWORD, csrf_in, served, settings_on

pytestmark = on_sqlite


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Guarded:
    """A user with a second factor."""

    name: str
    secret: str
    recovery: list[str]


@pytest.fixture
def leila(house: House) -> Iterator[Guarded]:
    name = f"leila-{uuid4().hex[:8]}"
    with house.served.service.database.write() as session:
        link = invite(session, name, "editor", now=utc_now())
    with house.served.client() as client:
        assert client.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
        page = client.get("/account/second-factor").text
        assert "<svg" in page
        found = re.search(r'<code dir="ltr">([A-Z2-7]{32})</code>', page)
        assert found is not None
        wrong = client.post("/account/second-factor", data={"csrf": csrf_in(page), "code": "000000"})
        assert (wrong.status_code, "That code is wrong" in wrong.text) == (422, True)
        done = client.post("/account/second-factor", data={"csrf": csrf_in(page), "code": code(found[1], -1)})
        assert done.status_code == 200
        recovery = re.findall(r"<li><code>([a-z0-9]{5}-[a-z0-9]{5})</code>", done.text)
        assert client.get("/account").status_code == 200
    assert len(recovery) == 10
    yield Guarded(name, found[1], recovery)
    with house.served.service.database.write() as session:  # the address is that of all tests
        for key in (name, f"second factor of {name}"):
            signed_in(session, key, "127.0.0.1", now=utc_now())


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(utc_now() + timedelta(seconds=30 * steps))


@contextmanager
def half_in(house: House, name: str) -> Iterator[httpx.Client]:
    with house.served.client() as client:
        answer = client.post("/login", data={"name": name, "password": PASSWORD, "next": "/watch"})
        assert (answer.status_code, 'name="code"' in answer.text) == (200, True)
        assert 'value="/watch"' in answer.text
        assert "tocsin_session" not in client.cookies
        assert client.get("/account").status_code == 303
        yield client


def give(client: httpx.Client, text: str) -> httpx.Response:
    return client.post("/login/code", data={"code": text, "next": "/watch"})


def user(house: House, name: str) -> KnownUser | None:
    with house.served.service.database.read() as session:
        return user_called(session, name)


def test_a_code_is_asked_for_and_counts_once(house: House, leila: Guarded) -> None:
    used = code(leila.secret)
    with half_in(house, leila.name) as client:
        answer = give(client, used)
        assert (answer.status_code, answer.headers["location"]) == (303, "/watch")
        assert client.get("/account").status_code == 200
    with half_in(house, leila.name) as client:
        again = give(client, used)
        assert (again.status_code, "used already" in again.text) == (403, True)
        assert client.get("/account").status_code == 303
        assert give(client, leila.recovery[0]).status_code == 303
    with half_in(house, leila.name) as client:
        assert give(client, leila.recovery[0]).status_code == 403
    with house.served.service.database.read() as session:
        acts = acts_done(session, ActFilter(who=leila.name), limit=10)
    assert [(act.subject, act.verb) for act in acts] == [
        ("session", "sign in"),
        ("session", "sign in"),
        ("user", "second factor"),
        ("user", "password"),
    ]


def test_who_must_have_one_is_led_to_set_it_up_and_does_nothing_else(storage_url: str) -> None:
    web = {"listen": "127.0.0.1:0", "require_second_factor": True}
    with served(settings_on(storage_url, web=web)) as running, running.client() as client:
        passwords = {"password": PASSWORD, "again": PASSWORD}
        client.post(running.first_link() or "", data={"name": NAME, **passwords})
        for path in ("/", "/watch", "/account", "/users", "/account/alerts"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/account/second-factor"), path
        page = client.get("/account/second-factor").text
        assert "Everybody who signs in by a password needs a second factor here" in page
        assert 'href="/watch"' not in page
        csrf = csrf_in(page)
        sent = client.post("/users", data={"csrf": csrf, "name": "another", "role": "admin"})
        assert (sent.status_code, sent.headers["location"]) == (303, "/account/second-factor")
        assert client.get("/api/v1/alerts").status_code == 403
        assert running.client("read").get("/api/v1/alerts").status_code == 200  # a token is asked for no code
        secret = re.search(r'<code dir="ltr">([A-Z2-7]{32})</code>', page)
        assert secret is not None
        done = client.post("/account/second-factor", data={"csrf": csrf, "code": code(secret[1], -1)})
        assert done.status_code == 200
        assert client.get("/watch").status_code == 200
        kept = client.post("/account/second-factor/end", data={"csrf": csrf, "code": code(secret[1])})
        assert kept.status_code == 422
        assert client.get("/watch").status_code == 200
        with running.service.database.write() as session:
            assert user_called(session, "another") is None
            reset_factor(session, NAME)
        assert client.get("/watch").headers["location"] == "/account/second-factor"
        signed_out = client.post("/logout", data={"csrf": csrf})
        assert (signed_out.status_code, signed_out.headers["location"]) == (303, "/login")


def test_tries_of_codes_are_slowed_down(house: House, leila: Guarded) -> None:
    with half_in(house, leila.name) as client:
        answers = [give(client, f"{number:06}").status_code for number in range(8)]
        last = give(client, code(leila.secret))
    assert 403 in answers
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) > 0


@pytest.mark.parametrize("cookie", ["", "forged.cookie", "bm9ib2R5.AAAA"])
def test_a_code_without_the_password_is_nothing(house: House, leila: Guarded, cookie: str) -> None:
    with house.served.client() as client:
        if cookie:
            client.cookies.set("tocsin_half", cookie)
        answer = give(client, code(leila.secret))
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert client.get("/account").status_code == 303


def test_a_link_for_a_new_password_does_not_replace_the_code(house: House, leila: Guarded) -> None:
    with house.served.service.database.write() as session:
        _name, link = renew_link(session, leila.name, now=utc_now())
    with half_in(house, leila.name) as client:
        new = {"password": "another horse battery", "again": "another horse battery"}
        answer = client.post(link, data=new)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert client.get("/account").status_code == 303
        stale = give(client, code(leila.secret))  # it was begun with the old password
        assert stale.headers["location"] == "/login"


@pytest.mark.parametrize("surface", SURFACES)
def test_an_admin_resets_it(house: House, leila: Guarded, surface: str) -> None:
    found = user(house, leila.name)
    assert found is not None
    assert found.has_factor
    assert "second factor" in house.page.get("/users").text
    match surface:
        case "API":
            assert house.call("DELETE", f"/users/{found.id}/second-factor").done
        case "page":
            assert house.send("/users/change", {"name": leila.name, "do": "factor"}).done
        case _:
            assert house.command("user", "reset-factor", leila.name).done
    with house.served.client() as client:
        assert client.post("/login", data={"name": leila.name, "password": PASSWORD}).status_code == 303
        assert client.get("/account").status_code == 200
    again = house.call("DELETE", f"/users/{found.id}/second-factor")
    assert (again.done, "has no second factor" in again.words) == (False, True)


def test_one_takes_it_away_by_a_code(house: House, leila: Guarded) -> None:
    with half_in(house, leila.name) as client:
        assert give(client, leila.recovery[1]).status_code == 303
        page = client.get("/account/second-factor").text
        assert "9 recovery codes are left" in page
        csrf = csrf_in(page)
        wrong = client.post("/account/second-factor/end", data={"csrf": csrf, "code": "000000"})
        assert (wrong.status_code, "That code is wrong" in html.unescape(wrong.text)) == (422, True)
        ended = client.post("/account/second-factor/end", data={"csrf": csrf, "code": leila.recovery[2]})
        assert ended.status_code == 303
    found = user(house, leila.name)
    assert found is not None
    assert not found.has_factor


def test_tokens_know_nothing_of_it(house: House, leila: Guarded) -> None:
    users = house.api.get("/api/v1/users").json()["items"]
    assert next(one for one in users if one["name"] == leila.name)["has_factor"]
    with house.served.client("read") as client:
        assert client.get("/api/v1/alerts").status_code == 200


def test_no_secret_of_it_is_shown_again(house: House, leila: Guarded) -> None:
    with half_in(house, leila.name) as client:
        assert give(client, leila.recovery[5]).status_code == 303
        said = "".join(client.get(path).text for path in ("/account", "/account/second-factor"))
    said += (
        house.page.get("/users").text + house.page.get("/audit").text + house.api.get("/api/v1/users").text
    )
    said += house.api.get("/api/v1/audit").text
    for secret in (leila.secret, *leila.recovery):
        assert secret not in said
