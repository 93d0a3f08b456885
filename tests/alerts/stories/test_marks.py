"""Numbers, dates and names in the same words, whatever the language; and the stories that they relate."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import col, select

from alerts.stories.marks import is_date, read_marks
from alerts.values import Actor
from service.alert_facts import alert_facts
from storage.engine import Database
from storage.tables import Alert, StoryLink
from tests.archive import AlertStages, add_article, add_channel, watch
from tests.conftest import Clock

MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "text", "marks"),
    [
        pytest.param(
            "en",
            "Rabat on Monday: 1,200 boats off Dakhla, by a deal of 28 February. The 9 ministers left in 2026.",
            ("1200", "2026-02-28", "2026-03-02", "rabat", "dakhla"),
            id="English",
        ),
        pytest.param(
            "en", "It was signed on February 28th, said Rabat", ("2026-02-28", "rabat"), id="month first"
        ),
        pytest.param(
            "fr",
            "Lundi à Rabat, 1 200 bateaux au large de Dakhla, accord signé le 1er mars. Le ministre est parti.",
            ("1200", "2026-03-01", "2026-03-02", "rabat", "dakhla"),
            id="French",
        ),
        pytest.param(
            "es",
            "Rabat, domingo: 1.200 barcos, 28 de febrero",
            ("1200", "2026-02-28", "2026-03-01", "rabat"),
            id="Spanish",
        ),
        pytest.param(
            "ru",
            "В понедельник 28 февраля Путин встретил 1200 рыбаков",
            ("1200", "2026-02-28", "2026-03-02", "putin"),
            id="Russian",
        ),
        pytest.param(
            "ar",
            "يوم الاثنين ٢٨ فبراير ١٢٠٠ قارب",
            ("1200", "2026-02-28", "2026-03-02"),
            id="Arabic, no names",
        ),
        pytest.param("xx", "31 April, 45 boats", ("31", "45"), id="a language that nobody speaks"),
        pytest.param("en", "31 April, 45 boats", ("45",), id="a day that is none"),
        pytest.param(None, "Dakhla said 45", ("45", "dakhla"), id="no language"),
        pytest.param("en", "", (), id="nothing"),
    ],
)
def test_what_is_said_is_read(language: str | None, text: str, marks: tuple[str, ...]) -> None:
    found = read_marks("", text, language=language, at=MONDAY)
    assert set(found) == set(marks)
    assert [mark for mark in found if is_date(mark)] == [mark for mark in marks if mark.startswith("2026-")]


async def test_stories_of_two_scripts_are_related_by_what_both_say(database: Database, clock: Clock) -> None:
    with database.write() as session:
        add_channel(session)
        bourita = Actor("Nasser Bourita", aliases=("ناصر بوريطة",))
        watch(session, "Morocco", actors=[bourita], channels=["desk"])
        told = [
            (
                "en",
                "Nasser Bourita signs deal",
                "Nasser Bourita opened waters to 1,200 boats on 28 February.",
            ),
            ("ar", "اتفاق الصيد", "وقع ناصر بوريطة يوم ٢٨ فبراير اتفاقا يفتح المياه أمام ١٢٠٠ قارب إسباني."),
            ("ar", "قنصلية", "افتتح ناصر بوريطة قنصلية في مالقة حيث يعيش أربعون ألف مغربي."),
        ]
    stages = AlertStages(database, clock)
    await stages.load()
    for language, title, text in told:
        with database.write() as session:
            add_article(session, title, text, at=clock.now, language=language, outlet=f"Outlet {title}")
        await stages.step()
    await stages.close()
    with database.read() as session:
        link = session.exec(select(StoryLink)).one()
        assert (link.actors, link.marks) == (["Nasser Bourita"], ["1200", "2026-02-28"])
        alerts = session.exec(select(Alert).order_by(col(Alert.id))).all()
        assert len(alerts) == 3, "in doubt, a second alert"
        facts = alert_facts(session, alerts[0].id or 0)
    assert facts is not None
    (related,) = facts.story.related
    assert (related.language, related.marks) == ("ar", ("1200", "2026-02-28"))
