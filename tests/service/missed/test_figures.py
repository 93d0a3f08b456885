"""The comparison with control sources: by source and week, with what only we have, and the mail about it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.missed.figures import control_figure, describe_figure, figure_as_json
from storage.engine import Database
from storage.rows import id_of
from storage.tables import ControlFinding, Outlet
from tests.archive import put
from tests.conftest import START

WEEK, DAY = timedelta(days=7), timedelta(days=1)
NOW = START + 3 * WEEK


@pytest.fixture
def compared(database: Database) -> Database:
    """A database with a control source that had one article in each of three weeks, and two in the last."""
    with database.write() as session:
        put(session, "Alerts", ["https://alerts.example/rss"])
        outlet = session.get(Outlet, 1)
        assert outlet is not None
        outlet.control = True
        for number, ago in enumerate((20 * DAY, 10 * DAY, 7 * DAY, 2 * DAY)):
            url = f"https://gazette.example/a/{number}"
            session.add(
                ControlFinding(
                    outlet_id=id_of(outlet),
                    canonical_url=url,
                    url=url,
                    title=f"Talks {number}",
                    first_seen_at=NOW - ago,
                )
            )
    return database


@pytest.mark.parametrize(
    ("days", "weeks"),
    [
        pytest.param(7, [2], id="a week, with what came at its beginning"),
        pytest.param(21, [1, 2, 1], id="three weeks"),
        pytest.param(12, [1, 2], id="a week and a part"),
    ],
)
def test_figure_is_parted_by_week(compared: Database, days: int, weeks: list[int]) -> None:
    with compared.read() as session:
        figure = control_figure(session, since=NOW - days * DAY, now=NOW)
    assert [week.total for week in figure.weeks] == weeks
    assert figure.weeks[-1].since == NOW - days * DAY
    assert sum(weeks) == figure.total == figure_as_json(figure)["total"]


def test_mail_says_the_share_and_why_the_rest_was_missed(compared: Database) -> None:
    with compared.read() as session:
        subject, text = describe_figure(control_figure(session, since=NOW - WEEK, now=NOW))
    assert subject == "Control sources: 0 of 2 articles found (0%)"
    assert "Alerts: 0 of 2 found, 0 of them before it had them" in text
    assert "2 outlet not followed" in text
    assert "Talks 3\nhttps://gazette.example/a/3\nNo outlet at gazette.example is followed." in text
