"""Alerts of two stories that are one: the older goes on, others move with their story."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.raising.mergers import decide_mergers
from storage.stores.alerts.standing import AlertState, MergeAlerts, MoveAlert
from storage.tables import AlertKind
from tests.alerts.raising.made import standing
from tests.conftest import START

KEPT, GONE = 7, 8
LATER = START + timedelta(hours=1)
OURS = standing(5)
THEIRS = standing(6, story_id=GONE, key="1:story:8", created_at=LATER, score=95.0)


@pytest.mark.parametrize(
    ("alerts", "intents"),
    [
        pytest.param([OURS], [], id="only the kept story has one"),
        pytest.param([THEIRS], [MoveAlert(6, KEPT, "1:story:7")], id="only the other has one"),
        pytest.param(
            [OURS, THEIRS],
            [MergeAlerts(5, 6, KEPT, "1:story:7", "1:merged:6", 95.0)],
            id="both: the older goes on",
        ),
        pytest.param(
            [standing(5, created_at=LATER), standing(6, story_id=GONE, key="1:story:8")],
            [MergeAlerts(6, 5, KEPT, "1:story:7", "1:merged:5", 90.0)],
            id="both: the older is the other story's",
        ),
        pytest.param(
            [OURS, standing(6, story_id=GONE, key="1:article:3", kind=AlertKind.ARTICLE)],
            [MoveAlert(6, KEPT, None)],
            id="one of a single article keeps its key",
        ),
        pytest.param(
            [OURS, standing(6, story_id=GONE, key="2:story:8", watch_list_id=2)],
            [MoveAlert(6, KEPT, "2:story:7")],
            id="of two lists",
        ),
    ],
)
def test_mergers(alerts: list[AlertState], intents: list[MoveAlert | MergeAlerts]) -> None:
    assert decide_mergers(KEPT, GONE, alerts) == intents
