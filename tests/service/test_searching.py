"""Search: what the index leaves over is exactly what the matcher takes, on both databases, in every script."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from alerts.documents import archived_document
from alerts.errors import QueryError
from alerts.query import parse
from alerts.search import Indexer, needs_of
from alerts.search.indexing import BATCH
from alerts.text import FOLD_VERSION
from alerts.values import Topic, WatchList
from service.actions.matchers import matcher_of
from service.actions.search import HitTotal, search
from storage.engine import Database
from storage.stores.articles.archive import newest_articles
from storage.stores.articles.filtered import ArticleFilter
from storage.stores.articles.search_index import (
    IndexedWords,
    Term,
    holding,
    move_to_its_place,
    put_words,
    unindexed,
)
from storage.tables import Article, ArticleVersion, ArticleWords, Outlet
from tests.alerts.matching.test_matcher import CASES
from tests.archive import AlertStages, add_article, add_version, watch
from tests.conftest import START, Clock
from tests.databases import on_both
from tests.replay.test_statements import statements

pytestmark = on_both


async def index_all(database: Database) -> int:
    """Indexes what is not; return how many articles that were."""
    indexer, count = Indexer(database), 0
    while done := await indexer.step():
        count += done
    return count


def found(session: Session, query: str) -> list[int]:
    return [hit.example.article_id for hit in search(session, query, limit=10_000).hits]


def judged(session: Session, asked: list[str]) -> dict[str, list[int]]:
    """The articles that each query is true of, without the index: every article is read."""
    matcher = matcher_of(session, WatchList("W", topics=tuple(Topic(query, query) for query in asked)))
    judged: dict[str, list[int]] = {query: [] for query in asked}
    for article in newest_articles(session, 10_000):
        mentions = matcher.match(archived_document(article))
        for query in dict.fromkeys(m.topic for m in mentions if m.watch == "W"):
            judged[query or ""].append(article.id)
    return judged


def queries() -> list[str]:
    """The queries of the matcher's cases, and the names of their actors as phrases; those that are good."""
    names = [f'"{alias}"' for case in CASES for alias in case.get("actor", ()) if isinstance(alias, str)]
    written = [case["q"] for case in CASES if "q" in case] + names[::10]
    good = []
    for query in dict.fromkeys(written):
        try:
            parse(query)
        except QueryError:
            continue
        good.append(query)
    return good


@pytest.mark.thorough
async def test_index_never_hides_what_the_matcher_would_take(database: Database) -> None:
    with database.write() as session:
        watch(session, "Tracked", actors=["Nasser Bourita"])
        for number, case in enumerate(CASES):
            add_article(
                session,
                case.get("title", ""),
                case["text"],
                language=case.get("language", "en"),
                outlet=case.get("outlet", "Example Gazette"),
                at=START + timedelta(minutes=number),
            )
    assert await index_all(database) == len(CASES)
    asked = queries()
    assert len(asked) > 150
    if not database.is_sqlite:  # what is judged is the same: only the index is another
        asked = asked[::3]
    with database.read() as session:
        expected = judged(session, asked)
        assert {query: found(session, query) for query in asked} == expected
    assert sum(map(len, expected.values())) > 100


@pytest.mark.parametrize(
    ("query", "needs"),
    [
        pytest.param("Rabat fish*", [[["rabat"]], [["fish*"]]], id="both words"),
        pytest.param("Rabat NOT football", [[["rabat"]]], id="what must be absent is not asked for"),
        pytest.param('"Western Sahara" OR Rabat', [[["western"], ["sahara"]], [["rabat"]]], id="any"),
        pytest.param("lang:en Rabat", [[["rabat"]]], id="facts are judged"),
    ],
)
def test_index_is_asked_for_the_words_that_a_query_needs(query: str, needs: list[list[list[str]]]) -> None:
    def written(term: Term) -> str:
        return term.word + "*" * term.prefix

    asked = [[[*map(written, word)] for word in passage] for need in needs_of(query) for passage in need]
    assert sorted(asked) == sorted(needs)


async def test_index_follows_edits_and_removals(database: Database, clock: Clock) -> None:
    stage = AlertStages(database, clock)
    await stage.load()
    with database.write() as session:
        number = add_article(session, "Talks in Rabat", "About fisheries.")
    await stage.step()
    with database.read() as session:
        assert found(session, "Rabat") == [number]
    with database.write() as session:
        add_version(session, number, title="Talks in Agadir")
    await stage.step()
    await stage.close()
    with database.read() as session:
        assert (found(session, "Rabat"), found(session, "Agadir")) == ([], [number])
        assert unindexed(session, fold_version=FOLD_VERSION, before=None, limit=10) == []
    with database.write() as session:
        for version in session.exec(select(ArticleVersion)):
            session.delete(version)
        session.flush()
        session.delete(session.get_one(Article, number))
    with database.read() as session:
        assert holding(session, needs_of("Agadir"), limit=10) == []
        assert session.exec(select(ArticleWords)).all() == []


