"""A service that has been at work for a while: what the pages show, made of the demonstration's articles."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlmodel import Session, col, select

from alerts.raising.volume import start_of
from alerts.review.values import Rights, RightsTable
from alerts.values import Actor, Topic
from crawler.schedule import Rhythm
from crawler.schedule.rhythm import learn
from crawler.sources.discovery import Discovery, TriedAddress
from service.actions.channel_edits import OPERATOR, make_channel
from service.actions.corrections import correct_edition
from service.actions.editions import ByHand, add_by_hand, approve_edition
from service.actions.folders import file_item, make_folder, write_folder_note
from service.actions.review_drafts import prepare_edition, store_edition
from service.actions.review_recipients import add_recipients
from service.actions.reviews import make_review, review_shown
from service.actions.silences import Muted, add_silence
from service.actions.subscriptions import SubscriptionSettings, subscribe
from service.actions.tokens import make_token
from service.actions.users import invite
from service.clock import utc_now
from service.demo.content import OUTLETS, SampleArticle, articles
from storage.rows import id_of
from storage.stores.alerts.dismissals import dismiss
from storage.stores.feeds.surveys import WantedAddress
from storage.stores.reviews.editions import mark_sent
from storage.stores.reviews.recipients import note_answers
from storage.tables import (
    Alert,
    Article,
    ArticleState,
    ArticleVersion,
    ControlFinding,
    Feed,
    FeedHealth,
    Gap,
    Notification,
    NotificationState,
    Outlet,
    Role,
    Volume,
    VolumeUnit,
    WatchListRow,
)
from storage.troubles import Trouble
from tests.archive import add_article, add_version, put, watch
from tests.service.web.conftest import NAME, Desk, first_sign_in
from tests.surveyed import feed_at, found, list_at, looked_at

LIST = "Morocco's diplomacy"
TOPIC = "Autonomy plan"
ACTORS = (
    Actor("Nasser Bourita", aliases=("ناصر بوريطة",), surname=True),
    Actor("King Mohammed VI", aliases=("Mohammed VI", "Mohamed VI", "محمد السادس")),
    Actor("Staffan de Mistura", aliases=("ستافان دي ميستورا",)),
)
QUERY = (
    '("Western Sahara" OR "Sahara occidental" OR "الصحراء الغربية")\n'
    'NEAR/30 (autonomy OR autonomie OR autonomía OR "الحكم الذاتي")'
)
FIRST = "Morocco and Spain agree to reopen talks on fishing licences"
EDITED = "UN envoy begins a round of visits before council session"
ARABIC = "ناصر بوريطة يجري مباحثات هاتفية مع نظيرته السنغالية"
CONTROL, SECOND = "Example Alerts", "The second article"
BUSY, BROKEN, SILENT = "Example Wire", "Correo de Ejemplo", "Tribune Exemple"
SPIKE_BACK = 6
"""Days since the spike."""
SILENCE = timedelta(days=3)
DAYS = 75
"""Of volume before today."""


async def stock(desk: Desk) -> None:
    """Fill the service, which matches and tells what is put into it."""
    await first_sign_in(desk)
    database = desk.service.database
    await database.writing(_begin)
    first = [sample for sample in articles() if sample.title == FIRST]
    desk.mail.answer = "550 no such desk"
    await database.writing(_publish, samples=first)
    await until(desk, lambda session: _deliveries(session, NotificationState.FAILED) > 0)
    desk.mail.answer = "250 OK"
    await database.writing(_publish, samples=[s for s in articles() if s not in first])
    await until(desk, _all_matched)
    await database.writing(_edit)
    await until(desk, _all_matched)
    await until(desk, lambda session: _deliveries(session, NotificationState.QUEUED) == 0)
    await database.writing(_draft_review)
    await database.writing(_correct)
    await database.writing(_have_sent_to)
    await database.writing(_file)
    await database.writing(_go_back)
    await asyncio.to_thread(looked_at, database, *_surveyed())


def _draft_review(session: Session) -> None:
    """Draft an edition of a press review of what was found."""
    keys = {"channels": ["desk"], "sections": [{"title": "Diplomacy", "watch": [LIST]}, {"title": "Radio"}]}
    review = make_review(session, "Morning review", keys, now=utc_now())
    add_recipients(
        session, review.id, ["Cabinet <desk@ministry.example>", "old@ministry.example"], now=utc_now()
    )
    note_answers(session, review.id, {"old@ministry.example": (550, "no such user")}, at=utc_now())
    rights = RightsTable({}, Rights("excerpt", 300, "CFC"))
    new = prepare_edition(session, review, rights, due_at=utc_now(), now=utc_now())
    store_edition(session, new, now=utc_now())


def _correct(session: Session) -> None:
    """Have an edition sent a day ago, and a correction of it begun."""
    before = utc_now() - timedelta(days=1)
    review = review_shown(session, "Morning review")
    new = prepare_edition(
        session, review, RightsTable({}, Rights("excerpt", 300, "CFC")), due_at=before, now=before
    )
    number = store_edition(session, new, now=before)
    add_by_hand(
        session, number, ByHand("Radio", "Ferry talks"), section="1", rights=RightsTable(), caller="ed"
    )
    approve_edition(session, number, caller="ed", now=before)
    mark_sent(session, number, approved_at=before, now=before, copies={"desk": 1, "": 2})
    correct_edition(session, number, now=utc_now())


def _have_sent_to(session: Session) -> None:
    """Have a channel that the page made, and alerts of the user's own."""
    quiet = {"quiet": ["22:00-07:00 Africa/Casablanca"], "to": ["night@press.example"]}
    make_channel(
        session,
        "night desk",
        "email",
        {"send": "mon-fri 07:30 Africa/Casablanca", **quiet},
        asker=OPERATOR,
        now=utc_now(),
    )
    for send in ("hourly", "08:00 Africa/Casablanca"):
        wanted = SubscriptionSettings(keys={"to": ["ed@press.example"], "send": send}, lists=[LIST])
        subscribe(session, wanted, which=NAME, asker=OPERATOR, now=utc_now())


