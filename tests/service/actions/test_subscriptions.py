"""A person's own subscriptions: told once beside the team's channels, seen by nobody else, ended with their sight of the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from service.actions.backfill import backfill
from service.actions.channel_edits import OPERATOR
from service.actions.errors import ActionError, InvalidError, NotAllowedError, NotFoundError
from service.actions.list_access import AccessSettings, share
from service.actions.subscriptions import (
    SubscriptionSettings,
    change_subscription,
    end_subscription,
    own_subscriptions,
    subscribe,
)
from service.actions.tokens import make_token
from service.actions.users import change_role, invite, remove
from service.actions.watch_lists import change_list
from service.demo.receivers import MailReceiver
from service.settings import Settings
from service.settings.watch_models import ListSettings
from storage.engine import Database
from storage.stores.outbox.channels import list_of_channels
from storage.stores.outbox.deliveries import delivery_page
from storage.stores.people.users import user_called
from storage.stores.watch.watch_lists import facts_named
from storage.tables import ChannelRow, Notification, NotificationState, Role, WatchListChannel
from storage.viewers import Viewer, looking_as
from tests.archive import add_article, watch
from tests.conftest import START
from tests.databases import on_sqlite
from tests.replay.conftest import running
from tests.service.actions.surfaces import SURFACES, House, house_on
from tests.service.web.served import NAME, settings_on

MAIL = SubscriptionSettings(keys={"to": ["leila@press.example"]}, lists=["Ferries"])


def desk(database: Database) -> dict[str, Viewer]:
    """Store a list with an alert to come, a team's channel that has the rest, and people."""
    found = {}
    with database.write() as session:
        session.add(ChannelRow(name="rest", type="console", created_at=START))
        session.flush()
        watch(session, "Ferries", actors=["Ferry"], channels=["rest"])
        row = session.exec(select(WatchListChannel)).one()
        row.conditions = {"rest": True}
        for name, role in (("leila", "reader"), ("hassan", "editor")):
            invite(session, name, role, now=START)
            user = user_called(session, name)
            assert user is not None
            found[name] = Viewer(user.id, Role(role))
        for number in range(3):
            add_article(session, f"Ferry {number}", "It left.", matched=True)
    return found


def told(database: Database) -> dict[str, list[NotificationState]]:
    """Return the states of what is queued, by channel."""
    with database.read() as session:
        rows = session.exec(
            select(ChannelRow.name, Notification.state)
            .join(Notification, col(Notification.channel_id) == col(ChannelRow.id))
            .order_by(col(ChannelRow.name), col(Notification.id))
        ).all()
    found: dict[str, list[NotificationState]] = {}
    for name, state in rows:
        found.setdefault(name, []).append(NotificationState(state))
    return found


def test_who_subscribed_is_told_once_and_takes_nothing_from_the_team(database: Database) -> None:
    who = desk(database)
    with database.write() as session, looking_as(who["leila"]):
        made = subscribe(session, MAIL, asker=OPERATOR, now=START)
    assert (made.user, made.goes_to, made.lists) == ("leila", "leila@press.example", ("Ferries",))
    queued = [NotificationState.QUEUED] * 3
    with looking_as(who["hassan"]):
        for _again in range(2):
            backfill(database, "Ferries", days=3, send=True, now=START)
    assert told(database) == {"leila 1": queued, "rest": queued}
    with database.write() as session:
        facts = facts_named(session, "Ferries")
        assert facts is not None
        assert facts.channels == ("rest",)
        change_list(session, "Ferries", ListSettings(min_score=1), now=START)  # routes as the team sees them
        assert [one.name for one in list_of_channels(session)] == ["rest"]
        assert own_subscriptions(session, "leila")[0].lists == ("Ferries",)
        with looking_as(who["hassan"]):
            assert {one.channel for one in delivery_page(session, limit=10)} == {"rest"}
            with pytest.raises(NotFoundError):
                end_subscription(session, made.id, now=START)


@pytest.mark.parametrize("end", ["made private", "another role", "list removed from hers", "user removed"])
def test_it_ends_with_her_sight_of_the_list_and_with_her(database: Database, end: str) -> None:
    who = desk(database)
    with database.write() as session:
        shared = AccessSettings(private=True, owner="hassan", readers=["role:reader", "leila"])
        if end == "another role":
            change_role(session, "leila", "editor")
            shared.readers = ["role:editor"]
        share(session, "Ferries", shared, now=START)
        subscribe(session, MAIL, which="leila", asker=OPERATOR, now=START)
    backfill(database, "Ferries", days=3, send=True, now=START)
    with database.write() as session:
        match end:
            case "made private":
                share(session, "Ferries", AccessSettings(readers=["hassan"]), now=START)
            case "another role":
                change_role(session, "leila", "reader")
            case "list removed from hers":
                watch(session, "Others", actors=["Boat"])
                with looking_as(who["leila"]):
                    (mine,) = own_subscriptions(session)
                    change = SubscriptionSettings(lists=["Others"])
                    change_subscription(session, mine.id, change, asker=OPERATOR, now=START)
            case _:
                remove(session, "leila")
    after = told(database)
    assert after["rest"] == [NotificationState.QUEUED] * 3
    if end == "user removed":
        assert set(after) == {"rest"}
        return
    assert after["leila 1"] == [NotificationState.SUPPRESSED] * 3
    with database.read() as session:
        (left,) = own_subscriptions(session, "leila")
    assert left.lists == (("Others",) if end == "list removed from hers" else ())


