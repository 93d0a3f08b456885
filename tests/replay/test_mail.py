"""Newsletters, from a real IMAP server to the alert: each once, nothing old, the right words where something is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlmodel import select

from crawler.sources.mail.watching import MailWatch
from service.settings import Settings
from service.settings.models import ImapSettings, OutletSettings
from service.troubles import trouble_words
from storage.tables import Alert, ControlFinding, Feed
from tests.databases import on_both, on_sqlite
from tests.imap_server import ImapServer
from tests.newsletters import PARAGRAPHS, SENDER, newsletter
from tests.replay.conftest import World, running
from tests.replay.outlets import page, paragraphs, status
from tests.replay.steps import NOON, Steps, articles, stepped

pytestmark = on_sqlite

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def imap() -> Iterator[ImapServer]:
    with ImapServer() as server:
        yield server


def settings(world: World, imap: ImapServer, *sources: dict[str, Any], **account: Any) -> Settings:  # noqa: ANN401
    """The world's settings, with one outlet whose newsletters come to a mailbox."""
    outlets = tuple(
        OutletSettings.model_validate({"name": f"Ministry {number}", "sources": [each]})
        for number, each in enumerate(sources or [{"kind": "mail", "from": SENDER}], 1)
    )
    mailbox = ImapSettings.model_validate(
        {
            "host": imap.host,
            "port": imap.port,
            "security": "none",
            "username": "news",
            "password": imap.password,
            **account,
        }
    )
    tracked = {"actors": [{"name": "Nasser Bourita"}], "alert": "article"}
    return world.settings(watch=tracked).model_copy(update={"outlets": outlets, "imap": mailbox})


def found(steps: Steps) -> list[str]:
    with steps.service.database.read() as session:
        return [version.title for _article, version in articles(session)]


def alerts(steps: Steps) -> int:
    with steps.service.database.read() as session:
        return len(session.exec(select(Alert)).all())


def source(steps: Steps, address: str = f"mail:{SENDER}") -> Feed:
    with steps.service.database.read() as session:
        return session.exec(select(Feed).where(Feed.url == address)).one()


async def later(steps: Steps, by: timedelta = HOUR) -> None:
    await steps.at(steps.clock.now + by)


def sent(number: int, at: datetime, **other: Any) -> Any:  # noqa: ANN401
    return newsletter(f"Talks in Rabat, day {number}", f"Day {number}: {PARAGRAPHS[0]}", at=at, **other)


@on_both
async def test_newsletter_becomes_one_mail_and_one_webhook_with_its_sentence_even_over_a_restart(
    world: World, imap: ImapServer
) -> None:
    imap.deliver("news", newsletter())
    for _start in range(2):
        async with running(settings(world, imap)) as service:
            await world.mail.wait_for(lambda: len(world.mail.mails) >= 1, seconds=120)
            await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        with service.database.read() as session:
            assert session.exec(select(Feed.failures)).one() == 0
    assert len(world.mail.mails) == len(world.hook.webhooks) == 1
    (excerpt,) = world.hook.webhooks[0].data["excerpts"]
    (mark,) = excerpt["marks"]
    assert excerpt["text"] == PARAGRAPHS[0]
    assert excerpt["text"][mark["start"] : mark["end"]] == "Nasser Bourita"
    assert world.mail.mails[0].message["Subject"] == "[W] Talks in Rabat"
    assert world.hook.webhooks[0].data["article"]["url"] == "https://fisheries.example/"


@pytest.mark.thorough
async def test_old_messages_alert_nobody_and_each_new_one_is_found_once(
    world: World, imap: ImapServer
) -> None:
    for age in (9, 5, 2):
        imap.deliver("news", sent(age, NOON - age * DAY), at=NOON - age * DAY)
    async with stepped(world, settings(world, imap)) as steps:
        await steps.work()
        assert (len(found(steps)), alerts(steps)) == (3, 0)
        imap.deliver("news", sent(10, NOON + HOUR), at=NOON + HOUR)
        for _poll in range(3):
            await later(steps)
        assert (len(found(steps)), alerts(steps)) == (4, 1)
        assert source(steps).problem is None


@pytest.mark.thorough
async def test_first_message_of_an_empty_mailbox_is_news(world: World, imap: ImapServer) -> None:
    async with stepped(world, settings(world, imap)) as steps:
        await steps.work()
        imap.deliver("news", sent(1, NOON + HOUR), at=NOON + HOUR)
        await later(steps)
        assert alerts(steps) == 1


