"""What becomes of alerts when articles are taken out of their story: a table of who has seen what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.raising.splits import decide_split
from storage.stores.alerts.standing import AlertState, HandOver, KnownAlert, PlaceAlert
from storage.tables import AlertKind
from tests.conftest import START

LIST = 7


def alert(number: int, head: int, story: int = 1, kind: AlertKind = AlertKind.STORY) -> AlertState:
    keys = {AlertKind.STORY: f"{LIST}:story:{story}", AlertKind.ARTICLE: f"{LIST}:article:{head}"}
    at = START + timedelta(minutes=number)
    return AlertState(keys[kind], LIST, story, head, kind, at, at, id=number)


def merged(number: int, head: int, into: int) -> KnownAlert:
    at = START + timedelta(minutes=number)
    state = AlertState(f"{LIST}:merged:{number}", LIST, 1, head, AlertKind.STORY, at, at, id=number)
    return KnownAlert(state, into, ())


@pytest.mark.parametrize(
    ("alerts", "moved", "places", "handed", "untold"),
    [
        pytest.param(
            [KnownAlert(alert(10, 1), None, (1, 2, 3))],
            {3},
            [],
            [HandOver(10, None, (3,))],
            {LIST: [3]},
            id="an article hidden behind an alert raises one of its own",
        ),
        pytest.param(
            [KnownAlert(alert(10, 1), None, (1, 2, 3))],
            {1},
            [PlaceAlert(10, 2, f"{LIST}:story:2")],
            [HandOver(10, None, (2, 3))],
            {LIST: [2, 3]},
            id="an alert goes with the article that raised it, and what is left raises one",
        ),
        pytest.param(
            [KnownAlert(alert(10, 1), None, (1, 2, 3)), merged(11, 3, 10)],
            {3},
            [PlaceAlert(11, 2, f"{LIST}:story:2")],
            [HandOver(10, 11, (3,))],
            {},
            id="an article that raised an alert before has that again, and raises no second",
        ),
        pytest.param(
            [KnownAlert(alert(10, 1), None, (1, 2, 3)), merged(11, 3, 10)],
            {1},
            [PlaceAlert(10, 2, f"{LIST}:story:2"), PlaceAlert(11, 1, f"{LIST}:story:1")],
            [HandOver(10, 11, (2, 3))],
            {},
            id="the two alerts part as the articles that raised them do",
        ),
        pytest.param(
            [KnownAlert(alert(10, 1), None, (1, 2, 3)), merged(11, 2, 10), merged(12, 3, 10)],
            {2, 3},
            [PlaceAlert(11, 2, f"{LIST}:story:2"), PlaceAlert(12, 2, f"{LIST}:merged:12", 11)],
            [HandOver(10, 11, (2, 3))],
            {},
            id="of two alerts that go together the older one stands",
        ),
        pytest.param(
            [KnownAlert(alert(10, 3, kind=AlertKind.ARTICLE), None, (3,))],
            {3},
            [PlaceAlert(10, 2, f"{LIST}:article:3")],
            [],
            {},
            id="a list of every article has told of each",
        ),
        pytest.param([], {3}, [], [], {}, id="where nothing was told nothing is"),
    ],
)
def test_alerts_part_as_their_articles_do(
    alerts: list[KnownAlert],
    moved: set[int],
    places: list[PlaceAlert],
    handed: list[HandOver],
    untold: dict[int, list[int]],
) -> None:
    found = decide_split(1, 2, moved, alerts)
    assert (found.places, found.handed, dict(found.untold)) == (places, handed, untold)
