"""Eight days in the life of a press officer: what was seen on real days, and the alerts that should come of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape

import httpx
import pytest
from sqlmodel import Session, col, select

from alerts.values import Actor
from service.actions.users import first_link
from service.process import Service
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.alert_details import alert_articles
from storage.tables import Alert, Article, Notification, NotificationKind, StoryLink
from tests.archive import AlertStages, add_article, add_channel, add_version, watch
from tests.conftest import Clock
from tests.databases import on_both, on_sqlite
from tests.replay.conftest import World
from tests.replay.steps import Steps, stepped

pytestmark = on_both


ACTORS: tuple[Actor | str, ...] = (
    Actor("Nasser Bourita", aliases=("ناصر بوريطة",), surname=True),
    Actor("Jane Example", surname=True),
    "Agadir airport",
)


@dataclass(frozen=True)
class Told:
    """An article: what it says, how long after the one before it comes, and the number of the one that it edits."""

    title: str
    text: str
    after: timedelta = timedelta(minutes=40)
    language: str = "en"
    edits: int | None = None


@dataclass(frozen=True)
class Script:
    """Articles, and the alerts that they are put into, by the articles' numbers."""

    told: tuple[Told, ...]
    alerts: tuple[tuple[int, ...], ...]
    related: int = 0
    """Pairs of stories of two languages that are linked."""
    updated: int = 0
    """How many alerts are told again: an outlet more, a change, a related story."""


TWO_EVENTS = Script(
    (
        Told(
            "Bourita signs fisheries deal with Spain",
            "Foreign Minister Nasser Bourita signed a deal in Rabat that opens waters off Dakhla to ninety Spanish boats.",
        ),
        Told(
            "Morocco and Spain agree on fisheries",
            "Ninety boats from Spain may fish in the waters off Dakhla under an agreement signed in Rabat by Nasser Bourita.",
        ),
        Told(
            "Bourita opens consulate in Malaga",
            "Foreign Minister Nasser Bourita cut the ribbon of a new consulate in Malaga, where forty thousand Moroccans live.",
        ),
    ),
    ((1, 2), (3,)),
    updated=1,
)
FRAME = Script(
    (
        Told(
            "Jane Example wins gold in downhill at Winter Games",
            "The skier Jane Example was the fastest on the icy slope of Cortina and won Olympic gold in the downhill.",
        ),
        Told(
            "Winter Games: mascots sell out in Cortina",
            "Plush toys of the two Olympic mascots are hard to get in Cortina, where Jane Example was seen to buy the last one.",
        ),
        Told(
            "Jane Example takes silver in slalom at Winter Games",
            "After her fall in the first run Jane Example came back in the second to win an Olympic silver medal in the slalom.",
            timedelta(hours=30),
        ),
        Told(
            "See the Olympic medal count for the Winter Games",
            "Gold by Jane Example lifts her team to third place.",
        ),
    ),
    ((1,), (2,), (3,), (4,)),
)
DATELINE = Script(
    (
        Told(
            "South Morocco: Pilots end strike at Agadir airport",
            "[Coast FM] Agadir -- Pilots have ended their strike after the ministry agreed to raise their pay, the union said.",
        ),
        Told(
            "South Morocco: Traders warn of tobacco bill",
            "[Coast FM] Agadir -- Traders who met near Agadir airport asked the senate to drop a bill on cigarettes.",
        ),
        Told(
            "South Morocco: Six champions return to golf open",
            "[Coast FM] Agadir -- The stage is set for the tournament, and all its champions landed at Agadir airport on Sunday.",
        ),
    ),
    ((1,), (2,), (3,)),
)
FLASH = Script(
    (
        Told(
            "Earthquake near Agadir airport",
            "A strong earthquake has struck near Agadir airport; houses have collapsed.",
        ),
        Told(
            "Earthquake strikes near Agadir airport, houses collapse",
            "A strong earthquake struck near Agadir airport in the night, and houses collapsed in three villages.\n"
            "Rescuers dug with their hands for people under the rubble, while soldiers brought tents and water.\n"
            "The ministry of the interior said that twelve people had died and that the road to Taroudant was closed.\n"
            "The runway of the airport is cracked, and flights have been sent to Marrakesh, its director said.",
        ),
        Told(
            "Twelve dead as earthquake hits villages by Agadir airport",
            "Twelve people died when an earthquake hit villages by Agadir airport, the ministry of the interior said.\n"
            "Houses collapsed while people slept, and rescuers were looking for survivors under the rubble.\n"
            "Flights were sent to Marrakesh as the runway is cracked; soldiers put up tents on a football pitch.",
        ),
    ),
    ((1, 2, 3),),
    updated=1,
)
CORRECTION = Script(
    (
        Told(
            "Ninety boats may fish off Dakhla, says Bourita",
            "Nasser Bourita told parliament that ninety boats from Spain may fish in the waters off Dakhla for four years.",
        ),
        Told(
            "Correction: nineteen boats may fish off Dakhla, says Bourita",
            "Nasser Bourita told parliament that nineteen boats from Spain may fish in the waters off Dakhla for four years.",
            edits=1,
        ),
    ),
    ((1,),),
    updated=1,
)
NEXT_DAY = Script(
    (
        Told(
            "Fire at Agadir airport closes terminal",
            "A fire in a restaurant's kitchen closed the new terminal of Agadir airport; nobody was hurt, firefighters said.",
        ),
        Told(
            "Terminal of Agadir airport stays closed after fire in kitchen",
            "The new terminal of Agadir airport stays closed after a fire in the kitchen of a restaurant, firefighters said.",
            timedelta(hours=20),
        ),
        Told(
            "Agadir airport to get second runway",
            "The ministry of transport has asked for bids to build a second runway at Agadir airport by the end of the decade.",
        ),
    ),
    ((1, 2), (3,)),
    updated=1,
)
ROUNDUP = Script(
    (
        Told(
            "Bourita signs fisheries deal with Spain",
            "Foreign Minister Nasser Bourita signed a deal in Rabat that opens waters off Dakhla to ninety Spanish boats.",
        ),
        Told(
            "Morning briefing: fisheries deal, a storm and cup football",
            "Nasser Bourita signed a fisheries deal that opens waters off Dakhla; a storm nears; and the cup is drawn.",
        ),
        Told(
            "Morocco and Spain agree on fisheries",
            "Ninety boats from Spain may fish in the waters off Dakhla under an agreement signed in Rabat by Nasser Bourita.",
        ),
    ),
    ((1, 3), (2,)),
    updated=1,
)
LANGUAGES = Script(
    (
        Told(
            "Bourita and Example sign fisheries deal",
            "Nasser Bourita and Jane Example signed a deal in Rabat that opens waters off Dakhla to ninety Spanish boats.",
        ),
        Told(
            "Accord de pêche signé à Rabat",
            "Nasser Bourita et Jane Example ont signé à Rabat un accord qui ouvre les eaux de Dakhla aux bateaux espagnols.",
            language="fr",
        ),
        Told(
            "Acuerdo de pesca firmado en Rabat",
            "Nasser Bourita y Jane Example firmaron en Rabat un acuerdo que abre las aguas de Dajla a los barcos españoles.",
            language="es",
        ),
    ),
    ((1,),),
    related=3,
    updated=1,
)


