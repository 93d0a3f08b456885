"""Another story, the same story: a reader's word is obeyed from then on, by every process, and each alert is told once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from service.actions.errors import ActionError, ConflictError, InvalidError, NotFoundError
from service.actions.stories import put_together, stories_to_export, take_apart
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.alert_details import alert_articles
from storage.tables import (
    Alert,
    Article,
    ChannelRow,
    Notification,
    NotificationKind,
    NotificationState,
    StoryArticle,
    StoryKind,
    StoryMention,
    StoryRuling,
)
from tests.archive import AlertStages, add_article, add_channel, add_version, watch
from tests.conftest import START, Clock

FISH = "Nasser Bourita signed an agreement on fisheries in Rabat that opens the waters off Dakhla to ninety boats."
AGAIN = "An agreement on fisheries opens the waters off Dakhla to ninety boats; Nasser Bourita signed it in Rabat."
QUOTED = f"{FISH} The owners of boats in Agadir and in Cadiz had waited for it since July of last year."
THIRD = "Ninety boats may fish in waters off Dakhla by the fisheries agreement that Nasser Bourita signed in Rabat."
BANK = "A consulate opened in Malaga, said Nasser Bourita; the building was a bank, and the mayor of Malaga cut a ribbon."


class Desk:
    """A watch list, a console and a webhook, and stages over one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock
        with database.write() as session:
            add_channel(session)
            session.add(ChannelRow(name="hook", type="webhook", created_at=START))
            session.flush()
            watch(session, "Bourita", actors=["Nasser Bourita"], channels=["desk", "hook"])

    def come(self, text: str, outlet: str) -> int:
        self.clock.advance(timedelta(minutes=5))
        with self.database.write() as session:
            return add_article(session, text[:40], text, at=self.clock.now, outlet=outlet)

    async def stages(self) -> AlertStages:
        stages = AlertStages(self.database, self.clock)
        await stages.load()
        return stages

    async def group(self) -> None:
        """Group in a process of its own."""
        stages = await self.stages()
        await stages.step()
        await stages.close()

    def apart(self, *articles: int) -> tuple[int, int]:
        with self.database.write() as session:
            change = take_apart(session, articles, caller="Leila", now=self.clock.now)
        return change.story_id, change.other_id

    def same(self, story: int, other: int) -> int:
        with self.database.write() as session:
            return put_together(session, story, other, caller="Leila", now=self.clock.now).story_id

    def stories(self) -> list[int | None]:
        with self.database.read() as session:
            return list(session.exec(select(Article.story_id).order_by(col(Article.id))))

    def alerts(self) -> dict[int, list[int]]:
        """The articles of each alert that stands, by the one that raised it."""
        with self.database.read() as session:
            rows = session.exec(select(Alert).where(col(Alert.merged_into_id).is_(None)))
            return {row.article_id: sorted(a.id for a in alert_articles(session, id_of(row))) for row in rows}

    def told(self, channel: str = "desk") -> list[str]:
        """What a channel is told, in order: kind and the outlet of the article, or the two stories."""
        with self.database.read() as session:
            rows = session.exec(
                select(Notification)
                .join(ChannelRow, col(ChannelRow.id) == col(Notification.channel_id))
                .where(ChannelRow.name == channel, Notification.state != NotificationState.SUPPRESSED)
                .order_by(col(Notification.id))
            )
            return [_told(row) for row in rows]


def _told(row: Notification) -> str:
    if row.kind in (NotificationKind.STORY_MERGED, NotificationKind.STORY_SPLIT):
        return f"{row.kind} {row.payload['story_id']} {row.payload['other_id']} by {row.payload['by']}"
    return f"{row.kind} {row.payload['article']['outlet']}"


@pytest.fixture
def desk(database: Database, clock: Clock) -> Desk:
    return Desk(database, clock)


async def test_article_taken_out_raises_its_own_alert_and_stays_out(desk: Desk) -> None:
    first, second = desk.come(FISH, "One"), desk.come(AGAIN, "Two")
    other = await desk.stages()  # another process, which had them in one story
    await other.step()
    assert desk.alerts() == {first: [first, second]}
    kept, new = desk.apart(second)
    assert desk.stories() == [kept, new]
    assert desk.alerts() == {first: [first], second: [second]}
    assert desk.told() == ["alert.created One", "alert.created Two"]
    assert desk.told("hook") == [*desk.told(), f"story.split {kept} {new} by reader"]
    with desk.database.write() as session:
        add_version(session, second, text=FISH)  # its outlet makes it the very text of the first
    await other.step()
    await other.close()
    assert desk.stories() == [kept, new]
    third = desk.come(THIRD, "Three")  # near both: they must not become one by it
    await desk.group()
    assert desk.stories()[:2] == [kept, new]
    assert third in {article for articles in desk.alerts().values() for article in articles}
    assert desk.told().count("alert.created Two") == 1


