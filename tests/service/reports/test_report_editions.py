"""A report of each month: drafted for the month that is over, sent once with its files, as the editor left it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from openpyxl import load_workbook
from pdfminer.high_level import extract_text

from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.sender import Sender
from alerts.delivery.timing import next_send, parse_send
from service.actions.editions import ItemWords, approve_edition, edit_head, edit_item, remove_item
from service.actions.errors import InvalidError
from service.actions.reviews import make_review
from service.settings import Settings
from storage.engine import Database
from storage.stores.reviews.editions import files_of
from tests.alerts.delivery.smtp_server import Mailbox, mail_server
from tests.databases import on_sqlite
from tests.service.reports.test_reports import ARABIC, fill
from tests.service.test_reviewing import Desk

FIRST = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
REPORT: dict[str, Any] = {
    "name": "Month",
    "send": "1 07:00 UTC",
    "channels": ["chief"],
    "approve": False,
    "formats": ["pdf", "xlsx"],
    "report": {"watch": ["Energy"], "actors": ["Kouki"]},
}


def desk_on(database: Database, **changes: Any) -> Desk:  # noqa: ANN401
    with database.write() as session:
        fill(session)
    keys = {
        "channels": [{"name": "chief", "type": "email", "to": ["chief@desk.example"]}],
        "reviews": [{**REPORT, **changes}],
        "licences": [{"name": "Sealed", "outlets": ["Sealed"], "may": "nothing"}],
    }
    desk = Desk(database, Settings.model_validate(keys))
    desk.clock.now = FIRST - timedelta(days=3)
    with database.write() as session:
        session.connection().exec_driver_sql("update review set next_at = '2026-03-01 07:00:00.000000'")
    return desk


@on_sqlite
async def test_report_goes_on_the_first_with_its_files(database: Database) -> None:
    desk = desk_on(database)
    await desk.step(FIRST - timedelta(hours=1))
    assert desk.editions() == []
    for minutes in (-30, 0, 5, 10):
        await desk.step(FIRST + timedelta(minutes=minutes))
    (listed,) = desk.editions()
    assert (listed.state, listed.title, listed.since) == (
        "sent",
        "Month, February 2026",
        datetime(2026, 2, 1, tzinfo=UTC),
    )
    (told,) = desk.told()
    assert told["intro"].startswith("8 articles, +100% compared with before. 5 alerts")
    assert [item["headline"] for item in told["sections"][0]["items"]][:2] == [ARABIC, "Refinery opens"]
    with database.read() as session:
        files = files_of(session, 1)
    assert load_workbook(io.BytesIO(files["xlsx"]))["Watch lists"]["B2"].value == 8
    inbox = Mailbox()
    async with mail_server(inbox) as port:
        config = EmailConfig(("chief@desk.example",), "t@tocsin.example", "127.0.0.1", port, "none")
        sender = Sender(database, {"chief": EmailChannel(config)}, owner="m:1:a", clock=desk.clock)
        await sender.step()
        await sender.drain(timedelta(seconds=30))
        await sender.close()
    (mail,) = (
        message_from_bytes(body, policy=policy.default)
        for body in inbox.received
        if b"Month, February" in body
    )
    assert [part.get_filename() for part in mail.iter_attachments()] == [
        "Month 2026-03-01.xlsx",
        "Month 2026-03-01.pdf",
    ]
    await desk.step(FIRST + timedelta(days=20))
    assert len(desk.editions()) == 1


@on_sqlite
async def test_report_has_the_stories_as_the_editor_left_them(database: Database) -> None:
    desk = desk_on(database, approve=True, formats=["pdf"])
    await desk.step(FIRST - timedelta(minutes=30))
    first, second, *others = desk.edition().shown
    words = ItemWords(headline="Our own words")
    with database.write() as session:
        for item in (first, *others):
            remove_item(session, item.id)
        edit_item(session, second.id, words, version=second.version, rights=desk.rights, caller="ed")
        edit_head(session, 1, version=1, title="The month", intro="Read this first.")
        approve_edition(session, 1, caller="ed", now=FIRST)
    await desk.step(FIRST)
    with database.read() as session:
        text = " ".join(extract_text(io.BytesIO(files_of(session, 1)["pdf"])).replace("\u200e", "").split())
    assert "Our own words" in text
    assert "Read this first." in text
    assert "Refinery opens" not in text
    assert "Slow" not in text


@on_sqlite
async def test_report_of_a_list_that_is_gone_is_held_and_says_which(database: Database) -> None:
    desk = desk_on(database, report={"watch": ["Energy"], "actors": ["Nobody"]})
    await desk.step(FIRST - timedelta(minutes=30))
    await desk.step(FIRST)
    (listed,) = desk.editions()
    assert (listed.state, desk.told()) == ("held", [])
    assert listed.trouble is not None
    assert "'Nobody'" in str(listed.trouble.facts["detail"])


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"report": {"watch": ["Nope"]}}, "no watch list 'Nope'"),
        ({"report": {"actors": ["Nope"]}}, "actor or topic 'Nope'"),
        ({"report": {}, "sections": [{"title": "A"}]}, "take one of the two away"),
        ({"formats": ["xlsx"], "sections": [{"title": "A"}]}, "only a `report` comes as xlsx"),
        ({"report": {}, "send": "31 07:00 UTC"}, "1 to 28"),
    ],
)
@on_sqlite
def test_report_that_cannot_be_is_one_error(database: Database, keys: dict[str, Any], said: str) -> None:
    with database.write() as session, pytest.raises(InvalidError, match=said):
        make_review(session, "Month", keys, now=FIRST)


@pytest.mark.parametrize(
    ("send", "now", "due"),
    [
        (
            "1 07:00 Africa/Casablanca",
            datetime(2026, 3, 1, 7, tzinfo=UTC),
            datetime(2026, 4, 1, 6, tzinfo=UTC),
        ),
        ("1,15 07:00 UTC", datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 15, 7, tzinfo=UTC)),
    ],
)
def test_days_of_the_month_are_kept_as_they_are_written(send: str, now: datetime, due: datetime) -> None:
    assert next_send(parse_send(send), now) == due
    assert str(parse_send(send)) == send
