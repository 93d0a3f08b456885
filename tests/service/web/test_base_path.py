"""Under a path of another site: behind Debian's nginx and Caddy with our own samples, and what the path is put before."""

from __future__ import annotations

import html
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from service.web.base_path import ATTRIBUTES, BasePath, base_path, under
from tests.certificates import Certificate, make_certificate
from tests.imap_server import free_port
from tests.service.web.served import NAME, PASSWORD, Served, csrf_in, served, settings_on

DEPLOY = Path(__file__).parents[3] / "deploy"
ADDRESS = re.compile(rf'\s(?:{"|".join(ATTRIBUTES)})="(/[^"]*)"')


def program_called(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"there is no {name}: apt-get install {name}")
        pytest.skip(f"there is no {name}: apt-get install {name}")
    return found


def replaced(text: str, changes: dict[str, str]) -> str:
    for old, new in changes.items():
        assert old in text, f"the sample says no {old!r}"
        text = text.replace(old, new)
    return text


def nginx_words(folder: Path, certificate: Certificate, port: int, inner: int) -> list[str]:
    """Return how nginx is started with the sample."""
    site = replaced(
        (DEPLOY / "nginx.conf").read_text("utf-8"),
        {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "server_name example.org": "server_name 127.0.0.1",
            "/etc/ssl/example.org/fullchain.pem": str(certificate.path),
            "/etc/ssl/example.org/privkey.pem": str(certificate.path.with_name("key.pem")),
            "127.0.0.1:8080": f"127.0.0.1:{inner}",
        },
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off;\n{temporary}{site}}}\n",
        encoding="utf-8",
    )
    return [program_called("nginx"), "-c", str(config), "-p", str(folder)]


def caddy_words(folder: Path, certificate: Certificate, port: int, inner: int) -> list[str]:
    """Return how Caddy is started with the sample."""
    site = replaced(
        (DEPLOY / "Caddyfile").read_text("utf-8"),
        {
            "example.org {": f"https://127.0.0.1:{port} {{\n\ttls {certificate.path} {certificate.path.with_name('key.pem')}",
            "127.0.0.1:8080": f"127.0.0.1:{inner}",
        },
    )
    config = folder / "Caddyfile"
    config.write_text("{\n\tadmin off\n\tauto_https off\n\tgrace_period 1s\n}\n" + site, encoding="utf-8")
    return [program_called("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]


PROXIES = {"nginx": nginx_words, "caddy": caddy_words}


@contextmanager
def proxy(words: list[str], folder: Path, port: int) -> Iterator[None]:
    """Run a proxy while the context is open."""
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(words, stdout=log, stderr=log, env=environment) as process,
    ):
        try:
            while process.poll() is None:
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
            assert process.poll() is None, (folder / "log").read_text("utf-8")
            yield
        finally:
            process.terminate()


class Site:
    """The service behind a proxy, and a browser before it."""

    def __init__(self, house: Served, client: httpx.Client) -> None:
        self.house = house
        self.client = client


@pytest.fixture(scope="module", params=[pytest.param(name, marks=pytest.mark.thorough) for name in PROXIES])
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("proxy")
    certificate = make_certificate(folder)
    port = free_port()
    web = {
        "listen": "127.0.0.1:0",
        "public_url": f"https://127.0.0.1:{port}/tocsin",
        "proxy_header": {"user": "Remote-User", "roles": {"admin": ["*"]}},
    }
    url = f"sqlite:///{shutil.copy(sqlite_template, folder / 'tocsin.db')}"
    with served(settings_on(url, web=web)) as house:
        inner = urlsplit(house.url).port
        assert inner is not None
        trust = ssl.create_default_context(cafile=str(certificate.path))
        with (
            proxy(PROXIES[request.param](folder, certificate, port, inner), folder, port),
            httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trust, timeout=60) as client,
        ):
            link = house.first_link()
            form = {"name": NAME, "password": PASSWORD, "again": PASSWORD}
            answer = client.post(f"/tocsin{link}", data=form)
            assert (answer.status_code, answer.headers["location"]) == (303, "/tocsin/")
            cookie = answer.headers["set-cookie"]
            assert "Path=/tocsin;" in f"{cookie};"
            assert "Secure" in cookie
            yield Site(house, client)


def test_every_address_of_every_page_stands_under_the_path(site: Site) -> None:
    waiting, seen = ["/tocsin/"], set()
    while waiting:
        path = waiting.pop()
        if path in seen or "/export" in path or "/static/" in path:
            continue
        seen.add(path)
        page = site.client.get(path)
        if page.status_code == 303:
            waiting.append(urljoin(path, page.headers["location"]))
            continue
        assert page.status_code == 200, path
        if not page.headers["content-type"].startswith("text/html"):
            continue
        for address in map(html.unescape, ADDRESS.findall(page.text)):
            assert address.startswith("/tocsin/"), f"{path} leads to {address}"
        links = map(html.unescape, re.findall(r'<(?:a|link)\s[^>]*?href="(/tocsin/[^"#]*)', page.text))
        waiting += (link for link in links if "?" not in link)
    assert len(seen) > 25
    assert {"/tocsin/alerts", "/tocsin/users", "/tocsin/audit", "/tocsin/watch", "/tocsin/docs"} <= seen


