"""Press reviews at work: drafted before their time, held or approved, handed over once, whoever dies in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from threading import Barrier
from typing import Any, NoReturn

import pytest
import pytest_asyncio
from sqlmodel import col, select
from structlog.testing import capture_logs

from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.payload import ReviewData
from alerts.delivery.sender import Sender
from alerts.review.values import RightsTable
from service.actions.copies import copies_csv, copies_of_month
from service.actions.editions import (
    ByHand,
    EditedMeanwhileError,
    ItemWords,
    add_by_address,
    add_by_hand,
    approve_edition,
    drop_edition,
    edit_head,
    edit_item,
    edition_shown,
    move_item,
    remove_item,
    reopen_edition,
    restore_item,
)
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from service.actions.provisioning import provision
from service.actions.reviews import rights_of
from service.reviewing import Reviews
from service.settings import Settings
from storage.engine import Database
from storage.stores.alerts.dismissals import dismiss
from storage.stores.reviews.editions import ListedEdition, StoredEdition, files_of, list_editions
from storage.tables import Alert, Notification, NotificationKind
from tests.alerts.delivery.smtp_server import Mailbox, mail_server
from tests.archive import AlertStages, add_article
from tests.conftest import START, Clock
from tests.databases import on_both, on_sqlite

pytestmark = on_both


SEVEN = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
"""When the review of these tests is sent: the morning after `START`."""
BOURITA, FISH = "Nasser Bourita", "Fishing"
REVIEW: dict[str, Any] = {
    "name": "Morning review",
    "send": "07:00 UTC",
    "channels": ["desk"],
    "language": "fr",
    "sections": [{"title": "Diplomatie", "watch": ["Diplomacy"]}, {"title": "Pêche", "query": "fishing"}],
    "draft_before": "30m",
}


def settings(**changes: Any) -> Settings:  # noqa: ANN401
    return Settings.model_validate(
        {
            "channels": [{"name": "desk", "type": "email", "to": ["a@desk.example", "b@desk.example"]}],
            "watch": [{"name": "Diplomacy", "channels": ["desk"], "actors": [{"name": BOURITA}]}],
            "licences": [{"name": "CFC", "outlets": ["Le Quotidien"], "may": "excerpt", "characters": 40}],
            "service": {"notify": "desk"},
            "reviews": [{**REVIEW, **changes}],
        }
    )


async def at_once(function: Callable[..., bytes], *values: object) -> bytes:
    """Call a function here, as a worker would."""
    return function(*values)


class Desk:
    """A database in which something was found, and the stage over it."""

    def __init__(self, database: Database, wanted: Settings) -> None:
        self.database, self.settings, self.clock = database, wanted, Clock()
        self.rights = rights_of(wanted)
        with database.write() as session:
            provision(session, wanted, now=START)
        self.stage = Reviews(database, wanted, clock=self.clock, run=at_once)

    async def step(self, at: datetime) -> int:
        self.clock.now = at
        return await self.stage.step()

    def editions(self) -> list[ListedEdition]:
        with self.database.read() as session:
            return list_editions(session, limit=10)

    def edition(self, number: int = 1) -> StoredEdition:
        with self.database.read() as session:
            return edition_shown(session, number)

    def told(self, kind: NotificationKind = NotificationKind.REVIEW) -> list[dict[str, Any]]:
        with self.database.read() as session:
            rows = session.exec(
                select(Notification).where(col(Notification.kind) == kind).order_by(col(Notification.id))
            )
            return [row.payload for row in rows]


async def desk_with_articles(database: Database, **changes: Any) -> Desk:  # noqa: ANN401
    desk = Desk(database, settings(**changes))
    with database.write() as session:
        add_article(
            session, "Bourita in Madrid", f"{BOURITA} met his counterpart in Madrid to speak of trade."
        )
        add_article(
            session,
            "Bourita à Madrid",
            f"Le ministre {BOURITA} a rencontré son homologue à Madrid pour parler de commerce.",
            language="fr",
            outlet="Le Quotidien",
        )
        add_article(session, "Boats stay in port", "No fishing today, said the harbour.", outlet="Herald")
        add_article(session, "Rain on the coast", "It rained all day.", outlet="Herald")
    stages = AlertStages(database, desk.clock)
    await stages.load()
    await stages.step()
    await stages.close()
    return desk


@pytest_asyncio.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    yield await desk_with_articles(database)


def words(edition: StoredEdition) -> list[tuple[str, str]]:
    return [(item.section, item.headline) for item in edition.shown]


DRAFT_TIME = SEVEN - timedelta(minutes=30)


async def test_edition_is_drafted_in_time_and_once(desk: Desk) -> None:
    assert await desk.step(DRAFT_TIME - timedelta(seconds=1)) == 0
    assert await desk.step(DRAFT_TIME) == 1
    assert await desk.step(DRAFT_TIME) == 0
    (listed,) = desk.editions()
    assert (listed.state, listed.due_at, listed.title) == ("draft", SEVEN, "Morning review, 3 mars 2026")
    assert words(desk.edition()) == [
        ("0", "Bourita in Madrid"),
        ("0", "Bourita à Madrid"),
        ("1", "Boats stay in port"),
    ]


@on_sqlite
async def test_licence_shortens_the_excerpt(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    english, french, _boats = desk.edition().shown
    assert english.excerpt == f"{BOURITA} met his counterpart in Madrid to speak of trade."
    assert len(french.excerpt) <= 40
    assert french.excerpt.endswith("…")


@on_sqlite
async def test_dismissed_alerts_are_left_out(desk: Desk) -> None:
    with desk.database.write() as session:
        for alert in session.exec(select(Alert)):
            dismiss(session, alert.id or 0, via="command", now=START)
    await desk.step(DRAFT_TIME)
    assert words(desk.edition()) == [("1", "Boats stay in port")]


@on_sqlite
async def test_next_edition_begins_where_the_last_one_ended(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    await desk.step(DRAFT_TIME + timedelta(days=1))
    later, earlier = desk.editions()
    assert later.since == earlier.until
    assert words(desk.edition(later.id)) == []


async def test_what_nobody_approved_is_held_and_the_editors_are_told_once(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    await desk.step(SEVEN)
    await desk.step(SEVEN + timedelta(minutes=1))
    assert [one.state for one in desk.editions()] == ["held"]
    assert desk.told() == []
    (said,) = desk.told(NotificationKind.SERVICE)
    assert said["subject"] == "Press review not sent: Morning review, 3 mars 2026"


async def test_approved_edition_is_handed_over_once_at_its_time(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    with desk.database.write() as session:
        approve_edition(session, 1, caller="ed", now=desk.clock.now)
    await desk.step(SEVEN - timedelta(seconds=1))
    assert desk.told() == []
    twin = Reviews(desk.database, desk.settings, clock=desk.clock, run=at_once)
    await desk.step(SEVEN)
    await twin.step()
    (payload,) = desk.told()
    data = ReviewData.model_validate(payload)
    assert (data.language, [part.title for part in data.sections]) == ("fr", ["Diplomatie", "Pêche"])
    assert [one.state for one in desk.editions()] == ["sent"]
    assert desk.edition().copies == {"desk": 2}


@on_sqlite
async def test_held_edition_is_sent_as_soon_as_it_is_approved(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    await desk.step(SEVEN)
    with desk.database.write() as session:
        approve_edition(session, 1, caller="ed", now=SEVEN)
    await desk.step(SEVEN + timedelta(minutes=5))
    assert len(desk.told()) == 1


@on_sqlite
async def test_edition_that_needs_no_approval_goes_by_itself(database: Database) -> None:
    desk = await desk_with_articles(database, approve=False)
    await desk.step(DRAFT_TIME)
    await desk.step(SEVEN)
    assert len(desk.told()) == 1


@on_sqlite
async def test_files_are_made_and_go_with_the_mail(database: Database) -> None:
    desk = await desk_with_articles(database, approve=False, formats=["pdf", "docx"])
    await desk.step(DRAFT_TIME)
    await desk.step(SEVEN)
    with database.read() as session:
        files = files_of(session, 1)
    assert (files["pdf"][:5], files["docx"][:2]) == (b"%PDF-", b"PK")
    inbox = Mailbox()
    async with mail_server(inbox) as port:
        config = EmailConfig(("a@desk.example",), "t@tocsin.example", "127.0.0.1", port, "none")
        sender = Sender(database, {"desk": EmailChannel(config)}, owner="m:1:a", clock=desk.clock)
        await sender.step()
        await sender.drain(timedelta(seconds=30))
        await sender.close()
    mails = [message_from_bytes(body, policy=policy.default) for body in inbox.received]
    (mail,) = (mail for mail in mails if mail["Subject"] == "Morning review, 3 mars 2026")
    assert [part.get_filename() for part in mail.iter_attachments()] == [
        "Morning review 2026-03-03.pdf",
        "Morning review 2026-03-03.docx",
    ]


@on_sqlite
async def test_edition_that_can_not_be_printed_is_held(database: Database) -> None:
    desk = await desk_with_articles(database, approve=False, formats=["docx"], logo="/nowhere/logo.png")
    await desk.step(DRAFT_TIME)
    await desk.step(SEVEN)
    (listed,) = desk.editions()
    assert (listed.state, listed.trouble and listed.trouble.kind) == ("held", "review-not-printed")
    assert desk.told() == []


@on_sqlite
async def test_list_that_is_not_there_is_said(database: Database) -> None:
    desk = Desk(database, settings(sections=[{"title": "A", "watch": ["Diplomcy"]}]))
    with capture_logs() as logs:
        await desk.step(DRAFT_TIME)
    said = "review names a watch list that is not there"
    assert [line["watch_list"] for line in logs if line["event"] == said] == ["Diplomcy"]


class KilledError(Exception):
    """The process is gone."""


@pytest.mark.parametrize("at", ["printing", "handing over"])
async def test_killed_between_approved_and_sent_it_is_sent_once(
    database: Database, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await desk_with_articles(database, approve=False, formats=["docx"])
    await desk.step(DRAFT_TIME)
    with monkeypatch.context() as dying:

        def kill(*_values: object, **_more: object) -> NoReturn:
            raise KilledError

        if at == "printing":
            dying.setattr("service.reviewing.print_edition", kill)
        else:  # within the transaction, when all else of it is written
            dying.setattr("service.reviewing.add_notifications", kill)
        with pytest.raises(KilledError):
            await desk.step(SEVEN)
    assert [one.state for one in desk.editions()] == ["approved"]
    assert desk.told() == []
    await desk.step(SEVEN + timedelta(minutes=1))
    await desk.step(SEVEN + timedelta(minutes=2))
    assert [one.state for one in desk.editions()] == ["sent"]
    assert len(desk.told()) == 1


async def test_of_two_approvals_one_counts(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    with desk.database.write() as session:
        approve_edition(session, 1, caller="ed", now=desk.clock.now)
    with (
        desk.database.write() as session,
        pytest.raises(ConflictError, match="approved, sent or dropped already"),
    ):
        approve_edition(session, 1, caller="mo", now=desk.clock.now)
    assert desk.edition().listed.approved_by == "ed"


def at_the_same_time(count: int, act: Callable[[int], str]) -> list[str]:
    """Have several people do something at one moment, each by a connection of their own; return what each has of it."""
    ready = Barrier(count)

    def do(who: int) -> str:
        ready.wait()
        return act(who)

    with ThreadPoolExecutor(count) as people:
        return list(people.map(do, range(count)))


async def test_of_editors_approvals_and_services_at_once_one_counts_and_each_is_told(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    item = desk.edition().shown[0]

    def edit(who: int) -> str:
        mine = ItemWords(headline=f"Words of {who}")
        try:
            with desk.database.write() as session:
                edit_item(
                    session, item.id, mine, version=item.version, rights=desk.rights, caller=f"ed {who}"
                )
        except EditedMeanwhileError as error:
            return f"told of {error.theirs.headline}, with {error.yours.headline}"
        return mine.headline or ""

    def approve(who: int) -> str:
        try:
            with desk.database.write() as session:
                approve_edition(session, 1, caller=f"ed {who}", now=SEVEN)
        except ConflictError:
            return ""
        return f"ed {who}"

    said = at_the_same_time(4, edit)
    (kept,) = (one for one in said if not one.startswith("told of "))
    others = (f"Words of {who}" for who in range(4) if f"Words of {who}" != kept)
    assert sorted(said) == sorted([kept, *(f"told of {kept}, with {mine}" for mine in others)])
    assert desk.edition().shown[0].headline == kept
    (winner,) = (who for who in at_the_same_time(4, approve) if who)
    assert desk.edition().listed.approved_by == winner
    desk.clock.now = SEVEN
    services = [Reviews(desk.database, desk.settings, clock=desk.clock, run=at_once) for _ in range(3)]
    await asyncio.gather(*(one.step() for one in (desk.stage, *services)))
    (payload,) = desk.told()
    assert payload["sections"][0]["items"][0]["headline"] == kept


async def test_approval_can_be_taken_back_until_it_is_sent(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    with desk.database.write() as session:
        approve_edition(session, 1, caller="ed", now=desk.clock.now)
        reopen_edition(session, 1)
        edit_head(session, 1, version=1, intro="Bonjour")
        approve_edition(session, 1, caller="ed", now=desk.clock.now)
    await desk.step(SEVEN)
    assert [payload["intro"] for payload in desk.told()] == ["Bonjour"]
    with desk.database.write() as session, pytest.raises(ConflictError):
        reopen_edition(session, 1)


@on_sqlite
async def test_edition_that_was_due_long_ago_is_left_out(desk: Desk) -> None:
    await desk.step(SEVEN + timedelta(hours=7))
    assert desk.editions() == []
    assert await desk.step(DRAFT_TIME + timedelta(days=1)) == 1


@on_sqlite
async def test_review_without_its_channel_is_held(database: Database) -> None:
    desk = await desk_with_articles(database, channels=["desk"], approve=False)
    await desk.step(DRAFT_TIME)
    with database.write() as session:
        provision(session, settings(channels=["gone"], approve=False), now=START)
    await desk.step(SEVEN)
    (listed,) = desk.editions()
    assert (listed.state, listed.trouble and listed.trouble.kind) == ("held", "review-channels")


async def test_two_editors_lose_nothing(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    item = desk.edition().shown[0]
    with desk.database.write() as session:
        edited = edit_item(
            session,
            item.id,
            ItemWords(headline="Ed's"),
            version=item.version,
            rights=desk.rights,
            caller="ed",
        )
    assert (edited.headline, edited.excerpt, edited.version) == ("Ed's", item.excerpt, 2)
    with desk.database.write() as session, pytest.raises(EditedMeanwhileError) as refused:
        edit_item(
            session,
            item.id,
            ItemWords(headline="Mo's"),
            version=item.version,
            rights=desk.rights,
            caller="mo",
        )
    assert (refused.value.theirs.headline, refused.value.yours.headline) == ("Ed's", "Mo's")
    assert refused.value.theirs.edited_by == "ed"


@on_sqlite
async def test_editor_is_kept_to_the_licence(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    french = desk.edition().shown[1]
    with desk.database.write() as session, pytest.raises(InvalidError, match=r"40 of Le Quotidien.*CFC"):
        edit_item(session, french.id, ItemWords(excerpt="x" * 41), version=1, rights=desk.rights, caller="ed")


async def test_items_move_through_the_sections(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    first, second, third = (item.id for item in desk.edition().shown)
    with desk.database.write() as session:
        assert [item.id for item in move_item(session, second, step="up").shown] == [second, first, third]
        assert [item.section for item in move_item(session, second, step="up").shown] == ["event", "0", "1"]
        assert [item.id for item in move_item(session, first, step="down").shown] == [second, first, third]
        assert [item.section for item in edition_shown(session, 1).shown] == ["event", "1", "1"]
        move_item(session, second, section="1", place=2)
        assert [item.id for item in edition_shown(session, 1).shown] == [first, second, third]
        with pytest.raises(InvalidError):
            move_item(session, second, section="9")


async def test_items_are_added_by_address_and_by_hand_and_removed(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    with desk.database.write() as session:
        rain = add_by_address(
            session, 1, "https://gazette.example/4", section="1", rights=desk.rights, now=START
        )
        assert (rain.headline, rain.outlet) == ("Rain on the coast", "Herald")
        with pytest.raises(ConflictError):
            add_by_address(
                session, 1, "https://gazette.example/4", section="1", rights=desk.rights, now=START
            )
        with pytest.raises(NotFoundError):
            add_by_address(
                session, 1, "https://gazette.example/99", section="1", rights=desk.rights, now=START
            )
        radio = ByHand("Radio Rabat", "At eight o'clock", note="Heard live")
        add_by_hand(session, 1, radio, section="brief", rights=RightsTable(), caller="ed")
        assert remove_item(session, rain.id).shown[-1].outlet == "Radio Rabat"
        assert len(restore_item(session, rain.id).shown) == 5


@on_sqlite
async def test_approved_edition_stays_as_it_is(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    item = desk.edition().shown[0]
    with desk.database.write() as session:
        approve_edition(session, 1, caller="ed", now=desk.clock.now)
        with pytest.raises(ConflictError):
            remove_item(session, item.id)
        with pytest.raises(ConflictError):
            edit_item(session, item.id, ItemWords(note="n"), version=1, rights=desk.rights, caller="ed")


@on_sqlite
async def test_time_of_a_dropped_edition_is_covered_by_the_next(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    with desk.database.write() as session:
        drop_edition(session, 1)
    await desk.step(DRAFT_TIME + timedelta(hours=24))
    assert len(desk.edition(2).items) == 0  # the first edition looks back on a day, and that is over
    assert await desk.step(SEVEN) == 0


async def test_copies_are_items_times_recipients(desk: Desk) -> None:
    await desk.step(DRAFT_TIME)
    with desk.database.write() as session:
        approve_edition(session, 1, caller="ed", now=desk.clock.now)
    await desk.step(SEVEN)
    with desk.database.read() as session:
        rows = copies_of_month(session, "2026-03", desk.rights)
        assert copies_of_month(session, "2026-02", desk.rights) == []
        with pytest.raises(InvalidError):
            copies_of_month(session, "March", desk.rights)
    assert copies_csv("2026-03", rows).splitlines() == [
        "month,outlet,licence,items,excerpts,copies",
        "2026-03,Example Gazette,,1,1,2",
        "2026-03,Herald,,1,1,2",
        "2026-03,Le Quotidien,CFC,1,1,2",
    ]
