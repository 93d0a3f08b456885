"""Webhooks, posted to real receivers on loopback that take them, refuse them, hang and break off."""

from __future__ import annotations

import json
from datetime import timedelta
from ipaddress import IPv4Network

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from alerts.delivery.channels.base import Receipt
from alerts.delivery.channels.webhook.sending import WebhookChannel, WebhookConfig, webhook_body
from alerts.delivery.payload import AlertData, DigestData
from alerts.errors import DeliveryError
from tests.alerts.delivery.http_server import Receiver, serving
from tests.alerts.delivery.opened import opened
from tests.alerts.delivery.samples import (
    HOSTILE_TITLES,
    UID,
    alert_data,
    arabic_data,
    digest_data,
    hostile,
    message,
)
from tests.conftest import Clock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
LOOPBACK = (IPv4Network("127.0.0.0/8"),)


async def post(
    receiver: Receiver,
    data: AlertData | DigestData | None = None,
    *,
    secrets: tuple[str, ...] = (SECRET,),
    patience: timedelta = timedelta(seconds=10),
    headers: dict[str, str] | None = None,
) -> Receipt:
    async with serving(receiver) as url:
        config = WebhookConfig(url, secrets, headers or {}, allow_networks=LOOPBACK, timeout=patience)
        return await opened(WebhookChannel(config)).send(message(data))


async def refusal(receiver: Receiver, *, patience: timedelta = timedelta(seconds=10)) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await post(receiver, patience=patience)
    return caught.value


@pytest.mark.parametrize(
    "data", [alert_data(), arabic_data(), digest_data()], ids=["alert", "arabic", "digest"]
)
async def test_the_librarys_own_verifier_accepts_it(data: AlertData | DigestData) -> None:
    receiver = Receiver()
    await post(receiver, data)
    headers, body = receiver.requests[0]
    event = Webhook(SECRET).verify(body, headers)
    assert event == {
        "type": "digest" if isinstance(data, DigestData) else "alert.created",
        "timestamp": "2026-03-02T12:00:00Z",
        "data": data.model_dump(mode="json"),
    }
    assert {name.lower(): value for name, value in headers.items()}["webhook-id"] == UID
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("title", HOSTILE_TITLES.values(), ids=HOSTILE_TITLES)
async def test_any_title_arrives_and_verifies(title: str) -> None:
    receiver = Receiver()
    await post(receiver, hostile(title))
    headers, body = receiver.requests[0]
    event = Webhook(SECRET).verify(body, headers)
    assert AlertData.model_validate(event["data"]) == hostile(title)


async def test_a_body_that_was_tampered_with_is_not_accepted() -> None:
    receiver = Receiver()
    await post(receiver)
    headers, body = receiver.requests[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"Rabat", b"Paris"), headers)


async def test_several_secrets_sign_so_that_one_can_be_changed() -> None:
    receiver = Receiver()
    await post(receiver, secrets=(SECRET, OLD_SECRET))
    headers, body = receiver.requests[0]
    for secret in (SECRET, OLD_SECRET):
        Webhook(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 32).verify(body, headers)


async def test_every_attempt_has_the_same_id_and_body_and_its_own_time(clock: Clock) -> None:
    receiver = Receiver()
    async with serving(receiver) as url:
        channel = opened(WebhookChannel(WebhookConfig(url, (SECRET,), allow_networks=LOOPBACK), clock=clock))
        await channel.send(message())
        clock.advance(timedelta(hours=2))
        await channel.send(message())
    (first, first_body), (second, second_body) = receiver.requests
    assert first_body == second_body == webhook_body(message()).encode()
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 7200
    assert first["webhook-signature"] != second["webhook-signature"]


def test_the_body_is_the_same_however_the_data_was_stored() -> None:
    data = alert_data()
    shuffled = dict(sorted(data.model_dump(mode="json").items(), reverse=True))
    assert webhook_body(message(AlertData.model_validate(shuffled))) == webhook_body(message(data))
    assert json.loads(webhook_body(message(data)))["data"] == shuffled


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_any_2xx_is_success(status: int) -> None:
    body = b"" if status == 204 else b"thank you"
    assert await post(Receiver(status=status, body=body)) == Receipt(status, body.decode())


@pytest.mark.parametrize(
    ("status", "recoverable"),
    [
        pytest.param(301, False, id="301"),
        pytest.param(302, False, id="302"),
        pytest.param(304, False, id="304"),
        pytest.param(400, False, id="400"),
        pytest.param(401, False, id="401"),
        pytest.param(403, False, id="403"),
        pytest.param(404, False, id="404"),
        pytest.param(408, True, id="408"),
        pytest.param(410, False, id="410"),
        pytest.param(413, False, id="413"),
        pytest.param(422, False, id="422"),
        pytest.param(425, True, id="425"),
        pytest.param(429, True, id="429"),
        pytest.param(500, True, id="500"),
        pytest.param(502, True, id="502"),
        pytest.param(503, True, id="503"),
    ],
)
async def test_refusals_tell_passing_from_permanent(status: int, recoverable: bool) -> None:
    receiver = Receiver(
        status=status, body=b"" if status == 304 else b"because", headers={"Location": "/elsewhere"}
    )
    error = await refusal(receiver)
    assert error.recoverable is recoverable
    assert error.status == status
    assert error.response == ("" if status == 304 else "because")
    assert error.disable is (status == 410)
    assert str(status) in str(error)
    assert len(receiver.requests) == 1