def test_forms_come_and_lead_back(site: Site) -> None:
    page = site.client.get("/tocsin/account").text
    answer = site.client.post(
        "/tocsin/account/language",
        data={"csrf": csrf_in(page), "language": "en"},
        headers={"Origin": str(site.client.base_url).rstrip("/")},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/tocsin/account")
    users = site.client.post("/tocsin/users", data={"csrf": csrf_in(page), "name": "omar", "role": "reader"})
    assert f"{str(site.client.base_url).rstrip('/')}/tocsin/password/" in users.text


def test_who_asked_is_sent_to_sign_in_and_back(site: Site) -> None:
    with httpx.Client(base_url=site.client.base_url, verify=False) as stranger:
        away = stranger.get("/tocsin/watch?tag=x").headers["location"]
        assert away == "/tocsin/login?next=%2Fwatch%3Ftag%3Dx"
        assert stranger.get(away).status_code == 200
        back = stranger.post(
            "/tocsin/login", data={"name": NAME, "password": PASSWORD, "next": "/watch?tag=x"}
        )
        assert back.headers["location"] == "/tocsin/watch?tag=x"
        assert stranger.get(back.headers["location"]).status_code == 200


def test_files_are_had_and_the_root_is_not_ours(site: Site) -> None:
    page = site.client.get("/tocsin/alerts").text
    for address in re.findall(r'(?:href|src)="(/tocsin/static/[^"]+)"', page):
        assert site.client.get(address).status_code == 200
    assert site.client.get("/alerts").headers.get("location", "") != "/tocsin/login"
    assert 'data-base="/tocsin/"' in page


def test_the_stream_comes_through_as_it_is_written(site: Site) -> None:
    headers = {"Authorization": f"Bearer {site.house.tokens['read']}"}
    with site.client.stream("GET", "/tocsin/api/v1/alerts/stream", headers=headers) as stream:
        assert stream.status_code == 200
        assert next(stream.iter_lines()) == "retry: 2000"


def test_the_description_names_the_path(site: Site) -> None:
    document = site.client.get("/tocsin/api/v1/openapi.json").json()
    assert document["servers"] == [{"url": "/tocsin"}]


def test_a_browser_signs_nobody_in_by_a_header(site: Site) -> None:
    with httpx.Client(base_url=site.client.base_url, verify=False) as thief:
        headers = {"Remote-User": NAME, "Remote-Groups": "admins", "Host": "127.0.0.1"}
        answer = thief.get("/tocsin/login", headers=headers)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers


def test_readers_addresses_are_theirs(site: Site) -> None:
    assert "127.0.0.1" in site.client.get("/tocsin/sessions").text


def test_the_service_itself_is_asked_without_the_path_too(site: Site) -> None:
    with site.house.client() as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/tocsin/healthz").status_code == 200
        assert client.get("/alerts").headers["location"] == "/tocsin/login?next=%2Falerts"


@pytest.mark.parametrize(
    ("url", "path"),
    [("https://a.example", ""), ("https://a.example/", ""), ("https://a.example/x/y/", "/x/y"), ("", "")],
)
def test_the_path_is_that_of_the_address(url: str, path: str) -> None:
    assert base_path(url) == path


@pytest.mark.parametrize(
    ("page", "put"),
    [
        pytest.param('<a href="/watch">', '<a href="/x/watch">', id="ours"),
        pytest.param('<a href="//evil.example/">', '<a href="//evil.example/">', id="another host's"),
        pytest.param('<a href="https://g.example/">', '<a href="https://g.example/">', id="an outlet's"),
        pytest.param('<a href="?before=7">', '<a href="?before=7">', id="relative"),
        pytest.param("href=&#34;/watch&#34;", "href=&#34;/watch&#34;", id="what an outlet wrote"),
    ],
)
def test_what_is_ours_is_put_under_it(page: str, put: str) -> None:
    assert under("/x", page) == put
    assert under("", page) == page


@pytest.mark.parametrize(
    ("name", "value", "led"),
    [
        (b"location", b"/alerts", b"/x/alerts"),
        (b"location", b"https://login.example/", b"https://login.example/"),
        (b"location", b"//evil.example/", b"//evil.example/"),
        (b"HX-Redirect", b"/login", b"/x/login"),
        (b"set-cookie", b"a=b; Path=/; HttpOnly", b"a=b; Path=/x; HttpOnly"),
        (b"set-cookie", b"a=b; HttpOnly; Path=/", b"a=b; HttpOnly; Path=/x"),
        (b"content-type", b"/", b"/"),
    ],
)
def test_answers_lead_under_it(name: bytes, value: bytes, led: bytes) -> None:
    async def nothing(*_given: object) -> None: ...

    assert BasePath(nothing, "/x")._led(name, value) == led
