"""Charts of volume: whose days, what is compared, shares, pictures that say in shapes what they say in colours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, select

from alerts.raising.volume import start_of
from service.actions.charting import CHARTED, asked_of, chart_view, read_chart
from service.actions.errors import InvalidError
from service.actions.pictures import png_of
from service.actions.trends import last_days, read_trend, read_trends
from service.actions.views import ViewFormat, written
from service.charts import ChartLine, axis_ticks, line_chart
from storage.engine import Database
from storage.rows import id_of
from storage.stores.stories.counting import add_counts
from storage.tables import Outlet, VolumeUnit, WatchListRow
from tests.archive import put, watch
from tests.conftest import START

UTC_ZONE, CASABLANCA, KOLKATA = ZoneInfo("UTC"), ZoneInfo("Africa/Casablanca"), ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
NINTH, TENTH = datetime(2026, 3, 9, 22, tzinfo=UTC), datetime(2026, 3, 10, 5, tzinfo=UTC)


def count(
    session: Session,
    at: datetime,
    articles: int,
    *,
    name: str = "Benali",
    outlet: str = "Gazette",
    units: bool = True,
) -> None:
    """Count as the grouping does; with `units`, by hours too."""
    number = id_of(session.exec(select(WatchListRow).where(WatchListRow.name == "Energy")).one())
    for unit in VolumeUnit if units else (VolumeUnit.DAY,):
        of = (("list", ""), ("actor", name), ("outlet", outlet), ("language", "ar"))
        keys = ((number, kind, called, unit, start_of(unit, at)) for kind, called in of)
        add_counts(session, dict.fromkeys(keys, (articles, articles)))


@pytest.fixture
def counted(database: Database) -> Database:
    with database.write() as session:
        watch(session, "Energy", actors=["Benali", "Kouki"])
        for name, country, tags in (
            ("Gazette", "MA", ["daily"]),
            ("Herald", "GB", ["daily"]),
            ("Wire", None, []),
        ):
            outlet = session.get_one(Outlet, put(session, name, [f"http://{name}.example/rss"], now=NOW))
            outlet.country, outlet.tags = country, tags
        count(session, datetime(2026, 3, 1, 12, tzinfo=UTC), 1)
        count(session, datetime(2026, 3, 8, 23, 30, tzinfo=UTC), 4)
        count(session, datetime(2026, 3, 9, 10, tzinfo=UTC), 2, name="Kouki", outlet="Herald")
        count(session, datetime(2026, 3, 9, 20, tzinfo=UTC), 3, name="Kouki", outlet="Wire")
    return database


def by_day(
    database: Database, zone: ZoneInfo, by: str = "name", **more: object
) -> dict[str, dict[date, int]]:
    with database.read() as session:
        chart = read_chart(session, asked_of(by, days=7, zone=zone, now=NOW, **more))  # type: ignore[arg-type]
    return {one.label: {day.day: day.articles for day in one.days if day.articles} for one in chart.series}


def test_days_are_those_of_the_reader(counted: Database) -> None:
    eighth, ninth, tenth = (date(2026, 3, day) for day in (8, 9, 10))
    assert by_day(counted, UTC_ZONE) == {"Kouki": {ninth: 5}, "Benali": {eighth: 4}}
    assert by_day(counted, ZoneInfo("Europe/Paris")) == {"Kouki": {ninth: 5}, "Benali": {ninth: 4}}
    assert by_day(counted, KOLKATA) == {"Kouki": {ninth: 2, tenth: 3}, "Benali": {ninth: 4}}
    assert by_day(counted, ZoneInfo("Europe/Paris"), by="outlet")["Gazette"] == {ninth: 4}


@pytest.mark.parametrize(
    ("zone", "now", "today", "yesterday"),
    [
        pytest.param("Europe/Paris", NINTH, {"Benali": 4, "Kouki": 5}, {}, id="Paris"),
        pytest.param(
            "Asia/Kolkata", NINTH, {"Kouki": 3}, {"Benali": 4, "Kouki": 2}, id="Kolkata, where it is the 10th"
        ),
        pytest.param(
            "America/Los_Angeles", TENTH, {"Kouki": 5}, {"Benali": 4}, id="Los Angeles, where it is the 9th"
        ),
        pytest.param("UTC", NINTH, {"Kouki": 5}, {"Benali": 4}, id="UTC"),
    ],
)
def test_trends_of_two_days_are_of_those_days_of_the_zone(
    counted: Database, zone: str, now: datetime, today: dict[str, int], yesterday: dict[str, int]
) -> None:
    where = ZoneInfo(zone)
    both = {name: today.get(name, 0) + yesterday.get(name, 0) for name in {*today, *yesterday}}
    with counted.read() as session:
        trends = read_trends(session, days=2, now=now, most=9, zone=where)
        chart = read_chart(session, asked_of("name", days=2, zone=where, now=now))
        ones = {
            name: read_trend(
                session, last_days(2, where, now=now), watch_list="Energy", kind="actor", name=name
            )
            for name in both
        }
    assert {key.name: articles for key, _label, articles in chart.offered} == both
    assert {one.label: one.articles for one in chart.series} == both
    assert {trend.name: trend.articles for trend in trends.names} == both
    assert [trend.articles for trend in trends.lists] == [trends.articles] == [sum(both.values())]
    assert sum(articles for _outlet, articles in trends.outlets) == trends.articles
    for days in (*ones.values(), *trends.names):
        assert [day.articles for day in days.days] == [yesterday.get(days.name, 0), today.get(days.name, 0)]


def test_first_day_that_was_ever_counted_is_the_readers_too(counted: Database) -> None:
    with counted.write() as session:
        count(session, datetime(2026, 2, 28, 23, 30, tzinfo=UTC), 6)
    first, last = date(2026, 2, 27), date(2026, 3, 1)
    known = {}
    for zone in ("Europe/Paris", "America/Los_Angeles", "UTC"):
        with counted.read() as session:
            asked = asked_of("name", since=first, until=last, zone=ZoneInfo(zone), now=NOW)
            (one,) = read_chart(session, asked).series
        known[zone] = [day.articles for day in one.days]
    assert known == {"Europe/Paris": [0, 0, 7], "America/Los_Angeles": [0, 6, 1], "UTC": [0, 6, 1]}


def test_clocks_that_are_changed_within_the_time_change_the_days(counted: Database) -> None:
    paris = ZoneInfo("Europe/Paris")  # summer time from 29 March 2026, 01:00 UTC
    with counted.write() as session:
        for at in (datetime(2026, 3, 28, 22, 30, tzinfo=UTC), datetime(2026, 3, 29, 22, 30, tzinfo=UTC)):
            count(session, at, 1)
    with counted.read() as session:
        asked = asked_of("name", since=date(2026, 3, 28), until=date(2026, 3, 30), zone=paris, now=NOW)
        (one,) = read_chart(session, asked).series
    assert [day.articles for day in one.days] == [1, 0, 1]


def test_times_without_hours_are_counted_by_days_of_utc(database: Database) -> None:
    with database.write() as session:
        watch(session, "Energy", actors=["Benali"])
        count(session, datetime(2026, 3, 5, 23, 30, tzinfo=UTC), 4, units=False)
        count(session, datetime(2026, 3, 8, 23, 30, tzinfo=UTC), 2)
        count(session, datetime(2026, 3, 9, 23, 30, tzinfo=UTC), 1)
    days = by_day(database, ZoneInfo("Europe/Paris"))["Benali"]
    assert days == {date(2026, 3, 5): 4, date(2026, 3, 8): 2, date(2026, 3, 10): 1}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        pytest.param("name", {"Kouki": 5, "Benali": 4}, id="names"),
        pytest.param("list", {"Energy": 9}, id="lists"),
        pytest.param("outlet", {"Gazette": 4, "Wire": 3, "Herald": 2}, id="outlets"),
        pytest.param("country", {"Morocco": 4, "not known": 3, "United Kingdom": 2}, id="countries"),
        pytest.param("language", {"Arabic": 9}, id="languages"),
        pytest.param("type", {"daily newspaper": 6, "not known": 3}, id="types"),
    ],
)
def test_anything_is_compared(counted: Database, by: str, expected: dict[str, int]) -> None:
    with counted.read() as session:
        chart = read_chart(session, asked_of(by, days=7, zone=UTC_ZONE, now=NOW))
    assert {one.label: one.articles for one in chart.series} == expected
    assert sum(one.share for one in chart.series) == pytest.approx(1)
    assert chart.series[0].share == pytest.approx(max(expected.values()) / sum(expected.values()))
    assert all(len(one.days) == 7 for one in chart.series)


def test_names_and_days_are_chosen(counted: Database) -> None:
    with counted.read() as session:
        asked = asked_of(
            "name",
            names=["Benali", "Nobody"],
            since=date(2026, 3, 1),
            until=date(2026, 3, 1),
            zone=UTC_ZONE,
            now=NOW,
        )
        chart = read_chart(session, asked)
        assert [(one.label, one.articles) for one in chart.series] == [("Benali", 1), ("Nobody", 0)]
        for wrong in (
            {"by": "colour"},
            {"by": "name", "since": date(2026, 3, 2), "until": date(2026, 3, 1)},
            {"by": "name", "since": date(2000, 1, 1)},
            {"by": "name", "names": [str(number) for number in range(9)]},
        ):
            given = {"days": 9_000, **wrong} if "since" in wrong and "until" not in wrong else wrong
            with pytest.raises(InvalidError):
                asked_of(**given, zone=UTC_ZONE, now=NOW)
        with pytest.raises(InvalidError):
            read_chart(session, asked_of("name", watch_list="Nobody's", zone=UTC_ZONE, now=NOW))


def test_chart_goes_out_as_a_table_and_as_pictures(counted: Database) -> None:
    with counted.read() as session:
        chart = read_chart(session, asked_of("name", days=7, zone=CASABLANCA, now=NOW))
    svg = chart.svg()
    drawn = ElementTree.fromstring(svg)
    assert drawn.get("viewBox")
    assert png_of(svg).startswith(b"\x89PNG")
    view = chart_view(chart)
    assert len(view.rows) == 2 * 7
    table = written(view, ViewFormat.CSV, now=NOW).decode("utf-8-sig").splitlines()
    assert table[0] == "day,name,watch_list,articles,stories,spike,share"
    assert sum(int(row.split(",")[3]) for row in table[1:]) == 9
    page = written(view, ViewFormat.HTML, now=NOW).decode()
    assert "<svg" in page
    assert page.count("<tr>") == 1 + 14


def test_lines_differ_without_their_colours() -> None:
    days = [START.date() + timedelta(days=number) for number in range(20)]
    svg = line_chart(
        days, [ChartLine(f"Line <{number}>", [number] * 20) for number in range(8)], title="A & B"
    )
    drawn = ElementTree.fromstring(svg)
    lines = [
        each
        for each in drawn.iter("{http://www.w3.org/2000/svg}path")
        if (each.get("class") or "").startswith("s")
    ]
    dashes = {each.get("class"): each.get("stroke-dasharray") for each in lines}
    assert len(set(dashes.values())) == len(dashes) == 8
    words = [each.text for each in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"A & B", "Line <0>", "Line <7>"} <= set(words)


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (4, [0, 1, 2, 3, 4]),
        (9, [0, 2, 4, 6, 8, 10]),
        (602, [0, 200, 400, 600, 800]),
    ],
)
def test_axis_has_round_values(most: int, ticks: list[int]) -> None:
    assert axis_ticks(most) == ticks
    assert CHARTED <= 8
