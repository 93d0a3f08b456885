"""Fencing tokens: what a claim would store that somebody else's has followed is refused, though both are one process's."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session, col, select

from storage.engine import Database
from storage.rows import id_of
from storage.stores.articles.match_claims import claim_to_match, set_claims_aside
from storage.stores.feeds.pushes import add_push, claim_pushes, take_push
from storage.stores.feeds.subscriptions import HubClaim, add_subscription, claim_hub_requests
from storage.tables import Article, Push, Subscription
from tests.archive import add_article
from tests.conftest import START
from tests.storage.test_claims import add_feed

LEASE = timedelta(minutes=3)
LATER = START + LEASE + timedelta(seconds=1)


def subscribed(session: Session) -> Subscription:
    feed = add_feed(session, "https://gazette.example/rss", host="gazette.example")
    add_subscription(
        session,
        id_of(feed),
        host="hub.example",
        hub="https://hub.example/",
        topic=feed.url,
        path="path",
        secret="secret",
        now=START,
    )
    return session.exec(select(Subscription)).one()


def test_push_is_taken_by_its_last_claim_alone(database: Database) -> None:
    with database.write() as session:
        add_push(session, id_of(subscribed(session)), b"x", content_type=None, now=START)
        session.flush()
        (stale,) = claim_pushes(session, now=START, owner="own", lease=LEASE, limit=5)
        (current,) = claim_pushes(session, now=LATER, owner="own", lease=LEASE, limit=5)
        assert current.token > stale.token
        assert not take_push(session, stale)
        assert session.exec(select(Push.id)).all() == [current.push_id]
        assert take_push(session, current)
        assert session.exec(select(Push.id)).all() == []


def test_each_claim_of_a_hub_has_a_token_of_its_own(database: Database) -> None:
    def claim(session: Session, *, hours: int) -> HubClaim:
        (one,) = claim_hub_requests(
            session,
            now=START + timedelta(hours=hours),
            owner="own",
            lease=LEASE,
            limit=5,
            host_delay=timedelta(0),
            callbacks="https://tocsin.example/websub/",
        )
        return one

    with database.write() as session:
        subscribed(session)
        stale, current = claim(session, hours=0), claim(session, hours=1)
        assert current.token > stale.token
        assert session.exec(select(Subscription.lease_token)).one() == current.token


def test_article_is_set_aside_by_its_last_claim_alone(database: Database) -> None:
    with database.write() as session:
        number = add_article(session, "Title", "A text.")
        (stale,) = claim_to_match(session, now=START, owner="own", lease=LEASE, limit=5)
        (current,) = claim_to_match(session, now=LATER, owner="own", lease=LEASE, limit=5)
        until = select(col(Article.match_lease_until)).where(col(Article.id) == number)
        set_claims_aside(session, [stale], until=LATER + timedelta(hours=1))
        assert session.exec(until).one() == LATER + LEASE
        set_claims_aside(session, [current], until=LATER + timedelta(hours=1))
        assert session.exec(until).one() == LATER + timedelta(hours=1)
