"""Services on one database: each is known by the row that it renews, and what a dead one held is free."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, col, select

from storage.engine import Database
from storage.rows import id_of
from storage.stores.articles.match_claims import claim_to_match
from storage.stores.feeds.surveys import WantedAddress, claim_addresses, put_survey
from storage.stores.leases import free_feeds, free_matching, free_pages, free_shards, new_owner
from storage.stores.services import (
    STALE_AFTER,
    beat,
    end_services,
    end_stale_services,
    others_of,
    running_services,
)
from storage.stores.stories.shards import claim_shard
from storage.tables import (
    Article,
    Feed,
    Notification,
    NotificationState,
    Push,
    StoryShard,
    Subscription,
    SurveyAddress,
)
from tests.archive import add_article
from tests.conftest import START
from tests.storage.test_claims import add_feed
from tests.storage.test_outbox import add, add_channel
from tests.storage.test_outbox import claim as claim_notification

LEASE = timedelta(minutes=5)
MOMENT = timedelta(seconds=1)


def hold_one_of_each(session: Session, owner: str) -> None:
    """Have a service hold something of each kind."""
    feed = add_feed(session, f"https://{owner}.example/rss", host=f"{owner}.example")
    feed.lease_owner, feed.lease_until = owner, START + LEASE
    add_article(session, f"Title of {owner}", "A text of some words.")
    claim_to_match(session, now=START, owner=owner, lease=LEASE, limit=100)
    page = session.get_one(Article, add_article(session, f"Other of {owner}", "Other words."))
    page.lease_owner, page.lease_until, page.matched_version = owner, START + LEASE, page.version
    channel = add_channel(session, f"channel {owner}")
    add(session, channel, f"uid {owner}")
    assert claim_notification(session, channel, owner=owner)
    put_survey(session, [WantedAddress(f"https://{owner}.example", f"{owner}.example")], caller="", now=START)
    assert claim_addresses(session, now=START, owner=owner, lease=LEASE, limit=5)
    session.add(StoryShard(name=owner, lease_owner=owner, lease_until=START + LEASE))
    hub = Subscription(
        feed_id=id_of(feed),
        host_id=feed.host_id,
        hub=f"https://{owner}.example/hub",
        topic=feed.url,
        path=f"path-{owner}",
        secret="secret",
        lease_owner=owner,
        lease_until=START + LEASE,
        created_at=START,
    )
    session.add(hub)
    session.flush()
    session.add(
        Push(
            subscription_id=id_of(hub),
            body=b"x",
            received_at=START,
            lease_owner=owner,
            lease_until=START + LEASE,
        )
    )


HELD = 8
"""So many claims are made by `hold_one_of_each`."""


def owners(session: Session) -> list[str]:
    """Return who holds what, all kinds together."""
    session.expire_all()
    tables = (Feed, Article, Notification, Push, StoryShard, Subscription, SurveyAddress)
    found = [owner for table in tables for owner in session.exec(select(col(table.lease_owner)))]
    found += session.exec(select(col(Article.match_owner))).all()
    return sorted(owner for owner in found if owner is not None)


def test_what_a_stale_service_holds_is_free_and_what_a_living_one_holds_is_not(database: Database) -> None:
    with database.write() as session:
        for service in ("dead", "own", "other"):
            beat(session, service, place="one-host:1", now=START)
            hold_one_of_each(session, service)
        hold_one_of_each(session, "no service")  # a command's: they run out
        now = START + STALE_AFTER + MOMENT
        assert others_of(session, but="own") == {"dead": START, "other": START}
        assert beat(session, "own", place="one-host:1", now=now)
        assert beat(session, "other", place="one-host:1", now=START + 2 * MOMENT)
        assert end_stale_services(session, but="own", now=now) == ["dead"]
        assert owners(session) == sorted(["no service", "other", "own"] * HELD)
        assert sorted(running_services(session)) == ["other", "own"]
        states = {row.uid: (row.state, row.stranded) for row in session.exec(select(Notification)) if row.uid}
        assert states["uid dead"] == (NotificationState.QUEUED, 1)
        assert states["uid other"] == (NotificationState.SENDING, 0)


def test_own_row_is_never_found_stale(database: Database) -> None:
    with database.write() as session:
        beat(session, "own", place="", now=START)
        later = START + timedelta(hours=1)
        assert others_of(session, but="own") == {}
        assert end_stale_services(session, but="own", now=later) == []


def test_service_that_was_taken_for_dead_learns_of_it_and_is_there_again(database: Database) -> None:
    with database.write() as session:
        assert not beat(session, "frozen", place="", now=START)
        later = START + timedelta(minutes=1)
        assert end_stale_services(session, but="own", now=later) == ["frozen"]
    with database.write() as session:
        assert not beat(session, "frozen", place="", now=later)
        assert beat(session, "frozen", place="", now=later + MOMENT)


def test_service_that_ends_leaves_nothing_held(database: Database) -> None:
    with database.write() as session:
        for service in ("own", "other"):
            beat(session, service, place="", now=START)
            hold_one_of_each(session, service)
        assert end_services(session, ["own"]) == HELD
        assert owners(session) == ["other"] * HELD
        assert running_services(session) == ["other"]


def test_shard_of_a_dead_service_is_claimed_at_once(database: Database) -> None:
    with database.write() as session:
        beat(session, "dead", place="", now=START)
        session.get_one(Article, add_article(session, "Title", "A text.")).shard = "en"
        session.exec(select(Article)).one().matched_version = 1
        session.add(StoryShard(name="en"))
        session.flush()
        first = claim_shard(session, now=START, owner="dead", lease=LEASE)
        assert first is not None
        now = START + STALE_AFTER + MOMENT
        assert claim_shard(session, now=now, owner="own", lease=LEASE) is None
        end_stale_services(session, but="own", now=now)
        second = claim_shard(session, now=now, owner="own", lease=LEASE)
        assert second is not None
        assert second.token > first.token


def test_owners_are_made_by_chance() -> None:
    assert len({new_owner() for _ in range(100)}) == 100


def test_what_a_service_is_not_at_is_free_and_what_it_is_at_and_others_hold_is_not(
    database: Database,
) -> None:
    with database.write() as session:
        for owner in ("mine", "other"):
            hold_one_of_each(session, owner)
    with database.write() as session:
        feed = session.exec(select(Feed).where(col(Feed.lease_owner) == "mine")).one()
        page = session.exec(select(Article).where(col(Article.lease_owner) == "mine")).one()
        assert free_feeds(session, "mine", but={id_of(feed)}) == 0
        assert free_pages(session, "mine", but={id_of(page)}) == 0
        assert (free_feeds(session, "mine", but=()), free_pages(session, "mine", but=())) == (1, 1)
        assert (free_matching(session, "mine"), free_shards(session, "mine")) == (1, 1)
    with database.read() as session:
        held = {row.lease_owner for row in (*session.exec(select(Feed)), *session.exec(select(StoryShard)))}
        assert held == {None, "other"}
