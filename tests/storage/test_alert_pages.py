"""Pages of alerts: the filter by outlet, by either way of looking."""

from __future__ import annotations

import pytest

from service.actions.backfill import backfill
from storage.engine import Database
from storage.stores.alerts import alert_pages
from storage.stores.alerts.alert_pages import AlertFilter, alert_page
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
