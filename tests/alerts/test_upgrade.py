"""A database of the version before, taken over by this one: nothing that was matched is alerted or sent anew."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from sqlmodel import col, select

from storage.engine import Database
from storage.migrate import upgrade
from storage.tables import Alert, Article, ArticleState, ArticleVersion, MentionRow, Notification
from tests.archive import AlertStages, add_channel, add_version, watch
from tests.databases import on_both
from tests.storage.test_migrate import config

pytestmark = on_both


NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ROWS = f"""
INSERT INTO outlet (id, name, site, provisioned, active, created_at) VALUES (1, 'Gazette', '', false, true, '{NOON}');
INSERT INTO host (id, name) VALUES (1, 'gazette.example');
INSERT INTO article (id, outlet_id, host_id, url, canonical_url, state, feed_title, feed_text, page_title, read_at, authors, lead,
    paywalled, text_source, version, matched_version, grouped_version, found_at, fetch_attempts, has_page, names_before, language,
    match_token, lease_token, shard)
    VALUES (1, 1, 1, 'a', 'a', 'matched', 'Talks', 'Ilse Marrow talked.', 'Ilse Marrow talks', '{NOON}', '[]', '', false, 'page',
            1, 1, 1, '{NOON}', 1, true, '[]', 'en', 1, 1, 'en'),
           (2, 1, 1, 'b', 'b', 'found', 'Boats', 'Ilse Marrow came.', NULL, NULL, '[]', '', false, '',
            0, 0, 0, '{NOON}', 0, true, '[]', 'en', 0, 0, NULL);
INSERT INTO article_version (id, article_id, number, title, text, seen_at)
    VALUES (1001, 1, 1, 'Talks', 'The page says nothing of her.', '{NOON}')
"""


async def test_nothing_is_told_of_what_was_matched_by_the_version_before(bare_database: Database) -> None:
    with bare_database.engine.begin() as connection:
        command.upgrade(config(connection), "0022")
        for statement in ROWS.split(";"):
            connection.exec_driver_sql(statement)
    upgrade(bare_database)
    with bare_database.write() as session:
        add_channel(session)
        watch(session, "W", actors=["Ilse Marrow"], channels=["desk"])
    stages = AlertStages(bare_database, lambda: NOON)
    await stages.load()
    try:
        assert await stages.step() == 0
    finally:
        await stages.close()
    with bare_database.read() as session:
        for table in (Alert, MentionRow, Notification):
            assert session.exec(select(table)).all() == []
        states = session.exec(select(Article.state, Article.version).order_by(col(Article.id))).all()
    assert [*states] == [(ArticleState.MATCHED, 1), (ArticleState.FOUND, 0)]


async def test_an_edit_of_what_was_matched_before_makes_no_news_of_the_fields_that_were_not(
    bare_database: Database,
) -> None:
    await test_nothing_is_told_of_what_was_matched_by_the_version_before(bare_database)
    with bare_database.write() as session:
        add_version(session, 1, text="The page says nothing of her, still.")
        number = session.exec(select(ArticleVersion).where(ArticleVersion.number == 2)).one()
        number.summary, number.text_source = "Ilse Marrow talked.", "page"
    stages = AlertStages(bare_database, lambda: NOON)
    await stages.load()
    try:
        assert await stages.step() == 1
    finally:
        await stages.close()
    with bare_database.read() as session:
        assert session.exec(select(Alert)).all() == []
        assert [mention.field for mention in session.exec(select(MentionRow))] == ["summary"]
