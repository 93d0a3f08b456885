"""A review's own recipients: each has it once, as they want it, whoever dies in between; who opted out has none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, NoReturn

import pytest
from sqlmodel import select

from alerts.delivery.channels.email.mail import build_mail
from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.journal import ReceiptNote
from alerts.delivery.links import Links
from alerts.delivery.payload import Message
from alerts.delivery.recovery import record_taken
from alerts.delivery.render import Renderer
from alerts.delivery.sender import Sender
from alerts.review.values import RightsTable
from service.actions.copies import copies_of_month
from service.actions.corrections import correct_edition
from service.actions.deliveries import retry_dead
from service.actions.edition_archive import search_editions
from service.actions.editions import (
    ByHand,
    ItemWords,
    add_by_hand,
    approve_edition,
    edit_item,
    edition_shown,
    remove_item,
)
from service.actions.errors import ConflictError
from service.actions.review_recipients import (
    add_recipients,
    leave_review,
    recipient_shown,
    recipients_shown,
    rejoin_review,
    try_recipient_again,
)
from service.actions.reviews import mail_channel, review_shown
from service.locale import translator
from storage.engine import Database
from storage.stores.outbox.channels import list_of_channels
from storage.stores.reviews.recipients import note_answers
from storage.tables import Notification, NotificationKind
from tests.alerts.delivery.smtp_server import Mailbox, mail_server
from tests.databases import on_both, on_sqlite
from tests.service.test_reviewing import DRAFT_TIME, SEVEN, Desk, KilledError, desk_with_articles

pytestmark = on_both


REVIEW = "Morning review"
LINKS = Links("https://tocsin.example", b"k" * 32)


def add(desk: Desk, *addresses: str, language: str = "", form: str = "html") -> None:
    with desk.database.write() as session:
        add_recipients(session, REVIEW, addresses, language=language, form=form, now=desk.clock.now)


async def mailed(desk: Desk, inbox: Mailbox) -> dict[str, list[EmailMessage]]:
    """Send what is due; return what each address has."""
    async with mail_server(inbox) as port:
        config = EmailConfig(
            ("a@desk.example", "b@desk.example"),
            "t@tocsin.example",
            "127.0.0.1",
            port,
            "none",
            links=LINKS,
            renderer=Renderer(spoken=translator),
        )
        sender = Sender(desk.database, {"desk": EmailChannel(config)}, owner="m:1:a", clock=desk.clock)
        await sender.step()
        await sender.drain(timedelta(seconds=30))
        await sender.close()
    found: dict[str, list[EmailMessage]] = {}
    for body in inbox.received:
        mail = message_from_bytes(body, policy=policy.default)
        if "review" in mail["List-Id"]:
            found.setdefault(mail["To"].addresses[0].addr_spec, []).append(mail)
    return found


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


async def sent(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    with desk.database.write() as session:
        approve_edition(session, 1, caller="ed", now=desk.clock.now)
    await desk.step(SEVEN)


async def test_each_has_it_once_in_their_language_and_format(database: Database) -> None:
    desk = await desk_with_articles(database)
    add(desk, "Cabinet <Wazir@ministry.example>", language="ar", form="pdf")
    add(desk, "plain@ministry.example", form="text")
    add(desk, "link@ministry.example", language="en", form="link")
    add(desk, "a@desk.example")  # the channel mails to it
    await sent(desk)
    inbox = Mailbox()
    mails = await mailed(desk, inbox)
    await mailed(desk, inbox)
    assert {who: len(had) for who, had in mails.items()} == {
        "a@desk.example": 1,
        "b@desk.example": 1,
        "wazir@ministry.example": 1,
        "plain@ministry.example": 1,
        "link@ministry.example": 1,
    }
    (arabic,), (plain,), (link,) = (mails[f"{who}@ministry.example"] for who in ("wazir", "plain", "link"))
    assert 'dir="rtl"' in part(arabic, "html")
    assert [file.get_filename() for file in arabic.iter_attachments()] == ["Morning review 2026-03-03.pdf"]
    assert (plain.get_content_type(), "Bourita in Madrid" in part(plain, "plain")) == ("text/plain", True)
    assert "Bourita in Madrid" not in part(link, "plain")
    assert "https://tocsin.example/review/" in part(link, "plain")
    assert plain["List-Unsubscribe"].startswith("<https://tocsin.example/review/leave/")
    assert plain["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert list(mails["a@desk.example"][0].iter_attachments()) == []
    assert desk.edition().copies == {"desk": 2, "": 3}
    with database.read() as session:
        assert {row.copies for row in copies_of_month(session, "2026-03", desk.rights)} == {5}
        assert {one.address: one.taken_at for one in recipients_shown(session, REVIEW)} == {
            "a@desk.example": None,
            "wazir@ministry.example": SEVEN,
            "plain@ministry.example": SEVEN,
            "link@ministry.example": SEVEN,
        }


async def test_who_opts_out_after_it_was_approved_has_none(database: Database) -> None:
    desk = await desk_with_articles(database)
    add(desk, "stays@ministry.example", "leaves@ministry.example")
    await sent(desk)
    with database.write() as session:
        number = review_shown(session, REVIEW).id
        leave_review(session, number, "Leaves@ministry.example", now=SEVEN)
    mails = await mailed(desk, Mailbox())
    assert "leaves@ministry.example" not in mails
    assert len(mails["stays@ministry.example"]) == 1
    with database.write() as session:
        with pytest.raises(ConflictError, match="opted out"):
            add_recipients(session, REVIEW, ["leaves@ministry.example"], now=SEVEN)
        rejoin_review(session, number, "leaves@ministry.example")
        assert recipient_shown(session, number, "leaves@ministry.example").is_sent


async def test_refused_address_is_noted_and_left_out_after_three(database: Database) -> None:
    desk = await desk_with_articles(database)
    add(desk, "gone@ministry.example", "here@ministry.example")
    await sent(desk)
    await mailed(desk, Mailbox(replies={"gone@ministry.example": "550 5.1.1 no such user"}))
    with database.write() as session:
        gone = recipient_shown(session, REVIEW, "gone@ministry.example")
        here = recipient_shown(session, REVIEW, "here@ministry.example")
        assert (gone.refusals, gone.refused_code, gone.refused_words, gone.is_sent) == (
            1,
            550,
            "5.1.1 no such user",
            True,
        )
        assert (here.refusals, here.taken_at) == (0, SEVEN)
        said = {"gone@ministry.example": (550, "no such user")}
        for day in (0, 1, 1, 2):  # what was said in one attempt counts once
            note_answers(session, gone.review_id, said, at=SEVEN + timedelta(days=day))
        assert not recipient_shown(session, REVIEW, "gone@ministry.example").is_sent
        assert try_recipient_again(session, gone.id).is_sent


@pytest.mark.parametrize("at", ["handing over", "mailing"])
async def test_broken_off_on_the_way_each_has_it_once(
    database: Database, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await desk_with_articles(database)
    add(desk, *(f"{number}@ministry.example" for number in range(4)))
    await desk.step(DRAFT_TIME)
    with database.write() as session:
        approve_edition(session, 1, caller="ed", now=desk.clock.now)
    inbox = Mailbox()

    def kill(*_values: object, **_more: object) -> NoReturn:
        raise KilledError

    def broken(message: Message, *, to: Address, **more: Any) -> EmailMessage:  # noqa: ANN401
        if to.addr_spec == "2@ministry.example":
            raise KilledError
        return build_mail(message, to=to, **more)

    with monkeypatch.context() as dying:
        if at == "handing over":
            dying.setattr("service.reviewing.add_notifications", kill)
            with pytest.raises(KilledError):
                await desk.step(SEVEN)
        else:
            await desk.step(SEVEN)
            dying.setattr("alerts.delivery.channels.email.sending.build_mail", broken)
            assert sum(map(len, (await mailed(desk, inbox)).values())) == 4
            with database.write() as session:
                retry_dead(session, now=SEVEN)
    await desk.step(SEVEN + timedelta(hours=1))
    mails = await mailed(desk, inbox)
    wanted = {f"{number}@ministry.example" for number in range(4)} | {"a@desk.example", "b@desk.example"}
    assert {who: len(had) for who, had in mails.items()} == dict.fromkeys(wanted, 1)


@on_both
async def test_what_a_killed_process_heard_of_recipients_is_noted_once(database: Database) -> None:
    desk = await desk_with_articles(database, channels=[], mail="desk")
    add(desk, "gone@ministry.example")
    await sent(desk)
    said = {"gone@ministry.example": (550, "no such user")}
    with database.write() as session:
        (row,) = session.exec(select(Notification).where(Notification.kind == NotificationKind.REVIEW))
        so_far = ReceiptNote(row.id or 0, row.uid, SEVEN, recipients=said)
        record_taken(session, [so_far, replace(so_far, ended_at=SEVEN + timedelta(seconds=1))])
        assert recipient_shown(session, REVIEW, "gone@ministry.example").refusals == 1


@on_sqlite
async def test_review_without_a_mail_channel_is_held(database: Database) -> None:
    desk = await desk_with_articles(database)
    add(desk, "one@ministry.example")
    with database.write() as session:
        keys = review_shown(session, REVIEW).keys
        listed = list_of_channels(session)
    assert mail_channel(listed, keys.model_copy(update={"channels": ()})) == listed[0]
    assert mail_channel(listed, keys.model_copy(update={"mail": "gone"})) is None
    assert mail_channel([], keys) is None


@on_sqlite
async def test_address_in_the_link_is_signed(database: Database) -> None:
    leave = LINKS.leave(1, "A@b.example")
    assert re.fullmatch(r"https://tocsin\.example/review/leave/[\w-]+\.[\w-]{24}", leave)
    assert LINKS.leave(1, "a@B.example") == leave
    assert LINKS.read(1, "a@b.example").rpartition("/")[2] != leave.rpartition("/")[2]


async def test_correction_says_what_it_changes_and_goes_once_to_who_had_it(database: Database) -> None:
    desk = await desk_with_articles(database)
    add(desk, "had@ministry.example", "leaves@ministry.example", language="es")
    await sent(desk)
    inbox = Mailbox()
    await mailed(desk, inbox)
    inbox.received.clear()
    later = SEVEN + timedelta(hours=2)
    desk.clock.now = later
    add(desk, "new@ministry.example")  # who had nothing gets no correction
    with database.write() as session:
        leave_review(session, 1, "leaves@ministry.example", now=later)
        number = correct_edition(session, 1, now=later)
        assert correct_edition(session, 1, now=later) == number, "there is one correction at a time"
        with pytest.raises(ConflictError, match="nothing was changed"):
            approve_edition(session, number, caller="ed", now=later)
        first, second, third = edition_shown(session, number).shown
        edit_item(
            session,
            first.id,
            ItemWords(headline="Bourita in Rome"),
            version=1,
            rights=desk.rights,
            caller="ed",
        )
        edit_item(session, second.id, ItemWords(note="Sic"), version=1, rights=desk.rights, caller="ed")
        remove_item(session, third.id)
        radio = ByHand("Radio Rabat", "At eight o'clock")
        add_by_hand(session, number, radio, section="1", rights=RightsTable(), caller="ed")
    await desk.step(later + timedelta(hours=1))
    assert desk.edition(number).listed.state == "draft", "it waits for an editor, however late"
    with database.write() as session:
        approve_edition(session, number, caller="ed", now=later)
    await desk.step(later + timedelta(hours=1))
    mails = await mailed(desk, inbox)
    await mailed(desk, inbox)
    assert {who: len(had) for who, had in mails.items()} == {
        "a@desk.example": 1,
        "b@desk.example": 1,
        "had@ministry.example": 1,
    }
    (french,), (spanish,) = mails["a@desk.example"], mails["had@ministry.example"]
    assert french["Subject"] == "Rectificatif : Morning review, 3 mars 2026"
    assert spanish["Subject"] == "Corrección: Morning review, 3 mars 2026"
    lines = [line for line in part(french, "plain").splitlines() if line.startswith("- ")]
    assert [re.sub("[\u2068\u2069]", "", line) for line in lines] == [
        "- Autre titre : Bourita in Rome (Example Gazette) ; avant : Bourita in Madrid",
        "- Autre texte : Bourita à Madrid (Le Quotidien)",
        "- Ajouté : At eight o'clock (Radio Rabat)",
        "- Retiré : Boats stay in port (Herald)",
    ]
    with database.read() as session:
        for words, found in (("rome", [number]), ("boats", [1]), ("bourita", [number, 1]), ("Sic", [number])):
            sent_ones = search_editions(session, words=words, only_sent=True, limit=5)
            assert [one.listed.id for one in sent_ones] == found, words
    with database.write() as session:
        again = correct_edition(session, 1, now=later + timedelta(hours=3))
        listed = edition_shown(session, again).listed
        assert (listed.number, listed.revision) == (1, 3)
        assert edition_shown(session, again).shown[0].headline == "Bourita in Rome"
        with pytest.raises(ConflictError, match="was not sent"):
            correct_edition(session, again, now=later)
