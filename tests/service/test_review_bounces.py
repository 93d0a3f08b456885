"""Reviews' mails that come back: noted at the recipient whose they are, paused after some; a forged report does nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import aiosmtplib
import pytest
from sqlmodel import select

from alerts.delivery.channels.base import BounceMarks
from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.render import Renderer
from alerts.delivery.sender import Sender
from crawler.sources.mail.bounces import read_bounce
from crawler.sources.mail.inbound import InboundOptions, InboundServer
from crawler.sources.mail.mailbox import Mailbox as ImapMailbox
from service.actions.provisioning import provision
from service.actions.review_recipients import (
    RecipientChange,
    add_recipients,
    change_recipient,
    recipient_shown,
    try_recipient_again,
)
from service.bouncing import EVERY, Bounces, BouncesInMailbox
from service.locale import translator
from storage.bounce_tags import bounce_tag
from storage.engine import Database
from storage.rows import id_of
from storage.stores.outbox.channels import signing_key
from storage.stores.people.users import put_user
from storage.stores.reviews.recipients import StoredRecipient
from storage.stores.watch.access import put_access
from storage.tables import NotificationKind, Role, WatchListRow
from storage.viewers import ListAccess
from tests.alerts.delivery.smtp_server import Mailbox, mail_server
from tests.databases import on_sqlite
from tests.imap_server import ImapServer
from tests.service.test_reviewing import DRAFT_TIME, SEVEN, Desk, desk_with_articles, settings

REVIEW = "Morning review"
WHO = "gone@ministry.example"
DOMAIN = "in.tocsin.example"
DAY = timedelta(days=1)
POSTFIX = """From: MAILER-DAEMON@mx.ministry.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.ministry.example

Final-Recipient: rfc822; gone@ministry.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <gone@ministry.example>: Recipient address
    rejected: User unknown

--B
Content-Type: {kind}

Message-ID: {message_id}
Subject: Morning review

--B--
"""
AWAY = "From: gone@ministry.example\nTo: x\nSubject: Out of office\nAuto-Submitted: auto-replied\n\nBack on Monday.\n"


def report(
    message_id: str = "<m@t.example>",
    *,
    action: str = "failed",
    status: str = "5.1.1",
    kind: str = "text/rfc822-headers",
    to: str = "alerts@tocsin.example",
) -> bytes:
    text = POSTFIX.format(message_id=message_id, action=action, status=status, kind=kind, to=to)
    return text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_report_says_why_and_of_which_mail(kind: str) -> None:
    found = read_bounce(report(kind=kind))
    assert found is not None
    assert (found.status, found.message_id) == ("5.1.1", "<m@t.example>")
    assert found.words == "550 5.1.1 <gone@ministry.example>: Recipient address rejected: User unknown"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(report(action="delayed", status="4.4.1"), id="delayed"),
        pytest.param(report(action="failed", status="4.4.7"), id="gave up for now"),
        pytest.param(report(action="delivered", status="2.0.0"), id="delivered"),
        pytest.param(AWAY.encode(), id="away"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00\xff" * 500, id="no mail"),
        pytest.param(b"Content-Type: multipart/report; boundary=B\r\n\r\n--B", id="cut off"),
        pytest.param(report().replace(b"message/delivery-status", b"text/plain"), id="no report within"),
    ],
)
def test_anything_else_is_no_bounce(body: bytes) -> None:
    assert read_bounce(body) is None


async def desk_of(database: Database) -> Desk:
    desk = await desk_with_articles(database, approve=False)
    with database.write() as session:
        add_recipients(session, REVIEW, [WHO, "here@ministry.example"], now=desk.clock.now)
    return desk


async def mailed(desk: Desk, day: int, *, domain: str = DOMAIN) -> dict[str, tuple[str, str]]:
    """Have a day's edition sent; return each recipient's envelope sender and Message-ID."""
    await desk.step(DRAFT_TIME + day * DAY)
    await desk.step(SEVEN + day * DAY)
    inbox = Mailbox()
    with desk.database.write() as session:
        key = signing_key(session, now=desk.clock.now)
    async with mail_server(inbox) as port:
        config = EmailConfig(
            ("a@desk.example",),
            "Tocsin <alerts@tocsin.example>",
            "127.0.0.1",
            port,
            "none",
            renderer=Renderer(spoken=translator),
            bounces=BounceMarks(key, domain),
        )
        sender = Sender(desk.database, {"desk": EmailChannel(config)}, owner="m:1:a", clock=desk.clock)
        await sender.step()
        await sender.drain(timedelta(seconds=30))
        await sender.close()
    found = {}
    for body, (to,), envelope in zip(inbox.received, inbox.recipients, inbox.senders, strict=True):
        mail = message_from_bytes(body, policy=policy.default)
        if "review" in str(mail["List-Id"]):
            found[to] = (envelope, str(mail["Message-ID"]))
    return found


def recipient(desk: Desk, who: str = WHO) -> StoredRecipient:
    with desk.database.read() as session:
        return recipient_shown(session, REVIEW, who)


@asynccontextmanager
async def inbound(desk: Desk) -> AsyncIterator[int]:
    """Take in what comes back, by a real server on loopback; give its port."""
    with desk.database.write() as session:
        key = signing_key(session, now=desk.clock.now)
    server = InboundServer(
        desk.database,
        InboundOptions("127.0.0.1:0", DOMAIN),
        key=key,
        clock=desk.clock,
        hint=lambda: None,
        bounces=Bounces(desk.database, desk.settings, clock=desk.clock),
    )
    await server.load()
    try:
        yield server.port
    finally:
        await server.close()


async def come_back(port: int, to: str, body: bytes) -> int:
    """Have a server bring a message back to an address; return what it is answered."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        try:
            _refused, answer = await client.sendmail("", [to], body)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return error.recipients[0].code
    return int(answer.split()[0]) if answer[:3].isdecimal() else 250


