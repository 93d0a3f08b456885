"""The page as an application of its own: what Chromium says of its manifest, and a push from the button to the notification."""

from __future__ import annotations

import base64
import json
import shutil
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import http_ece
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import BrowserContext, Page, sync_playwright

from service.actions.subscriptions import own_subscriptions
from tests.archive import add_article, watch
from tests.databases import on_sqlite
from tests.service.web.conftest import PATIENCE_MS, chromium
from tests.service.web.served import NAME, PASSWORD, Served, served, settings_on

pytestmark = [on_sqlite, pytest.mark.thorough]  # Chromium as an application; its parts: alerts/delivery
AUTH = b"a" * 16
SUBSCRIBE = """
PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async (options) => {
  window.asked = { visible: options.userVisibleOnly, key: options.applicationServerKey.length };
  return { toJSON: () => (%s) };
};
"""
"""The browser's own push service is not reached from here: this gives what it would."""


@dataclass(slots=True)
class PushService:
    """Takes pushes on loopback."""

    bodies: list[bytes] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    status: int = 201


@pytest.fixture(scope="module")
def push_service() -> Iterator[tuple[PushService, str]]:
    taken = PushService()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(taken.status)
            self.end_headers()
            taken.arrived.set()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield taken, f"http://127.0.0.1:{server.server_port}/push/1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def house(module_storage_url: str) -> Iterator[Served]:
    crawler = {"proxy": "http://127.0.0.1:9", "allow_networks": ["127.0.0.1/32"]}
    with served(settings_on(module_storage_url, crawler=crawler)) as running:
        with running.service.database.write() as session:
            watch(session, "Ferries", actors=["Ferry"])
        yield running


@pytest.fixture(scope="module")
def context(house: Served) -> Iterator[BrowserContext]:
    path = shutil.which("chromium") or chromium()  # the shell alone shows no notifications
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"], timeout=PATIENCE_MS)
        context = browser.new_context(locale="en-GB")
        context.set_default_timeout(PATIENCE_MS)
        context.grant_permissions(["notifications"], origin=house.url)
        page = context.new_page()
        page.goto(house.url + (house.first_link() or ""))
        page.fill("[name=name]", NAME)
        page.fill("[name=password]", PASSWORD)
        page.fill("[name=again]", PASSWORD)
        page.click("main button")
        page.wait_for_url(lambda url: "/password/" not in url)
        yield context
        browser.close()


def test_chromium_can_install_it(house: Served, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(f"{house.url}/alerts")
    devtools = context.new_cdp_session(page)
    read = devtools.send("Page.getAppManifest")
    assert (read["errors"], read["url"]) == ([], f"{house.url}/manifest.webmanifest")
    said = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each["errorId"] for each in said if each["errorId"] != "in-incognito"] == []
    manifest = json.loads(read["data"])
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/alerts", "/", "standalone")
    for icon in manifest["icons"]:
        answer = page.request.get(house.url + icon["src"])
        width, height = struct.unpack(">II", answer.body()[16:24])
        assert (answer.headers["content-type"], f"{width}x{height}") == ("image/png", icon["sizes"])
    page.close()


def test_a_push_goes_from_the_button_to_the_notification(
    house: Served, context: BrowserContext, push_service: tuple[PushService, str]
) -> None:
    taken, url = push_service
    private = generate_private_key(SECP256R1())
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    given = {"endpoint": url, "keys": {"p256dh": text_of(point), "auth": text_of(AUTH)}}
    page = context.new_page()
    page.add_init_script(SUBSCRIBE % json.dumps(given))
    page.goto(f"{house.url}/account/alerts")
    form = page.locator("form[data-push]")
    form.get_by_label("Ferries").check()
    form.get_by_role("button", name="Have them on this device").click()
    page.get_by_role("heading", name="127.0.0.1").wait_for()
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run({ resultTypes: ['violations'] }).then((said) => said.violations)")
    assert [each["id"] for each in found] == []
    add(house)
    assert taken.arrived.wait(120)
    told = json.loads(http_ece.decrypt(taken.bodies[0], private_key=private, auth_secret=AUTH))
    assert (told["title"], told["url"]) == ("Ferry leaves", "alerts/1")
    shown = delivered(context, page, house.url, told)
    assert shown == [{"title": "Ferry leaves", "url": "alerts/1"}]
    assert page.evaluate("caches.keys()") == []
    page.close()


def test_a_push_service_that_knows_it_no_more_ends_it(
    house: Served, push_service: tuple[PushService, str]
) -> None:
    taken, _url = push_service
    taken.status = 404
    taken.arrived.clear()
    add(
        house,
        "Strike in the north",
        "Crews of a ferry line walked out over wages, and unions speak of weeks.",
    )
    assert taken.arrived.wait(120)
    tick = threading.Event()
    for _time in range(600):
        with house.service.database.read() as session:
            (mine,) = own_subscriptions(session, NAME)
        if mine.troubled:
            break
        tick.wait(0.1)
    assert mine.troubled


SHOWN = """async () => {
    const one = await navigator.serviceWorker.ready;
    for (let left = 20; left > 0; left--) {
        const shown = await one.getNotifications();
        if (shown.length > 0) return shown.map((each) => ({ title: each.title, url: each.data.url }));
        await new Promise((go) => setTimeout(go, 100));
    }
    return [];
}"""
"""What is shown, once something is: Playwright takes a promise for a yes."""


def delivered(context: BrowserContext, page: Page, origin: str, told: dict[str, Any]) -> list[dict[str, str]]:
    """Have the browser deliver a push to our worker; return the notifications that it shows."""
    devtools = context.new_cdp_session(page)
    known: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(each["registrationId"] for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    push = {"origin": origin, "registrationId": known[0], "data": json.dumps(told)}
    shown: list[dict[str, str]] = []
    for _time in range(
        60
    ):  # a busy browser loses one that it is given by hand; the second has the tag of the first
        devtools.send("ServiceWorker.deliverPushMessage", push)
        if shown := page.evaluate(SHOWN):
            break
    return shown


def add(house: Served, title: str = "Ferry leaves", text: str = "The ferry left the port.") -> None:
    with house.service.database.write() as session:
        add_article(session, title, text)


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