async def test_articles_of_before_are_indexed_in_batches_that_may_be_interrupted(
    database: Database,
) -> None:
    count = 2 * BATCH + 7
    with database.write() as session:
        for number in range(count):
            add_article(session, f"Title {number}", "Rabat")
        put_words(session, [IndexedWords(1, version=1, fold_version=FOLD_VERSION - 1, words="old")])
    assert await Indexer(database).step() == BATCH
    with database.read() as session:
        assert found(session, "Rabat") == list(range(count, count - BATCH, -1))
    assert await index_all(database) == count - BATCH
    with database.read() as session:
        assert len(found(session, "Rabat")) == count
        assert found(session, "old") == []
    assert await index_all(database) == 0


async def test_nothing_to_index_keeps_no_writer_waiting(database: Database) -> None:
    with database.write() as session:
        add_article(session, "Title", "Rabat")
    assert await index_all(database) == 1
    indexer = Indexer(database)
    with statements() as seen:
        assert [await indexer.step(), await indexer.step()] == [0, 0]
    assert any("article_words" in statement for statement in seen)
    assert not [statement for statement in seen if "IMMEDIATE" in statement]


async def test_article_that_is_kept_without_being_matched_is_indexed_too(database: Database) -> None:
    """As what stands in a new feed and is old."""
    indexer = Indexer(database)
    assert await indexer.step() == 0
    with database.write() as session:
        add_article(session, "Waits", "Rabat")
        kept = add_article(session, "Kept", "Rabat", matched=True)
    assert await indexer.step() == 1
    assert await indexer.step() == 0
    with database.read() as session:
        assert found(session, "Rabat") == [kept]


async def test_search_gives_the_newest_with_the_place_marked(database: Database) -> None:
    with database.write() as session:
        for number in range(300):
            at = START + timedelta(hours=number)
            add_article(session, f"Number {number}", "He spoke. They met in Rabat. He left.", at=at)
    await index_all(database)
    with database.read() as session:
        newest = search(session, "Rabat", limit=3)
        recent = search(session, "Rabat", wanted=ArticleFilter(since=START + timedelta(hours=290)), limit=100)
        older = search(session, "Rabat", beyond=newest.onward, limit=1)
    hits = newest.hits
    assert [hit.example.title for hit in hits] == ["Number 299", "Number 298", "Number 297"]
    example = hits[0].example
    assert example.sentence == "They met in Rabat."
    assert example.sentence[example.start : example.end] == "Rabat"
    assert (len(recent.hits), recent.onward) == (10, None)
    assert older.hits[0].example.title == "Number 296"


async def test_search_with_little_time_goes_on_where_it_stopped(database: Database) -> None:
    with database.write() as session:
        for number in range(60):
            text = (
                "The ferry of the council."
                if number % 7
                else "The ferry left. A council met. The council ferry."
            )
            add_article(session, f"Number {number}", text, at=START + timedelta(hours=number))
    await index_all(database)
    query, seen, steps, onward = '"council ferry"', [], 0, None
    with database.read() as session:
        while True:
            step = search(session, query, beyond=onward, limit=2, time_limit=timedelta(0))
            steps += 1
            seen += [hit.example.article_id for hit in step.hits]
            if step.onward is None:
                break
            assert onward is None or step.onward < onward
            assert step.reached is not None
            onward = step.onward
        assert seen == found(session, query)
    assert (len(seen), steps) == (9, 61)  # one article a step, and one step to see that there are no more


async def test_endless_words_are_found_too(database: Database) -> None:
    word = "x" * 5000
    with database.write() as session:
        add_article(session, "Endless", word)
    await index_all(database)
    with database.read() as session:
        assert found(session, word) == [1]
        assert found(session, f"{word[:300]}*") == [1]
        assert found(session, word + "y") == []


async def test_what_came_out_last_comes_first_whenever_it_was_found(database: Database) -> None:
    with database.write() as session:
        late, old, new = (add_article(session, f"Ferry {place}") for place in range(3))
        for number, days in ((late, 0), (old, 28), (new, 3)):
            session.get_one(Article, number).published_at = START - timedelta(days=days)
    await index_all(database)
    with database.read() as session:
        assert found(session, "ferry") == [late, new, old]
        first = search(session, "ferry", limit=2)
        assert [hit.example.article_id for hit in first.hits] == [late, new]
        rest = search(session, "ferry", limit=2, beyond=first.onward)
        assert ([hit.example.article_id for hit in rest.hits], rest.onward) == ([old], None)
        wanted = ArticleFilter(oldest_first=True, since=START - timedelta(days=10))
        assert [hit.example.article_id for hit in search(session, "ferry", wanted=wanted).hits] == [new, late]


