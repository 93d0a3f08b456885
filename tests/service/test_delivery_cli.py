"""Channels, deliveries, silences, dismissals and exports, as a user calls them; and the links and feeds that go with them."""

from __future__ import annotations

import asyncio
import base64
import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import select
from typer.testing import CliRunner, Result

from alerts.delivery.channels.email.mail import build_mail, parse_mailbox
from alerts.delivery.links import Links, sign, verify
from service.actions.provisioning import provision
from service.actions.spreadsheets import harmless
from service.cli.app import app
from service.settings import load_settings
from service.web import feeds_out, unsubscribe
from storage.engine import Database
from storage.stores.alerts.triage import UNHANDLED, handling_of
from storage.stores.outbox.channels import signing_key
from storage.tables import Alert, Dismissal, Notification, NotificationState, TriageAct, Unsubscription
from storage.troubles import note
from tests.alerts.delivery.http_server import Receiver, serving
from tests.alerts.delivery.samples import message
from tests.alerts.delivery.smtp_server import Mailbox, mail_server
from tests.archive import AlertStages, add_article
from tests.conftest import START
from tests.databases import on_both, on_sqlite

pytestmark = on_sqlite

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SETTINGS = """
[storage]
url = "{storage}"
[web]
public_url = "https://tocsin.example/base"
[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
[[channels]]
name = "desk"
type = "email"
to = ["desk@example.org"]
send = ["mon-fri 08:00 Africa/Casablanca", "sat 10:00 Africa/Casablanca"]
quiet = "22:00-07:00 Africa/Casablanca"
[[channels]]
name = "hook"
type = "webhook"
url = "{hook}"
secret = "{secret}"
allow_networks = ["127.0.0.0/8"]
fallback = "desk"
[[watch]]
name = "W/1 & more"
channels = ["desk", {{channel = "hook", languages = ["en"]}}]
[[watch.actors]]
name = "Nasser Bourita"
"""
TITLE = "=HYPERLINK(1) Nasser Bourita <in> Rabat"
Call = Callable[..., Result]


def write_settings(
    folder: Path, storage: str, *, hook: str = "http://127.0.0.1:9/hook", smtp: int = 9
) -> Path:
    path = folder / "settings.toml"
    path.write_text(SETTINGS.format(storage=storage, hook=hook, smtp=smtp, secret=SECRET), encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
async def opened(tmp_path: Path, storage_url: str, database: Database) -> Database:
    """A database with one alert in English and one in Arabic, made by the real stage."""
    settings, _warnings = load_settings(write_settings(tmp_path, storage_url))
    with database.write() as session:
        provision(session, settings, now=START)
        add_article(session, TITLE, "Nasser Bourita spoke\x0b in Rabat.")
        add_article(session, "ناصر: Nasser Bourita", "Nasser Bourita", language="ar")
    stage = AlertStages(database, lambda: START)
    await stage.load()
    await stage.step()
    await stage.close()
    return database


@pytest.fixture
def call(tmp_path: Path, opened: Database) -> Call:
    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, [*words, "--settings", str(tmp_path / "settings.toml")])
        assert result.exit_code == code, result.output
        return result

    return run


def test_routes_and_rules_of_the_settings_count(call: Call, opened: Database) -> None:
    listed = json.loads(call("channels", "list", "--json").stdout)
    assert [(item["name"], item["fallback"], item["state"]) for item in listed] == [
        ("desk", None, "on"),
        ("hook", "desk", "on"),
    ]
    assert listed[0]["send"] == ("mon,tue,wed,thu,fri 08:00 Africa/Casablanca; sat 10:00 Africa/Casablanca")
    assert [item["notifications"] for item in listed] == [{"queued": 2}, {"queued": 1}]
    assert "hook" in call("channels", "list").stdout