async def test_senders_are_told_apart_and_strangers_are_left_alone(world: World, imap: ImapServer) -> None:
    other = "press@courts.example"
    imap.deliver(
        "news",
        sent(1, NOON),
        sent(2, NOON, sender=f"Courts <{other}>"),
        sent(3, NOON, sender=f'"{SENDER}" <someone@else.example>'),
        sent(4, NOON, sender=f"Fake <x{SENDER}>"),
        at=NOON,
    )
    two = (
        {"kind": "mail", "from": SENDER.upper()},
        {"kind": "mail", "from": "@courts.example", "subject": "RABAT"},
    )
    async with stepped(world, settings(world, imap, *two)) as steps:
        for _source in two:
            await later(steps, timedelta(seconds=1))
        assert set(found(steps)) == {"Talks in Rabat, day 1", "Talks in Rabat, day 2"}
        assert source(steps).title == "Ministry of Fisheries"


@pytest.mark.thorough
async def test_server_that_restarts_loses_and_doubles_nothing(world: World, imap: ImapServer) -> None:
    async with stepped(world, settings(world, imap)) as steps:
        await steps.work()
        for number in range(4):
            at = NOON + (number + 1) * HOUR
            imap.deliver("news", sent(number, at), at=at)
            if number % 2:
                imap.restart()
            await steps.at(at)
        assert (len(found(steps)), alerts(steps), source(steps).failures) == (4, 4, 0)


@pytest.mark.thorough
async def test_mailbox_that_numbers_its_messages_anew_loses_and_doubles_nothing(
    world: World, imap: ImapServer
) -> None:
    for age in (9, 5):
        imap.deliver("news", sent(age, NOON - age * DAY), at=NOON - age * DAY)
    async with stepped(world, settings(world, imap)) as steps:
        await steps.work()
        imap.deliver("news", sent(1, NOON + HOUR), at=NOON + HOUR)
        await later(steps)
        before = source(steps).source_state["validity"]
        imap.deliver("news", sent(2, NOON + 2 * HOUR), at=NOON + 2 * HOUR)
        imap.number_anew("news")
        for _poll in range(2):
            await later(steps)
        assert source(steps).source_state["validity"] != before
        assert (len(found(steps)), alerts(steps)) == (4, 2)


@pytest.mark.thorough
async def test_wrong_password_and_lost_folder_are_told_and_end_by_themselves(
    world: World, imap: ImapServer
) -> None:
    imap.deliver("news", sent(1, NOON), at=NOON, folder="Press")
    two = ({"kind": "mail", "from": SENDER}, {"kind": "mail", "from": SENDER, "folder": "Press"})
    wanted = settings(world, imap, *two)
    press = f"mail:{SENDER} Press"
    password = imap.password
    async with stepped(world, wanted) as steps:
        for _source in two:
            await later(steps, timedelta(seconds=1))
        assert alerts(steps) == 1
        imap.accept("another")
        for _source in two:
            await later(steps)
        words = trouble_words(source(steps).last_error)
        assert (
            "refused the login of news: [AUTHENTICATIONFAILED] Authentication failed; check [imap]" in words
        )
        assert password not in words
        imap.accept(password)
        with imap.client("news") as client:
            client.rename_folder("Press", "Presse")
        for _source in two:
            await later(steps)
        assert source(steps).failing_since is None
        words = trouble_words(source(steps, press).last_error)
        assert "has no folder 'Press' that can be opened" in words
        assert words.endswith("; did you mean 'Presse'?")
        with imap.client("news") as client:
            client.rename_folder("Presse", "Press")
        imap.deliver("news", sent(2, steps.clock.now), at=steps.clock.now, folder="Press")
        for _source in two:
            await later(steps, 4 * HOUR)
        assert source(steps, press).failing_since is None
        assert (len(found(steps)), alerts(steps)) == (2, 2)


@pytest.mark.thorough
async def test_broken_message_is_told_and_the_others_are_read(world: World, imap: ImapServer) -> None:
    broken = f"From: {SENDER}\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n".encode()
    imap.deliver("news", sent(1, NOON), broken, sent(2, NOON), at=NOON)
    async with stepped(world, settings(world, imap)) as steps:
        await steps.work()
        assert (len(found(steps)), alerts(steps)) == (2, 2)
        assert "a message could not be read (#2): it has neither a subject nor a text" in trouble_words(
            source(steps).problem
        )
        imap.deliver("news", sent(3, NOON + HOUR), at=NOON + HOUR)
        await later(steps)
        assert (alerts(steps), source(steps).problem) == (3, None)