def _file(session: Session) -> None:
    """Have a folder with what there is."""
    folder = make_folder(
        session, "Fishing talks", about="For the minister", caller="ed", now=utc_now()
    ).listed.id
    alert = session.exec(select(Alert.id).order_by(col(Alert.id))).first() or 0
    file_item(session, folder, "alert", alert, caller="ed", now=utc_now())
    write_folder_note(session, folder, "Ask the ministry", caller="ed", now=utc_now())


def _surveyed() -> list[tuple[WantedAddress, Discovery]]:
    """Return addresses with what was found there: feeds, a list, one that is followed, nothing."""
    wire, press, known, none = (
        f"https://{name}.example/" for name in ("north-wire", "ministry", "wire", "nothing")
    )
    tried = (
        TriedAddress(none, "page"),
        TriedAddress(none + "robots.txt", "robots-file", trouble=_missing(none + "robots.txt")),
    )
    paths = tuple(
        TriedAddress(none + path, "path", trouble=_missing(none + path))
        for path in ("feed", "rss", "atom.xml", "feeds")
    )
    return [
        (
            WantedAddress(wire, "north-wire.example", country="MA", tags=("press",)),
            found(
                wire, feed_at(wire + "rss", "Northern Wire"), feed_at(wire + "sport", "Northern Wire: sport")
            ),
        ),
        (
            WantedAddress(press, "ministry.example", "وزارة الصيد البحري"),
            found(press, list_at(press + "press")),
        ),
        (
            WantedAddress(known, "wire.example"),
            found(known, feed_at("http://wire.example/rss", "Example Wire")),
        ),
        (WantedAddress(none, "nothing.example"), Discovery(none, (), (), (), (*tried, *paths))),
    ]