@on_both
def test_deliveries_are_shown_and_queued_again(call: Call, opened: Database) -> None:
    with opened.write() as session:
        for row in session.exec(select(Notification)):
            row.state, row.last_error = NotificationState.FAILED, note("no")
    assert "There is no notification 99" in call("deliveries", "show", "99", code=1).stderr
    assert "failed" in call("deliveries", "show", "1").stdout
    shown = json.loads(call("deliveries", "show", "1", "--json").stdout)
    assert (shown["state"], shown["attempts"], shown["payload"]["watch_list"]) == ("failed", [], "W/1 & more")
    assert "say which" in call("deliveries", "retry", code=2).stderr
    assert call("deliveries", "retry", "1").stdout == "1 notification queued again.\n"
    later = (START + timedelta(days=1)).date().isoformat()
    assert "0 notifications" in call("deliveries", "retry", "--dead", "--since", later).stdout
    assert "1 notification q" in call("deliveries", "retry", "--dead", "--channel", "desk").stdout
    assert "0 notifications q" in call("deliveries", "retry", "--dead", "--since", "1m").stdout
    assert "1 notification q" in call("deliveries", "retry", "--dead", "--since", "2026-03-01").stdout
    assert "nor a duration" in call("deliveries", "retry", "--dead", "--since", "soon", code=2).stderr
    with opened.read() as session:
        assert set(session.exec(select(Notification.state))) == {NotificationState.QUEUED}


def test_silences_are_added_listed_and_ended(call: Call, opened: Database) -> None:
    assert "say what to mute" in call("silence", "add", "8h", code=2).stderr
    assert "there is no outlet" in call("silence", "add", "8h", "--outlet", "Exampl Gazette", code=1).stderr
    assert "no watch list tracks 'Nobody'" in call("silence", "add", "1m", "--actor", "Nobody", code=1).stderr
    added = call("silence", "add", "8h", "--watch", "W/1 & more", "--reason", "summit").stdout
    assert "3 queued notifications are suppressed" in added
    (item,) = json.loads(call("silence", "list", "--json").stdout)
    assert (item["watch_list"], item["reason"], item["suppressed"]) == ("W/1 & more", "summit", 3)
    assert "watch list W/1 & more" in call("silence", "list").stdout
    assert "has ended" in call("silence", "remove", "1").stdout
    assert call("silence", "list").stdout == "No silences.\n"
    assert len(json.loads(call("silence", "list", "--all", "--json").stdout)) == 1
    with opened.read() as session:
        story = session.get_one(Alert, 1).story_id
    call("silence", "add", "8h", "--story", str(story))
    (item,) = json.loads(call("silence", "list", "--json").stdout)
    assert (item["story"], item["headline"]) == (story, TITLE)
    assert f"story {story} ({TITLE[:20]}" in call("silence", "list").stdout
    assert "there is no silence 1" in call("silence", "remove", "1", code=1).stderr


@on_both
def test_dismissed_alerts_count_for_alias_and_outlet(call: Call) -> None:
    assert call("alerts", "precision").stdout == "No alert was dismissed.\n"
    call("alerts", "dismiss", "1", "--reason", "another person")
    call("alerts", "dismiss", "1")
    found = json.loads(call("alerts", "precision", "--json").stdout)
    assert [(item["kind"], item["name"], item["alerts"], item["dismissed"]) for item in found] == [
        ("outlet", "Example Gazette", 2, 1),
        ("actor", "Nasser Bourita", 2, 1),
    ]
    assert found[1]["rule"] == 'alias "Nasser Bourita"'
    assert "50%" in call("alerts", "precision").stdout
    call("alerts", "dismiss", "1", "--undo")
    assert "there is no dismissed alert 1" in call("alerts", "dismiss", "1", "--undo", code=1).stderr
    assert "there is no alert 99" in call("alerts", "dismiss", "99", code=1).stderr


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+33", "'+33"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("＝1+1", "'＝1+1"),
        ("\t=1", "'\t=1"),
        ("plain = text", "plain = text"),
        (7, 7),
    ],
)
def test_no_cell_begins_as_a_formula_does(cell: object, expected: object) -> None:
    assert harmless(cell) == expected