@pytest.mark.thorough
@pytest.mark.parametrize(("account", "flags"), [({}, ()), ({"mark_seen": True}, (rb"\Seen",))])
async def test_mailbox_is_only_looked_at_unless_asked(
    world: World, imap: ImapServer, account: dict[str, Any], flags: tuple[bytes, ...]
) -> None:
    imap.deliver("news", sent(1, NOON), sent(2, NOON, sender="Else <a@else.example>"), at=NOON)
    async with stepped(world, settings(world, imap, **account)) as steps:
        await steps.work()
        assert alerts(steps) == 1
    with imap.client("news") as client:
        client.select_folder("INBOX", readonly=True)
        kept = {uid: parts[b"FLAGS"] for uid, parts in client.fetch([1, 2], [b"FLAGS"]).items()}
    assert {uid: tuple(flag for flag in each if flag != rb"\Recent") for uid, each in kept.items()} == {
        1: flags,
        2: (),
    }


@pytest.mark.thorough
async def test_source_without_a_mailbox_says_what_to_set(world: World, imap: ImapServer) -> None:
    wanted = settings(world, imap).model_copy(update={"imap": ImapSettings()})
    async with stepped(world, wanted) as steps:
        await steps.work()
        assert "give host, username and password_file under [imap]" in trouble_words(source(steps).last_error)


def seldom(world: World, imap: ImapServer, *sources: dict[str, Any]) -> Settings:
    """Settings by which a source is polled every six hours, so that what comes sooner was heard of."""
    wanted = settings(world, imap, *sources)
    hours = {"interval": 6 * HOUR, "max_interval": 6 * HOUR}
    return wanted.model_copy(update={"crawler": wanted.crawler.model_copy(update=hours)})


@pytest.mark.thorough
@pytest.mark.parametrize("idle", [True, False], ids=["idle", "asked now and then"])
async def test_new_message_is_heard_of_at_once_even_after_the_server_restarts(
    world: World, idle: bool
) -> None:
    with ImapServer(idle=idle) as imap:
        two = (
            {"kind": "mail", "from": SENDER},
            {"kind": "mail", "from": "@courts.example", "folder": "Courts"},
        )
        with imap.client("news") as client:
            client.create_folder("Courts")
        async with running(seldom(world, imap, *two)) as service:
            for number, folder in enumerate(("INBOX", "INBOX", "Courts"), 1):
                sender = SENDER if folder == "INBOX" else "press@courts.example"
                imap.deliver("news", sent(number, datetime.now(UTC), sender=sender), folder=folder)
                await world.mail.wait_for(lambda: len(world.mail.mails) >= number, seconds=60)  # noqa: B023
                imap.restart()
        with service.database.read() as session:
            assert {feed.last_error for feed in session.exec(select(Feed))} == {None}
    assert [mail.message["Subject"] for mail in world.mail.mails] == [
        f"[W] Talks in Rabat, day {number}" for number in (1, 2, 3)
    ]


@pytest.mark.thorough
async def test_message_of_nobody_who_is_followed_makes_nothing_due(world: World, imap: ImapServer) -> None:
    async with stepped(world, seldom(world, imap)) as steps:
        await steps.work()
        watch = MailWatch(
            steps.service.database,
            imap.account("news"),
            every=HOUR,
            clock=steps.clock,
            hint=(hint := asyncio.Event()).set,
        )
        assert await watch.step() == 0
        await asyncio.wait_for(hint.wait(), 60)
        assert await watch.step() == 1  # the folder was opened: what came before was not heard of
        await steps.work()
        for sender, due in (("else@fisheries.example", 0), (SENDER, 1)):
            hint.clear()
            imap.deliver("news", sent(due, NOON, sender=sender), at=NOON)
            await asyncio.wait_for(hint.wait(), 60)
            assert await watch.step() == due
        await steps.work()
        assert await watch.step() == 0
        assert alerts(steps) == 1
        await watch.close()


