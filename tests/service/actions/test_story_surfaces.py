"""Another story, the same story: the command line, the API and the page come to the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from benchmarks.stories_exported import measure_exported, read_exported
from service.cli.app import app
from service.clock import utc_now
from storage.tables import Alert, Article, StoryRuling
from tests.archive import AlertStages, add_article, watch
from tests.databases import on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on

pytestmark = on_sqlite
LETTERS = str.maketrans("0123456789", "ghijklmnop")


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def come(house: House, *texts: str) -> list[int]:
    """Articles come, and are put into stories: by the running service, or here."""
    database = house.served.service.database
    numbers = []

    async def group(number: int) -> None:
        stages = AlertStages(database, utc_now)
        await stages.load()
        async with asyncio.timeout(60):
            while not is_grouped(house, number):
                await stages.step()
        await stages.close()

    with database.write() as session:
        watch(session, "Bourita", actors=["Nasser Bourita"], channels=["console"])
    for place, text in enumerate(texts):
        with database.write() as session:
            numbers.append(add_article(session, text[:30], text, at=utc_now(), outlet=f"Outlet {place}"))
        asyncio.run(group(numbers[-1]))
    return numbers


def event() -> str:
    """Return a text in words that no other test of the module knows."""
    words = [uuid4().hex.translate(LETTERS) for _ in range(20)]
    return f"Nasser Bourita said of {' '.join(words)}."


def is_grouped(house: House, article: int) -> bool:
    with house.served.service.database.read() as session:
        return session.get_one(Article, article).story_id is not None


def story_of(house: House, article: int) -> int:
    with house.served.service.database.read() as session:
        story = session.get_one(Article, article).story_id
    assert story is not None
    return story


def alert_of(house: House, article: int) -> int:
    with house.served.service.database.read() as session:
        return session.exec(select(Alert.id).where(Alert.article_id == article)).one() or 0


def apart(house: House, surface: str, article: int, alert: int) -> Answer:
    if surface == "API":
        return house.call("POST", "/stories/apart", {"articles": [article]})
    if surface == "page":
        return house.send(f"/alerts/{alert}/apart", {"article": str(article)})
    return house.command("stories", "apart", str(article))


def same(house: House, surface: str, articles: tuple[int, int]) -> Answer:
    stories = [story_of(house, article) for article in articles]
    if surface == "API":
        return house.call("POST", f"/stories/{stories[0]}/same", {"story": stories[1]})
    if surface == "page":
        one, other = (alert_of(house, article) for article in articles)
        return house.send(f"/alerts/{one}/same", {"alert": str(other)})
    return house.command("stories", "same", *map(str, stories))


def test_a_story_is_put_right_alike(house: House, surface: str, tmp_path: Path) -> None:
    text = event()
    first, second = come(house, text, f"{text} A band from Tetouan played, and the mayor spoke for an hour.")
    alert = alert_of(house, first)
    assert story_of(house, first) == story_of(house, second)
    page = house.page.get(f"/alerts/{alert}").text
    assert page.count(">Another story</button>") == 2
    assert apart(house, surface, second, alert).done
    assert story_of(house, first) != story_of(house, second)
    assert ">Another story</button>" not in house.page.get(f"/alerts/{alert}").text
    assert same(house, surface, (first, second)).done
    kept = story_of(house, first)
    assert kept == story_of(house, second)
    assert [one["id"] for one in house.api.get(f"/api/v1/stories/{kept}").json()["articles"]] == [
        first,
        second,
    ]
    shown = CliRunner().invoke(
        app, ["stories", "show", str(kept), "--json", "--settings", str(house.settings)]
    )
    told = shown.stdout  # the service's console channel may write beside it, in the same process
    told = told[told.index("[\n") : told.rindex("\n]") + 2]
    assert [one["article_id"] for one in json.loads(told)] == [first, second]
    file = tmp_path / "stories.jsonl"
    assert house.command("stories", "export", "--since", "2026-01-01", "--output", str(file)).done
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert {one["id"]: one["story"] for one in lines if one["kind"] == "article"}[second] == kept
    assert {"kind": "pair", "article": first, "other": second, "together": True} in lines
    with file.open(encoding="utf-8") as exported:
        figures = measure_exported(read_exported(exported))
    assert (figures.articles, figures.said_together, figures.put_together) == (
        len([one for one in lines if one["kind"] == "article"]),
        len([one for one in lines if one["kind"] == "pair"]),
        len([one for one in lines if one["kind"] == "pair"]),
    )
    with house.served.service.database.read() as session:
        said = session.get_one(StoryRuling, (first, second))
    assert (said.caller != "", said.caller == "command") == (True, surface == "command line")


def test_what_cannot_be_is_refused_alike(house: House, surface: str) -> None:
    (alone,) = come(house, event())
    refused = apart(house, surface, alone, alert_of(house, alone))
    assert (refused.done, "has no other article" in refused.words) == (False, True)
    itself = same(house, surface, (alone, alone))
    assert (itself.done, "are one already" in itself.words) == (False, True)