SCRIPTS = pytest.mark.parametrize(
    "script",
    [
        pytest.param(TWO_EVENTS, id="one minister, two events of a day"),
        pytest.param(FRAME, id="a frame"),
        pytest.param(DATELINE, id="an agency's dateline"),
        pytest.param(FLASH, id="a flash, then long accounts"),
        pytest.param(CORRECTION, id="a correction"),
        pytest.param(NEXT_DAY, id="a follow-up of the next day"),
        pytest.param(ROUNDUP, id="a roundup"),
        pytest.param(LANGUAGES, id="three languages"),
    ],
)


@SCRIPTS
async def test_each_event_is_one_alert(database: Database, clock: Clock, script: Script) -> None:
    with database.write() as session:
        add_channel(session)
        watch(session, "Morocco", actors=ACTORS, channels=["desk"])
    articles: list[int] = []
    for told in script.told:
        clock.advance(told.after)
        with database.write() as session:
            _come(session, told, articles, clock.now)
        await _run(database, clock)  # what is known of stories comes from storage each time
    clock.advance(timedelta(hours=2))
    await _run(database, clock)
    with database.read() as session:
        alerts = list(session.exec(select(Alert).order_by(col(Alert.id))))
        assert _numbers(session, alerts, articles) == list(script.alerts)
        assert len(session.exec(select(StoryLink)).all()) == script.related
        kinds = [row.kind for row in session.exec(select(Notification))]
        assert kinds.count(NotificationKind.ALERT_CREATED) == len(script.alerts)
        assert kinds.count(NotificationKind.ALERT_UPDATED) == script.updated


