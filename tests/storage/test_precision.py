"""How the rules of an alert have done: by the alerts of their newest mentions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.engine import Database
from storage.stores.alerts import dismissals
from storage.stores.alerts.dismissals import precision_of_names
from tests.archive import AlertStages, add_article, watch
from tests.conftest import START, Clock

HOUR = timedelta(hours=1)
TOLD = (
    "Nasser Bourita met the fishermen of Agadir and promised them new nets before the winter.",
    "The budget of Rabat was praised by Nasser Bourita, who left at once for a summit on grain.",
    "Students asked Nasser Bourita about scholarships, visas and the price of trains to the north.",
)


async def test_rules_are_judged_by_their_newest_mentions(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        watch(session, "W", actors=["Nasser Bourita"])
    stage = AlertStages(database, clock)
    await stage.load()
    for number, text in enumerate(TOLD):
        clock.now = START + number * 48 * HOUR
        with database.write() as session:
            add_article(session, text.split(" ")[number + 3], text, at=clock.now)
        await stage.step()
    await stage.close()

    def alerts() -> list[int]:
        with database.read() as session:
            found = precision_of_names(
                session, watch_list_id=1, watch_list="W", names=["Nasser Bourita", "?"]
            )
        return [item.alerts for item in found]

    assert alerts() == [3]
    monkeypatch.setattr(dismissals, "NEWEST_MENTIONS", 2)
    assert alerts() == [2]
