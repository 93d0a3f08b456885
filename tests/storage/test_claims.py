"""Claims: what is due, politeness over all processes, leases that end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from storage.engine import Database
from storage.rows import id_of
from storage.stores.articles.page_claims import PageClaim, claim_pages
from storage.stores.feeds.feed_claims import FeedClaim, claim_due_feeds
from storage.stores.feeds.hosts import HostRecord, host_named, write_hosts
from storage.tables import Article, ArticleState, Feed, FeedState, Host, Outlet
from storage.troubles import Trouble
from tests.conftest import START

LEASE = timedelta(minutes=3)
SECOND = timedelta(seconds=1)


def add_feed(
    session: Session, url: str, *, host: str, due: datetime = START, outlet: str = "Example Gazette"
) -> Feed:
    owner = session.exec(select(Outlet).where(Outlet.name == outlet)).first() or Outlet(
        name=outlet, created_at=START
    )
    session.add(owner)
    session.flush()
    feed = Feed(
        outlet_id=id_of(owner),
        host_id=id_of(host_named(session, host)),
        url=url,
        address=url,
        interval_seconds=900,
        next_poll_at=due,
        created_at=START,
    )
    session.add(feed)
    session.flush()
    return feed


def add_page(
    session: Session, url: str, *, host: str, due: datetime = START, outlet_name: str = "Example Gazette"
) -> Article:
    known = session.exec(select(Outlet).where(Outlet.name == outlet_name)).first()
    outlet = known or Outlet(name=outlet_name, created_at=START)
    session.add(outlet)
    session.flush()
    article = Article(
        outlet_id=id_of(outlet),
        host_id=id_of(host_named(session, host)),
        url=url,
        canonical_url=url,
        found_at=START,
        next_fetch_at=due,
    )
    session.add(article)
    session.flush()
    return article


def claim_feeds(
    session: Session, now: datetime = START, *, owner: str = "a", limit: int = 10, delay: timedelta = SECOND
) -> list[FeedClaim]:
    return claim_due_feeds(
        session, now=now, owner=owner, lease=LEASE, limit=limit, per_host=2, host_delay=delay
    )


def claim_some_pages(
    session: Session, now: datetime = START, *, per_host: int = 2, delay: timedelta = SECOND, limit: int = 10
) -> list[PageClaim]:
    return claim_pages(
        session, now=now, owner="a", lease=LEASE, limit=limit, per_host=per_host, host_delay=delay
    )


def test_feed_is_claimed_when_due_and_once(database: Database) -> None:
    with database.write() as session:
        add_feed(session, "https://a.example/rss", host="a.example")
        add_feed(session, "https://b.example/rss", host="b.example", due=START + SECOND)
        assert [claim.url for claim in claim_feeds(session)] == ["https://a.example/rss"]
        assert claim_feeds(session, owner="b") == []


def test_longest_due_comes_first(database: Database) -> None:
    with database.write() as session:
        for number, late in enumerate([1, 3, 2]):
            add_feed(
                session, f"https://{number}.example/rss", host=f"{number}.example", due=START - late * SECOND
            )
        assert [claim.url[8] for claim in claim_feeds(session, limit=2)] == ["1", "2"]


def test_feeds_of_one_host_are_polled_one_at_a_time(database: Database) -> None:
    with database.write() as session:
        first = add_feed(session, "https://a.example/1", host="a.example")
        add_feed(session, "https://a.example/2", host="a.example")
        assert len(claim_feeds(session)) == 1
        later = START + timedelta(minutes=1)
        assert claim_feeds(session, later) == []
        first.lease_until = None
        first.next_poll_at = later + SECOND
        assert [claim.url for claim in claim_feeds(session, later)] == ["https://a.example/2"]


def test_a_host_with_many_feeds_does_not_crowd_out_others(database: Database) -> None:
    with database.write() as session:
        for number in range(20):
            add_feed(session, f"https://a.example/{number}", host="a.example", due=START - timedelta(hours=1))
        add_feed(session, "https://b.example/rss", host="b.example")
        assert {claim.url for claim in claim_feeds(session, limit=2)} == {
            "https://a.example/0",
            "https://b.example/rss",
        }


def _blocked(host: Host) -> None:
    host.blocked_until = START + timedelta(minutes=5)


def _asked_just_now(host: Host) -> None:
    host.next_request_at = START + timedelta(minutes=5)


@pytest.mark.parametrize(
    "mark", [pytest.param(_blocked, id="Retry-After"), pytest.param(_asked_just_now, id="delay")]
)
def test_host_is_left_alone_until_its_time(database: Database, mark: Callable[[Host], None]) -> None:
    with database.write() as session:
        add_feed(session, "https://a.example/rss", host="a.example")
        add_page(session, "https://a.example/1", host="a.example")
        mark(host_named(session, "a.example"))
        assert claim_feeds(session) == []
        assert claim_some_pages(session) == []
        later = START + timedelta(minutes=5)
        assert len(claim_feeds(session, later, delay=timedelta(0))) == 1
        assert len(claim_some_pages(session, later)) == 1


def test_crawl_delay_of_robots_is_kept_where_longer(database: Database) -> None:
    with database.write() as session:
        add_page(session, "https://a.example/1", host="a.example")
        host = host_named(session, "a.example")
        host.crawl_delay_seconds = 10
        claim_some_pages(session)
        assert host.next_request_at == START + timedelta(seconds=10)


def test_lease_that_ended_is_claimed_anew(database: Database) -> None:
    with database.write() as session:
        add_feed(session, "https://a.example/rss", host="a.example")
        claim_feeds(session)
        assert claim_feeds(session, START + LEASE - SECOND, owner="b") == []
        assert len(claim_feeds(session, START + LEASE, owner="b")) == 1


@pytest.mark.parametrize("state", [FeedState.RETIRED, FeedState.REMOVED])
def test_feed_that_is_not_active_is_left(database: Database, state: FeedState) -> None:
    with database.write() as session:
        add_feed(session, "https://a.example/rss", host="a.example").state = state
        assert claim_feeds(session) == []


def test_feed_of_an_outlet_that_left_the_settings_is_left(database: Database) -> None:
    with database.write() as session:
        feed = add_feed(session, "https://a.example/rss", host="a.example")
        session.get_one(Outlet, feed.outlet_id).active = False
        assert claim_feeds(session) == []


def test_pages_of_a_host_start_one_by_one_within_its_delay(database: Database) -> None:
    with database.write() as session:
        for number in range(3):
            add_page(session, f"https://a.example/{number}", host="a.example")
        assert len(claim_some_pages(session, per_host=2)) == 1
        assert len(claim_some_pages(session, START + SECOND, per_host=2)) == 1
        assert claim_some_pages(session, START + 2 * SECOND, per_host=2) == []


def test_feeds_and_pages_share_a_hosts_limit(database: Database) -> None:
    with database.write() as session:
        add_feed(session, "https://a.example/rss", host="a.example")
        for number in range(3):
            add_page(session, f"https://a.example/{number}", host="a.example")
        claim_feeds(session, delay=timedelta(0))
        assert len(claim_some_pages(session, per_host=2, delay=timedelta(0))) == 1


def test_pages_take_up_a_hosts_limit_for_feeds_too(database: Database) -> None:
    with database.write() as session:
        add_feed(session, "https://a.example/rss", host="a.example")
        pages = [add_page(session, f"https://a.example/{number}", host="a.example") for number in range(2)]
        assert len(claim_some_pages(session, per_host=2, delay=timedelta(0))) == 2
        assert claim_feeds(session, delay=timedelta(0)) == []
        pages[0].lease_until = None
        assert len(claim_feeds(session, delay=timedelta(0))) == 1


def test_pages_of_a_busy_host_do_not_crowd_out_others(database: Database) -> None:
    with database.write() as session:
        for number in range(20):
            add_page(session, f"https://a.example/{number}", host="a.example")
        add_page(session, "https://b.example/1", host="b.example")
        hosts = [claim.url.split("/")[2] for claim in claim_some_pages(session, per_host=5, limit=2)]
        assert sorted(hosts) == ["a.example", "b.example"]


def add_links(session: Session, outlet: str, count: int, *, host: str = "a.example") -> None:
    """Add pages of an outlet, the newest last."""
    for number in range(count):
        add_page(session, f"https://{host}/{outlet}/{number}", host=host, outlet_name=outlet)


def end_leases(session: Session) -> None:
    """Has all pages that were claimed be read."""
    for article in session.exec(select(Article).where(col(Article.lease_until).is_not(None))):
        article.lease_until, article.state, article.next_fetch_at = None, ArticleState.READY, None


def outlets_claimed(session: Session, now: datetime, *, delay: timedelta = SECOND) -> list[str]:
    return [claim.outlet for claim in claim_some_pages(session, now, delay=delay)]


def test_outlets_take_turns_at_a_host(database: Database) -> None:
    with database.write() as session:
        add_links(session, "Ledger", 9)
        add_links(session, "Gazette", 2)
        claimed = []
        for second in range(5):
            claimed += outlets_claimed(session, START + second * SECOND)
            end_leases(session)
    assert claimed == ["Ledger", "Gazette", "Ledger", "Gazette", "Ledger"]


def test_page_leaves_the_next_turn_to_a_feed_that_is_due(database: Database) -> None:
    due = START + SECOND
    with database.write() as session:
        add_links(session, "Ledger", 9)
        add_feed(session, "https://a.example/rss", host="a.example", due=due)
        assert len(claim_some_pages(session)) == 1
        end_leases(session)
        assert claim_some_pages(session, due) == []
        assert len(claim_feeds(session, due)) == 1
        assert len(claim_some_pages(session, due + SECOND)) == 1  # it is being polled


def test_page_waits_for_no_feed_that_nobody_polls(database: Database) -> None:
    with database.write() as session:
        add_links(session, "Ledger", 9)
        add_feed(session, "https://a.example/rss", host="a.example", due=START + SECOND)
        assert len(claim_some_pages(session)) == 1
        end_leases(session)
        assert claim_some_pages(session, START + 30 * SECOND) == []
        assert len(claim_some_pages(session, START + 62 * SECOND)) == 1


def test_guests_leave_a_place_to_the_outlet_that_is_polled_there(database: Database) -> None:
    with database.write() as session:
        add_feed(
            session,
            "https://a.example/rss",
            host="a.example",
            due=START + timedelta(hours=1),
            outlet="Gazette",
        )
        add_links(session, "Ledger", 4)
        add_links(session, "Herald", 4)
        claims = claim_some_pages(session, delay=timedelta(0))
        assert [(claim.outlet, claim.is_guest) for claim in claims] == [("Ledger", True)]
        assert claim_some_pages(session, delay=timedelta(0)) == []
        add_links(session, "Gazette", 4)
        own = claim_some_pages(session, delay=timedelta(0))
        assert [(claim.outlet, claim.is_guest) for claim in own] == [("Gazette", False)]


def test_no_outlet_takes_more_than_its_share_of_the_places(database: Database) -> None:
    with database.write() as session:
        for number in range(6):
            add_links(session, "Ledger", 1, host=f"{number}.example")
        add_links(session, "Gazette", 1)
        ledger = session.exec(select(Outlet.id).where(Outlet.name == "Ledger")).one() or 0
        claims = claim_pages(
            session,
            now=START,
            owner="a",
            lease=LEASE,
            limit=10,
            per_host=2,
            host_delay=SECOND,
            under_way={ledger: 1},
            per_outlet=3,
        )
    assert sorted(claim.outlet for claim in claims) == ["Gazette", "Ledger", "Ledger"]


def test_what_one_outlet_met_at_a_host_keeps_its_own_pages_away_alone(database: Database) -> None:
    later = START + timedelta(hours=1)
    with database.write() as session:
        add_links(session, "Ledger", 1)
        add_links(session, "Gazette", 1)
        ledger = session.exec(select(Outlet.id).where(Outlet.name == "Ledger")).one() or 0
        host = id_of(host_named(session, "a.example"))
        write_hosts(session, [HostRecord(host, "a.example", 1, later, Trouble("host-rests"), ledger)])
        assert outlets_claimed(session, START, delay=timedelta(0)) == ["Gazette"]
        assert outlets_claimed(session, later, delay=timedelta(0)) == ["Ledger", "Gazette"]
