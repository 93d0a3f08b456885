"""Backups: one moment's state, taken while others write, and restored."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlmodel import select

from storage.backup import backup
from storage.copying import copy
from storage.engine import Database
from storage.errors import StorageError
from storage.migrate import upgrade
from storage.stores.articles.search_index import Term, holding
from storage.stores.stats import rows_by_table, size_bytes
from storage.tables import Article, ArticleVersion
from tests.archive import add_article
from tests.conftest import START


def test_backup_taken_while_others_write_is_restored_whole(sqlite_database: Database, tmp_path: Path) -> None:
    with sqlite_database.write() as session:
        add_article(session, "First", "Rabat " * 50_000)
    started, stop = threading.Event(), threading.Event()

    def keep_writing() -> None:
        while not stop.is_set():
            with sqlite_database.write() as session:
                add_article(session, "Later", "Agadir " * 1_000)
            started.set()

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        assert started.wait(60)
        size = backup(sqlite_database, tmp_path / "copy.db")
    finally:
        stop.set()
        writer.join()
    assert size == (tmp_path / "copy.db").stat().st_size
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    with Database(f"sqlite:///{tmp_path / 'copy.db'}") as restored:
        before, after = upgrade(restored)
        assert before == after
        with restored.write() as session:
            articles = session.exec(select(Article.id)).all()
            versions = session.exec(select(ArticleVersion.article_id)).all()
            assert set(articles) == set(versions)  # every transaction whole
            assert len(articles) >= 2
            add_article(session, "After the restore", "", at=START)
            assert holding(session, [(((Term("rabat"),),),)], limit=5) == []
            assert session.connection().exec_driver_sql("PRAGMA foreign_key_check").all() == []


def test_backup_of_postgresql_is_a_file_that_goes_back(
    postgres_database: Database, postgres_url: str, tmp_path: Path
) -> None:
    with postgres_database.write() as session:
        for number in range(3):
            add_article(session, f"Number {number}", "Rabat")
        before = rows_by_table(session)
    file = tmp_path / "copy.db"
    assert backup(postgres_database, file) == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    with Database(f"sqlite:///{file}") as saved, Database(postgres_url) as restored:
        copy(saved, restored)
        with restored.read() as session:
            assert rows_by_table(session) == before


def test_file_that_exists_is_left_alone(sqlite_database: Database, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("mine")
    with pytest.raises(StorageError, match="exists already"):
        backup(sqlite_database, target)
    assert target.read_text() == "mine"


def test_backup_that_fails_leaves_nothing(sqlite_database: Database, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="can't back up"):
        backup(sqlite_database, tmp_path / "missing" / "copy.db")
    assert not list(tmp_path.glob("**/*.part"))


def test_stats_count_rows(database: Database) -> None:
    with database.write() as session:
        add_article(session, "First", "Rabat")
    with database.read() as session:
        rows = rows_by_table(session)
        assert (rows["article"], rows["article_version"], rows["alert"]) == (1, 1, 0)
        assert size_bytes(session) > 100_000
