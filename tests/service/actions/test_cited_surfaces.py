"""Outlets that tracked stories cite: shown, added and refused alike by the command line, the API and the page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from service.actions.citations import cited_outlets
from service.cli.app import app
from service.clock import utc_now
from storage.rows import id_of
from storage.stores.feeds.outlet_edits import outlet_called
from storage.tables import Alert, AlertArticle, Article, WatchListRow
from tests.archive import add_article, watch
from tests.databases import on_both, on_sqlite
from tests.service.actions.surfaces import SURFACES, Answer, House, house_on

pytestmark = on_sqlite

KNOWN = {
    "command line": ("telquel.ma", "TelQuel"),
    "API": ("nawaat.org", "Nawaat"),
    "page": ("kapitalis.com", "Kapitalis"),
}
"""For each surface a host, and the name by which the catalogue knows it."""


@pytest.fixture(scope="module")
def house(module_storage_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_on(module_storage_url, tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(params=SURFACES)
def surface(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def cite(
    house: House,
    *hosts: str,
    times: int = 2,
    days: int = 1,
    declared: bool = False,
    alerted: bool = True,
    text: str = "",
) -> None:
    """Store articles that cite these hosts, in an alert unless told otherwise."""
    now = utc_now()
    with house.served.service.database.write() as session:
        watch(session, "Nobody's list", actors=["Nobody Of This Kind"], now=now)
        watch_list = session.exec(select(WatchListRow).where(WatchListRow.name == "Nobody's list")).one()
        for number in range(times):
            at = now - timedelta(days=days)
            article = session.get_one(
                Article,
                add_article(session, f"Cites {hosts}", text, at=at, matched=True, outlet=f"Paper {number}"),
            )
            if declared:
                article.declared_url = f"https://{hosts[0]}/story/{number}"
            else:
                article.cites = [f"https://www.{host}/story/{number}" for host in hosts]
            if alerted:
                alert = Alert(
                    watch_list_id=id_of(watch_list),
                    story_id=article.story_id or 0,
                    article_id=id_of(article),
                    dedup_key=f"{hosts}{article.id}",
                    created_at=at,
                    came_out_at=at,
                )
                session.add(alert)
                session.flush()
                session.add(AlertArticle(alert_id=id_of(alert), article_id=id_of(article), attached_at=at))


def shown(house: House, surface: str) -> dict[str, int]:
    """Return the hosts that a surface shows, with how many articles cite each."""
    if surface == "API":
        found = house.api.get("/api/v1/cited-outlets").json()["items"]
    elif surface == "command line":
        words = ["outlets", "cited", "--json", "--settings", str(house.settings)]
        found = json.loads(CliRunner().invoke(app, words).stdout)
    else:
        text = house.page.get("/outlets/cited").text
        return {
            item.partition('"')[0]: int(item.partition("cited by ")[2].partition(" ")[0])
            for item in text.split('name="host" value="')[1:]
        }
    return {one["host"]: one["articles"] for one in found}


def add(house: House, surface: str, host: str) -> Answer:
    if surface == "API":
        return house.call("POST", "/cited-outlets/add", {"host": host})
    if surface == "page":
        return house.send("/outlets/cited", {"host": host})
    return house.command("outlets", "cited", "--add", host)


@on_both
def test_what_tracked_articles_cite_and_nobody_follows_is_shown_alike(house: House) -> None:
    cite(house, "herald.example", "tribune.example", times=3)
    cite(house, "tribune.example", times=2, days=2)
    cite(house, "source.example", declared=True)
    cite(house, "once.example", times=1)
    cite(house, "old.example", days=8)
    cite(house, "untracked.example", alerted=False)
    cite(house, "x.com", "declared.example")
    for surface in SURFACES:
        found = shown(house, surface)
        assert list(found)[:1] == ["tribune.example"]
        assert (found["tribune.example"], found["herald.example"], found["source.example"]) == (5, 3, 2)
        assert not {"once.example", "old.example", "untracked.example", "x.com", "declared.example"} & set(
            found
        )
    with house.served.service.database.read() as session:
        first = cited_outlets(session, now=utc_now())[0]
        longer = cited_outlets(session, now=utc_now(), span=timedelta(days=30), fewest=1)
    assert (first.outlets, len(first.examples), first.is_in_catalogue) == (3, 3, False)
    assert {"once.example", "old.example"} <= {one.host for one in longer}


def test_an_outlet_is_proposed_until_it_is_followed_and_not_after_it_was_removed(house: House) -> None:
    cite(house, "follow.example")
    assert "follow.example" in shown(house, "API")
    assert house.call("POST", "/outlets", {"name": "Follow", "feeds": ["https://rss.follow.example/x"]}).done
    assert "follow.example" not in shown(house, "API")
    assert house.send("/outlets/remove", {"name": "Follow"}).done
    assert "follow.example" not in shown(house, "API")


def test_one_that_the_catalogue_knows_is_added_by_one_act(house: House, surface: str) -> None:
    host, name = KNOWN[surface]
    cite(house, host)
    assert shown(house, surface)[host] == 2
    assert add(house, surface, host).done
    with house.served.service.database.read() as session:
        added = outlet_called(session, name)
    assert added is not None
    assert added.values.feeds
    assert host not in shown(house, surface)


@on_both
def test_names_after_words_of_attribution_cite_too(house: House) -> None:
    text = "The minister told Le Figaro that the port will open. وأوضح، نقلا عن رويترز، أن الميناء سيفتح. Selon l'AFP, {more}."
    for number in range(2):
        cite(house, "elsewhere.example", times=1, text=text.format(more=number))
    with house.served.service.database.read() as session:
        found = {one.host: one for one in cited_outlets(session, now=utc_now())}
    assert {found[host].name for host in ("lefigaro.fr", "reuters.com", "afp.com")} == {
        "Le Figaro",
        "Reuters",
        "Agence France-Presse",
    }
    assert (found["lefigaro.fr"].articles, found["lefigaro.fr"].is_in_catalogue) == (2, True)


def test_where_nothing_is_found_it_is_said_what_was_tried(house: House, surface: str) -> None:
    cite(house, "silent.example")
    answer = add(house, surface, "silent.example")
    assert not answer.done
    assert "look at it again in an hour" in " ".join(answer.words.split())
    assert "Tried: the address itself" in " ".join(answer.words.split())
    assert "silent.example" in shown(house, surface)


def test_what_nobody_cites_is_refused_alike(house: House, surface: str) -> None:
    answer = add(house, surface, "nobody.example")
    assert (answer.done, "No article in an alert cites 'nobody.example'" in answer.words) == (False, True)
