"""Alerts that grow are told again for what is worth it, at most once an interval; a spike is an alert of its own."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from alerts.raising.wording import words_of_spike
from storage.engine import Database
from storage.tables import Alert, AlertKind, Notification, NotificationKind, WatchListRow
from tests.archive import AlertStages, add_article, add_channel, add_version, watch
from tests.conftest import START, Clock
from tests.databases import on_both

pytestmark = on_both


TEXT = (
    "Minister Nasser Bourita received a delegation in Rabat on Monday to settle the calendar of the talks on fisheries.\n"
    "The working group will meet in Agadir before the summer, and is to report to both governments in the autumn."
)
JOINED = f"{TEXT}\nStaffan de Mistura sat beside him."


def changes(database: Database) -> list[list[str]]:
    """What each update told, in order."""
    with database.read() as session:
        updated = select(Notification).where(Notification.kind == NotificationKind.ALERT_UPDATED)
        return [row.payload["changes"] for row in session.exec(updated.order_by("id"))]


async def test_alert_is_updated_for_what_is_new_at_most_once_an_interval(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        add_channel(session)
        watch(session, "W", actors=["Nasser Bourita", "Staffan de Mistura"], channels=["desk"])
        session.exec(select(WatchListRow)).one().update_interval_seconds = 3600.0
    stage = AlertStages(database, clock)
    await stage.load()

    async def pass_by(minutes: int) -> None:
        clock.advance(timedelta(minutes=minutes))
        await stage.step()

    with database.write() as session:
        first = add_article(session, "Talks in Rabat", TEXT, at=clock.now, outlet="Gazette")
    await stage.step()
    with database.write() as session:
        add_article(session, "Talks in Rabat", TEXT, at=clock.now, outlet="Ledger")
    await pass_by(59)
    assert changes(database) == []
    await pass_by(1)
    told = ["2 outlets report it; 1 before"]
    assert changes(database) == [told]
    with database.write() as session:  # a third outlet is no doubling
        add_article(session, "Talks in Rabat", TEXT, at=clock.now, outlet="Herald")
    await pass_by(120)
    assert changes(database) == [told]
    with database.write() as session:
        add_version(
            session, first, text=f"{TEXT}\nNo date was given for the next meeting of the two delegations."
        )
    await pass_by(1)
    assert changes(database) == [told, ["Gazette changed its article"]]


async def test_name_that_joins_first_is_told_at_once(database: Database, clock: Clock) -> None:
    with database.write() as session:
        add_channel(session)
        watch(session, "W", actors=["Nasser Bourita", "Staffan de Mistura"], channels=["desk"])
        session.exec(select(WatchListRow)).one().update_interval_seconds = 3600.0
    stage = AlertStages(database, clock)
    await stage.load()
    for text, outlet in ((TEXT, "Gazette"), (JOINED, "Ledger")):
        with database.write() as session:
            add_article(session, "Talks in Rabat", text, at=clock.now, outlet=outlet)
        await stage.step()
        clock.advance(timedelta(minutes=1))
        await stage.step()
    assert changes(database) == [["2 outlets report it; 1 before", "Staffan de Mistura is mentioned now"]]


async def test_spike_against_the_rhythm_of_the_weekday_is_an_alert_of_its_own(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        add_channel(session)
        watch(session, "W", actors=["Nasser Bourita"], channels=["desk"])
        session.exec(select(WatchListRow)).one().spikes = True
    stage = AlertStages(database, clock)
    await stage.load()

    async def publish(count: int) -> int:
        """Has so many articles matched; return how many spikes there are."""
        for number in range(count):
            text = f"Nasser Bourita opened consulate {number} of {clock.now:%B %d} in town {number}."
            with database.write() as session:
                add_article(session, f"Consulate {number}", text, at=clock.now)
        while await stage.step():
            pass
        with database.read() as session:
            return len(session.exec(select(Alert).where(Alert.kind == AlertKind.SPIKE)).all())

    for _week in range(4):
        assert await publish(2) == 0
        clock.advance(timedelta(weeks=1))
    assert (clock.now - START).days % 7 == 0
    assert await publish(5) == 0
    assert await publish(5) == 1
    assert await publish(5) == 1
    with database.read() as session:
        spike = session.exec(select(Alert).where(Alert.kind == AlertKind.SPIKE)).one()
    assert spike.spike is not None
    assert words_of_spike(spike.spike).endswith("articles today; 2 is usual for this weekday")
