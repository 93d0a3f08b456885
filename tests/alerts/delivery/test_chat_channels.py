"""Chat services: payloads are what the services' own models take, nothing in them is markup, every answer is understood."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from microsoft_teams import cards as teams
from slack_sdk.models.blocks import Block

from alerts.delivery.cards import CardDeck, deck_of
from alerts.delivery.channels import channel_plugins
from alerts.delivery.channels.base import Channel, ChannelContext, SmtpServer
from alerts.delivery.channels.matrix.sending import matrix_message
from alerts.delivery.channels.ntfy.sending import ntfy_message
from alerts.delivery.channels.slack.blocks import slack_message
from alerts.delivery.channels.teams.adaptive import teams_message
from alerts.delivery.channels.telegram.sending import telegram_message
from alerts.delivery.links import Links
from alerts.delivery.payload import Data, ServiceData, build_digest_data
from alerts.delivery.render import Renderer
from alerts.errors import DeliveryError
from tests.alerts.delivery.http_server import Receiver, serving
from tests.alerts.delivery.opened import opened
from tests.alerts.delivery.samples import (
    HOSTILE_TITLES,
    OTHERS,
    UID,
    alert_data,
    arabic_data,
    digest_data,
    hostile,
    message,
)
from tests.alerts.delivery.test_webhook_channel import LOOPBACK
from tests.conftest import START

LINKS = Links("https://tocsin.example/base", b"k" * 32)
SERVICE = ServiceData(subject="Test of the channel", text="This is a test.\n\nIf you can read it, it works.")
LONG = build_digest_data(
    [
        alert_data(alert_id=number, story_id=number, watch_list=f"List {number % 3}", others=OTHERS)
        for number in range(200)
    ],
    now=START,
)
MESSAGES: dict[str, Data] = {
    "alert": alert_data(others=OTHERS, score=71.4, changes=("two outlets more",)),
    "Arabic": arabic_data(),
    "digest": digest_data(),
    "long digest": LONG,
    "service": SERVICE,
    "empty digest": build_digest_data([], now=START, since=START),
    **{f"hostile: {name}": hostile(title) for name, title in HOSTILE_TITLES.items()},
}
TYPES: dict[str, dict[str, Any]] = {
    "slack": {"url": "{url}"},
    "teams": {"url": "{url}"},
    "telegram": {"token": "123:abc", "chat": "@desk", "server": "{url}"},
    "matrix": {"token": "syt_x", "room": "!room:matrix.example", "server": "{url}"},
    "ntfy": {"topic": "desk", "token": "tk_x", "server": "{url}"},
}


def deck(data: Data, links: Links | None = LINKS) -> CardDeck:
    return deck_of(message(data), links, ZoneInfo("Africa/Casablanca"))


def slack(data: Data) -> Any:  # noqa: ANN401  (JSON)
    return json.loads(json.dumps(slack_message(deck(data))))


def card_of(data: Data) -> Any:  # noqa: ANN401  (JSON)
    payload: Any = json.loads(json.dumps(teams_message(deck(data))))
    (attachment,) = payload["attachments"]
    assert payload["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    return attachment["content"]


def channel(kind: str, url: str) -> Channel:
    plugin = channel_plugins()[kind]
    keys = {key: value.format(url=url) for key, value in TYPES[kind].items()}
    settings = plugin.settings.model_validate({"name": "desk", "type": kind, **keys})
    context = ChannelContext(
        smtp=SmtpServer("localhost", 25, "none", "", "", "a@b.example"),
        renderer=Renderer(),
        links=LINKS,
        allow_networks=LOOPBACK,
        clock=lambda: START,
    )
    return opened(plugin.make(settings, context))


def texts(value: object) -> Iterator[str]:
    """Give every text that is shown."""
    match value:
        case dict():
            for key, each in value.items():
                if key == "text" and isinstance(each, str):
                    yield each
                else:
                    yield from texts(each)
        case list():
            for each in value:
                yield from texts(each)


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_takes_the_blocks(name: str) -> None:
    blocks = slack(MESSAGES[name])["blocks"]
    assert 0 < len(blocks) <= 50
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
        assert parsed.to_dict() == block, "a member that Slack's model does not know"
        for element in block.get("elements") or []:
            assert not isinstance(element, dict) or element["type"] != "mrkdwn"
    assert all(text for text in texts(blocks))
    assert sum(map(len, texts(blocks))) <= 12_000


def element_of(value: dict[str, Any]) -> Any:  # noqa: ANN401  (one of the models of Teams' cards)
    """Read an element and all within it by the model of its type."""
    models: dict[str, Any] = {
        each.model_fields["type"].default: each
        for each in vars(teams).values()
        if isinstance(each, type) and hasattr(each, "model_fields") and "type" in each.model_fields
    }
    model = models[value["type"]]
    known = {field.alias or name for name, field in model.model_fields.items()}
    known |= {model.model_config["alias_generator"].serialization_alias(name) for name in model.model_fields}
    assert value.keys() <= {*known, "$schema", "msteams"}, value.keys() - known
    for key in ("body", "items", "inlines", "actions"):
        for inner in value.get(key, []):
            element_of(inner)
    if "selectAction" in value:
        element_of(value["selectAction"])
    return model.model_validate(value)


@pytest.mark.parametrize("name", MESSAGES)
def test_teams_takes_the_card(name: str) -> None:
    payload = teams_message(deck(MESSAGES[name]))
    assert len(json.dumps(payload, ensure_ascii=False).encode()) < 28_000
    card = card_of(MESSAGES[name])
    element_of(card)
    assert '"TextBlock"' not in json.dumps(card), "its text would be Markdown"


def test_an_alert_has_all_that_a_reader_wants() -> None:
    for payload in (
        slack_message(deck(MESSAGES["alert"])),
        teams_message(deck(MESSAGES["alert"])),
        telegram_message(deck(MESSAGES["alert"])),
    ):
        said = json.dumps(payload, ensure_ascii=False)
        for wanted in (
            "Rabat talks: ",
            "Example Gazette (Morocco)",
            "2 March 2026, 11:40 Casablanca",
            "relevance 71",
            "Morocco and the United States",
            "two outlets more",
            "Example Herald",
            'surname after \\"Nasser Bourita\\"'
            if payload.get("parse_mode") is None
            else "surname after &quot;Nasser",
            "https://gazette.example/2026/rabat-talks",
            "https://tocsin.example/alerts/12",
            "https://tocsin.example/base/dismiss/",
            "Open article",
            "Not relevant",
        ):
            assert wanted in said, wanted
        assert "**" not in said


def test_what_matched_is_marked() -> None:
    blocks = slack(alert_data())["blocks"]
    bold = [
        element["text"]
        for block in blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        for element in part["elements"]
        if element.get("style") == {"bold": True}
    ]
    assert "Nasser Bourita" in bold
    card = json.dumps(teams_message(deck(alert_data())))
    assert '"text": "Nasser Bourita", "weight": "Bolder", "highlight": true' in card
    assert "<b>Nasser Bourita</b>" in str(telegram_message(deck(alert_data()))["text"])


def test_arabic_goes_from_right_to_left_in_teams() -> None:
    assert card_of(arabic_data())["rtl"] is True
    assert "rtl" not in card_of(alert_data())


def test_what_does_not_fit_is_counted() -> None:
    for payload in (
        slack_message(deck(LONG)),
        teams_message(deck(LONG)),
        telegram_message(deck(LONG)),
        matrix_message(deck(LONG)),
        ntfy_message(deck(LONG)),
    ):
        said = json.dumps(payload)
        told = said.count("gazette.example/2026/rabat-talks")
        assert told > 0
        assert "and " in said
        assert " more" in said


@pytest.mark.parametrize("room", [0, 1, 2, 77, 199, 200, 300])
def test_as_many_cards_stay_as_there_is_room_for(room: int) -> None:
    whole = deck(LONG)
    kept = whole.fitted(lambda some: len(some.cards) <= room)
    assert kept.cards == whole.cards[:room]
    assert kept.more == whole.more + len(whole.cards) - len(kept.cards)


@pytest.mark.parametrize("name", MESSAGES)
def test_telegram_and_the_others_take_it(name: str) -> None:
    telegram = telegram_message(deck(MESSAGES[name]))
    assert 0 < len(str(telegram["text"])) <= 4096
    assert len(json.dumps(matrix_message(deck(MESSAGES[name])))) < 65_536
    ntfy = ntfy_message(deck(MESSAGES[name]))
    assert len(str(ntfy["message"]).encode()) <= 4096
    actions = ntfy.get("actions", [])
    assert isinstance(actions, list)
    assert len(actions) <= 3


def test_a_headline_is_no_markup() -> None:
    data = hostile("<!channel> <b>x</b> & *bold* [a](b)")
    assert "&lt;!channel&gt;" in str(slack_message(deck(data))["text"])
    assert "<b>&lt;!channel&gt; &lt;b&gt;x&lt;/b&gt; &amp; *bold*" in str(
        telegram_message(deck(data))["text"]
    )
    assert "&lt;b&gt;x" in str(matrix_message(deck(data))["formatted_body"])


def test_without_a_public_address_there_are_no_links_of_ours() -> None:
    buttons = deck(alert_data(url=None), None).cards[0].buttons
    assert [button.words for button in buttons] == ["Open article"]


@pytest.mark.parametrize("kind", TYPES)
async def test_a_message_arrives(kind: str) -> None:
    receiver = Receiver(200, b'{"ok": true}')
    async with serving(receiver) as url:
        receipt = await channel(kind, url).send(message(alert_data()))
    assert receipt.status == 200
    ((headers, body),) = receiver.requests
    assert headers["Content-Type"] == "application/json"
    told = json.loads(body)
    match kind:
        case "telegram":
            assert (told["chat_id"], told["parse_mode"]) == ("@desk", "HTML")
        case "matrix":
            assert (headers["Authorization"], told["msgtype"]) == ("Bearer syt_x", "m.text")
        case "ntfy":
            assert (headers["Authorization"], told["topic"]) == ("Bearer tk_x", "desk")
        case "slack":
            assert told["blocks"]
        case "teams":
            assert told["attachments"]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("status", "recoverable", "disable"), [(404, False, False), (410, False, True), (500, True, False)]
)
async def test_a_refusal_says_whether_to_try_again(
    kind: str, status: int, recoverable: bool, disable: bool
) -> None:
    async with serving(Receiver(status, b"no_service")) as url:
        with pytest.raises(DeliveryError, match=f"answered {status}") as caught:
            await channel(kind, url).send(message())
    error = caught.value
    assert (error.recoverable, error.disable, error.response) == (recoverable, disable, "no_service")
    said = f"{error} {error.trouble}"
    assert "abc" not in said
    assert "syt_x" not in said
    assert "tk_x" not in said


@pytest.mark.parametrize(
    ("kind", "body", "headers", "seconds"),
    [
        ("telegram", b'{"ok": false, "parameters": {"retry_after": 7}}', {}, 7),
        ("matrix", b'{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}', {}, 2.5),
        ("slack", b"", {"Retry-After": "30"}, 30),
        ("ntfy", b"[]", {"Retry-After": "60"}, 60),
    ],
)
async def test_who_is_asked_too_often_says_how_long_to_wait(
    kind: str, body: bytes, headers: dict[str, str], seconds: float
) -> None:
    async with serving(Receiver(429, body, headers)) as url:
        with pytest.raises(DeliveryError) as caught:
            await channel(kind, url).send(message())
    assert (caught.value.recoverable, caught.value.retry_after) == (True, timedelta(seconds=seconds))


async def test_matrix_takes_a_message_once_however_often_it_is_sent() -> None:
    paths: list[str] = []

    class Server(Receiver):
        async def answer(self, request: Any) -> Any:  # noqa: ANN401
            paths.append(f"{request.method} {request.rel_url.raw_path}")
            return await super().answer(request)

    async with serving(Server(200)) as url:
        matrix = channel("matrix", url.removesuffix("/hook"))
        await matrix.send(message())
        await matrix.send(message())
    wanted = f"PUT /_matrix/client/v3/rooms/%21room%3Amatrix.example/send/m.room.message/{UID}"
    assert paths == [wanted, wanted]


@pytest.mark.parametrize("kind", TYPES)
def test_secrets_are_not_said(kind: str) -> None:
    plugin = channel_plugins()[kind]
    keys = {key: value.format(url="https://chat.example/s3cr3t") for key, value in TYPES[kind].items()}
    settings = plugin.settings.model_validate({"name": "desk", "type": kind, **keys})
    said = f"{settings!r} {plugin.goes_to(settings)}"
    for secret in ("123:abc", "syt_x", "tk_x"):
        assert secret not in said
    if kind in ("slack", "teams"):
        assert "s3cr3t" not in said


@pytest.mark.parametrize(
    ("kind", "keys", "words"),
    [
        ("slack", {"url": "hooks"}, "not a web address"),
        ("teams", {"url": "ftp://x"}, "not a web address"),
        ("matrix", {"server": "https://m.example", "room": "#desk:m.example", "token": "x"}, "pattern"),
        ("ntfy", {"topic": "a b"}, "pattern"),
    ],
)
def test_settings_that_cannot_be_are_refused(kind: str, keys: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        channel_plugins()[kind].settings.model_validate({"name": "desk", "type": kind, **keys})
