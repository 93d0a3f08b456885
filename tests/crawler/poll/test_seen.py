"""What a feed's last document said is not looked up again, and what is stored is the same as if it were."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from crawler.poll.identity import prepare
from crawler.poll.seen import MOST_BYTES, WHOLE_EVERY, SeenEntries, read_new
from crawler.values import Entry, ParsedFeed
from storage.engine import Database
from storage.migrate import upgrade
from storage.tables import Article, ArticleVersion, EntryRow, Feed, Outlet
from tests.conftest import START
from tests.storage.test_claims import add_feed
from tests.taking_in import take_in_one

HOUR = timedelta(hours=1)
FIRST = Entry("1", "https://a.example/1", "Bourita meets the envoy")
SECOND = Entry("2", "https://a.example/2", "The minister resigns")


def document(*entries: Entry, site: str = "https://a.example/") -> bytes:
    items = "".join(
        f"<item><guid isPermaLink='false'>{entry.guid}</guid><link>{entry.url}</link><title>{entry.title}</title>"
        f"<description>{entry.summary}</description></item>"
        for entry in entries
    )
    return f"<rss version='2.0'><channel><title>A</title><link>{site}</link>{items}</channel></rss>".encode()


def read(body: bytes, seen: bytes = b"") -> ParsedFeed:
    return read_new(body, url="https://a.example/rss", content_type="application/rss+xml", seen=seen)


def new_in(before: bytes, after: bytes) -> tuple[Entry, ...]:
    return read(after, read(before).seen).entries


def test_only_what_the_last_document_had_not_is_new() -> None:
    assert new_in(document(FIRST), document(SECOND, FIRST)) == (SECOND,)
    assert new_in(document(SECOND, FIRST), document(SECOND)) == ()


def test_of_a_feed_of_which_nothing_is_known_all_is_new() -> None:
    assert read(document(SECOND, FIRST)).entries == (SECOND, FIRST)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(FIRST._replace(title="Bourita met the envoy"), id="edited"),
        pytest.param(FIRST._replace(guid="3"), id="other guid, same address"),
        pytest.param(FIRST._replace(url="https://a.example/3"), id="same guid, other address"),
        pytest.param(
            FIRST._replace(guid="3", url="https://a.example/1?utm_source=rss"), id="address in other form"
        ),
    ],
)
def test_a_document_with_what_may_be_an_edit_is_judged_whole(other: Entry) -> None:
    assert new_in(document(SECOND, FIRST), document(other, SECOND)) == (other, SECOND)
    if (other.guid, other.url) != (FIRST.guid, FIRST.url):  # of those that have both alike, the first is read
        assert new_in(document(SECOND, FIRST), document(other, SECOND, FIRST)) == (other, SECOND, FIRST)
        assert new_in(document(SECOND), document(other, FIRST, SECOND)) == (other, FIRST, SECOND)


@pytest.mark.parametrize("words", ["They met.", "&lt;p>They &lt;b>met&lt;/b>.&lt;/p>"], ids=["plain", "HTML"])
def test_an_entry_whose_words_are_edited_is_judged(words: str) -> None:
    before, after = (
        document(FIRST._replace(summary=said), SECOND) for said in (words, f"{words} It rained.")
    )
    assert [entry.summary for entry in new_in(before, after)] == ["They met. It rained.", ""]
    assert new_in(before, before) == ()


def test_what_is_prepared_has_its_summary_where_that_is_the_contents_words() -> None:
    body = document(FIRST._replace(summary="&lt;p>They met.&lt;/p>&lt;p>It rained.&lt;/p>"))
    (entry,) = prepare(read(body), name="https://a.example/rss").entries
    assert (entry.given[3:], entry.text) == (("They met. It rained.", ""), "They met.\nIt rained.")


def test_a_document_with_one_guid_at_two_addresses_is_judged_whole() -> None:
    same = FIRST._replace(url="")
    assert new_in(document(FIRST, same), document(FIRST, same)) == (FIRST, same)


def test_entries_without_a_page_are_told_apart_by_their_guids() -> None:
    first, second = FIRST._replace(url=""), SECOND._replace(url="")
    assert new_in(document(first), document(second, first)) == (second,)


def test_another_site_makes_all_new() -> None:
    assert new_in(document(FIRST), document(FIRST, site="https://b.example/")) == (FIRST,)


def test_only_the_document_stored_last_is_recalled_and_once_a_day_none() -> None:
    memory = SeenEntries()
    memory.remember(1, "a", b"x" * 16, was_whole=True, now=START)
    assert memory.recall(1, "a", now=START + HOUR) == b"x" * 16
    assert memory.recall(1, "b", now=START + HOUR) == b""
    assert memory.recall(2, "a", now=START + HOUR) == b""
    memory.remember(1, "b", b"y" * 16, was_whole=False, now=START + WHOLE_EVERY - HOUR)
    assert memory.recall(1, "b", now=START + WHOLE_EVERY - HOUR) == b"y" * 16
    assert memory.recall(1, "b", now=START + WHOLE_EVERY) == b""
    memory.forget(1)
    assert memory.recall(1, "b", now=START) == b""


def test_memory_is_bounded() -> None:
    memory = SeenEntries()
    for feed_id in range(4):
        memory.remember(feed_id, "a", bytes(MOST_BYTES // 3), was_whole=True, now=START)
    assert [bool(memory.recall(feed_id, "a", now=START)) for feed_id in range(4)] == [False, True, True, True]


words = st.sampled_from(["Bourita meets the envoy", "The minister resigns", "Rain"])
entries = st.builds(
    lambda guid, url, title, summary: Entry(guid, url, title, summary),
    st.sampled_from("1234"),
    st.sampled_from(["", *(f"https://a.example/{n}" for n in range(1, 5)), "https://a.example/"]),
    words,
    st.sampled_from(
        ["", "He said so on Tuesday before the members of the council and the press of the city."]
    ),
)
documents = st.lists(
    st.lists(entries, min_size=1, max_size=5, unique_by=lambda entry: (entry.guid, entry.url)),
    min_size=2,
    max_size=5,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one feed."""
    file = tmp_path_factory.mktemp("seen") / "empty.db"
    with Database(f"sqlite:///{file}") as database:
        upgrade(database)
        with database.write() as session:
            add_feed(session, "https://a.example/rss", host="a.example")
        with database.outside_transactions() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