async def test_articles_are_found_by_what_is_known_of_them(database: Database) -> None:
    with database.write() as session:
        for place, (outlet, country, tags, language) in enumerate(
            (
                ("Gazette", "MA", ["daily", "morning"], "fr"),
                ("Herald", "GB", ["daily"], "en"),
                ("Ministry", "MA", ["government"], "ar"),
            )
        ):
            number = add_article(
                session, "Ferry", outlet=outlet, at=START + timedelta(hours=place), language=language
            )
            of = session.get_one(Outlet, session.get_one(Article, number).outlet_id)
            of.country, of.tags = country, tags
    await index_all(database)
    with database.read() as session:
        for wanted, expected in (
            (ArticleFilter(), [3, 2, 1]),
            (ArticleFilter(outlet="Herald"), [2]),
            (ArticleFilter(outlet="Nobody"), []),
            (ArticleFilter(country="MA"), [3, 1]),
            (ArticleFilter(country="MA", oldest_first=True), [1, 3]),
            (ArticleFilter(language="en"), [2]),
            (ArticleFilter(type="daily"), [2, 1]),
            (ArticleFilter(tag="morning", type="daily"), [1]),
            (ArticleFilter(type="daily", language="ar"), []),
            (ArticleFilter(since=START + timedelta(hours=1)), [3, 2]),
            (ArticleFilter(until=START + timedelta(hours=1)), [1]),
            (
                ArticleFilter(since=datetime(1, 1, 2, tzinfo=UTC), until=datetime(9999, 1, 1, tzinfo=UTC)),
                [3, 2, 1],
            ),
        ):
            given = search(session, "ferry", wanted=wanted, counts=True)
            assert [hit.example.article_id for hit in given.hits] == expected, wanted
            assert given.total == HitTotal(len(expected), exact=True)


async def test_search_tells_how_many_there_are_or_that_there_are_more(database: Database) -> None:
    with database.write() as session:
        for number in range(40):
            add_article(session, f"Ferry {number}", at=START + timedelta(hours=number))
    await index_all(database)
    with database.read() as session:
        whole = search(session, "ferry", limit=3, counts=True)
        hasty = search(session, "ferry", limit=3, counts=True, time_limit=timedelta(0))
        hardly = search(session, "ferry", limit=3, counts=True, count_limit=timedelta(0))
        few = search(session, "ferry", limit=50, counts=True, count_limit=timedelta(0))
        later = search(session, "ferry", limit=3, beyond=whole.onward)
    assert (len(whole.hits), whole.total) == (3, HitTotal(40, exact=True))
    assert (len(hasty.hits), hasty.total) == (1, HitTotal(1, exact=False))
    assert (len(hardly.hits), hardly.total, hardly.onward) == (3, HitTotal(4, exact=False), whole.onward)
    assert (len(few.hits), few.total, few.onward) == (40, HitTotal(40, exact=True), None)
    assert later.total is None


async def test_filter_that_little_fits_is_searched_on_from_where_it_stopped(database: Database) -> None:
    with database.write() as session:
        rare = add_article(session, "Ferry", outlet="Rare", at=START)
        for number in range(3):
            add_article(session, "Ferry", outlet="Usual", at=START + timedelta(hours=1 + number))
    await index_all(database)
    with database.read() as session:
        first = search(session, "ferry", wanted=ArticleFilter(outlet="Rare"), time_limit=timedelta(0))
        assert [hit.example.article_id for hit in first.hits] == [rare]
        assert first.onward is not None
        assert first.reached == START
        rest = search(session, "ferry", wanted=ArticleFilter(outlet="Rare"), beyond=first.onward)
    assert (rest.hits, rest.onward) == ([], None)


async def test_date_that_is_learned_later_moves_an_article_to_its_place(database: Database) -> None:
    with database.write() as session:
        moved, other = (add_article(session, "Ferry", at=START + timedelta(hours=n)) for n in (2, 1))
    await index_all(database)
    with database.write() as session:
        session.get_one(Article, moved).published_at = START - timedelta(days=1)
        session.flush()
        move_to_its_place(session, moved)
    with database.read() as session:
        assert found(session, "ferry") == [other, moved]
