"""Newsletters sent to addresses of our own: what is accepted is read once, and nobody else's mail is taken."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any

import aiosmtplib
import pytest
from sqlmodel import func, select

from crawler.sources.mail.inbound import InboundOptions, InboundServer
from crawler.sources.mail.recipients import name_of, recipient
from service.actions.recipients import own_addresses
from service.settings import Settings
from service.settings.models import InboundSettings, OutletSettings
from service.troubles import trouble_words
from storage.stores.feeds.inbound import MOST_WAITING, add_inbound
from storage.tables import Article, Feed, FeedState, InboundMessage
from tests.databases import on_both, on_sqlite
from tests.newsletters import PARAGRAPHS, SENDER, newsletter
from tests.replay.conftest import World, running
from tests.replay.steps import NOON, Steps, stepped

pytestmark = on_sqlite

DOMAIN = "in.desk.example"


def settings(world: World, *sources: dict[str, Any]) -> Settings:
    outlets = [
        OutletSettings.model_validate({"name": f"Ministry {number}", "sources": [each]})
        for number, each in enumerate(sources or [{"kind": "mail", "to": "fisheries"}], 1)
    ]
    inbound = InboundSettings(listen="127.0.0.1:0", domain=DOMAIN)
    return world.settings().model_copy(update={"outlets": tuple(outlets), "inbound": inbound})


def port_of(steps: Steps) -> int:
    server = steps.service.parts.inbound
    assert server is not None
    return server.port


def addresses(steps: Steps) -> list[str]:
    with steps.service.database.write() as session:
        return [each.address for each in own_addresses(session, DOMAIN, now=NOON)]


async def send(port: int, to: Sequence[str], message: EmailMessage | bytes) -> None:
    body = message if isinstance(message, bytes) else message.as_bytes()
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False) as client:
        await client.sendmail("bounce@fisheries.example", list(to), body)


def count(steps: Steps, table: type[Article | InboundMessage]) -> int:
    with steps.service.database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


@on_both
async def test_newsletter_to_our_address_alerts_once_with_its_sentence(world: World) -> None:
    async with running(settings(world)) as service:
        with service.database.write() as session:
            (own,) = own_addresses(session, DOMAIN, now=NOON)
        assert service.parts.inbound is not None
        message = newsletter()
        for _time in range(2):  # its sender did not hear our answer
            await send(service.parts.inbound.port, [own.address], message)
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        await send(
            service.parts.inbound.port, [own.address], newsletter("Talks go on", "Nobody is named here.")
        )
    (excerpt,) = world.hook.webhooks[0].data["excerpts"]
    assert excerpt["text"] == PARAGRAPHS[0]
    assert len(world.mail.mails) == len(world.hook.webhooks) == 1


@pytest.mark.thorough
async def test_what_was_accepted_is_read_once_and_then_deleted(world: World) -> None:
    sources = ({"kind": "mail", "to": "fisheries"}, {"kind": "mail", "to": "courts", "from": SENDER})
    async with stepped(world, settings(world, *sources)) as steps:
        to = addresses(steps)
        await send(port_of(steps), to, newsletter(at=NOON))
        await send(
            port_of(steps), to, newsletter("Another", "Other words of another sender.", sender="a@b.example")
        )
        assert (count(steps, InboundMessage), count(steps, Article)) == (4, 0)
        for _source in sources:
            await steps.work()
        assert count(steps, Article) == 3  # of the second, the sender was not the one that it says
        await send(port_of(steps), to[:1], newsletter("A third", "Some other words to be read.", at=NOON))
        await steps.work()
        assert (count(steps, InboundMessage), count(steps, Article)) == (3, 4)


async def test_mail_for_anybody_else_is_refused(world: World) -> None:
    async with stepped(world, settings(world)) as steps:
        (ours,) = addresses(steps)
        local = ours.partition("@")[0]
        for stranger in (
            f"fisheries@{DOMAIN}",
            f"{local[:-1]}{'b' if local[-1] == 'a' else 'a'}@{DOMAIN}",
            f"{local}@else.example",
            f"courts.{local}@{DOMAIN}",
        ):
            with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
                await send(port_of(steps), [stranger], newsletter())
            assert refused.value.recipients[0].code == 550
        with steps.service.database.write() as session:
            session.exec(select(Feed)).one().state = FeedState.REMOVED
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            await send(port_of(steps), [ours], newsletter())
        assert count(steps, InboundMessage) == 0


@pytest.mark.thorough
async def test_message_that_is_too_large_and_one_too_many_are_refused(world: World) -> None:
    wanted = settings(world)
    small = wanted.crawler.model_copy(update={"max_body": 20_000})
    async with stepped(world, wanted.model_copy(update={"crawler": small})) as steps:
        (ours,) = addresses(steps)
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await send(port_of(steps), [ours], newsletter("Large", "x" * 30_000))
        assert refused.value.code == 552
        with steps.service.database.write() as session:
            feed_id = session.exec(select(Feed.id)).one() or 0
            for _message in range(MOST_WAITING):
                assert add_inbound(session, feed_ids=[feed_id], body=b"", now=NOON)
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await send(port_of(steps), [ours], newsletter())
        assert refused.value.code == 452


@pytest.mark.thorough
async def test_source_says_where_no_mail_is_taken_in(world: World) -> None:
    wanted = settings(world).model_copy(update={"inbound": InboundSettings()})
    async with stepped(world, wanted) as steps:
        await steps.work()
        with steps.service.database.read() as session:
            trouble = session.exec(select(Feed)).one().last_error
        assert trouble_words(trouble) == (
            "no mail is taken in: give listen and domain under [inbound] in the settings, and restart"
        )


@pytest.mark.thorough
async def test_address_that_is_taken_is_named(world: World) -> None:
    async with stepped(world, settings(world)) as steps:
        taken = f"127.0.0.1:{port_of(steps)}"
        second = InboundServer(
            steps.service.database,
            InboundOptions(taken, DOMAIN),
            key=b"k" * 32,
            clock=steps.clock,
            hint=lambda: None,
        )
        with pytest.raises(OSError, match=rf"can't listen at {taken}: .* set \[inbound\] listen"):
            await second.load()


def test_our_addresses_are_known_by_the_key_alone() -> None:
    key, other = b"k" * 32, b"o" * 32
    ours = recipient(key, "fish-eries2", DOMAIN)
    assert name_of(key, ours.upper(), DOMAIN) == "fish-eries2"
    assert name_of(other, ours, DOMAIN) is None
    assert [name_of(key, each, DOMAIN) for each in ("", "@", f".@{DOMAIN}", "ü@x", ours[1:])] == [None] * 5
