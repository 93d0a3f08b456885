"""What stands around the news is left out; roundups, live blogs, galleries and tables are told from news."""

from __future__ import annotations

import pytest

from alerts.stories.framing import is_gathering, without_frame


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("[Coast FM] Agadir -- Pilots went home.", "Pilots went home.", id="mark and city"),
        pytest.param("[The Tide] Pilots went home.", "Pilots went home.", id="mark alone"),
        pytest.param("RABAT: Pilots went home.", "Pilots went home.", id="city in capitals"),
        pytest.param("RABAT / MADRID: Pilots went home.", "Pilots went home.", id="two cities"),
        pytest.param("RABAT, March 3 (AFP) — Pilots went home.", "Pilots went home.", id="date and agency"),
        pytest.param("Rabat (AFP) - Pilots went home.", "Pilots went home.", id="agency"),
        pytest.param("Pilots – all of them – went home.", "Pilots – all of them – went home.", id="a dash"),
        pytest.param("Pilots (of Rabat) went home.", "Pilots (of Rabat) went home.", id="brackets"),
        pytest.param(
            "Pilots went home. The post Pilots go home appeared first on The Tide.",
            "Pilots went home. ",
            id="a publishing system's line",
        ),
        pytest.param("", "", id="nothing"),
    ],
)
def test_dateline_is_left_out(text: str, left: str) -> None:
    assert without_frame("Pilots go home", text) == ("Pilots go home", left)


def test_kicker_stands_last() -> None:
    assert without_frame("South Morocco: Pilots go home", "They did.") == (
        "Pilots go home",
        "They did.\nSouth Morocco",
    )
    for title in ("At 10:30 the pilots went home", "The pilots of this airline say: enough", "Pilots: home"):
        assert without_frame(title, "They did.") == (title, "They did.")


@pytest.mark.parametrize(
    "title",
    [
        "Live: pilots go home",
        "Strike at Agadir airport – live updates",
        "Morocco updates: Talks go on",
        "Carnival in pictures",
        "Photos of the carnival",
        "Olympic medal count for Sunday",
        "Fisheries talks open. And, a storm nears Agadir",
        "Morning briefing: fish, boats and rain",
        "Your horoscope for Monday",
        "Le carnaval en images",
        "EN DIRECT – Grève à l'aéroport",
        "En directo: la huelga",
        "Liveblog: Streik in Agadir",
        "إضراب المطار بالصور",
    ],
)
def test_gathering_is_told_from_news(title: str) -> None:
    assert is_gathering(title)


@pytest.mark.parametrize(
    "title",
    [
        "Pilots live in fear of a strike",
        "Minister in the picture over fisheries",
        "Team adds to its medal count with a silver",
        "Minister updates parliament on talks",
        "Photographer charged over pictures taken at airport",
        "Delivery drivers strike in Agadir and Casablanca",
        "Minister tells parliament of schedule for talks",
    ],
)
def test_news_is_no_gathering(title: str) -> None:
    assert not is_gathering(title)
