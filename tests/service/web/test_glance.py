"""What is wrong is said on every page, and where there are no alerts, why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from service.actions.outlets import pause
from storage.engine import Database
from storage.stores.gauges import Glance, glance
from storage.tables import ChannelRow, Feed, Outlet
from storage.troubles import note
from tests.archive import put, watch
from tests.conftest import START
from tests.databases import on_sqlite
from tests.service.actions.surfaces import House, house_on


def fail(session: Session, *urls: str, times: int = 3) -> None:
    for feed in session.exec(select(Feed)):
        if feed.url in urls:
            feed.failures, feed.failing_since = times, START


def test_what_is_wrong_is_counted(database: Database) -> None:
    with database.write() as session:
        assert glance(session, failures=3) == Glance(0, 0, 0, 0, 0)
        put(session, "A", ["https://a.example/1", "https://a.example/2"])
        put(session, "B", ["https://b.example/1"])
        put(session, "C", ["https://c.example/1"])
        session.add(Outlet(name="without a feed", created_at=START))
        pause(session, "C", now=START)
        session.add(ChannelRow(name="on", type="email", created_at=START))
        session.add(ChannelRow(name="failing", type="email", failures=3, created_at=START))
        session.add(
            ChannelRow(name="off", type="email", active=False, disabled_reason=note("gone"), created_at=START)
        )
        session.add(ChannelRow(name="left", type="email", active=False, provisioned=True, created_at=START))
        watch(session, "W", actors=["Nasser Bourita"])
        fail(session, "https://a.example/1", "https://b.example/1", "https://c.example/1")
    with database.write() as session:
        assert glance(session, failures=3) == Glance(3, 1, 1, 3, 2)
        fail(session, "https://b.example/1", times=1)
    with database.write() as session:
        assert glance(session, failures=3).failing_outlets == 1, "what was never read fails at once"
        for feed in session.exec(select(Feed)):
            feed.last_success_at = START
        fail(session, "https://b.example/1", times=2)
    with database.read() as session:
        assert glance(session, failures=3).failing_outlets == 0, "twice in a row is not yet failing"


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


def seen(house: House, path: str = "/alerts") -> str:
    house.served.service.parts.site.glances.forget()
    return house.page.get(path).text


@on_sqlite
def test_pages_say_what_is_wrong(house: House) -> None:
    database = house.served.service.database
    with database.write() as session:
        put(session, "Works", ["https://works.example/rss"])
        fail(session, "https://declared.example/rss", "https://works.example/rss", times=0)
        for feed in session.exec(select(Feed)):
            feed.failing_since = None
            feed.next_poll_at = feed.next_poll_at.replace(year=2200)  # nobody asks meanwhile
    assert "is failing" not in seen(house)
    with database.write() as session:
        fail(session, "https://declared.example/rss")
        session.exec(select(ChannelRow)).one().failures = 3
    for path in ("/alerts", "/watch", "/trends"):
        page = seen(house, path)
        assert "1 outlet is failing" in page
        assert "1 channel is failing" in page
    assert 'is failing: <a href="/outlets">see why</a>' in seen(house)
    with database.write() as session:
        fail(session, "https://works.example/rss")
    assert "all 2 outlets are failing, so no articles come in" in seen(house)


@on_sqlite
def test_sign_in_page_says_nothing(house: House, tmp_path: Path) -> None:
    with house.served.client() as nobody:
        assert "failing" not in nobody.get("/login").text
