"""Service alerts and `tocsin outlets health`: told once for each change, again while it lasts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from crawler.schedule import Rhythm
from crawler.schedule.rhythm import learn
from service.cli.app import app
from service.health import HealthOptions, HealthWatch, tell_changes
from service.settings import SettingsError, load_settings
from storage.engine import Database
from storage.tables import (
    ChannelRow,
    Feed,
    FeedHealth,
    FeedState,
    Gap,
    Notification,
    NotificationKind,
)
from storage.troubles import Trouble
from tests.archive import put
from tests.conftest import START, Clock
from tests.storage.test_races import together

HOUR = timedelta(hours=1)
OPTIONS = HealthOptions(notify="ops", failures=3, remind=timedelta(hours=24))


@dataclass(slots=True)
class Ward:
    """Feeds whose rows are set by hand, and the service alerts about them."""

    database: Database
    clock: Clock

    def set(self, url: str, **columns: Any) -> None:  # noqa: ANN401  (any column)
        with self.database.write() as session:
            feed = session.exec(select(Feed).where(Feed.url == url)).one()
            for name, value in columns.items():
                setattr(feed, name, value)

    def round(self, after: timedelta = HOUR) -> list[dict[str, Any]]:
        """Go on by so much, judges, and gives what is told."""
        self.clock.advance(after)
        with self.database.write() as session:
            seen = len(session.exec(select(Notification)).all())
            tell_changes(session, options=OPTIONS, now=self.clock.now, looks_for_silence=True)
        with self.database.read() as session:
            rows = session.exec(select(Notification).order_by(col(Notification.id))).all()[seen:]
        assert all(row.kind is NotificationKind.SERVICE and row.due_at == self.clock.now for row in rows)
        return [row.payload for row in rows]


def url(number: int) -> str:
    return f"https://outlet{number}.example/rss"


@pytest.fixture
def ward(database: Database, clock: Clock) -> Ward:
    with database.write() as session:
        session.add(ChannelRow(name="ops", type="console", send="08:00 UTC", created_at=START))
        for number in range(12):
            put(session, f"Outlet {number}", [url(number)], interval=HOUR, now=START)
    return Ward(database, clock)


def failing(failures: int = 3) -> dict[str, Any]:
    return {
        "failures": failures,
        "failing_since": START,
        "last_error": Trouble("http", {"url": "https://…", "status": 500}),
    }


WELL = {"failures": 0, "failing_since": None}


def test_of_several_processes_that_judge_at_once_one_tells(ward: Ward) -> None:
    ward.set(url(1), **failing(3))

    def judge() -> int:
        told = ward.database.transact(
            tell_changes, options=OPTIONS, now=ward.clock.now, looks_for_silence=False
        )
        return len(told)

    assert sorted(together(judge, judge, judge)) == [0, 0, 1]  # type: ignore[type-var]
    with ward.database.read() as session:
        assert len(session.exec(select(Notification)).all()) == 1


def test_broken_outlet_is_told_of_once_reminded_of_and_told_well_again(ward: Ward) -> None:
    assert ward.round() == []
    ward.set(url(1), **failing(2))
    assert ward.round() == []
    ward.set(url(1), **failing(3))
    (told,) = ward.round()
    assert told["subject"] == "Outlet 1 can't be read"
    assert told["outlet"] == "Outlet 1"
    assert all(word in told["text"] for word in (url(1), "HTTP 500", "3 tries", "2026-03-02 12:00 UTC"))
    ward.set(url(1), **failing(9))
    assert ward.round() == []
    assert ward.round(22 * HOUR) == []
    (again,) = ward.round(2 * HOUR)
    assert again["subject"] == "Outlet 1 still can't be read"
    ward.set(url(1), **WELL)
    (well,) = ward.round()
    assert well["subject"] == "Outlet 1 works again"
    assert ward.round(48 * HOUR) == []


def test_gone_and_moved_feeds_are_told_of_once(ward: Ward) -> None:
    ward.set(url(1), state=FeedState.RETIRED, **failing(1))
    ward.set(url(2), moved_at=START, address="https://new.example/rss")
    (told,) = ward.round()
    assert told["subject"] == "2 feeds of 2 outlets: 1 is gone, 1 has moved"
    assert told["outlet"] is None
    assert "https://new.example/rss" in told["text"]
    assert ward.round() == []


def test_silence_is_told_of(ward: Ward) -> None:
    times = [START.timestamp() - 600 * n for n in range(400)]
    rhythm = learn(Rhythm(), times, now=START.timestamp())
    quiet = learn(rhythm, (), now=(START + 30 * HOUR).timestamp())
    ward.set(url(1), rhythm=quiet.to_json(), last_entry_at=START, last_success_at=START + 30 * HOUR)
    (told,) = ward.round(30 * HOUR)
    assert told["subject"] == "Outlet 1 has fallen silent"
    ward.set(url(1), last_entry_at=START + 31 * HOUR)
    (well,) = ward.round()
    assert well["subject"] == "Outlet 1 works again"


def test_many_at_once_are_one_word_that_names_our_own_network(ward: Ward) -> None:
    for number in range(11):
        ward.set(url(number), **failing())
    (told,) = ward.round()
    assert told["subject"] == "11 feeds of 11 outlets: 11 can't be read"
    assert told["text"].startswith(
        "11 of 12 feeds can't be read: perhaps it is this machine's own connection"
    )


def test_channel_that_is_switched_off_loses_no_verdict(ward: Ward) -> None:
    with ward.database.write() as session:
        session.exec(select(ChannelRow)).one().active = False
    ward.set(url(1), **failing())
    assert ward.round() == []
    with ward.database.read() as session:
        feed = session.exec(select(Feed).where(Feed.url == url(1))).one()
    assert (feed.health, feed.health_since) == (FeedHealth.FAILING, START)


async def test_watch_judges_every_half_minute(ward: Ward) -> None:
    watch = HealthWatch(ward.database, OPTIONS, clock=ward.clock)
    ward.set(url(1), **failing())
    assert await watch.step() == 1
    ward.set(url(2), **failing())
    assert await watch.step() == 0
    ward.clock.advance(timedelta(seconds=31))
    assert await watch.step() == 1


def test_notify_must_name_a_channel(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(
        '[service]\nnotify = "opz"\n[[channels]]\nname = "ops"\ntype = "console"\n', encoding="utf-8"
    )
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    (problem,) = caught.value.problems
    assert (problem.where, "there is no channel 'opz'" in problem.message, "ops" in problem.message) == (
        f"{file}:2 service.notify",
        True,
        True,
    )


def test_health_command(tmp_path: Path, storage_url: str, database: Database) -> None:
    file = tmp_path / "settings.toml"
    text = f'[storage]\nurl = "{storage_url}"\n'
    for number in range(3):
        text += f'[[outlets]]\nname = "Outlet {number}"\nfeeds = ["{url(number)}"]\n'
    file.write_text(text, encoding="utf-8")
    runner = CliRunner()
    assert runner.invoke(app, ["outlets", "health", "-s", str(file)]).exit_code == 0
    with database.write() as session:
        feeds = session.exec(select(Feed).order_by(col(Feed.id))).all()
        feeds[0].last_success_at = feeds[0].last_entry_at = START
        feeds[0].delays = [60, 120, 3600]
        for name, value in failing(4).items():
            setattr(feeds[1], name, value)
        session.add(
            Gap(feed_id=feeds[0].id or 0, since=START, until=START + timedelta(days=20000), entries=5)
        )
    shown = runner.invoke(app, ["outlets", "health", "-s", str(file)], env={"COLUMNS": "80"})
    lines = shown.output.splitlines()
    assert max(map(len, lines[:5])) <= 80
    assert lines[1].split()[:3] == ["Outlet", "1", "failing"]
    assert "2 min" in shown.output
    assert "HTTP 500" in shown.output
    listed = json.loads(runner.invoke(app, ["outlets", "health", "--json", "-s", str(file)]).stdout)
    by_name = {row["outlet"]: row for row in listed}
    assert [row["state"] for row in listed] == ["failing", "new", "ok"]
    assert by_name["Outlet 0"]["delay_median_seconds"] == 120
    assert by_name["Outlet 0"]["delay_p90_seconds"] == 3600  # of three, all three
    assert len(by_name["Outlet 0"]["gaps"]) == 1
    only = json.loads(
        runner.invoke(app, ["outlets", "health", "--problems", "--json", "-s", str(file)]).stdout
    )
    assert [row["outlet"] for row in only] == ["Outlet 1"]
    assert runner.invoke(app, ["outlets", "health", "No such", "-s", str(file)]).exit_code == 1
