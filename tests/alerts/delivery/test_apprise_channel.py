"""Apprise, sent to real receivers on loopback through its own JSON service."""

from __future__ import annotations

import json

import pytest

from alerts.delivery.channels.apprise.sending import AppriseChannel, AppriseConfig
from alerts.delivery.links import Links
from alerts.delivery.render import DEFAULT, subject
from alerts.errors import DeliveryError
from tests.alerts.delivery.http_server import Receiver, serving
from tests.alerts.delivery.samples import arabic_data, digest_data, message


def apprise_url(url: str) -> str:
    return url.replace("http://", "json://")


async def test_title_and_text_arrive() -> None:
    receiver = Receiver(status=200)
    async with serving(receiver) as url:
        receipt = await AppriseChannel(AppriseConfig((apprise_url(url),))).send(message(arabic_data()))
    assert receipt.response == ""
    told = json.loads(receiver.requests[0][1])
    assert told["title"] == subject(message(arabic_data()))
    assert told["message"].split() == DEFAULT.text(message(arabic_data())).replace("**", "").split()
    assert "**" not in told["message"]


async def test_links_and_a_digest_arrive_without_asterisks() -> None:
    receiver = Receiver(status=200)
    links = Links("https://tocsin.example", b"k" * 32)
    async with serving(receiver) as url:
        channel = AppriseChannel(AppriseConfig((apprise_url(url),), links=links))
        await channel.send(message(digest_data()))
    told = json.loads(receiver.requests[0][1])["message"]
    assert "Not relevant? https://tocsin.example/dismiss/" in told
    assert "https://tocsin.example/alerts/12" in told
    assert "**" not in told


async def test_a_service_that_fails_is_tried_again() -> None:
    async with serving(Receiver(status=500)) as url:
        with pytest.raises(DeliveryError, match="json did not take the message") as caught:
            await AppriseChannel(AppriseConfig((apprise_url(url),))).send(message())
    assert caught.value.recoverable


async def test_one_that_fails_does_not_send_to_the_others_twice() -> None:
    async with serving(Receiver(status=500)) as bad, serving(Receiver(status=200)) as good:
        channel = AppriseChannel(AppriseConfig((apprise_url(bad), apprise_url(good))))
        assert (await channel.send(message())).response == "failed: json"


def test_a_url_that_apprise_does_not_know_is_refused_and_its_token_not_repeated() -> None:
    with pytest.raises(ValueError, match="nosuch://…") as caught:
        AppriseChannel(AppriseConfig(("nosuch://token@host",)))
    assert "token" not in str(caught.value)


def test_no_url_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="at least one"):
        AppriseChannel(AppriseConfig(()))
