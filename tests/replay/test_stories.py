"""One event, one alert: a wire story in twelve outlets, then another event; through the stage with restarts, and the service."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from alerts.values import Actor
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.alert_details import alert_articles
from storage.tables import (
    Alert,
    Article,
    ArticleState,
    Notification,
    NotificationKind,
    StoryArticle,
    StoryKind,
    StoryLink,
)
from tests.archive import AlertStages, add_article, add_channel, watch
from tests.conftest import Clock
from tests.replay.conftest import World, running
from tests.replay.outlets import feed, page, paragraphs

WIRE = """Moroccan Foreign Minister Nasser Bourita received Spanish Foreign Minister Jane Example in Rabat on Monday,
and the two signed an agreement on fisheries that opens the waters off Dakhla to ninety boats for four years.
The agreement replaces one that lapsed in July, and gives shipowners of Cadiz and Agadir a calendar for repairs and crews.
Bourita told reporters that the joint commission would meet before the summer to settle the catch of octopus and sardines.
Example said that Madrid wanted calm at the border of Ceuta, where trucks have queued since the customs office opened again.
The two ministers are to meet once more in Madrid in the autumn, when the first report of the commission is due.
Owners of boats on both sides of the strait asked for a longer term in a letter to both governments last month."""
LINES = WIRE.split("\n")
RETITLED = ["Rabat and Madrid sign fisheries deal", "Ninety Spanish boats may fish off Dakhla again"]
FRENCH = """Le ministre marocain Nasser Bourita a reçu lundi à Rabat son homologue espagnole Jane Example,
et tous deux ont signé un accord de pêche qui ouvre les eaux au large de Dakhla à quatre-vingt-dix bateaux pendant quatre ans."""
NEXT_DAY = """Nasser Bourita and Jane Example opened a consulate in Malaga on Tuesday, where forty thousand Moroccans live.
The building was a bank until 2019; a mayor cut the ribbon, and a choir of pupils from Tetouan sang.
Visas will be given in a week instead of a month, the consul promised the students who stood outside."""


async def run(database: Database, clock: Clock) -> None:
    """One start of the stage: what it knows of stories comes from storage alone."""
    stage = AlertStages(database, clock)
    await stage.load()
    await stage.step()
    await stage.close()


async def test_wire_story_is_one_alert_and_the_next_event_another(database: Database, clock: Clock) -> None:
    title = "Morocco and Spain sign an agreement on fisheries"
    told = [(f"Outlet {number}", title, WIRE) for number in range(6)]
    told += [(f"Cut {n}", title, "\n".join(LINES[: 2 + n])) for n in range(3)]
    told += [(f"Retitled {number}", other, WIRE) for number, other in enumerate(RETITLED)]
    with database.write() as session:
        add_channel(session)
        actors: list[Actor | str] = [Actor("Nasser Bourita", surname=True), "Jane Example"]
        watch(session, "Morocco", actors=actors, channels=["desk"])
    for outlet, headline, text in told:
        with database.write() as session:
            add_article(session, headline, text, at=clock.now, outlet=outlet)
        await run(database, clock)
        clock.advance(timedelta(minutes=5))
    with database.write() as session:
        add_article(
            session, "Accord de pêche signé à Rabat", FRENCH, at=clock.now, outlet="Gazette", language="fr"
        )
    await run(database, clock)
    with database.read() as session:
        alert = session.exec(select(Alert)).one()
        assert len({article.outlet for article in alert_articles(session, id_of(alert))}) == 11
        assert len(session.exec(select(StoryLink)).all()) == 1
        kinds = [row.kind for row in session.exec(select(StoryArticle).order_by("id"))]
        assert kinds == [StoryKind.NEW, *[StoryKind.COPY] * 10, StoryKind.NEW]
        (created,) = session.exec(select(Notification)).all()
        assert created.kind is NotificationKind.ALERT_CREATED
    clock.advance(timedelta(hours=1))
    await run(database, clock)
    with database.read() as session:
        updated = session.exec(
            select(Notification).where(Notification.kind == NotificationKind.ALERT_UPDATED)
        ).one()
        assert updated.payload["changes"] == [
            "11 outlets report it; 1 before",
            "related story in French, by Gazette: Accord de pêche signé à Rabat",
        ]
        story = updated.payload["story"]
        assert (story["outlets"], story["languages"]) == (11, ["en"])
        assert [related["outlet"] for related in story["related"]] == ["Gazette"]
        assert story["lead"]["outlet"] == "Outlet 0"
    clock.advance(timedelta(hours=20))
    with database.write() as session:
        add_article(session, "A consulate opens in Malaga", NEXT_DAY, at=clock.now, outlet="Outlet 1")
    await run(database, clock)
    with database.read() as session:
        alerts = session.exec(select(Alert).order_by("id")).all()
        assert len(alerts) == 2
        assert alerts[0].story_id != alerts[1].story_id
        assert all(
            alert.score >= 35 and "lead" in {part.kind for part in alert.score_parts} for alert in alerts
        )


@pytest.mark.thorough
async def test_wire_story_is_one_alert_through_the_whole_service(world: World) -> None:
    title = "Morocco and Spain sign an agreement on fisheries"
    told = [(title, WIRE)] * 6
    told += [(title, "\n".join(LINES[: 2 + number])) for number in range(3)]
    told += [(other, WIRE) for other in RETITLED]
    told.append(("Accord de pêche signé à Rabat", FRENCH))
    feeds = [f"http://outlet{number}.example/rss" for number in range(len(told))]
    for number, (headline, text) in enumerate(told):
        link = f"http://outlet{number}.example/a/1"
        world.outlets.script[feeds[number]] = [feed((link, headline))]
        world.outlets.script[link] = [page(headline, paragraphs(*text.split("\n")))]
    watch = {"actors": [{"name": "Nasser Bourita", "surname": True}, {"name": "Jane Example"}]}
    async with running(world.settings(*feeds, watch=watch)) as service:

        async def matched(count: int) -> None:
            """Wait until so many articles are, looking whenever a feed has been asked for again."""
            done = select(Article.id).where(Article.state == ArticleState.MATCHED)
            async with asyncio.timeout(300):
                while len(await service.database.reading(lambda session: session.exec(done).all())) < count:
                    before = len(world.outlets.asked)
                    await world.outlets.wait_for(lambda: len(world.outlets.asked) > before)  # noqa: B023

        await matched(12)
        with service.database.read() as session:
            outlets = [
                len({row.outlet for row in alert_articles(session, id_of(alert))})
                for alert in session.exec(select(Alert))
            ]
            assert outlets == [11]
            assert len(session.exec(select(StoryLink)).all()) == 1
        link = "http://outlet1.example/a/2"
        world.outlets.script[link] = [page("A consulate opens in Malaga", paragraphs(*NEXT_DAY.split("\n")))]
        world.outlets.script[feeds[1]] = [feed((link, "A consulate opens in Malaga"), etag='"2"')]
        await matched(13)
        with service.database.read() as session:
            first, second = session.exec(select(Alert).order_by("id"))
            assert first.story_id != second.story_id