def _missing(url: str) -> Trouble:
    return Trouble("http", {"url": url, "status": 404})


async def alert_titled(desk: Desk, title: str) -> int:
    """Return the number of the alert that an article of this title raised."""

    def find(session: Session) -> int | None:
        return session.exec(
            select(Alert.id)
            .join(ArticleVersion, col(ArticleVersion.article_id) == col(Alert.article_id))
            .where(ArticleVersion.title == title)
        ).first()

    number = await desk.service.database.reading(find)
    assert number is not None
    return number


async def publish(desk: Desk, title: str, text: str) -> int:
    """Add an article and wait until it is matched; return its number."""
    add = partial(add_article, title=title, text=text, at=utc_now())
    number = await desk.service.database.writing(add)
    await until(desk, _all_matched)
    return number


async def until(desk: Desk, holds: Callable[[Session], bool]) -> None:
    """Wait until something holds; looks whenever the service says that something may have changed."""
    tick = desk.service.parts.hints.register()
    try:
        async with asyncio.timeout(180):
            desk.service.parts.hints.wake()
            while not await desk.service.database.reading(holds):
                tick.clear()
                await tick.wait()
    finally:
        desk.service.parts.hints.forget(tick)


def _deliveries(session: Session, state: NotificationState) -> int:
    return len(session.exec(select(Notification.id).where(Notification.state == state)).all())


def _all_matched(session: Session) -> bool:
    return not session.exec(select(Article.id).where(Article.state != ArticleState.MATCHED)).first()


def _begin(session: Session) -> None:
    now = utc_now()
    for sample in OUTLETS:
        put(
            session,
            sample.name,
            [f"http://{sample.key}.example/rss"],
            site=f"http://{sample.key}.example/",
            language=sample.language,
            country=sample.country,
            interval=timedelta(minutes=15),
            now=now,
        )
    session.flush()
    for feed in session.exec(select(Feed)):
        feed.next_poll_at = now + timedelta(hours=1, minutes=id_of(feed))  # not while a test looks on
        feed.last_polled_at = feed.last_success_at = now - timedelta(minutes=3 + id_of(feed))
        feed.last_entry_at = now - timedelta(minutes=11 * id_of(feed))
    watch(session, LIST, actors=ACTORS, topics=[Topic(TOPIC, QUERY)], channels=["desk"], now=now)
    watch(session, "Negev Forum", topics=[Topic("Negev Forum", '"Negev Forum"')], now=now)


def _publish(session: Session, samples: Sequence[SampleArticle]) -> None:
    outlets = {sample.key: sample for sample in OUTLETS}
    for number, sample in enumerate(samples):
        add_article(
            session,
            sample.title,
            "\n".join(sample.paragraphs),
            at=utc_now() - timedelta(minutes=3 + 17 * number),
            language=outlets[sample.outlet].language,
            outlet=outlets[sample.outlet].name,
        )


def _edit(session: Session) -> None:
    """Has an outlet correct an article."""
    version = session.exec(select(ArticleVersion).where(ArticleVersion.title == EDITED)).one()
    text = version.text.replace("on Tuesday", "on Wednesday").replace("four capitals", "five capitals")
    add_version(session, version.article_id, title=EDITED.replace("a round", "a longer round"), text=text)


