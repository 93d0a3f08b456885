"""Changes of a watch list that its dismissals suggest: proposed, and made by the command line, the API and the page alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from lxml.html import fromstring
from sqlmodel import Session, select
from typer.testing import CliRunner

from service.actions.dismissals import dismiss, restore
from service.actions.errors import ActionError
from service.actions.proposals import Proposable, apply_proposal, in_words, proposals
from service.cli.app import app
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.silences import list_silences
from storage.stores.watch.watch_edits import put_actors, set_facts
from storage.stores.watch.watch_lists import actors_named, facts_named
from storage.tables import Alert, AlertPolicy, Article, DismissalKind, Outlet
from tests.archive import AlertStages, add_article, watch
from tests.conftest import START, Clock
from tests.service.actions.surfaces import House, house_on

LIST = "Kingdoms"
TEXTS = {
    "king": "The government of Jordan signed treaty {} on water.",
    "ball": "The striker Jordan signed contract {} on Monday.",
}


async def fill(database: Database, clock: Clock) -> None:
    """Twenty alerts about the kingdom, ten about a striker that were dismissed as another's."""
    with database.write() as session:
        watch(session, LIST, actors=["Jordan"])
        facts = facts_named(session, LIST)
        assert facts is not None
        set_facts(session, facts.id, replace(facts.editable, alert=AlertPolicy.ARTICLE), now=START)
        for place in range(30):
            text = TEXTS["king" if place < 20 else "ball"]
            add_article(
                session, f"Number {place}", text.format(place), outlet="Gazette" if place < 20 else "Sport"
            )
    stages = AlertStages(database, clock)
    await stages.load()
    await stages.step()
    await stages.close()


def judge(session: Session, kind: DismissalKind) -> int:
    alerts = of_sport(session)
    for alert in alerts:
        dismiss(session, alert, via="page", kind=kind, now=START)
    return len(alerts)


def of_sport(session: Session) -> list[int]:
    sport = session.exec(select(Outlet.id).where(Outlet.name == "Sport")).one()
    return [
        id_of(alert)
        for alert in session.exec(select(Alert).order_by("id"))
        if session.get_one(Article, alert.article_id).outlet_id == sport
    ]


@pytest.fixture
async def judged(database: Database, clock: Clock) -> Database:
    await fill(database, clock)
    return database


def test_another_person_is_told_by_a_word(judged: Database) -> None:
    with judged.write() as session:
        assert judge(session, DismissalKind.ANOTHER) == 10
        best = proposals(session, LIST)[0]
        assert in_words(best) == "Jordan: not where the article says “striker”"
        assert (best.gone, best.dismissed, best.lost, best.kept) == (10, 10, 0, 20)
        apply_proposal(session, LIST, best.kind, actor=best.actor, terms=best.terms, now=START)
        assert actors_named(session, 1, ["Jordan"])[0].context == ("-striker",)
        assert proposals(session, LIST) == []  # they would not come any more


def test_wrong_outlet_is_proposed_to_be_muted(judged: Database) -> None:
    with judged.write() as session:
        judge(session, DismissalKind.OUTLET)
        (only,) = proposals(session, LIST)
        assert (in_words(only), only.gone, only.lost) == ("mute Sport in this list for a year", 10, 0)
        apply_proposal(session, LIST, only.kind, terms=only.terms, now=START)
        (silence,) = list_silences(session, now=START)
        assert (silence.watch_list, silence.outlet) == (LIST, "Sport")


def test_what_is_only_mentioned_in_passing_raises_the_least_score(judged: Database) -> None:
    with judged.write() as session:
        for alert in session.exec(select(Alert)):
            alert.score = 12 if session.get_one(Article, alert.article_id).outlet_id == 2 else 60
        session.flush()
        judge(session, DismissalKind.PASSING)
        (only,) = proposals(session, LIST)
        assert (in_words(only), only.gone, only.lost) == ("least score 15", 10, 0)
        apply_proposal(session, LIST, only.kind, terms=only.terms, now=START)
        facts = facts_named(session, LIST)
        assert facts is not None
        assert facts.min_score == 15


def test_what_is_not_news_says_nothing_of_the_rule(judged: Database) -> None:
    with judged.write() as session:
        judge(session, DismissalKind.NOT_NEWS)
        assert proposals(session, LIST) == []


@pytest.mark.parametrize(
    ("kind", "terms", "message"),
    [
        pytest.param("against", (), "say which terms", id="no terms"),
        pytest.param("min-score", ("high",), "is not a score", id="no score"),
        pytest.param("outlet", ("Nobody",), "there is no outlet", id="unknown outlet"),
        pytest.param("outlet", (), "takes one term", id="no outlet"),
    ],
)
def test_changes_that_can_not_be_made_are_refused(
    judged: Database, kind: Proposable, terms: tuple[str, ...], message: str
) -> None:
    with judged.write() as session, pytest.raises(ActionError, match=message):
        apply_proposal(session, LIST, kind, actor="Jordan", terms=terms, now=START)


@pytest.fixture
def house(judged: Database, storage_url: str, tmp_path: Path) -> Iterator[House]:
    with house_on(storage_url, tmp_path) as house:
        yield house


@pytest.mark.thorough
def test_surfaces_propose_and_change_alike(house: House) -> None:
    database = house.served.service.database
    with database.read() as session:
        sport = of_sport(session)
        facts = facts_named(session, LIST)
    assert facts is not None
    surfaces = {"command line": by_command, "API": by_api, "page": by_page}
    for surface, ask in surfaces.items():
        assert ask(house, sport, facts.id) == ("Jordan: not where the article says “striker”", 10), surface
        with database.write() as session:
            (actor,) = actors_named(session, facts.id, ["Jordan"])
            assert actor.context == ("-striker",), surface
            put_actors(session, facts.id, [replace(actor, context=())], now=START)
            for alert in sport:
                restore(session, alert, via="page", now=START)


def by_command(house: House, sport: Sequence[int], _number: int) -> tuple[str, int]:
    for alert in sport:
        assert house.command("alerts", "dismiss", str(alert), "--because", "another").done
    words = ["watch", "proposals", LIST, "--json", "--settings", str(house.settings)]
    (first, *_) = json.loads(CliRunner().invoke(app, words).stdout)
    assert not house.command("watch", "proposals", LIST, "--apply", "9").done
    assert house.command("watch", "proposals", LIST, "--apply", "1").done
    return first["change"], first["gone"]


def by_api(house: House, sport: Sequence[int], number: int) -> tuple[str, int]:
    for alert in sport:
        assert house.call("PUT", f"/alerts/{alert}/dismissal", {"kind": "another"}).done
    listed = f"/watch-lists/{number}/proposals"
    (first, *_) = house.api.get(f"/api/v1{listed}").json()["items"]
    change = {name: first[name] for name in ("kind", "actor", "terms")}
    assert not house.call("POST", listed, {**change, "actor": "Nobody"}).done
    assert house.call("POST", listed, change).done
    return first["change"], first["gone"]


def by_page(house: House, sport: Sequence[int], _number: int) -> tuple[str, int]:
    for alert in sport:
        assert house.send(f"/alerts/{alert}/dismiss", {"because": "another"}).done
    page = fromstring(house.page.get("/watch/proposals", params={"list": LIST}).text)
    (form, *_) = page.xpath("//form[@action='/watch/proposals']")
    change, gone, *_ = (cell.text_content() for cell in form.xpath("ancestor::tr/td"))
    assert not house.send("/watch/proposals", {**dict(form.fields), "kind": "odd"}).done
    assert house.send("/watch/proposals", dict(form.fields)).done
    return change, int(gone.split()[0])
