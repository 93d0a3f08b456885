"""The source `spider`: its keys, what it is known by, when it is due, and what it makes of a run."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from crawler.sources.base import SourceDocument, declare, key_of_the_machine, settings_of
from crawler.sources.spider import SpiderSettings, SpiderSource, document_of, spider_order
from crawler.spider_values import SpiderOutcome
from storage.troubles import Trouble

MONDAY = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NAME = "our_spiders.fisheries:FisheriesSpider"


def due(started: datetime, ended: datetime, **keys: object) -> datetime | None:
    settings = SpiderSettings.model_validate({"spider": NAME, **keys})
    return SpiderSource().due_after(settings, started=started, ended=ended)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param({}, MONDAY + timedelta(minutes=30), id="half an hour if nothing is said"),
        pytest.param({"every": "2h"}, MONDAY + timedelta(hours=2), id="from its start"),
        pytest.param(
            {"every": "1m"}, MONDAY + timedelta(minutes=5, seconds=1), id="at once after a long run"
        ),
        pytest.param({"cron": "30 7 * * *"}, datetime(2026, 3, 3, 7, 30, tzinfo=UTC), id="daily"),
        pytest.param({"cron": "0 8 * * 0"}, datetime(2026, 3, 8, 8, 0, tzinfo=UTC), id="0 is Sunday"),
        pytest.param({"cron": "0 8 * * 7"}, datetime(2026, 3, 8, 8, 0, tzinfo=UTC), id="7 is Sunday"),
        pytest.param({"cron": "0 8 * * 6,0"}, datetime(2026, 3, 7, 8, 0, tzinfo=UTC), id="the weekend"),
        pytest.param(
            {"cron": "0 8 * * 3-5/2"}, datetime(2026, 3, 4, 8, 0, tzinfo=UTC), id="every second day"
        ),
        pytest.param({"cron": "0 8 * * tue"}, datetime(2026, 3, 3, 8, 0, tzinfo=UTC), id="by name"),
        pytest.param(
            {"cron": "0 8 * * *", "timezone": "America/New_York"},
            datetime(2026, 3, 2, 13, 0, tzinfo=UTC),
            id="in its zone",
        ),
    ],
)
def test_next_run(keys: dict[str, Any], expected: datetime) -> None:
    assert due(MONDAY, MONDAY + timedelta(minutes=5), **keys) == expected


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "spider"),
        ({"spider": NAME, "evry": "1h"}, "did you mean 'every'"),
        ({"spider": NAME, "every": "1h", "cron": "0 8 * * *"}, "every or cron, not both"),
        ({"spider": NAME, "every": "0s"}, "must be 1s or more"),
        ({"spider": NAME, "cron": "0 8 * *"}, "five fields"),
        ({"spider": NAME, "cron": "0 25 * * *"}, "is not a cron line"),
        ({"spider": NAME, "cron": "0 8 * * 5-1"}, "runs backwards"),
        ({"spider": NAME, "cron": "0 8 * * *", "timezone": "Mars/Base"}, "is not a time zone"),
        ({"spider": NAME, "timezone": "UTC"}, "that of cron, which is not given"),
        ({"spider": NAME, "args": {"a b": "c"}}, "args"),
        ({"spider": NAME, "args": {"a": "b"}, "arg_files": {"a": "/c"}}, "not in both"),
        ({"spider": NAME, "max_items": 0}, "max_items"),
    ],
)
def test_wrong_keys_are_named(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        SpiderSettings.model_validate(keys)


def test_each_spider_and_its_arguments_are_one_source_with_a_host_of_its_own() -> None:
    plain, press, courts = (
        declare("spider", {"spider": NAME, **keys})
        for keys in ({}, {"args": {"section": "press"}}, {"args": {"section": "courts"}})
    )
    assert plain.address == f"spider:{NAME}"
    assert press.address == f"spider:{NAME}?section=press"
    assert len({plain.host, press.host, courts.host}) == 3
    assert all(source.host.endswith(".spider.invalid") for source in (plain, press, courts))


def test_what_is_stored_says_the_same_again() -> None:
    keys = {
        "spider": NAME,
        "args": {"pages": 3, "whole": True},
        "every": "1h30m",
        "timeout": "90s",
        "max_items": 5,
    }
    stored = declare("spider", keys)
    assert stored.settings == {**keys, "args": {"pages": "3", "whole": "true"}, "timeout": "1m30s"}
    assert settings_of(SpiderSource(), stored.address, stored.settings) == SpiderSettings.model_validate(keys)


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"spider": NAME}, ""),
        ({"spider": "fisheries"}, ""),
        ({"spider": "/srv/fisheries.py"}, "spider (a file)"),
        ({"spider": "fisheries.py:Fisheries"}, "spider (a file)"),
        ({"spider": NAME, "arg_files": {"password": "/etc/shadow"}}, "arg_files"),
    ],
)
def test_files_of_the_machine_are_told_apart(keys: dict[str, Any], key: str) -> None:
    assert key_of_the_machine(declare("spider", keys)) == key


def test_secret_arguments_are_read_from_their_files(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret\n", encoding="utf-8")
    keys = SpiderSettings.model_validate({"spider": NAME, "arg_files": {"password": tmp_path / "password"}})
    order = spider_order("spider:x", keys)
    assert (order.arguments, order.secrets) == ({"password": "s3cret"}, frozenset({"s3cret"}))
    assert "s3cret" not in SpiderSource().address(keys)


def test_items_are_entries() -> None:
    items = (
        {
            "url": "http://a.example/1",
            "title": "One",
            "text": "First.\nSecond.",
            "author": "A. Alaoui",
            "tags": ["fish"],
        },
        {"url": "http://a.example/2", "title": "Two", "published": "3 hours ago", "summary": "Short."},
    )
    trouble = Trouble("spider-items", {"spider": "x", "items": 2, "left_out": 1, "detail": "no url"})
    body = document_of(SpiderOutcome(items, trouble=trouble, is_whole=False))
    feed = SpiderSource().read(SourceDocument(body, "spider:x", None, SpiderSettings(spider="x"), now=MONDAY))
    first, second = feed.entries
    assert (first.guid, first.title, first.author, first.categories) == (
        "http://a.example/1",
        "One",
        "A. Alaoui",
        ("fish",),
    )
    assert first.content == "<p>First.</p><p>Second.</p>"
    assert (second.published, second.summary) == (MONDAY - timedelta(hours=3), "Short.")
    assert (feed.problem, feed.is_cut_off) == (trouble, True)
    assert json.loads(body)["whole"] is False