def _go_back(session: Session) -> None:
    """Return the service a past: volume with a spike, gaps, a rhythm, feeds that are not well, people."""
    now = utc_now()
    watch_list = session.exec(select(WatchListRow).where(WatchListRow.name == LIST)).one()
    for kind, name, usual in (("list", "", 14), ("actor", "Nasser Bourita", 9), ("topic", TOPIC, 3)):
        _volume(session, id_of(watch_list), kind, name, usual, now)
    feeds = {
        name: feed
        for feed, name in session.exec(
            select(Feed, Outlet.name).join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        )
    }
    _busy(session, feeds[BUSY], now)
    broken, silent = feeds[BROKEN], feeds[SILENT]
    broken.last_error = Trouble("http", {"url": "http://correo.example/rss", "status": 503})
    broken.failing_since, broken.failures = now - timedelta(hours=5), 7
    silent.health, silent.health_since = FeedHealth.SILENT, now
    silent.rhythm, silent.last_entry_at = _rhythm(now, silent_for=SILENCE), now - SILENCE
    alerts = session.exec(select(Alert.id).order_by(col(Alert.id))).all()
    dismiss(session, alerts[0] or 0, via="page", caller="ed", now=now)
    for article in session.exec(select(Article).where(col(Article.found_at) > now - timedelta(days=6))):
        article.cites = ["https://herald.example/talks", "https://www.telquel.ma/2026/talks"]
    for reason, hours in (("On a visit, known by now", 24), ("Night", 1)):
        begun, length = now - timedelta(hours=2), timedelta(hours=hours)
        add_silence(session, Muted(actor="King Mohammed VI"), length=length, reason=reason, now=begun)
    _compare(session, now)
    invite(session, "leila", Role.EDITOR, now=now)
    make_token(session, "grafana", ["read"], now=now)


def _compare(session: Session, now: datetime) -> None:
    """Return the service a control source: it had an article that is in an alert, and two that are not."""
    put(session, CONTROL, ["http://control.example/rss"], interval=timedelta(hours=9), now=now)
    control = session.exec(select(Outlet).where(Outlet.name == CONTROL)).one()
    control.control = True
    feed = session.exec(select(Feed).where(Feed.outlet_id == id_of(control))).one()
    feed.next_poll_at = now + timedelta(hours=9)
    for number, (title, days) in enumerate(((SECOND, 1), ("Ferry talks", 2), ("Port closes", 12)), 1):
        url = "https://gazette.example/2" if title == SECOND else f"https://herald.example/a/{number}"
        finding = ControlFinding(
            outlet_id=id_of(control),
            canonical_url=url,
            url=url,
            title=title,
            first_seen_at=now - timedelta(days=days),
        )
        session.add(finding)


def _volume(session: Session, list_id: int, kind: str, name: str, usual: int, now: datetime) -> None:
    today = start_of(VolumeUnit.DAY, now)
    session.get_one(WatchListRow, list_id).counted_from = now - timedelta(days=DAYS)  # as after a backfill
    for back in range(2, DAYS):
        day = today - timedelta(days=back)
        count = usual // 3 if day.weekday() >= 5 else usual + back * 7 % 5
        count = 4 * usual if back == SPIKE_BACK else count
        session.add(
            Volume(
                watch_list_id=list_id,
                kind=kind,
                name=name,
                unit=VolumeUnit.DAY,
                starts_at=day,
                articles=count,
                stories=max(1, count * 2 // 3),
            )
        )


def _busy(session: Session, feed: Feed, now: datetime) -> None:
    feed.rhythm = _rhythm(now, silent_for=timedelta(0))
    feed.delays = [40, 55, 62, 70, 95, 120, 400]
    since = now - timedelta(days=3)
    session.add(
        Gap(
            feed_id=id_of(feed),
            since=since,
            until=since + timedelta(minutes=50),
            entries=30,
            filled=4,
            closed_at=since + timedelta(hours=1),
        )
    )


def _rhythm(now: datetime, *, silent_for: timedelta) -> dict[str, Any]:
    """Return the rhythm of a feed with twelve entries a day, which has been silent for a time."""
    last = now.timestamp() - silent_for.total_seconds()
    hours = (2, 3, 3, 4, 8, 9)
    times = [
        last - 86_400 * day - 3_600 * hour - 60 * twin
        for day in range(20)
        for hour in hours
        for twin in (0, 1)
    ]
    return learn(learn(Rhythm(), times, now=last), [], now=now.timestamp()).to_json()
