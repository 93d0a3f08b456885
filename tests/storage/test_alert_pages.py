"""Pages of alerts: the filter by outlet, by either way of looking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from service.actions.backfill import backfill
from storage.engine import Database
from storage.stores.alerts import alert_pages
from storage.stores.alerts.alert_pages import AlertFilter, alert_page, listed_alerts
from storage.stores.feeds.outlets import outlet_choices
from storage.tables import Alert, Outlet
from tests.archive import add_article, watch
from tests.conftest import START


@pytest.mark.parametrize(
    "few", [pytest.param(0, id="newest alerts are asked"), pytest.param(100, id="its articles are looked up")]
)
def test_alerts_of_an_outlet_are_those_that_it_raised(
    database: Database, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(alert_pages, "FEW_ARTICLES", few)
    with database.write() as session:
        for outlet in ("Gazette", "Courier", "Gazette"):
            add_article(session, "Leila Benali", "She spoke.", at=START, matched=True, outlet=outlet)
        watch(session, "Energy", actors=["Leila Benali"])
    backfill(database, "Energy", days=3, send=False, now=START)
    with database.read() as session:
        found = {
            name: [alert.outlet for alert in alert_page(session, AlertFilter(outlet=name), limit=10)]
            for name in ("Gazette", "Courier", "Nobody")
        }
    assert found == {"Gazette": ["Gazette"] * 2, "Courier": ["Courier"], "Nobody": []}


def test_alerts_by_publication_come_in_pages_the_article_that_came_out_last_first(database: Database) -> None:
    days = (3, 1, 2, 1, 9)
    with database.write() as session:
        for number, ago in enumerate(days):
            add_article(
                session, f"Leila Benali {number}", "She spoke.", at=START - timedelta(days=ago), matched=True
            )
        watch(session, "Energy", actors=["Leila Benali"])
    backfill(database, "Energy", days=30, send=False, now=START)
    wanted = AlertFilter(by_publication=True)
    pages: list[list[int]] = []
    before = None
    with database.read() as session:
        while found := alert_page(session, wanted, before=before, limit=2):
            pages.append([days[int(alert.title.rpartition(" ")[2])] for alert in found])
            before = found[-1].id
        assert pages == [[1, 1], [2, 3], [9]]
        since = AlertFilter(
            by_publication=True, since=START - timedelta(days=3), until=START - timedelta(days=1)
        )
        assert len(alert_page(session, since, limit=9)) == 2
        assert len(alert_page(session, AlertFilter(since=START - timedelta(hours=1)), limit=9)) == 5


def test_alerts_by_relevance_come_in_pages_and_by_tag_of_their_outlet(database: Database) -> None:
    scores = (10.0, 90.0, 50.0, 90.0)
    with database.write() as session:
        for number in range(len(scores)):
            outlet = "Gazette" if number < 2 else "Courier"
            add_article(
                session, f"Leila Benali {number}", "She spoke.", at=START, matched=True, outlet=outlet
            )
        watch(session, "Energy", actors=["Leila Benali"])
    backfill(database, "Energy", days=30, send=False, now=START)
    with database.write() as session:
        for alert in session.exec(select(Alert)):
            title = listed_alerts(session, [alert.id or 0])[0].title
            alert.score = scores[int(title.rpartition(" ")[2])]
        session.exec(select(Outlet).where(Outlet.name == "Courier")).one().tags = ["daily"]
    pages: list[list[float]] = []
    before = None
    with database.read() as session:
        while found := alert_page(session, AlertFilter(by_score=True), before=before, limit=3):
            pages.append([alert.score for alert in found])
            before = found[-1].id
        assert pages == [[90, 90, 50], [10]]
        assert outlet_choices(session).tags == ["daily"]
        of_type = alert_page(session, AlertFilter(outlet_tag="daily"), limit=9)
        assert [alert.outlet for alert in of_type] == ["Courier", "Courier"]
        assert alert_page(session, AlertFilter(outlet_tag="none"), limit=9) == []