def takes_over(sequence: list[list[Entry]]) -> bool:
    """Tell whether an entry has an address that one of another guid had in an earlier document."""
    guids: dict[str, set[str]] = {}
    for found in sequence:
        with_page = [entry for entry in found if entry.url]
        if any(entry.guid not in guids.get(entry.url, {entry.guid}) for entry in with_page):
            return True
        for entry in with_page:
            guids.setdefault(entry.url, set()).add(entry.guid)
    return False


@pytest.mark.thorough
@settings(max_examples=60, deadline=None)
@given(documents.filter(lambda sequence: not takes_over(sequence)))
@example([[FIRST, FIRST._replace(url="")]] * 2)
def test_what_is_stored_is_the_same_as_if_all_were_looked_up(
    empty: Path, sequence: list[list[Entry]]
) -> None:
    assert stored(empty, sequence, sifting=True) == stored(empty, sequence, sifting=False)


def stored(empty: Path, sequence: list[list[Entry]], *, sifting: bool) -> list[object]:
    """Return all that a feed's documents come to, stored one after the other."""
    seen = b""
    file = shutil.copy(empty, empty.with_name("filled.db"))
    with Database(f"sqlite:///{file}") as database:
        new = []
        for number, found in enumerate(sequence):
            result = read(document(*found), seen)
            seen = result.seen if sifting else b""
            with database.write() as session:
                row = session.exec(select(Feed)).one()
                outlet = session.get_one(Outlet, row.outlet_id)
                came = take_in_one(session, row, outlet, result, now=START + number * HOUR)
                new.append((len(came.made), len(came.new)))
        with database.read() as session:
            articles = session.exec(
                select(Article.canonical_url, Article.feed_title, Article.feed_text)
            ).all()
            versions = session.exec(
                select(
                    ArticleVersion.article_id,
                    ArticleVersion.number,
                    ArticleVersion.title,
                    ArticleVersion.text,
                )
            ).all()
            rows = session.exec(select(EntryRow.guid, EntryRow.article_id)).all()
    return [new, articles, versions, rows]
