"""Hostile requests, redirects and messages that are not tried elsewhere."""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from crawler.errors import FetchError
from crawler.fetch import Fetcher, FetcherOptions
from crawler.fetch.proxies import Proxies
from crawler.values import FetchRequest
from service import credentials
from service.credentials import is_password
from storage.backup import backup
from tests.replay.conftest import SECRET
from tests.service.web.served import NAME, PASSWORD, Served, served, settings_on


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(settings_on(f"sqlite:///{tmp_path_factory.mktemp('attacks') / 'served.db'}")) as running:
        link = running.first_link()
        assert link is not None
        with running.client() as client:
            client.post(link, data={"name": NAME, "password": PASSWORD, "again": PASSWORD})
        yield running


def options(**more: object) -> FetcherOptions:
    known: dict[str, object] = {"user_agent": "Tocsin/test", "allow_networks": (ip_network("127.0.0.0/8"),)}
    return FetcherOptions(**{**known, **more})  # type: ignore[arg-type]


async def test_gigabyte_in_gzip_is_stopped_while_it_streams() -> None:
    bomb = gzip.compress(bytes(2**20 * 64), compresslevel=1) * 16

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    application = web.Application()
    application.router.add_get("/", answer)
    async with TestServer(application) as server, Fetcher(options()) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(FetchRequest(str(server.make_url("/"))))
    assert caught.value.kind == "too_large"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"], ids=["another port", "another host"])
async def test_login_in_an_address_goes_to_that_host_alone(host: str) -> None:
    """CVE-2021-41125, CVE-2024-1968 and CVE-2024-3574 of Scrapy: what was meant for one host followed redirects to others."""
    seen: list[str | None] = []

    async def target(request: web.Request) -> web.Response:
        seen.append(request.headers.get("Authorization"))
        return web.Response(text="there")

    away = web.Application()
    away.router.add_get("/", target)
    async with TestServer(away) as elsewhere:

        async def leave(request: web.Request) -> web.Response:
            seen.append(request.headers.get("Authorization"))
            raise web.HTTPFound(f"http://{host}:{elsewhere.port}/")

        home = web.Application()
        home.router.add_get("/", leave)
        async with TestServer(home) as server, Fetcher(options()) as fetcher:
            await fetcher.fetch(FetchRequest(f"http://user:hunter2@127.0.0.1:{server.port}/"))
    assert seen[0] is not None
    assert seen[1] is None


def test_each_hop_asks_for_its_own_schemes_proxy() -> None:
    """GHSA-jm3v-qxmh-hxwv of Scrapy: after a redirect to https the proxy for http was used on."""
    proxies = Proxies({"http": "http://plain.example:1"}, respects_no_proxy=False)
    assert proxies.of("http://gazette.example/") == "http://plain.example:1"
    assert proxies.of("https://gazette.example/") is None


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host"])
def test_header_that_claims_to_be_local_opens_nothing(house: Served, header: str) -> None:
    """CVE-2023-27591 of Miniflux: /metrics was open to who said that he was 127.0.0.1."""
    with house.client() as client:
        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 401


@pytest.mark.parametrize("header", ["Remote-User", "X-WebAuth-User", "X-Forwarded-User", "Authorization"])
def test_header_that_names_a_user_signs_nobody_in(house: Served, header: str) -> None:
    """CVE-2025-46341 of FreshRSS: a feed could be fetched with the header that a proxy signs in with."""
    with house.client() as client:
        answer = client.get("/alerts", headers={header: NAME})
    assert answer.headers["location"].startswith("/login")


def test_picture_in_a_feed_signs_nobody_out(house: Served) -> None:
    """CVE-2025-31482 of FreshRSS: a GET of the logout address was enough."""
    with house.client() as client:
        client.post("/login", data={"name": NAME, "password": PASSWORD})
        assert client.get("/logout").status_code in (404, 405)
        assert client.get("/alerts").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../../settings.toml",
        "/static/..%2f..%2f..%2fsettings.toml",
        "/static/%2e%2e/%2e%2e/settings.toml",
        "/static/..\\..\\settings.toml",
        "/static//etc/passwd",
        "/static/tocsin.css%00.js",
        "/feeds/../settings.toml",
        "/websub/..%2f..%2fsettings.toml",
    ],
)
def test_path_leads_nowhere_else(house: Served, path: str) -> None:
    """CVE-2025-31134 of FreshRSS and CVE-2024-51483 of changedetection.io: files beside those that are served."""
    host, _, port = house.url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request("GET", path)  # as it is: httpx would tidy it up
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status in (303, 400, 404, 405)
    assert b"[storage]" not in body
    assert b"root:" not in body