def test_alerts_are_exported_as_csv_json_lines_and_xlsx(call: Call, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(call("alerts", "export").stdout, newline="")))
    assert [row["title"] for row in rows] == ["ناصر: Nasser Bourita", f"'{TITLE}"]
    assert rows[1]["actors"] == "Nasser Bourita"
    lines = call("alerts", "export", "--format", "jsonl", "--watch", "W/1 & more").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [2, 1]
    assert "say where to write it" in call("alerts", "export", "--format", "xlsx", code=2).stderr
    book = tmp_path / "alerts.xlsx"
    assert "2 alerts in" in call("alerts", "export", "--output", str(book)).stdout
    with ZipFile(book) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()
        assert "=HYPERLINK(1)" in parts.read("xl/sharedStrings.xml").decode()
    file = tmp_path / "alerts.csv"
    call("alerts", "export", "--output", str(file), "--since", "2026-03-03")
    assert file.read_bytes().startswith(b"\xef\xbb\xbfalert,watch_list")
    assert file.read_bytes().count(b"\r\n") == 1


async def test_a_test_shows_each_step_and_what_failed(
    tmp_path: Path, storage_url: str, opened: Database
) -> None:
    receiver, mailbox = Receiver(500, b"broken"), Mailbox()
    async with serving(receiver) as url, mail_server(mailbox) as port:
        path = write_settings(tmp_path, storage_url, hook=url, smtp=port)
        good = await invoke("channels", "test", "desk", path=path)
        assert good.exit_code == 0, good.output
        assert re.findall(r"^ok +([^:]+):", good.stdout, re.MULTILINE) == [
            "name (DNS)",
            "connection",
            "answer",
        ]
        assert b"Test of the channel desk" in mailbox.received[0]
        bad = await invoke("channels", "test", "hook", "--json", path=path)
        assert bad.exit_code == 1
        steps = json.loads(bad.stdout)
        assert [(step["step"], step["ok"]) for step in steps] == [
            ("name (DNS)", True),
            ("address", True),
            ("connection", True),
            ("answer", False),
        ]
        assert "answered 500: broken" in steps[-1]["words"]
        unknown = await invoke("channels", "test", "nobody", path=path)
        assert (unknown.exit_code, "there are: desk, hook" in unknown.stderr) == (1, True)
    refused = await invoke("channels", "test", "desk", path=path)
    assert "FAILED connection: nobody listens there" in refused.stdout


async def invoke(*words: str, path: Path) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, app, [*words, "--settings", str(path)])


def test_fallbacks_in_a_circle_and_to_nowhere_are_refused(tmp_path: Path, sqlite_url: str) -> None:
    path = write_settings(tmp_path, sqlite_url)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('quiet = "22', 'fallback = "hook"\nquiet = "22'), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "--settings", str(path)])
    assert "must not go in a circle" in str(result.exception)
    path.write_text(text.replace('fallback = "desk"', 'fallback = "dek"'), encoding="utf-8")
    result = CliRunner().invoke(app, ["check", "--settings", str(path)])
    assert "there is no channel 'dek'" in str(result.exception)


@pytest.fixture
def client(opened: Database) -> TestClient:
    application = FastAPI()
    application.include_router(unsubscribe.build_router(opened, clock=lambda: START))
    application.include_router(
        feeds_out.build_router(opened, clock=lambda: START, public_url="https://tocsin.example/base")
    )
    return TestClient(application)


@pytest.fixture
def links(opened: Database) -> Links:
    with opened.write() as session:
        return Links("https://tocsin.example", signing_key(session, now=START))


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


