"""Stories of two languages that an enricher's vectors tell to be one: one alert, only where the settings ask for it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from alerts.enrich.base import Enricher, MentioningArticle
from alerts.enrich.runner import EnricherRunner
from alerts.raising.deciding import StoredFacts, decide_alerts
from alerts.raising.joining import Joining, how_alike
from alerts.values import Actor, Topic
from service.alert_facts import AlertFacts, alert_facts
from service.settings import SettingsError, load_settings
from storage.engine import Database
from storage.rows import id_of
from storage.stores.stories.merging import merge_stories
from storage.stores.stories.story_facts import MentioningStory, NewLink, add_links, links_of_stories
from storage.tables import Alert, Enrichment, Story, StoryLink
from tests.alerts.raising.made import BOURITA, STORY, article, standing, watched
from tests.archive import AlertStages, add_article, add_channel, watch
from tests.conftest import START, Clock
from tests.databases import on_both

pytestmark = on_both


PORTS = "the Dakhla port"


@pytest.mark.parametrize(
    ("ours", "theirs", "alike"),
    [
        pytest.param((1.0, 0.0), [(2.0, 0.0)], 1.0, id="length counts for nothing"),
        pytest.param((1.0, 0.0), [(0.0, 1.0), (1.0, 1.0)], math.sqrt(0.5), id="the nearest of several"),
        pytest.param((1.0, 0.0), [(-1.0, 0.0)], -1.0, id="the opposite"),
        pytest.param((1.0, 0.0), [(1.0, 0.0, 0.0)], None, id="another model's length"),
        pytest.param((1.0, 0.0), [(0.0, 0.0)], None, id="a vector of nothing"),
        pytest.param((1.0, 0.0), [], None, id="none"),
    ],
)
def test_vectors_are_compared_by_their_cosine(
    ours: tuple[float, ...], theirs: list[tuple[float, ...]], alike: float | None
) -> None:
    assert how_alike(ours, theirs) == (None if alike is None else pytest.approx(alike))


@pytest.mark.parametrize(
    ("joining", "theirs", "mentioned", "alike"),
    [
        pytest.param(Joining("vectors", 0.8), (4.0, 3.0), (BOURITA, "actor"), 0.8, id="as alike as is asked"),
        pytest.param(Joining("vectors", 0.81), (4.0, 3.0), (BOURITA, "actor"), None, id="not enough"),
        pytest.param(Joining("vectors", 0.8), (4.0, 3.0), ("Somebody", "actor"), None, id="nobody is shared"),
        pytest.param(
            Joining("vectors", 0.8), (4.0, 3.0), (BOURITA, "topic"), None, id="a topic of this name"
        ),
        pytest.param(None, (4.0, 3.0), (BOURITA, "actor"), None, id="nobody asked for it"),
    ],
)
def test_story_in_another_language_joins_an_alert(
    joining: Joining | None, theirs: tuple[float, ...], mentioned: tuple[str, str], alike: float | None
) -> None:
    name, kind = mentioned
    stored = StoredFacts(
        alerts=[standing(key="1:story:3", story_id=3)],
        alert_outlets={5: {9}},
        mentioning=[MentioningStory(3, "en", 1, name, kind)],
        vectors={1: (1.0, 0.0)},
        story_vectors={3: [(0.0, 1.0), theirs]},
        joining=joining,
    )
    found = article(1, BOURITA, language="fr")
    decided = decide_alerts(stored, [found], {1: watched()}, shard="fr", now=found.article.article.found_at)
    assert [(link.key, link.actors, round(link.alike or 0, 9)) for link in decided.links] == (
        [] if alike is None else [((3, STORY), (BOURITA,), alike)]
    )
    assert len(decided.made) == (1 if alike is None else 0), "in doubt, a second alert"


class Vectors(Enricher):
    """Returns one vector for articles about fishing, another for others, and something that is no vector for a newsletter."""

    def facts(self, article: MentioningArticle) -> Mapping[str, Any]:
        if "newsletter" in article.text:
            return {"vector": ["fish"]}
        fish = any(word in article.text for word in ("boats", "قارب"))
        return {"vector": [0.9, 0.1] if fish else [0.1, 0.9], "model": "small"}


TOLD = (
    ("en", "Nasser Bourita signs deal", "Nasser Bourita opened the waters to boats, and named the Dakhla port."),
    ("ar", "اتفاق الصيد", "وقع ناصر بوريطة اتفاقا يفتح المياه أمام كل قارب إسباني."),
    ("ar", "قنصلية", "افتتح ناصر بوريطة قنصلية في مالقة حيث يعيش كثير من المغاربة."),
    ("es", "El puerto", "Habrá más boats en la zona, se dijo en the Dakhla port, sin nombrar a nadie."),
    ("fr", "La lettre", "Nasser Bourita est dans notre newsletter de lundi, avec toute la rédaction."),
)  # fmt: skip


async def raised(database: Database, clock: Clock, joining: Joining | None) -> list[AlertFacts]:
    """Return the alerts of what is told here, first to last, after all was grouped."""
    with database.write() as session:
        add_channel(session)
        bourita = Actor("Nasser Bourita", aliases=("ناصر بوريطة",))
        watch(session, "Morocco", actors=[bourita], topics=[Topic("Dakhla", f'"{PORTS}"')], channels=["desk"])
    stages = AlertStages(database, clock, enrichers=EnricherRunner({"vectors": Vectors}), joining=joining)
    await stages.load()
    for language, title, text in TOLD:
        with database.write() as session:
            add_article(session, title, text, at=clock.now, language=language, outlet=f"Outlet {title}")
        await stages.step()
    await stages.close()
    with database.read() as session:
        found = []
        for number in session.exec(select(Alert.id).order_by(col(Alert.id))).all():
            facts = alert_facts(session, number or 0)
            assert facts is not None
            found.append(facts)
    return found


async def test_vectors_make_stories_of_two_languages_one_alert(database: Database, clock: Clock) -> None:
    first, consulate, letter = await raised(database, clock, Joining("vectors", 0.85))
    assert [(one.language, one.actors, round(one.alike or 0, 9)) for one in first.story.related] == [
        ("ar", ("Nasser Bourita",), 1.0),
        ("es", ("Dakhla",), 1.0),
    ]
    assert (consulate.story.related, letter.story.related) == ((), ())
    with database.read() as session:
        assert len(session.exec(select(StoryLink)).all()) == 2
        kept = session.exec(select(Enrichment).order_by(col(Enrichment.article_id))).all()
        assert [row.facts.get("vector") for row in kept] == [
            [0.9, 0.1],
            [0.9, 0.1],
            [0.1, 0.9],
            [0.9, 0.1],
            ["fish"],
        ]
    assert [one.facts for one in first.found.articles] == [{"vectors": {"model": "small"}}], (
        "vectors are for no reader"
    )


async def test_without_the_setting_vectors_join_nothing(database: Database, clock: Clock) -> None:
    alerts = await raised(database, clock, None)
    assert len(alerts) == len(TOLD)
    assert [one.story.related for one in alerts] == [()] * len(TOLD)


def test_how_alike_stories_are_stays_where_one_becomes_another(database: Database) -> None:
    with database.write() as session:
        kept, gone, other = (Story(created_at=START, shard="en") for _ in range(3))
        session.add_all([kept, gone, other])
        session.flush()
        link = NewLink(id_of(gone), id_of(other), ("Nasser Bourita",), ("1200",), 0.9)
        add_links(session, [link], now=START)
        merge_stories(session, kept=id_of(kept), gone=id_of(gone), version=1)
        (found,) = links_of_stories(session, [id_of(kept)])
    assert found == replace(link, story_id=found.key[0], other_id=found.key[1])
    assert set(found.key) == {id_of(kept), id_of(other)}


def test_settings_name_an_enricher_that_is_installed(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[stories]\njoin_languages_by = "reading"\njoin_languages_from = 0.9\n')
    stories = load_settings(file)[0].stories
    assert (stories.join_languages_by, stories.join_languages_from) == ("reading", 0.9)
    file.write_text('[stories]\njoin_languages_by = "vectorz"\n')
    with pytest.raises(SettingsError, match=r"no enricher 'vectorz' is installed; there are: .*reading"):
        load_settings(file)