@pytest.mark.parametrize(
    "path", ["/proxy", "/proxy/aHR0cDovLzE2OS4yNTQuMTY5LjI1NC8=", "/favicon", "/api/v1/fetch"]
)
def test_nothing_is_fetched_for_a_reader(house: Served, path: str) -> None:
    """CVE-2023-27592, CVE-2025-31483 and CVE-2026-21885 of Miniflux, CVE-2025-46339 of FreshRSS: proxies for pictures."""
    with house.client("admin") as client:
        assert client.get(path, params={"url": "http://169.254.169.254/"}).status_code == 404


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "source:file:///etc/passwd", "javascript:alert(1)", "data:text/html,x"]
)
def test_outlet_added_by_the_api_has_a_web_address(house: Served, url: str) -> None:
    """CVE-2023-24769, CVE-2024-51483 and CVE-2025-62780 of changedetection.io: any scheme could be watched."""
    with house.client("admin") as client:
        answer = client.post("/api/v1/outlets", json={"name": f"O {url}", "site": url})
    assert answer.status_code == 422


def test_replayed_webhook_does_not_verify() -> None:
    sent = datetime.now(UTC) - timedelta(minutes=10)
    body = "{}"
    webhook = Webhook(SECRET)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(sent.timestamp())),
        "webhook-signature": webhook.sign("msg_1", sent, body),
    }
    with pytest.raises(WebhookVerificationError, match="too old"):
        webhook.verify(body, headers)


def test_name_that_nobody_has_costs_a_hash_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the time of the answer would tell which names there are."""
    verified: list[str] = []

    class Counting:
        def verify(self, password_hash: str, password: str) -> bool:
            verified.append(password)
            return hasher.verify(password_hash, password)

        def hash(self, password: str) -> str:
            return hasher.hash(password)

    hasher = credentials._HASHER
    monkeypatch.setattr(credentials, "_HASHER", Counting())
    assert not is_password("guess", None)
    assert not is_password("guess", hasher.hash("other"))
    assert verified == ["guess", "guess"]


def test_password_costs_whoever_guesses_what_rfc_9106_recommends(real_hasher: PasswordHasher) -> None:
    assert real_hasher.memory_cost >= 64 * 1024  # KiB
    assert real_hasher.time_cost >= 3


def test_database_holds_no_token(house: Served, tmp_path: Path) -> None:
    token = house.new_token()
    copy = tmp_path / "copy.db"
    backup(house.service.database, copy)
    assert token.encode() not in copy.read_bytes()
    assert PASSWORD.encode() not in copy.read_bytes()


def test_missed_does_not_fetch_private_addresses(tmp_path: Path) -> None:
    asked: list[str] = []

    class Inside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    settings = settings_on(f"sqlite:///{tmp_path / 'm.db'}", crawler={"obey_robots": False})
    with HTTPServer(("127.0.0.1", 0), Inside) as inside, served(settings) as running:
        threading.Thread(target=inside.serve_forever, daemon=True).start()
        port = inside.server_port
        addresses = [f"http://127.0.0.1:{port}/a", f"http://0x7f.1:{port}/b", "http://169.254.169.254/c"]
        with running.client("write") as client:
            answer = client.post("/api/v1/missed", json={"addresses": addresses, "fetch": True}).json()
        inside.shutdown()
    assert [
        address["page"]["error"].partition(": ")[2].partition(",")[0] for address in answer["articles"]
    ] == ["refused"] * 3
    assert [address["outlet_to_add"]["feed"] for address in answer["articles"]] == [None] * 3
    assert asked == []
