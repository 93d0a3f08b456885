"""Two stories found to be one: their articles, mentions, silences and alerts are one's."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import select

from alerts.raising.storing import merge
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.alert_details import alert_articles
from storage.tables import (
    Alert,
    Article,
    Notification,
    NotificationState,
    Silence,
    Story,
    StoryLink,
    StoryMention,
)
from storage.troubles import Trouble
from tests.archive import AlertStages, add_article, add_channel, watch
from tests.conftest import START, Clock

FISH = "Nasser Bourita signed an agreement on fisheries in Rabat that opens the waters off Dakhla to ninety boats."
BANK = "A consulate opened in Malaga, said Nasser Bourita; the building was a bank, and the mayor of Malaga cut a ribbon."


async def test_merged_stories_are_one_with_one_alert_a_list(database: Database, clock: Clock) -> None:
    with database.write() as session:
        add_channel(session)
        watch(session, "Bourita", actors=["Nasser Bourita"], channels=["desk"])
        watch(session, "Malaga", actors=["Malaga"], channels=["desk"])
    stage = AlertStages(database, clock)
    await stage.load()
    for outlet, text in (("First", FISH), ("Second", BANK)):
        with database.write() as session:
            add_article(session, text[:40], text, at=clock.now, outlet=outlet)
        await stage.step()
        clock.advance(timedelta(minutes=5))
    await stage.close()
    with database.write() as session:
        kept, gone = (id_of(story) for story in session.exec(select(Story).order_by("id")))
        ends = START + timedelta(days=1)
        session.add(Silence(story_id=gone, starts_at=START, ends_at=ends))
        session.add(StoryLink(story_id=kept, other_id=gone, actors=["Nasser Bourita"], created_at=START))
        session.flush()
        before = session.exec(select(Alert).order_by("id")).all()
        assert [alert.story_id for alert in before] == [kept, gone, gone]
        merge(session, [(kept, gone)], version=2, now=clock.now)
    with database.read() as session:
        assert [article.story_id for article in session.exec(select(Article))] == [kept, kept]
        assert session.get_one(Story, gone).merged_into_id == kept
        assert session.exec(select(Silence.story_id)).one() == kept
        assert session.exec(select(StoryLink)).all() == []
        assert {row.story_id for row in session.exec(select(StoryMention))} == {kept}
        standing = session.exec(select(Alert).where(Alert.merged_into_id == None)).all()  # noqa: E711  (SQL's is null)
        assert {(alert.story_id, alert.dedup_key) for alert in standing} == {
            (kept, f"{alert.watch_list_id}:story:{kept}") for alert in standing
        }
        told = {
            alert.watch_list_id: {article.outlet for article in alert_articles(session, id_of(alert))}
            for alert in standing
        }
        assert sorted(map(len, told.values())) == [1, 2]
        merged = session.exec(select(Alert).where(Alert.merged_into_id != None)).one()  # noqa: E711
        (second,) = session.exec(select(Notification).where(Notification.alert_id == id_of(merged)))
        assert (second.state, second.last_error) == (
            NotificationState.SUPPRESSED,
            Trouble("merged"),
        )
        others = session.exec(select(Notification).where(Notification.alert_id != id_of(merged))).all()
        assert {row.state for row in others} == {NotificationState.QUEUED}