async def test_a_redirect_is_named_as_one() -> None:
    error = await refusal(Receiver(status=308, headers={"Location": "https://elsewhere.example/hook"}))
    assert "put the new address into the settings" in str(error)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "wish"),
    [("90", timedelta(seconds=90)), ("Mon, 02 Mar 2026 12:10:00 GMT", timedelta(minutes=10)), ("soon", None)],
)
async def test_retry_after_is_handed_on(
    clock: Clock, status: int, header: str, wish: timedelta | None
) -> None:
    async with serving(Receiver(status=status, headers={"Retry-After": header})) as url:
        channel = opened(WebhookChannel(WebhookConfig(url, (SECRET,), allow_networks=LOOPBACK), clock=clock))
        with pytest.raises(DeliveryError) as caught:
            await channel.send(message())
    assert caught.value.retry_after == wish


async def test_a_receiver_that_hangs_is_tried_again() -> None:
    receiver = Receiver(hangs=True)
    error = await refusal(receiver, patience=timedelta(milliseconds=100))
    assert error.recoverable
    assert "did not answer within 0.1 s" in str(error)


async def test_an_answer_whose_body_hangs_counts_by_its_status() -> None:
    receipt = await post(
        Receiver(status=200, body=b"well", hangs_in_body=True), patience=timedelta(seconds=1)
    )
    assert receipt.status == 200
    assert receipt.response.startswith("well")


async def test_a_connection_that_breaks_is_tried_again() -> None:
    receiver = Receiver(drops=True)
    error = await refusal(receiver)
    assert error.recoverable
    assert error.status is None
    assert len(receiver.requests) == 1


async def test_nobody_listening_is_tried_again() -> None:
    async with serving(Receiver()) as url:
        pass
    channel = opened(WebhookChannel(WebhookConfig(url, (SECRET,), allow_networks=LOOPBACK)))
    with pytest.raises(DeliveryError, match="gave no answer") as caught:
        await channel.send(message())
    assert caught.value.recoverable


async def test_the_first_500_characters_of_an_answer_are_kept() -> None:
    assert (await post(Receiver(status=200, body="é".encode() * 100_000))).response == "é" * 500
    assert (await post(Receiver(status=200, body=b"\x00\xff" * 300))).response == "\ufffd" * 500


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
    ],
)
async def test_private_networks_are_not_called(host: str) -> None:
    receiver = Receiver()
    async with serving(receiver) as url:
        channel = opened(WebhookChannel(WebhookConfig(url.replace("127.0.0.1", host), (SECRET,))))
        with pytest.raises(DeliveryError) as caught:
            await channel.send(message())
    assert receiver.requests == []
    assert caught.value.recoverable
    assert "add its network to allow_networks" in str(caught.value)


async def test_headers_of_the_settings_are_sent_and_cannot_forge_ours() -> None:
    receiver = Receiver()
    await post(receiver, headers={"Authorization": "Bearer x", "webhook-id": "forged"})
    headers, body = receiver.requests[0]
    assert headers["Authorization"] == "Bearer x"
    assert headers["User-Agent"] == "Tocsin"
    assert headers["webhook-id"] == UID
    Webhook(SECRET).verify(body, headers)


async def test_nothing_told_of_a_failure_holds_a_secret() -> None:
    async with serving(Receiver(status=500)) as url:
        url = url.replace("http://", "http://user:pass@") + "/token"
        config = WebhookConfig(url, (SECRET,), {"X-Key": "key"}, allow_networks=LOOPBACK)
        with pytest.raises(DeliveryError) as caught:
            await opened(WebhookChannel(config)).send(message())
    for told in (str(caught.value), repr(config)):
        assert not [secret for secret in ("user", "pass", "token", SECRET, "key") if secret in told]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example",
        "ftp://hooks.example/",
        "https://",
        "https:///path",
        "http://[half",
        "file:///etc/passwd",
    ],
)
def test_urls_that_are_none_are_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="url of a webhook channel"):
        WebhookChannel(WebhookConfig(url, (SECRET,)))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", "whsec_é", "whsec_A"])
def test_secrets_that_are_none_are_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="a webhook secret must be") as caught:
        WebhookChannel(WebhookConfig("https://hooks.example/", (secret,)))
    assert "not base64" not in str(caught.value)


def test_a_webhook_without_a_secret_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="needs a secret"):
        WebhookChannel(WebhookConfig("https://hooks.example/", ()))


@pytest.mark.parametrize(
    ("name", "value"), [("X-A", "a\r\nX-B: b"), ("X A", "a"), ("", "a"), ("X:A", "a"), ("X-A", "\x00")]
)
def test_headers_that_are_none_are_refused_at_the_start(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        WebhookChannel(WebhookConfig("https://hooks.example/", (SECRET,), {name: value}))
