"""Articles that a collector of the user's own brings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from crawler.sources.base import declare
from service.actions.errors import ActionError
from service.actions.pushes import Pushed, find_source, push_articles, read_articles
from storage.engine import Database
from storage.stores.feeds.outlet_edits import OutletValues, put_outlet
from storage.tables import Alert, Article, ArticleState, ArticleVersion, Outlet
from tests.archive import AlertStages, watch
from tests.conftest import START, Clock

TEXT = "Leila Benali opened the new harbour on Monday. " * 12
ARTICLE = {"url": "https://fisheries.example/press/1", "title": "Harbour opened", "text": TEXT}


@pytest.fixture
def session(database: Database) -> Database:
    with database.write() as session:
        values = OutletValues(
            "Ministry", "https://fisheries.example", sources=(declare("push", {"name": "ours"}),)
        )
        put_outlet(session, values, {}, number=None, interval=timedelta(minutes=15), now=START)
        watch(session, "People", actors=["Leila Benali"])
    return database


def push(database: Database, *articles: Mapping[str, object], source: str = "ours") -> Pushed:
    with database.write() as session:
        document = read_articles(find_source(session, source), source, articles, now=START)
        return push_articles(session, source, document, fetch_pages=True, now=START)


def stored(session: Session) -> list[tuple[str, ArticleState]]:
    return [(article.url, article.state) for article in session.exec(select(Article).order_by("id"))]


async def test_pushed_article_alerts_once(session: Database, clock: Clock) -> None:
    assert push(session, ARTICLE) == Pushed(new=1, known=0)
    assert push(session, ARTICLE) == Pushed(new=0, known=1)
    stages = AlertStages(session, clock)
    await stages.load()
    await stages.step()
    push(session, ARTICLE)
    await stages.step()
    await stages.close()
    with session.read() as read:
        assert len(read.exec(select(Alert)).all()) == 1
        assert len(stored(read)) == 1


def test_other_text_is_an_edit_and_no_text_has_the_page_read(session: Database) -> None:
    push(session, ARTICLE)
    assert push(session, {**ARTICLE, "text": TEXT.replace("harbour", "shipyard")}) == Pushed(0, 1)
    push(session, {"url": "https://fisheries.example/press/2", "title": "Quota for sardines raised"})
    with session.read() as read:
        versions = read.exec(select(ArticleVersion).where(ArticleVersion.article_id == 1)).all()
        assert len(versions) == 2
        assert stored(read)[1] == ("https://fisheries.example/press/2", ArticleState.FOUND)


def test_article_without_a_page_is_known_by_its_id(session: Database) -> None:
    given = {"id": "radio-7", "title": "Interview on the radio", "text": TEXT}
    assert push(session, given, {**given, "id": "radio-8", "title": "Second interview"}) == Pushed(2, 0)
    assert push(session, given) == Pushed(0, 1)


def test_old_article_is_kept_quietly(session: Database) -> None:
    push(session, {**ARTICLE, "published": "2025-01-02T12:00:00Z"})
    with session.read() as read:
        ((_url, state),) = stored(read)
    assert state is ArticleState.MATCHED


@pytest.mark.parametrize(
    ("articles", "source", "message"),
    [
        pytest.param([ARTICLE], "our", "called 'our'; did you mean 'ours'", id="unknown source"),
        pytest.param([{"title": "No page"}], "ours", "needs its url, or else an id", id="no address"),
        pytest.param([], "ours", "give 1 to 500 articles", id="nothing"),
    ],
)
def test_what_can_not_be_taken_is_refused(
    session: Database, articles: list[Mapping[str, object]], source: str, message: str
) -> None:
    with pytest.raises(ActionError, match=message):
        push(session, *articles, source=source)


def test_paused_outlet_takes_nothing(session: Database) -> None:
    with session.write() as write:
        write.exec(select(Outlet)).one().paused_at = START
    with pytest.raises(ActionError, match="is paused or removed"):
        push(session, ARTICLE)