@on_both
def test_one_click_unsubscribes_and_a_scanner_that_follows_the_link_does_not(
    client: TestClient, links: Links, opened: Database, call: Call
) -> None:
    path = path_of(links.unsubscribe("desk", "Desk@example.org"))
    page = client.get(path)
    assert (page.status_code, "desk@example.org" in page.text) == (200, True)
    with opened.read() as session:
        assert session.exec(select(Unsubscription)).all() == []
    done = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert client.post(path).status_code == 200
    with opened.read() as session:
        assert session.exec(select(Unsubscription.address)).all() == ["desk@example.org"]
    assert json.loads(call("channels", "list", "--json").stdout)[0]["unsubscribed"] == ["desk@example.org"]
    assert "desk@example.org has unsubscribed from desk." in call("channels", "list").stdout
    action = re.search(r'action="([^"]+)"', done.text)
    assert action is not None
    assert client.post(f"/unsubscribe/{action[1]}").status_code == 200
    assert (
        "has not unsubscribed"
        in call("channels", "enable", "desk", "--address", "desk@example.org", code=1).stderr
    )


def test_a_recipient_is_unsubscribed_by_command_too(
    client: TestClient, links: Links, opened: Database, call: Call
) -> None:
    assert "gets no more mail" in call("channels", "unsubscribe", "desk", "Leila@press.example").stdout
    call("channels", "unsubscribe", "desk", "leila@press.example")
    with opened.read() as session:
        assert session.exec(select(Unsubscription.address)).all() == ["leila@press.example"]
    undo = path_of(links.unsubscribe("desk", "leila@press.example")) + "/undo"
    assert [client.post(undo).status_code for _ in range(2)] == [200, 200]
    assert "not an email address" in call("channels", "unsubscribe", "desk", "leila", code=2).stderr
    assert "no channel 'dek'" in call("channels", "unsubscribe", "dek", "a@b.example", code=1).stderr


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("kind", ["unsubscribe", "dismiss", "act"])
@pytest.mark.parametrize("token", ["x", "a.b", "é.é", "!.!"])
def test_a_link_that_we_did_not_sign_does_nothing(
    client: TestClient, method: str, kind: str, token: str
) -> None:
    assert client.request(method, f"/{kind}/{token}").status_code == 404


def test_a_token_counts_for_its_purpose_and_its_key_alone() -> None:
    token = sign(b"k" * 32, "dismiss", "7")
    assert verify(b"k" * 32, "dismiss", token) == "7"
    assert verify(b"k" * 32, "unsubscribe", token) is None
    assert verify(b"l" * 32, "dismiss", token) is None
    assert verify(b"k" * 32, "dismiss", token[:-1]) is None


def test_the_link_in_a_mail_dismisses(client: TestClient, links: Links, opened: Database) -> None:
    path = path_of(links.dismiss(1))
    assert client.get(path).status_code == 200
    with opened.read() as session:
        assert session.exec(select(Dismissal)).all() == []
    assert client.post(path).status_code == 200
    with opened.read() as session:
        (row,) = session.exec(select(Dismissal))
        assert (row.alert_id, row.via) == (1, "link")
    assert client.post(f"{path}/undo").status_code == 200


def buttons_of(links: Links, made: datetime) -> tuple[str, str]:
    """Return the paths of the buttons of a mail that was made then."""
    mail = build_mail(
        replace(message(), data=message().data.model_copy(update={"alert_id": 1}), created_at=made),
        sender=parse_mailbox("a@example.org"),
        to=parse_mailbox("Leila@example.org"),
        links=links,
        buttons=True,
    )
    paths = []
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        paths.append(sorted(set(re.findall(r"/act/[\w.-]+", part.get_content().replace("=\n", "")))))
    assert paths[0] == paths[1]
    in_hand, done = sorted(
        paths[0], key=lambda path: "done" in base64.urlsafe_b64decode(path[5:].split(".")[0] + "==").decode()
    )
    return in_hand, done


