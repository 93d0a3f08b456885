"""Web push, against a push service on loopback that decrypts what comes, as a browser does, and checks who signed it."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from alerts.delivery.channels.base import Channel, ChannelContext, SmtpServer
from alerts.delivery.channels.webpush import plugin
from alerts.delivery.channels.webpush.keys import decoded, public_key, vapid_number
from alerts.delivery.channels.webpush.sending import GONE
from alerts.delivery.render import Renderer
from alerts.errors import DeliveryError
from tests.alerts.delivery.http_server import Receiver, serving
from tests.alerts.delivery.opened import opened
from tests.alerts.delivery.samples import message
from tests.alerts.delivery.test_chat_channels import LINKS, MESSAGES
from tests.alerts.delivery.test_webhook_channel import LOOPBACK
from tests.conftest import START

KEY = b"k" * 32
AUTH = b"a" * 16


def browser() -> EllipticCurvePrivateKey:
    return generate_private_key(SECP256R1())


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def keys_of(private: EllipticCurvePrivateKey) -> dict[str, str]:
    """Return what a browser gives a page, but for the address."""
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"p256dh": text_of(point), "auth": text_of(AUTH)}


def check_signature(token: str, point: str) -> None:
    """Raise `InvalidSignature` where a token (RFC 7519, ES256) is not of the key that is this point."""
    said, _dot, signature = token.rpartition(".")
    raw = decoded(signature)
    r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
    key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), decoded(point))
    key.verify(encode_dss_signature(r, s), said.encode(), ECDSA(SHA256()))


def context(*, allowed: bool) -> ChannelContext:
    return ChannelContext(
        smtp=SmtpServer("localhost", 25, "none", "", "", "Tocsin <alerts@press.example>"),
        renderer=Renderer(),
        links=LINKS,
        allow_networks=LOOPBACK if allowed else (),
        clock=lambda: START,
        push_key=KEY,
    )


def channel(url: str, private: EllipticCurvePrivateKey, *, allowed: bool = True) -> Channel:
    settings = plugin.settings.model_validate(
        {"name": "mine", "type": "webpush", "endpoint": url, **keys_of(private)}
    )
    return opened(plugin.make(settings, context(allowed=allowed)))


@pytest.mark.parametrize("name", MESSAGES)
async def test_only_the_browser_reads_it_and_it_knows_who_sent_it(name: str) -> None:
    receiver, private = Receiver(status=201), browser()
    async with serving(receiver) as url:
        await channel(url, private).send(message(MESSAGES[name]))
    ((headers, body),) = receiver.requests
    assert len(body) <= 4096
    assert (headers["Content-Encoding"], int(headers["TTL"])) == ("aes128gcm", 86_400)
    told: dict[str, Any] = json.loads(http_ece.decrypt(body, private_key=private, auth_secret=AUTH))
    assert set(told) == {"title", "body", "url", "tag"}
    assert re.fullmatch(r"alerts(/\d+)?", told["url"])
    assert told["title"]
    assert LINKS.base not in json.dumps(told)  # nor any link that does something without signing in
    signed = re.fullmatch(r"vapid t=([^,]+),k=(.+)", headers["Authorization"])
    assert signed is not None
    assert signed[2] == public_key(KEY)
    check_signature(signed[1], signed[2])
    claims = json.loads(base64.urlsafe_b64decode(signed[1].split(".")[1] + "=="))
    assert claims["aud"] == url.removesuffix("/hook")
    assert claims["sub"].startswith("mailto:")
    assert timedelta(0) < timedelta(seconds=claims["exp"] - START.timestamp()) <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("status", "ends", "recoverable"),
    [
        pytest.param(404, True, False, id="not known"),
        pytest.param(410, True, False, id="gone"),
        pytest.param(429, False, True, id="too many"),
        pytest.param(500, False, True, id="fails"),
        pytest.param(400, False, False, id="refused"),
        pytest.param(413, False, False, id="too large"),
    ],
)
async def test_a_push_service_that_knows_it_no_more_ends_it(
    status: int, ends: bool, recoverable: bool
) -> None:
    async with serving(Receiver(status=status)) as url:
        with pytest.raises(DeliveryError) as caught:
            await channel(url, browser()).send(message(MESSAGES["alert"]))
    assert (caught.value.disable, caught.value.recoverable) == (ends, recoverable)
    assert (status in GONE) is ends


async def test_no_private_address_is_dialled() -> None:
    receiver = Receiver()
    async with serving(receiver) as url:
        with pytest.raises(DeliveryError) as caught:
            await channel(url, browser(), allowed=False).send(message(MESSAGES["alert"]))
    assert caught.value.trouble.kind == "receiver-refused-address"
    assert receiver.requests == []


@pytest.mark.parametrize("key", ["", "AAAA", "not base64 at all!", "A" * 88])
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    table = {"name": "mine", "type": "webpush", "endpoint": "https://push.example/1", **keys_of(browser())}
    with pytest.raises(ValidationError) as caught:
        plugin.settings.model_validate({**table, "auth": key})
    assert not key or key not in str(caught.value.errors(include_input=False))


def test_the_key_pair_is_drawn_from_the_key_of_the_links() -> None:
    assert vapid_number(KEY) == vapid_number(KEY) != vapid_number(b"l" * 32)
    assert len(base64.urlsafe_b64decode(public_key(KEY) + "=")) == 65
