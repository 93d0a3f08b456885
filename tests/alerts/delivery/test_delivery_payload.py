"""What a notification holds: built from plain values, stored as JSON, published as a schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from alerts.delivery.payload import (
    AlertData,
    ArticleFacts,
    DigestData,
    build_digest_data,
    parse_data,
    payload_schema,
)
from alerts.values import Document
from tests.alerts.delivery.samples import (
    BOURITA,
    ENGLISH,
    HOSTILE_TITLES,
    OTHERS,
    PLAN,
    WATCH_LIST,
    alert_data,
    arabic_data,
    digest_data,
    hostile,
)
from tests.conftest import ROOT, START


def test_mentions_are_counted_by_name_most_frequent_first() -> None:
    assert [(item.kind, item.name, item.count, item.rules) for item in alert_data().mentions] == [
        ("actor", BOURITA, 3, ('surname after "Nasser Bourita"', 'alias "Nasser Bourita"')),
        ("topic", PLAN, 1, ('clause ("Western Sahara" NEAR/30 autonomy)',)),
    ]


def test_an_alert_tells_the_facts_of_its_article() -> None:
    data = alert_data(others=OTHERS)
    assert (data.alert_id, data.watch_list, data.story_id, data.created_at) == (12, WATCH_LIST, 7, START)
    assert data.article.title == ENGLISH.title
    assert data.article.published_at == START - timedelta(minutes=20)
    assert data.other_articles == OTHERS


def test_times_are_told_in_utc() -> None:
    rabat = timezone(timedelta(hours=1))
    facts = ArticleFacts(
        id=1, url="", title="", outlet="", published_at=datetime(2026, 3, 2, 13, 0, tzinfo=rabat)
    )
    assert facts.model_dump(mode="json")["published_at"] == "2026-03-02T12:00:00Z"


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValidationError):
        ArticleFacts(id=1, url="", title="", outlet="", published_at=datetime(2026, 3, 2))  # noqa: DTZ001  (what is refused)


@pytest.mark.parametrize("data", [alert_data(others=OTHERS), arabic_data(), digest_data()])
def test_what_is_stored_is_read_back_the_same(data: AlertData | DigestData) -> None:
    stored = json.loads(json.dumps(data.model_dump(mode="json")))
    assert parse_data("digest" if isinstance(data, DigestData) else "alert.created", stored) == data


@pytest.mark.parametrize("title", HOSTILE_TITLES.values(), ids=HOSTILE_TITLES)
def test_any_title_can_be_stored(title: str) -> None:
    stored = json.dumps(hostile(title).model_dump(mode="json"), ensure_ascii=False)
    assert "\\u0000" not in stored
    assert AlertData.model_validate(json.loads(stored.encode())) == hostile(title)


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_can_be_stored(text: str) -> None:
    data = alert_data(Document(title=text, text=text, outlet=text), ())
    data.model_dump_json().encode()
    assert len(data.article.title) == len(text)


def test_a_digest_groups_by_watch_list_and_tells_the_most_relevant_first() -> None:
    late = alert_data(alert_id=3, created_at=START + timedelta(hours=1), score=20, story_id=8)
    best = alert_data(alert_id=4, created_at=START + timedelta(hours=1), score=90, story_id=8)
    digest = build_digest_data(
        [
            late,
            alert_data(alert_id=2),
            best,
            alert_data(alert_id=1),
            alert_data(alert_id=9, watch_list="Africa"),
        ],
        now=START + timedelta(hours=20),
    )
    assert [(part.watch_list, [alert.alert_id for alert in part.alerts]) for part in digest.watch_lists] == [
        ("Africa", [9]),
        (WATCH_LIST, [4, 3, 1, 2]),
    ]
    assert digest.count == 5
    assert digest.period.since == START
    assert digest.period.until == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def test_of_equally_relevant_stories_a_digest_tells_the_newest_first() -> None:
    """As after a backfill: they are made in one moment, and came out over weeks."""
    dates = {
        1: START - timedelta(days=9),
        2: START - timedelta(days=2),
        3: None,
        4: START - timedelta(days=5),
    }
    alerts = []
    for number, date in dates.items():
        data = alert_data(alert_id=number, score=50, story_id=number)
        article = data.article.model_copy(update={"published_at": date})
        alerts.append(data.model_copy(update={"article": article}))
    (part,) = build_digest_data(alerts, now=START).watch_lists
    assert [alert.alert_id for alert in part.alerts] == [3, 2, 4, 1]


def test_published_schema_is_the_models() -> None:
    published = ROOT / "docs" / "webhook.schema.json"
    current = json.dumps(payload_schema(), indent=2, ensure_ascii=False) + "\n"
    assert published.read_text(encoding="utf-8") == current, (
        "the payload changed: write json.dumps(payload_schema(), indent=2, ensure_ascii=False) and a newline "
        f"to {published.relative_to(ROOT)}, and tell of it in docs/webhook.md and CHANGELOG.md"
    )


def test_what_is_told_keeps_to_the_published_schema() -> None:
    definitions = payload_schema()["$defs"]
    for name, data in {"AlertData": alert_data(others=OTHERS), "DigestData": digest_data()}.items():
        told = data.model_dump(mode="json")
        assert set(told) == set(definitions[name]["properties"])
        assert set(definitions[name]["required"]) == set(told)
