"""Claims that a failing database left unsure are freed when it works again, and not more often than outlets bear."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

import storage.unstored
from storage.engine import Database
from storage.unstored import PAUSE, Unstored


class Stage:
    """Counts how often its claims were freed, by seconds that a test moves on."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds, self.freed, self.fails = 1000.0, 0, False
        monkeypatch.setattr(storage.unstored, "steady", lambda: self.seconds)
        self.unstored = Unstored(database, self._free)

    def _free(self, _session: Session) -> int:
        if self.fails:
            raise OperationalError("UPDATE feed", {}, Exception("away"))
        self.freed += 1
        return 1

    def fail(self) -> None:
        """Have the database fail in the midst of the stage's work."""
        with pytest.raises(OperationalError), self.unstored.noticed():
            raise OperationalError("UPDATE feed", {}, Exception("away"))


@pytest.fixture
def stage(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(sqlite_database, monkeypatch)


async def test_claims_are_freed_once_for_each_failure_and_again_after_a_pause_alone(stage: Stage) -> None:
    await stage.unstored.free()
    assert stage.freed == 0, "nothing failed"
    stage.fail()
    await stage.unstored.free()
    await stage.unstored.free()
    assert stage.freed == 1
    stage.fail()
    stage.seconds += PAUSE.total_seconds() - 1
    await stage.unstored.free()
    assert stage.freed == 1, "outlets are not asked again and again"
    stage.seconds += 1
    await stage.unstored.free()
    assert stage.freed == 2


async def test_what_could_not_be_freed_is_freed_by_the_next_step(stage: Stage) -> None:
    stage.fail()
    stage.fails = True
    with pytest.raises(OperationalError):
        await stage.unstored.free()
    stage.fails = False
    await stage.unstored.free()
    assert stage.freed == 1