@on_sqlite
@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        pytest.param({"lists": []}, InvalidError, id="no list"),
        pytest.param({"lists": ["Secret"]}, NotFoundError, id="a list she may not see"),
        pytest.param({"keys": {"to": ["no address"]}}, InvalidError, id="no address"),
        pytest.param({"keys": {"to": ["a@b.example"], "send": "at noon"}}, InvalidError, id="no time"),
        pytest.param(
            {"type": "webhook", "keys": {"url": "https://a.example"}}, NotAllowedError, id="a reader's hook"
        ),
    ],
)
def test_what_cannot_be_is_refused(
    database: Database, wanted: dict[str, Any], refusal: type[ActionError]
) -> None:
    who = desk(database)
    with database.write() as session:
        watch(session, "Secret", actors=["Boat"])
        share(session, "Secret", AccessSettings(private=True, owner="hassan"), now=START)
        with looking_as(who["leila"]), pytest.raises(refusal):
            subscribe(session, MAIL.model_copy(update=wanted), asker=OPERATOR, now=START)
        with looking_as(Viewer(None, Role.ADMIN)), pytest.raises(NotAllowedError):
            subscribe(session, MAIL, asker=OPERATOR, now=START)
        assert own_subscriptions(session, "leila") == []


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as run:
        yield run


@on_sqlite
@pytest.mark.parametrize("surface", SURFACES)
def test_it_is_made_paused_and_ended_by_each_surface(house: House, surface: str) -> None:
    with house.served.service.database.write() as session:
        token = make_token(session, surface, ["read"], user=NAME, now=START)[1]
    house.api.headers["Authorization"] = f"Bearer {token}"
    keys = {"to": ["ed@press.example"], "send": "08:00 Africa/Casablanca", "language": "fr"}

    def mine() -> Any:  # noqa: ANN401
        with house.served.service.database.read() as session:
            return own_subscriptions(session, NAME)

    if surface == "API":
        body = {"keys": keys, "lists": ["From the file"], "min_score": 40}
        assert house.call("POST", "/subscriptions", body).done
    elif surface == "page":
        form = {"to": "ed@press.example", "send": keys["send"], "language": "fr", "lists": ["From the file"]}
        assert house.send("/account/alerts", form | {"min_score": "40"}).done
    else:
        words = ["--to", "ed@press.example", "--list", "From the file", "--send", str(keys["send"])]
        words += ["--language", "fr", "--min-score", "40"]
        assert house.command("subscription", "add", NAME, *words).done
    (made,) = mine()
    assert (made.send, made.lists, made.min_score) == ("08:00 Africa/Casablanca", ("From the file",), 40)
    assert made.keys == keys
    verbs: dict[str, Any] = {
        "API": lambda verb: house.call(
            "DELETE" if verb == "end" else "POST", f"/subscriptions/{made.id}" + f"/{verb}" * (verb != "end")
        ),
        "page": lambda verb: house.send(
            f"/account/alerts/{made.id}/{'end' if verb == 'end' else 'pause'}",
            {"undo": "1"} if verb == "resume" else {},
        ),
        "command line": lambda verb: house.command("subscription", verb, str(made.id)),
    }
    for verb, paused in (("pause", True), ("resume", False)):
        assert verbs[surface](verb).done
        assert mine()[0].paused is paused
    assert verbs[surface]("end").done
    assert mine() == []


@on_sqlite
async def test_a_reader_has_the_mail_in_her_language(storage_url: str, tmp_path: Path) -> None:
    async with MailReceiver() as mail:
        smtp = {"host": "127.0.0.1", "port": mail.port, "security": "none"}
        settings: Settings = settings_on(storage_url, smtp=smtp)
        async with running(settings) as service:
            database = service.database
            with database.write() as session:
                invite(session, "leila", "reader", now=START)
                watch(session, "Ferries", actors=["Ferry"])
                keys = {"to": ["leila@press.example"], "language": "fr"}
                wanted = MAIL.model_copy(update={"keys": keys})
                subscribe(session, wanted, which="leila", asker=OPERATOR, now=START)
                add_article(session, "Ferry leaves", "The Ferry left.")
            service.parts.hints.wake()
            await mail.wait_for(lambda: bool(mail.mails), seconds=120)
    (sent,) = mail.mails
    assert sent.recipients == ("leila@press.example",)
    body = sent.message.get_body(("plain",))
    assert body is not None
    assert "Liste de veille" in body.get_content()
    assert "Ferry" in body.get_content()
