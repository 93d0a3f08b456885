"""Mail, sent to real servers on loopback that take it, refuse it, hang and break off."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from alerts.delivery.channels.base import Receipt
from alerts.delivery.channels.email import smtp_sessions
from alerts.delivery.channels.email.mail import build_mail, parse_mailbox
from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.links import Links
from alerts.delivery.payload import AlertData, DigestData
from alerts.errors import DeliveryError
from alerts.values import Document
from tests.alerts.delivery.opened import opened
from tests.alerts.delivery.samples import (
    ARABIC,
    ENGLISH,
    HOSTILE_TITLES,
    UID,
    WATCH_LIST,
    alert_data,
    arabic_data,
    digest_data,
    hostile,
    message,
)
from tests.alerts.delivery.smtp_server import (
    PASSWORD,
    Mailbox,
    mail_server,
    scripted_server,
)
from tests.certificates import Certificate
from tests.conftest import START

CONFIG = EmailConfig(
    to=("desk@example.org",),
    sender="Tocsin <alerts@tocsin.example>",
    host="127.0.0.1",
    security="none",
    timeout=timedelta(seconds=10),
)


async def send(config: EmailConfig, port: int, data: AlertData | DigestData | None = None) -> Receipt:
    channel = opened(EmailChannel(replace(config, port=port)))
    try:
        return await channel.send(message(data))
    finally:
        await channel.aclose()


def parsed(received: bytes) -> EmailMessage:
    return message_from_bytes(received, policy=policy.default)


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


async def test_mail_arrives_with_the_headers_it_should_have() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        receipt = await send(CONFIG, port)
    said = "2.0.0 taken as 4711"
    assert receipt == Receipt(250, said, {"desk@example.org": (250, said)})
    mail = parsed(mailbox.received[0])
    assert mail["Subject"] == f"[{WATCH_LIST}] {ENGLISH.title}"
    assert mail["From"] == "Tocsin <alerts@tocsin.example>"
    assert mail["To"] == "desk@example.org"
    assert mail["Message-ID"] == f"<{UID}@tocsin.example>"
    assert mail["References"] == "<story-7.tocsin@tocsin.example>"
    assert mail["List-Id"] == "<morocco-and-the-united-states.tocsin.tocsin.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(mail["Date"]) == START
    assert mail.get_content_type() == "multipart/alternative"
    assert "**Nasser Bourita**" in body(mail, "plain")
    assert ">Nasser Bourita</mark>" in body(mail, "html")
    assert mailbox.received[0].isascii()
    assert max(map(len, mailbox.received[0].split(b"\r\n"))) <= 998


async def test_arabic_arrives_whole() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await send(CONFIG, port, arabic_data())
    mail = parsed(mailbox.received[0])
    assert mail["Subject"] == f"[{WATCH_LIST}] {ARABIC.title}"
    assert "**الحكم الذاتي**" in body(mail, "plain")
    assert 'dir="rtl"' in body(mail, "html")


def test_a_mail_passes_servers_that_take_only_ascii() -> None:
    data = alert_data(Document(title="الرباط", text="", outlet="صحيفة"), ())
    mail = build_mail(message(data), sender=parse_mailbox(CONFIG.sender), to=parse_mailbox("a@b.example"))
    assert mail.as_bytes().isascii()


async def test_long_ids_and_links_stand_whole_in_their_headers() -> None:
    mailbox = Mailbox()
    domain = f"{'long-' * 11}name.example"
    links = Links(f"https://{domain}", bytes(32))
    config = replace(CONFIG, sender=f"a@{domain}", links=links)
    async with mail_server(mailbox) as port:
        await send(config, port)
    (raw,) = mailbox.received
    for name, value in (
        ("Message-ID", f"<{UID}@{domain}>"),
        ("References", f"<story-7.tocsin@{domain}>"),
        ("List-Id", f"<morocco-and-the-united-states.tocsin.{domain}>"),
        ("List-Unsubscribe", f"<{links.unsubscribe('press-desk', 'desk@example.org')}>"),
    ):
        assert f"\r\n{name}: {value}\r\n".encode() in raw
        assert parsed(raw)[name] == value


async def test_every_attempt_sends_the_same_bytes() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await send(CONFIG, port)
        await send(CONFIG, port)
    assert len(mailbox.received) == 2
    assert mailbox.received[0] == mailbox.received[1]


async def test_a_digest_threads_with_nothing_and_has_its_own_list() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        await send(CONFIG, port, digest_data())
    mail = parsed(mailbox.received[0])
    assert mail["Subject"] == f"{ENGLISH.title}; 2 more (press-desk, 3 Mar 2026)"
    assert mail["References"] is None
    assert mail["List-Id"] == "<press-desk.digest.tocsin.tocsin.example>"


@pytest.mark.parametrize("title", HOSTILE_TITLES.values(), ids=HOSTILE_TITLES)
def test_no_title_gets_into_the_headers(title: str) -> None:
    harmless = build_mail(
        message(), sender=parse_mailbox(CONFIG.sender), to=parse_mailbox("desk@example.org")
    )
    mail = build_mail(
        message(hostile(title)), sender=parse_mailbox(CONFIG.sender), to=parse_mailbox("desk@example.org")
    )
    received = parsed(mail.as_bytes())
    assert received.keys() == harmless.keys()
    assert received["To"] == "desk@example.org"
    assert received["Bcc"] is None
    assert not received.defects
    assert not received["Subject"].defects
    assert len(received["Subject"]) <= 200
    assert "\n" not in received["Subject"]
    assert received["List-Id"].count("<") == 1
    assert max(map(len, mail.as_bytes().split(b"\r\n"))) <= 998


def test_an_encoded_word_in_a_title_stays_as_it_was_written() -> None:
    title = "=?utf-8?b?SGVsbG8=?= and more"
    mail = build_mail(
        message(hostile(title)), sender=parse_mailbox(CONFIG.sender), to=parse_mailbox("a@b.example")
    )
    assert parsed(mail.as_bytes())["Subject"].replace("\u2060", "") == f"[{title}] {title}"


def test_watch_lists_in_other_scripts_have_lists_of_their_own() -> None:
    names = ["المغرب", "Марокко", "Maroc", "Maroc!", "Élysée"]
    lists = []
    for name in names:
        mail = build_mail(
            message(alert_data(watch_list=name)),
            sender=parse_mailbox(CONFIG.sender),
            to=parse_mailbox("a@b.example"),
        )
        lists.append(str(mail["List-Id"]))
    assert all(name.isascii() for name in lists)
    assert len(set(lists)) == 4  # the third and fourth are spelt alike


@pytest.mark.parametrize(
    ("reply", "recoverable"),
    [
        ("421 4.3.2 closing down", True),
        ("450 4.2.0 greylisted, come back", True),
        ("451 4.3.0 local error", True),
        ("550 5.1.1 no such mailbox", False),
        ("554 5.7.1 not wanted", False),
    ],
)
@pytest.mark.parametrize("step", ["recipient", "data"])
async def test_refusals_tell_passing_from_permanent(step: str, reply: str, recoverable: bool) -> None:
    mailbox = Mailbox()
    if step == "recipient":
        mailbox.replies["desk@example.org"] = reply
    else:
        mailbox.after_data = reply
    async with mail_server(mailbox) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(CONFIG, port)
    assert caught.value.recoverable is recoverable
    assert caught.value.status == int(reply[:3])
    assert reply[4:] in caught.value.response
    assert f"127.0.0.1:{port}" in str(caught.value)


async def test_recipients_get_a_mail_each_in_one_session_and_those_refused_are_told() -> None:
    mailbox = Mailbox(replies={"gone@example.org": "550 5.1.1 no such mailbox"})
    config = replace(CONFIG, to=("Desk <desk@example.org>", "gone@example.org", "night@example.org"))
    async with mail_server(mailbox) as port:
        receipt = await send(config, port)
    assert mailbox.connections == 1
    assert mailbox.recipients == [["desk@example.org"], ["night@example.org"]]
    assert [parsed(mail)["To"] for mail in mailbox.received] == [
        "Desk <desk@example.org>",
        "night@example.org",
    ]
    assert len({parsed(mail)["Message-ID"] for mail in mailbox.received}) == 1
    assert receipt.recipients == {
        "desk@example.org": (250, "2.0.0 taken as 4711"),
        "gone@example.org": (550, "5.1.1 no such mailbox"),
        "night@example.org": (250, "2.0.0 taken as 4711"),
    }
    assert "gone@example.org: 550 5.1.1 no such mailbox" in receipt.response


async def test_who_has_it_gets_it_no_second_time() -> None:
    mailbox = Mailbox(replies={"night@example.org": "450 greylisted"})
    config = replace(CONFIG, to=("desk@example.org", "night@example.org"))
    async with mail_server(mailbox) as port:
        channel = EmailChannel(replace(config, port=port))
        with pytest.raises(DeliveryError) as caught:
            await channel.send(message())
        assert caught.value.recoverable
        assert caught.value.recipients["desk@example.org"][0] == 250
        mailbox.replies.clear()
        await channel.send(replace(message(), skip=frozenset({"desk@example.org"})))
        nobody = await channel.send(
            replace(message(), skip=frozenset({"desk@example.org", "night@example.org"}))
        )
    assert mailbox.recipients == [["desk@example.org"], ["night@example.org"]]
    assert "no recipient is left" in nobody.response


async def test_recipients_all_refused_are_tried_again_if_one_may_pass() -> None:
    mailbox = Mailbox(replies={"a@example.org": "550 no", "b@example.org": "450 later"})
    async with mail_server(mailbox) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(replace(CONFIG, to=("a@example.org", "b@example.org")), port)
    assert caught.value.recoverable
    assert caught.value.response == "a@example.org: 550 no; b@example.org: 450 later"


async def test_a_connection_that_breaks_after_data_is_tried_again() -> None:
    mailbox = Mailbox(drop_after_data=True)
    async with mail_server(mailbox) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(CONFIG, port)
    assert len(mailbox.received) == 1
    assert caught.value.recoverable
    assert caught.value.status is None


async def test_nobody_listening_is_tried_again() -> None:
    async with mail_server(Mailbox()) as port:
        pass
    with pytest.raises(DeliveryError, match=f"127.0.0.1:{port} could not be used") as caught:
        await send(CONFIG, port)
    assert caught.value.recoverable


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((), id="no greeting"),
        pytest.param(("220 mail.example", "250 mail.example"), id="no answer to the sender"),
    ],
)
async def test_a_server_that_hangs_is_tried_again(lines: tuple[str, ...]) -> None:
    async with scripted_server(*lines) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(replace(CONFIG, timeout=timedelta(milliseconds=100)), port)
    assert caught.value.recoverable


@pytest.mark.parametrize(
    ("greeting", "status"),
    [("554 5.3.2 no service here", 554), ("421 4.3.2 too many connections", 421), ("nonsense", None)],
)
async def test_a_server_that_turns_us_away_is_tried_again(greeting: str, status: int | None) -> None:
    async with scripted_server(greeting) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(CONFIG, port)
    assert caught.value.recoverable
    assert caught.value.status == status


async def test_a_mail_that_was_taken_stays_sent_though_the_goodbye_fails() -> None:
    lines = ("220 mail", "250 mail", "250 sender", "250 recipient", "354 go on")
    async with scripted_server(*lines, mail_answer="250 taken", goodbye="421 in a bad mood") as port:
        assert (await send(CONFIG, port)).recipients == {"desk@example.org": (250, "taken")}


async def test_starttls_encrypts_and_logs_in(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    mailbox = Mailbox()
    config = replace(CONFIG, security="starttls", username="alerts", password=PASSWORD)
    async with mail_server(mailbox, starttls=certificate.context, auth=True) as port:
        await send(config, port)
    assert mailbox.encrypted == [True]
    assert mailbox.logins == ["alerts"]


async def test_tls_from_the_start_encrypts(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    mailbox = Mailbox()
    async with mail_server(mailbox, tls=certificate.context) as port:
        await send(replace(CONFIG, security="tls"), port)
    assert len(mailbox.received) == 1


async def test_a_wrong_password_is_tried_again_and_told(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    mailbox = Mailbox()
    config = replace(CONFIG, security="starttls", username="alerts", password="battery staple")
    async with mail_server(mailbox, starttls=certificate.context, auth=True) as port:
        with pytest.raises(DeliveryError, match="check \\[smtp\\] username and password") as caught:
            await send(config, port)
    assert caught.value.recoverable
    assert caught.value.status == 535
    assert "battery" not in str(caught.value)
    assert mailbox.received == []


@pytest.mark.parametrize("code", [530, 534, 535, 538])
@pytest.mark.parametrize("step", ["recipient", "message"])
async def test_a_login_asked_for_after_the_login_is_the_channels_fault(code: int, step: str) -> None:
    """As where a password ends while a session is open: no recipient has refused anything, and all are tried again."""
    mailbox = Mailbox()
    if step == "recipient":
        mailbox.replies["desk@example.org"] = f"{code} 5.7.8 authentication needed"
    else:
        mailbox.after_data = f"{code} 5.7.8 authentication needed"
    async with mail_server(mailbox) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(CONFIG, port)
    assert caught.value.recoverable
    assert caught.value.status == code
    assert caught.value.recipients == {}


async def test_a_server_that_wants_a_login_is_tried_again() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox, auth=True) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(CONFIG, port)
    assert caught.value.status == 530
    assert caught.value.recoverable


async def test_nothing_is_sent_in_the_clear_where_starttls_is_asked_for() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        with pytest.raises(DeliveryError, match="STARTTLS") as caught:
            await send(replace(CONFIG, security="starttls", username="alerts", password=PASSWORD), port)
    assert caught.value.recoverable
    assert mailbox.received == []
    assert mailbox.logins == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: Certificate, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    mailbox = Mailbox()
    starttls, tls = (certificate.context, None) if security == "starttls" else (None, certificate.context)
    config = replace(CONFIG, security="starttls" if security == "starttls" else "tls")
    async with mail_server(mailbox, starttls=starttls, tls=tls) as port:
        with pytest.raises(DeliveryError, match="certificate that is not valid") as caught:
            await send(config, port)
    assert caught.value.recoverable
    assert mailbox.received == []


async def test_a_certificate_for_another_name_is_refused(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    mailbox = Mailbox()
    async with mail_server(mailbox, starttls=certificate.context) as port:
        with pytest.raises(DeliveryError, match="certificate that is not valid"):
            await send(replace(CONFIG, host="localhost", security="starttls"), port)
    assert mailbox.received == []


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("", id="empty"),
        pytest.param("desk", id="no domain"),
        pytest.param("desk@", id="empty domain"),
        pytest.param("@example.org", id="no user"),
        pytest.param("a@example.org, b@example.org", id="two"),
        pytest.param("a b@example.org", id="space"),
        pytest.param("é@example.org", id="user not in ASCII"),
        pytest.param("a@example.org\r\nBcc: b@example.org", id="line break"),
        pytest.param("<a@example.org", id="bracket left open"),
        pytest.param("Desk <a@example.org> x", id="words after it"),
        pytest.param("a@.", id="domain of a dot"),
        pytest.param("a@" + "b" * 70, id="label too long"),
    ],
)
@pytest.mark.parametrize("place", ["to", "sender"])
def test_addresses_that_are_none_are_refused_at_the_start(place: str, address: str) -> None:
    config = replace(CONFIG, to=(address,)) if place == "to" else replace(CONFIG, sender=address)
    with pytest.raises(ValueError, match="mail address"):
        EmailChannel(config)


def test_no_recipient_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="at least one"):
        EmailChannel(replace(CONFIG, to=()))


def test_an_international_domain_is_written_as_the_wire_wants_it() -> None:
    assert str(parse_mailbox("Bücher <a@bücher.example>")) == "Bücher <a@xn--bcher-kva.example>"


def test_the_password_is_not_in_the_configs_repr() -> None:
    assert PASSWORD not in repr(replace(CONFIG, password=PASSWORD))


async def test_mails_of_a_backlog_share_a_session() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        channel = opened(EmailChannel(replace(CONFIG, port=port)))
        for _ in range(3):
            await channel.send(message())
        assert mailbox.connections == 1
        await channel.aclose()
        await channel.send(message())
        await channel.aclose()
    assert (mailbox.connections, len(mailbox.received)) == (2, 4)


async def test_mails_at_once_have_sessions_of_their_own() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        channel = opened(EmailChannel(replace(CONFIG, port=port)))
        await asyncio.gather(*(channel.send(message()) for _ in range(3)))
        await channel.aclose()
    assert (mailbox.connections, len(mailbox.received)) == (3, 3)


async def test_a_session_that_broke_is_not_used_again() -> None:
    mailbox = Mailbox(drop_after_data=True)
    async with mail_server(mailbox) as port:
        channel = opened(EmailChannel(replace(CONFIG, port=port)))
        with pytest.raises(DeliveryError):
            await channel.send(message())
        mailbox.drop_after_data = False
        await channel.send(message())
        await channel.aclose()
    assert mailbox.connections == 2


async def test_a_session_that_the_server_ended_meanwhile_is_replaced() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        channel = opened(EmailChannel(replace(CONFIG, port=port)))
        await channel.send(message())
        mailbox.hang_up()
        await channel.send(message())
        await channel.aclose()
    assert (mailbox.connections, len(mailbox.received)) == (2, 2)


async def test_a_session_is_replaced_after_as_many_mails_as_servers_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smtp_sessions, "MESSAGES", 2)
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        channel = opened(EmailChannel(replace(CONFIG, port=port)))
        for _ in range(5):
            await channel.send(message())
        await channel.aclose()
    assert mailbox.connections == 3


async def test_an_unused_session_is_ended_in_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_sessions, "IDLE", timedelta(milliseconds=1))
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        channel = opened(EmailChannel(replace(CONFIG, port=port)))
        await channel.send(message())
        async with asyncio.timeout(60):
            await mailbox.left.wait()
