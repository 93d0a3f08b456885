"""Signing in by OpenID Connect, at a provider that keeps to the standard and at one that lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
from joserfc.jwk import RSAKey

from service.actions.outsiders import role_of
from service.actions.users import invite
from service.clock import utc_now
from service.settings.sign_in_models import RoleGroups
from service.web.openid import Flow, claim_at
from storage.stores.people.acts import ActFilter, acts_done
from storage.stores.people.users import KnownUser, user_called
from storage.tables import Role
from tests.databases import on_sqlite
from tests.openid_provider import CLIENT, LOGOUT, SECRET, OpenIdProvider, openid_provider
from tests.service.web.served import PASSWORD, Served, csrf_in, served, settings_on

pytestmark = on_sqlite

ROLES = {"admin": ["desk-admins"], "editor": ["press"], "reader": ["guests"]}


@pytest.fixture(scope="module")
def provider() -> Iterator[OpenIdProvider]:
    with openid_provider() as running:
        yield running


@pytest.fixture(autouse=True)
def honest(provider: OpenIdProvider) -> None:
    """Forget the lies of the test before."""
    fresh = OpenIdProvider(key=provider.key)
    for name in ("person", "in_userinfo", "refuses", "forge", "sign", "calls_itself"):
        setattr(provider, name, getattr(fresh, name))
    provider.asked.clear()


@pytest.fixture(scope="module")
def house(provider: OpenIdProvider, module_storage_url: str) -> Iterator[Served]:
    oidc = {
        "issuer": provider.url,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "roles": ROLES,
        "label": "Press house",
    }
    with served(settings_on(module_storage_url, web={"listen": "127.0.0.1:0", "oidc": oidc})) as running:
        yield running


def come(provider: OpenIdProvider, client: httpx.Client, onward: str = "/watch") -> httpx.Response:
    """Go to the provider and come back to where it sends the browser."""
    begun = client.get("/oidc/start", params={"next": onward})
    assert begun.status_code == 303
    assert begun.headers["location"].startswith(f"{provider.url}/authorize?")
    at_provider = httpx.get(begun.headers["location"])
    assert at_provider.status_code == 302, at_provider.text
    return client.get(at_provider.headers["location"])


@contextmanager
def signed_in(
    house: Served, provider: OpenIdProvider, name: str, *groups: str, sid: str | None = None
) -> Iterator[httpx.Client]:
    provider.person = {"sub": f"sub of {name}", "preferred_username": name, "groups": list(groups)}
    if sid is not None:
        provider.person["sid"] = sid
    with house.client() as client:
        answer = come(provider, client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/watch")
        yield client


def user(house: Served, name: str) -> KnownUser | None:
    with house.service.database.read() as session:
        return user_called(session, name)


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        pytest.param(["others", "press"], Role.EDITOR, id="one of two"),
        pytest.param(["guests", "desk-admins"], Role.ADMIN, id="the highest"),
        pytest.param(["guests"], Role.READER, id="reader"),
    ],
)
def test_groups_give_the_role(house: Served, provider: OpenIdProvider, groups: list[str], role: Role) -> None:
    name = f"leila of {'+'.join(groups)}"
    with signed_in(house, provider, name, *groups) as client:
        assert name in client.get("/account").text
        assert client.get("/users").status_code == (200 if role is Role.ADMIN else 403)
    found = user(house, name)
    assert found is not None
    assert (found.role, found.has_password, found.origin) == (role, False, "oidc")
    with house.service.database.read() as session:
        (act,) = acts_done(session, ActFilter(who=name, subject="session"), limit=5)
    assert (act.verb, act.about) == ("sign in", name)


def test_the_role_follows_the_groups_and_the_name_stays(house: Served, provider: OpenIdProvider) -> None:
    with signed_in(house, provider, "nadia", "press"):
        pass
    provider.person |= {"preferred_username": "nadia.married", "groups": ["desk-admins"]}
    with house.client() as client:
        assert come(provider, client).status_code == 303
    found = user(house, "nadia")
    assert found is not None
    assert found.role is Role.ADMIN
    assert user(house, "nadia.married") is None


def test_what_the_token_lacks_is_asked_of_userinfo(house: Served, provider: OpenIdProvider) -> None:
    provider.in_userinfo = frozenset({"groups"})
    with signed_in(house, provider, "samir", "press"):
        assert "userinfo" in provider.asked
    found = user(house, "samir")
    assert found is not None
    assert found.role is Role.EDITOR


@pytest.mark.parametrize("groups", [[], ["somebody else's"], None])
def test_who_is_not_mapped_is_refused_with_words(
    house: Served, provider: OpenIdProvider, groups: list[str] | None
) -> None:
    provider.person = {"sub": "9", "preferred_username": "stranger", "groups": groups}
    with house.client() as client:
        answer = come(provider, client)
        assert answer.status_code == 403
        assert "none of your groups has a role" in answer.text
        assert client.get("/account").status_code == 303
    assert user(house, "stranger") is None


def test_a_name_that_is_somebody_elses_is_not_taken_over(house: Served, provider: OpenIdProvider) -> None:
    with house.service.database.write() as session:
        link = invite(session, "karim", "admin", now=utc_now())
    with house.client() as client:
        assert client.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    provider.person = {"sub": "10", "preferred_username": "karim", "groups": ["guests"]}
    with house.client() as client:
        answer = come(provider, client)
        assert answer.status_code == 403
        assert "who signs in otherwise" in answer.text
    found = user(house, "karim")
    assert found is not None
    assert (found.role, found.has_password) == (Role.ADMIN, True)


def forged(**changes: Any) -> Any:  # noqa: ANN401  (claims)
    return lambda claims: {name: value for name, value in {**claims, **changes}.items() if value is not None}


LIES = [
    pytest.param({"forge": forged(nonce="another")}, id="another nonce"),
    pytest.param({"forge": forged(nonce=None)}, id="no nonce"),
    pytest.param({"forge": forged(aud="another client")}, id="for another client"),
    pytest.param({"forge": forged(aud=[CLIENT, "other"], azp="other")}, id="made out to another client"),
    pytest.param({"forge": forged(iss="https://evil.example")}, id="of another issuer"),
    pytest.param({"forge": forged(exp=1_000_000_000)}, id="over"),
    pytest.param({"forge": forged(exp=None)}, id="without an end"),
    pytest.param({"forge": forged(sub=None)}, id="of nobody"),
    pytest.param({"forge": forged(at_hash="AAAA")}, id="of another access token"),
    pytest.param({"sign": "stranger"}, id="signed by a stranger"),
    pytest.param({"sign": "none"}, id="not signed"),
    pytest.param({"sign": "secret"}, id="signed with the client's secret"),
    pytest.param({"refuses": "access_denied"}, id="refused there"),
]


@pytest.mark.parametrize("lies", LIES)
def test_what_is_not_to_be_believed_signs_nobody_in(
    house: Served, provider: OpenIdProvider, lies: dict[str, Any]
) -> None:
    provider.person = {"sub": "11", "preferred_username": "liar", "groups": ["desk-admins"]}
    for name, value in lies.items():
        setattr(provider, name, value)
    with house.client() as client:
        answer = come(provider, client)
        assert answer.status_code == 403
        assert "The sign-in failed" in answer.text
        assert client.get("/account").status_code == 303
    assert user(house, "liar") is None


def test_an_answer_to_another_request_signs_nobody_in(house: Served, provider: OpenIdProvider) -> None:
    provider.person = {"sub": "12", "preferred_username": "victim", "groups": ["press"]}
    with house.client() as attacker, house.client() as victim:
        theirs = httpx.get(attacker.get("/oidc/start").headers["location"]).headers["location"]
        assert "took too long" in victim.get(theirs).text  # without a request of its own
        victim.get("/oidc/start")
        answer = victim.get(theirs)
        assert (answer.status_code, "another request" in answer.text) == (403, True)
        assert "token" not in provider.asked
        assert attacker.get(theirs).status_code == 303
        again = attacker.get(theirs)  # the code is used up, and so is the browser's part
        assert again.status_code == 403


def test_the_question_has_pkce_state_and_nonce(house: Served) -> None:
    with house.client() as client:
        first, second = (
            parse_qs(urlsplit(client.get("/oidc/start").headers["location"]).query) for _time in range(2)
        )
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [f"{house.url}/oidc/callback"]
    assert SECRET not in str(first)
    for name in ("code_challenge", "state", "nonce"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]


def test_a_new_key_of_the_provider_is_fetched(
    house: Served, provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with signed_in(house, provider, "before", "press"):
        pass
    monkeypatch.setattr("service.web.openid.REFETCHED_AFTER", 0.0)
    provider.key = RSAKey.generate_key(2048, {"kid": "two"})
    with signed_in(house, provider, "after", "press"):
        assert "jwks" in provider.asked


def test_signing_out_leads_to_the_providers_too(house: Served, provider: OpenIdProvider) -> None:
    with signed_in(house, provider, "omar", "press") as client:
        page = client.get("/account").text
        assert "Change password" not in page
        answer = client.post("/logout", data={"csrf": csrf_in(page)})
        assert answer.status_code == 200
        assert f"{provider.url}/logout?client_id={CLIENT}&amp;post_logout_redirect_uri=" in answer.text
        assert client.get("/account").status_code == 303


def is_in(client: httpx.Client) -> bool:
    return client.get("/watch").status_code == 200


def test_who_signs_out_at_the_provider_is_signed_out_here(house: Served, provider: OpenIdProvider) -> None:
    say = partial(httpx.post, f"{house.url}/oidc/backchannel-logout")
    with ExitStack() as stack:
        first, second, other = (
            stack.enter_context(signed_in(house, provider, name, "press", sid=sid))
            for name, sid in (("samira", "one"), ("samira", "two"), ("youssef", "three"))
        )
        provider.person = {"sub": "sub of samira"}
        answer = say(data={"logout_token": provider.logout_token(sid="one")})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert [is_in(each) for each in (first, second, other)] == [False, True, True]
        assert say(data={"logout_token": provider.logout_token(sub=None, sid="three")}).status_code == 200
        assert [is_in(each) for each in (second, other)] == [True, False]
        assert say(data={"logout_token": provider.logout_token(aud=[CLIENT, "another"])}).status_code == 200
        assert not is_in(second)
        assert say(data={"logout_token": provider.logout_token()}).status_code == 200  # twice is once
    with house.service.database.read() as session:
        acts = acts_done(session, ActFilter(subject="session"), limit=3)
    assert [(act.verb, act.via) for act in acts] == [("end", "provider")] * 3


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        pytest.param({"iss": "https://other.example"}, "own", id="another issuer"),
        pytest.param({"aud": "another"}, "own", id="another client"),
        pytest.param({"iat": None}, "own", id="no time"),
        pytest.param({"iat": 1_000_000_000, "exp": None}, "own", id="too old"),
        pytest.param({"exp": 1_000_000_000}, "own", id="over"),
        pytest.param({"events": None}, "own", id="no event"),
        pytest.param({"events": {"https://example.org/event": {}}}, "own", id="another event"),
        pytest.param({"events": {LOGOUT: "yes"}}, "own", id="no such event"),
        pytest.param({"nonce": "n"}, "own", id="an ID token's nonce"),
        pytest.param({"sub": None}, "own", id="nobody"),
        pytest.param({}, "stranger", id="a stranger's key"),
        pytest.param({}, "secret", id="the client's secret"),
        pytest.param({}, "none", id="unsigned"),
    ],
)
def test_a_logout_that_is_not_to_be_believed_ends_nothing(
    house: Served, provider: OpenIdProvider, changes: dict[str, Any], sign: str
) -> None:
    with signed_in(house, provider, "hanae", "press") as client:
        provider.sign = sign
        for token in (provider.logout_token(**changes), "none", ""):
            answer = httpx.post(f"{house.url}/oidc/backchannel-logout", data={"logout_token": token})
            assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
        assert is_in(client)


def test_nothing_secret_is_logged(
    house: Served, provider: OpenIdProvider, capfd: pytest.CaptureFixture[str]
) -> None:
    provider.given_out.clear()
    with structlog.testing.capture_logs() as logged:
        with signed_in(house, provider, "logged", "press") as client:
            cookie = client.cookies["tocsin_session"]
        provider.sign = "stranger"
        with house.client() as client:
            come(provider, client)
    printed = capfd.readouterr()
    said = str(logged) + printed.out + printed.err
    assert "sign-in refused" in said
    assert len(provider.given_out) >= 8
    for secret in (*provider.given_out, SECRET, cookie):
        assert secret not in said


@pytest.mark.thorough
def test_a_provider_of_another_name_is_not_used(provider: OpenIdProvider, storage_url: str) -> None:
    provider.calls_itself = "https://evil.example"
    oidc = {"issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET, "roles": ROLES}
    web = {"listen": "127.0.0.1:0", "passwords": False, "oidc": oidc}
    with served(settings_on(storage_url, web=web)) as running, running.client() as client:
        answer = client.get("/oidc/start")
        assert (answer.status_code, "calls itself" in answer.text) == (403, True)
        page = client.get("/login").text
        assert 'type="password"' not in page
        assert "127.0.0.1" in page  # what the button names, without a label
        refused = client.post("/login", data={"name": "leila", "password": PASSWORD})
        assert (refused.status_code, "Nobody signs in by a password" in refused.text) == (403, True)


def test_without_a_provider_there_is_no_such_sign_in(storage_url: str) -> None:
    with served(settings_on(storage_url)) as running, running.client() as client:
        assert client.get("/oidc/start").status_code == 404
        assert client.get("/oidc/callback?code=x&state=y").status_code == 404


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        pytest.param({"press"}, Role.EDITOR, id="named"),
        pytest.param({"nowhere"}, Role.READER, id="everybody"),
        pytest.param(set(), Role.READER, id="no group"),
        pytest.param({"*"}, Role.READER, id="a group called as everybody"),
    ],
)
def test_everybody_may_have_a_role(groups: set[str], role: Role) -> None:
    assert role_of(RoleGroups(editor=("press",), reader=("*",)), frozenset(groups)) is role


@pytest.mark.parametrize(
    ("path", "found"),
    [
        pytest.param("groups", ["a"], id="plain"),
        pytest.param("realm_access.roles", ["b"], id="inside"),
        pytest.param("https://example.org/roles", ["c"], id="called by a URL"),
        pytest.param("realm_access.nothing", None, id="not there"),
        pytest.param("groups.nothing", None, id="inside of a list"),
    ],
)
def test_a_claim_is_found(path: str, found: object) -> None:
    claims = {"groups": ["a"], "realm_access": {"roles": ["b"]}, "https://example.org/roles": ["c"]}
    assert claim_at(claims, path) == found


@pytest.mark.parametrize("text", ["", "no base64!", "e30=", "W10=", "eyJzdGF0ZSI6MX0="])
def test_a_cookie_of_others_is_no_flow(text: str) -> None:
    assert Flow.unpacked(text) is None
    flow = Flow("a", "b", "c", "/watch")
    assert Flow.unpacked(flow.packed()) == flow