async def test_mail_that_comes_back_pauses_its_recipient_and_a_forged_report_nobody(
    database: Database,
) -> None:
    desk = await desk_of(database)
    async with inbound(desk) as port:
        for day in range(3):
            mails = await mailed(desk, day)
            assert set(mails) == {"a@desk.example", "b@desk.example"} & set(mails) | {
                WHO,
                "here@ministry.example",
            }
            envelope, message_id = mails[WHO]
            assert envelope.endswith(f"@{DOMAIN}")
            assert len(envelope.partition("@")[0]) <= 64
            desk.clock.advance(timedelta(minutes=1))
            # of somebody who has had a mail of their own, and knows whom else it goes to
            own_tag = mails["here@ministry.example"][0].partition("@")[0]
            for forged in (
                f"bounce-1-{'a' * 24}@{DOMAIN}",
                f"{own_tag[:-1]}@{DOMAIN}",
                f"{own_tag}@else.example",
            ):
                assert await come_back(port, forged, report(message_id)) == 550
            assert await come_back(port, envelope, AWAY.encode()) == 250
            assert recipient(desk).bounces == day
            assert await come_back(port, envelope.upper(), report(message_id)) == 250
            desk.clock.advance(timedelta(minutes=1))
            assert await come_back(port, envelope, report(message_id)) == 250  # told twice
            assert recipient(desk).bounces == day + 1
        gone = recipient(desk)
        assert (gone.bounced_status, gone.is_sent) == ("5.1.1", False)
        assert "User unknown" in gone.bounced_words
        assert recipient(desk, "here@ministry.example").is_sent
        told = [one for one in desk.told(NotificationKind.SERVICE) if "paused" in one["subject"]]
        (said,) = told
        assert said["subject"] == f"{REVIEW}: a recipient is paused"
        assert f"Mail to {WHO} came back 3 times for good: 5.1.1 550 5.1.1" in said["text"]
        assert set(await mailed(desk, 3)) & {WHO, "here@ministry.example"} == {"here@ministry.example"}
    with database.write() as session:
        assert try_recipient_again(session, gone.id).is_sent
    assert WHO in await mailed(desk, 4)


@on_sqlite
async def test_messages_about_a_private_lists_review_name_neither_it_nor_its_recipients(
    database: Database,
) -> None:
    desk = await desk_of(database)
    at_once = desk.settings.delivery.model_copy(update={"bounces": 1})
    desk.settings = desk.settings.model_copy(update={"delivery": at_once})
    with database.write() as session:
        owner = put_user(session, "leila", Role.ADMIN, now=desk.clock.now)
        row = session.exec(select(WatchListRow)).one()
        put_access(session, id_of(row), ListAccess(owner.id, private=True))
    envelope, message_id = (await mailed(desk, 0))[WHO]
    async with inbound(desk) as port:
        assert await come_back(port, envelope, report(message_id)) == 250
    assert not recipient(desk).is_sent
    (paused,) = desk.told(NotificationKind.SERVICE)
    assert "is paused" in paused["subject"]
    with database.write() as session:
        provision(session, settings(approve=True), now=desk.clock.now)
    for at in (DRAFT_TIME, SEVEN):
        await desk.step(at + DAY)
    (_paused, held) = desk.told(NotificationKind.SERVICE)
    assert held["subject"] == "A press review was not sent"
    for told in (paused, held):
        assert not [name for name in (REVIEW, WHO, "Diplomacy") if name in str(told)], told


@on_sqlite
async def test_mail_that_does_not_come_back_is_a_new_beginning(database: Database) -> None:
    desk = await desk_of(database)
    async with inbound(desk) as port:
        for day, comes_back in enumerate((True, True, False)):
            envelope, message_id = (await mailed(desk, day))[WHO]
            desk.clock.advance(timedelta(minutes=1))
            if comes_back:
                await come_back(port, envelope, report(message_id))
        assert recipient(desk).bounces == 2
        await mailed(desk, 3)
        assert recipient(desk).bounces == 0
    with database.write() as session:
        change_recipient(session, recipient(desk).id, RecipientChange(address="new@ministry.example"))
        key = signing_key(session, now=desk.clock.now)
    assert bounce_tag(key, 1, WHO) != bounce_tag(key, 1, "new@ministry.example")


@on_sqlite
async def test_reports_in_the_mailbox_are_read_by_the_mail_that_they_name(database: Database) -> None:
    desk = await desk_of(database)
    envelope, message_id = (await mailed(desk, 0, domain=""))[WHO]
    assert envelope == "alerts@tocsin.example"
    forged = message_id.replace(message_id.partition("-1-")[2][:6], "aaaaaa")
    with ImapServer() as server:
        letters = [report(message_id), report(forged), AWAY.encode(), report("<of@somebody.example>")]
        server.deliver(
            "other", *(message_from_bytes(body, EmailMessage, policy=policy.default) for body in letters)
        )
        for _start in range(2):  # read again from the beginning, after a start
            mailbox = ImapMailbox(server.account("other"))
            bounces = Bounces(database, desk.settings, clock=desk.clock)
            stage = BouncesInMailbox(mailbox, bounces, clock=desk.clock)
            assert await stage.step() == 3  # what a mail server sent, and not who is away
            desk.clock.advance(EVERY)
            assert await stage.step() == 0
            await mailbox.aclose()
            assert (recipient(desk).bounces, recipient(desk).is_sent) == (1, True)