PAGE, WRAPPED = "http://fisheries.example/press/talks-in-rabat", "http://click.fisheries.example/c/7"
LEAVE = "http://news.fisheries.example/unsubscribe/7"


def listing(*links: tuple[str, str], at: datetime, sender: str = SENDER) -> EmailMessage:
    """A newsletter of headlines, with what leads out of it."""
    rows = "".join(f"<tr><td><a href='{url}'>{title}</a></td></tr>" for url, title in links)
    own = f"<p><a href='{LEAVE}'>Unsubscribe</a></p><img src='http://click.fisheries.example/open.gif'>"
    return newsletter(
        "The week", at=at, sender=sender, html=f"<html><body><table>{rows}</table>{own}</body></html>"
    )


async def test_each_headline_is_an_article_whose_page_is_read(world: World, imap: ImapServer) -> None:
    world.outlets.script[PAGE] = [page("Talks resume in Rabat", paragraphs(*PARAGRAPHS, *PARAGRAPHS))]
    world.outlets.script["http://fisheries.example/press/quotas-for-all-hake"] = [
        page("Quotas", paragraphs("None. " * 90))
    ]
    links = (
        (PAGE, "Talks resume in Rabat"),
        ("http://fisheries.example/press/quotas-for-all-hake", "New quotas for hake"),
    )
    wanted = settings(world, imap, {"kind": "mail", "from": SENDER, "take": "headlines"})
    async with stepped(world, wanted) as steps:
        imap.deliver("news", listing(*links, at=NOON), at=NOON)
        await steps.finish(2)
        imap.deliver("news", listing(*links, at=NOON + HOUR), at=NOON + HOUR)
        await later(steps)
        assert sorted(found(steps)) == ["New quotas for hake", "Talks resume in Rabat"]
        with steps.service.database.read() as session:
            texts = {version.title: version.text for _article, version in articles(session)}
        assert PARAGRAPHS[0] in texts["Talks resume in Rabat"]
        assert alerts(steps) == 1
    assert {url for url, _etag in world.outlets.asked if "robots" not in url} == {
        url for url, _title in links
    }


@pytest.mark.thorough
@pytest.mark.parametrize("resolve", [False, True])
async def test_links_that_count_readers_are_asked_only_on_request(
    world: World, imap: ImapServer, resolve: bool
) -> None:
    world.outlets.script[WRAPPED] = [status(302, Location=PAGE)]
    world.outlets.script[PAGE] = [page("Talks in Rabat", paragraphs(*PARAGRAPHS, *PARAGRAPHS))]
    imap.deliver("news", listing((WRAPPED, "Nasser Bourita opens talks in Rabat"), at=NOON), at=NOON)
    keys = {"kind": "mail", "from": SENDER, "take": "headlines", "resolve": resolve}
    async with stepped(world, settings(world, imap, keys)) as steps:
        await steps.finish(1)
        assert alerts(steps) == 1
        with steps.service.database.read() as session:
            ((article, version),) = articles(session)
        assert article.url == (PAGE if resolve else WRAPPED)
        assert (PARAGRAPHS[0] in version.text) is resolve
    assert bool(world.outlets.times(WRAPPED)) is resolve
    assert world.outlets.times(LEAVE) == 0


@pytest.mark.thorough
async def test_mails_of_a_search_are_a_control_source(world: World, imap: ImapServer) -> None:
    google = "https://www.google.com/url?rct=j&sa=t&url={}&ct=ga"
    sender = "Google Alerts <googlealerts-noreply@google.com>"
    other = "http://other.example/a/1"
    links = ((google.format(PAGE), "Nasser Bourita opens talks"), (google.format(other), "Talks go on today"))
    imap.deliver("news", listing(*links, at=NOON, sender=sender), at=NOON)
    wanted = settings(world, imap, {"kind": "mail", "from": "googlealerts-noreply@google.com"})
    control = wanted.outlets[0].model_copy(update={"control": True})
    async with stepped(world, wanted.model_copy(update={"outlets": (control,)})) as steps:
        await steps.work()
        assert (found(steps), alerts(steps)) == ([], 0)
        with steps.service.database.read() as session:
            findings = session.exec(select(ControlFinding)).all()
    assert {(each.url, each.title) for each in findings} == {
        (PAGE, "Nasser Bourita opens talks"),
        (other, "Talks go on today"),
    }
    assert [url for url, _etag in world.outlets.asked] == []