def test_a_mails_button_asks_and_then_deals_with_its_alert_alone(
    client: TestClient, links: Links, opened: Database
) -> None:
    in_hand, done = buttons_of(links, START)
    asked = client.get(in_hand)  # as a mail scanner does
    assert (asked.status_code, "Mark alert 1 as in hand?" in asked.text) == (200, True)

    def states() -> list[str]:
        with opened.read() as session:
            return [handling_of(session, [number]).get(number, UNHANDLED).state for number in (1, 2)]

    assert states() == ["new", "new"]
    answer = client.post(in_hand)
    assert "Alert 1 is in hand." in answer.text
    assert states() == ["in-hand", "new"]
    with opened.read() as session:
        (act,) = session.exec(select(TriageAct))
        assert (act.by, act.via) == ("leila@example.org", "link")
    assert client.post(done).status_code == 200
    assert client.post(f"{done}/undo/99").status_code == 404
    assert client.post(f"{done}/undo/{act.id}").status_code == 409  # its state was changed since
    assert states() == ["done", "new"]
    assert client.post(f"{done}/undo/2").status_code == 200
    assert states() == ["in-hand", "new"]


def test_a_mails_button_works_for_thirty_days_and_for_its_purpose(
    client: TestClient, links: Links, opened: Database
) -> None:
    in_hand, done = buttons_of(links, START - timedelta(days=31))
    for path in (in_hand, done):
        for method in ("get", "post"):
            over = client.request(method, path)
            assert (over.status_code, "has expired" in over.text) == (410, True)
    fresh, _done = buttons_of(links, START)
    assert client.post(fresh.replace("/act/", "/dismiss/")).status_code == 404
    old = path_of(links.dated(START - timedelta(days=31)).dismiss(1))
    assert client.post(old).status_code == 410
    with opened.read() as session:
        assert session.exec(select(TriageAct)).all() == []


@on_both
def test_feeds_out_hold_the_alerts_under_ids_that_stay(
    client: TestClient, call: Call, opened: Database
) -> None:
    (feed,) = json.loads(call("channels", "feeds", "--json").stdout)
    assert feed["atom"].startswith("https://tocsin.example/base/feeds/W%2F1%20%26%20more.atom?token=")
    atom_path, json_path = (path_of(feed[form]).removeprefix("/base") for form in ("atom", "json"))
    atom = client.get(atom_path)
    assert atom.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(atom.content)
    space = {"a": "http://www.w3.org/2005/Atom"}
    assert [entry.text for entry in root.findall("a:entry/a:title", space)] == ["ناصر: Nasser Bourita", TITLE]
    ids = [entry.text for entry in root.findall("a:entry/a:id", space)]
    assert len(set(ids)) == 2
    body = client.get(json_path).json()
    assert [item["id"] for item in body["items"]] == ids
    assert body["items"][1]["url"] == "https://gazette.example/1"
    assert client.get(atom_path, headers={"If-None-Match": atom.headers["etag"]}).status_code == 304
    call("alerts", "dismiss", "2")
    changed = client.get(atom_path, headers={"If-None-Match": atom.headers["etag"]})
    assert (changed.status_code, changed.content.count(b"<entry>")) == (200, 1)
    for wrong in (
        atom_path[:-1],
        atom_path.split("?")[0],
        atom_path.replace(".atom", ".rss"),
        "/feeds/X.atom",
    ):
        assert client.get(wrong).status_code == 404


def test_mails_carry_the_links(opened: Database, links: Links) -> None:
    mail = build_mail(
        message(),
        sender=parse_mailbox("a@example.org"),
        to=parse_mailbox("desk@example.org"),
        links=links,
    )
    assert mail["List-Unsubscribe"] == f"<{links.unsubscribe('press-desk', 'desk@example.org')}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # on the wire as it is: mail services read no encoded words there
    assert f"\r\nList-Unsubscribe: {mail['List-Unsubscribe']}\r\n".encode() in mail.as_bytes()
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        own = replace(links, recipient="desk@example.org").dated(message().created_at)
        assert own.dismiss(12) in part.get_content()
        assert "/act/" not in part.get_content()
    plain = build_mail(
        message(),
        sender=parse_mailbox("a@example.org"),
        to=parse_mailbox("desk@example.org"),
        links=Links("http://10.0.0.1", links.key),
    )
    assert plain["List-Unsubscribe"] is not None
    assert plain["List-Unsubscribe-Post"] is None  # RFC 8058 asks for https