async def test_alert_goes_with_the_article_that_raised_it(desk: Desk) -> None:
    first, second = desk.come(FISH, "One"), desk.come(AGAIN, "Two")
    await desk.group()
    desk.apart(first)
    assert desk.alerts() == {first: [first], second: [second]}
    assert desk.told() == ["alert.created One", "alert.created Two"]


async def test_copies_part_where_one_is_taken_out(desk: Desk) -> None:
    first, second, copy = desk.come(FISH, "One"), desk.come(QUOTED, "Two"), desk.come(FISH, "Three")
    await desk.group()
    kept, new = desk.apart(first)
    assert desk.stories() == [new, kept, kept]
    with desk.database.read() as session:
        rows = {row.article_id: row for row in session.exec(select(StoryArticle))}
        assert rows[first].copy_group not in {rows[second].copy_group, rows[copy].copy_group}
        assert rows[second].copy_group == rows[copy].copy_group
        assert {rows[number].kind for number in (second, copy)} != {StoryKind.NEW}
        assert {row.story_id for row in session.exec(select(StoryMention))} == {kept, new}
    await desk.group()  # a process that begins afresh
    assert desk.stories() == [new, kept, kept]


async def test_two_stories_that_are_the_same_stay_one_and_are_told_once(desk: Desk) -> None:
    first, second = desk.come(FISH, "One"), desk.come(BANK, "Two")
    running = await desk.stages()
    await running.step()
    kept, gone = (number for number in desk.stories() if number is not None)
    assert desk.same(gone, kept) == kept
    assert desk.alerts() == {first: [first, second]}
    assert desk.told("hook")[-1] == f"story.merged {kept} {gone} by reader"
    desk.come(BANK.replace("ribbon", "cake"), "Three")
    await running.step()
    await running.close()
    assert desk.stories() == [kept, kept, kept]
    split_from, new = desk.apart(second, second + 1)  # the last word counts
    assert (split_from, desk.stories()) == (kept, [kept, new, new])
    assert desk.alerts() == {first: [first], second: [second, second + 1]}
    assert desk.told().count("alert.created Two") == 1, "she has seen it as an alert, or gets it once"
    assert "alert.created Three" not in desk.told()


async def test_the_last_word_on_a_pair_counts(desk: Desk) -> None:
    desk.come(FISH, "One")
    second = desk.come(AGAIN, "Two")
    await desk.group()
    kept, new = desk.apart(second)
    desk.same(kept, new)
    await desk.group()
    assert desk.stories() == [kept, kept]
    with desk.database.read() as session:
        (said,) = session.exec(select(StoryRuling)).all()
        assert (said.together, said.caller) == (True, "Leila")
        exported = stories_to_export(session, START - timedelta(days=1), limit=10)
    assert [(one.article_id, one.story_id) for one in exported.articles] == [(1, kept), (2, kept)]
    assert [(one.article_id, one.other_id, one.together) for one in exported.rulings] == [(1, 2, True)]
    assert desk.told() == ["alert.created One"], "the second was not sent yet, and is needed no more"


async def test_what_cannot_be_is_refused_and_changes_nothing(desk: Desk, clock: Clock) -> None:
    first, second = desk.come(FISH, "One"), desk.come(BANK, "Two")
    await desk.group()
    with desk.database.write() as session:
        add_article(session, "Pêche", FISH, at=clock.now, outlet="Trois", language="fr")
    await desk.group()
    one, two, french = (number for number in desk.stories() if number is not None)

    def refused(session: Session, ask: str) -> ActionError:
        asked = {
            "nothing": lambda: take_apart(session, [], caller="", now=clock.now),
            "alone": lambda: take_apart(session, [first], caller="", now=clock.now),
            "two stories": lambda: take_apart(session, [first, second], caller="", now=clock.now),
            "unknown article": lambda: take_apart(session, [99], caller="", now=clock.now),
            "itself": lambda: put_together(session, one, one, caller="", now=clock.now),
            "unknown story": lambda: put_together(session, one, 99, caller="", now=clock.now),
            "languages": lambda: put_together(session, two, french, caller="", now=clock.now),
        }
        with pytest.raises(ActionError) as raised:
            asked[ask]()
        return raised.value

    for ask, kind, words in (
        ("nothing", InvalidError, "say which articles"),
        ("alone", ConflictError, "no other article"),
        ("two stories", ConflictError, "different stories already"),
        ("unknown article", NotFoundError, "article 99 is in no story"),
        ("itself", ConflictError, "are one already"),
        ("unknown story", NotFoundError, "there is no story 99"),
        ("languages", InvalidError, "different languages"),
    ):
        with desk.database.write() as session:
            error = refused(session, ask)
        assert (type(error), words in str(error)) == (kind, True), (ask, str(error))
    assert desk.stories() == [one, two, french]
