"""How long polling rests while pushes arrive."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crawler.sources.websub.rest import next_gap, rest_until
from tests.conftest import START

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("last_push", "usual_gap", "is_trusted", "minutes"),
    [
        pytest.param(None, None, True, 5, id="no push yet"),
        pytest.param(START, None, True, 5, id="one push tells no rhythm"),
        pytest.param(START, 10 * MINUTE, False, 5, id="a poll found what was not pushed"),
        pytest.param(START, 10 * MINUTE, True, 30, id="three usual gaps"),
        pytest.param(START, 10 * timedelta(days=1), True, 360, id="never longer than the longest interval"),
        pytest.param(START - 40 * MINUTE, 10 * MINUTE, True, 5, id="pushes have stopped"),
    ],
)
def test_rest(
    last_push: datetime | None, usual_gap: timedelta | None, is_trusted: bool, minutes: int
) -> None:
    at = rest_until(
        START + 5 * MINUTE,
        last_poll=START,
        last_push=last_push,
        usual_gap=usual_gap,
        is_trusted=is_trusted,
        longest=timedelta(hours=6),
    )
    assert at == START + minutes * MINUTE


def test_usual_gap_follows_the_gaps() -> None:
    assert next_gap(None, None) is None
    assert next_gap(None, 8 * MINUTE) == 8 * MINUTE
    assert next_gap(8 * MINUTE, 16 * MINUTE) == 10 * MINUTE