@pytest.mark.thorough
@on_sqlite
@SCRIPTS
async def test_page_mail_and_webhook_tell_each_event_once(world: World, script: Script) -> None:
    watch = {"name": "Morocco", "actors": [_settings(actor) for actor in ACTORS]}
    articles: list[int] = []
    async with stepped(world, world.settings(watch=watch)) as steps:
        for told in script.told:
            steps.clock.now += told.after
            with steps.service.database.write() as session:
                _come(session, told, articles, steps.clock.now)
            await _group(steps)
        steps.clock.now += timedelta(hours=2)
        await _group(steps)
        await steps.service.parts.sender.step()
        sent = len(script.alerts) + script.updated
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= sent, seconds=120)
        await world.mail.wait_for(lambda: len(world.mail.mails) >= sent, seconds=120)
        listed, pages = await _pages(steps.service)
    heads = [script.told[own[0] - 1].title for own in script.alerts]
    mails = [str(mail.message["Subject"]).strip() for mail in world.mail.mails]
    assert sorted(one for one in mails if not one.startswith("Re: ")) == sorted(
        f"[Morocco] {head}" for head in heads
    )
    assert len([one for one in mails if one.startswith("Re: ")]) == script.updated
    hooks = [(hook.type, hook.data["article"]["title"]) for hook in world.hook.webhooks]
    assert sorted(title for kind, title in hooks if kind == "alert.created") == sorted(heads)
    assert len(hooks) == sent
    now = _titles_now(script)
    assert listed == len(script.alerts)
    assert len(pages) == len(script.alerts)
    for own, page in zip(script.alerts, pages, strict=True):
        shown = re.findall(r'<article class="card reading".*?</article>', page, re.DOTALL)
        assert len(shown) == len(own)
        for number, part in zip(own, shown, strict=True):
            assert now[number] in unescape(re.sub("<[^>]+>", "", part))
    if script.related:
        others = [told.title for told in script.told[1:]]
        assert all(other in unescape(pages[0]) for other in others)
        update = next(
            mail for mail in world.mail.mails if str(mail.message["Subject"]).strip().startswith("Re: ")
        )
        body = update.message.get_body(("plain",))
        assert body is not None
        assert all(other in " ".join(body.get_content().split()) for other in others)


async def _group(steps: Steps) -> None:
    """Match and group what is there."""
    parts = steps.service.parts
    while await parts.matching.step():
        pass
    while await parts.grouping.step():
        pass


async def _pages(service: Service) -> tuple[int, list[str]]:
    """Return how many alerts the page lists, and the page of each, oldest first."""
    with service.database.write() as session:
        link = first_link(session, now=service.parts.clock())
    assert link is not None
    async with httpx.AsyncClient(base_url=service.url, timeout=60) as client:
        password = "correct horse battery"
        await client.post(link, data={"name": "ed", "password": password, "again": password})
        listed = (await client.get("/alerts")).text
        numbers = sorted({int(number) for number in re.findall(r'href="/alerts/(\d+)"', listed)})
        return len(numbers), [(await client.get(f"/alerts/{number}")).text for number in numbers]


def _come(session: Session, told: Told, articles: list[int], now: datetime) -> None:
    """An article comes, or is edited; `articles` are the ids of those that came."""
    if told.edits is not None:
        add_version(session, articles[told.edits - 1], title=told.title, text=told.text)
        return
    outlet = f"Outlet {len(articles) + 1}"
    articles.append(
        add_article(session, told.title, told.text, at=now, outlet=outlet, language=told.language)
    )


def _settings(actor: Actor | str) -> dict[str, object]:
    if isinstance(actor, str):
        return {"name": actor}
    return {"name": actor.name, "aliases": [str(alias) for alias in actor.aliases], "surname": actor.surname}


def _titles_now(script: Script) -> dict[int, str]:
    """Return the titles of the articles as they stand, by their numbers."""
    titles: dict[int, str] = {}
    for told in script.told:
        titles[told.edits or len(titles) + 1] = told.title
    return titles


async def _run(database: Database, clock: Clock) -> None:
    stage = AlertStages(database, clock)
    await stage.load()
    await stage.step()
    await stage.close()


def _numbers(session: Session, alerts: list[Alert], articles: list[int]) -> list[tuple[int, ...]]:
    """The articles of each alert, as the script numbers them."""
    number_of = {
        session.get_one(Article, article).url: place for place, article in enumerate(articles, start=1)
    }
    return [
        tuple(sorted({number_of[row.url] for row in alert_articles(session, id_of(alert))}))
        for alert in alerts
    ]
