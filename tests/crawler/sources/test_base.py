"""Sources: how one is declared, and what a stranger's needs: one class, and no edit elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlmodel import select

from crawler.sources.base import UnknownSourceError, declare, installed_sources, settings_of, source_of
from crawler.worker import FetchedDocument, read_document
from service.settings import SettingsError, load_settings
from storage.engine import Database
from storage.entry_points import installed, installed_one
from storage.stores.feeds.feed_claims import claim_due_feeds
from storage.stores.feeds.outlet_edits import OutletValues, put_outlet
from storage.tables import Feed
from tests.conftest import START
from tests.fake_packages import install_package

SECOND = timedelta(seconds=1)
BOARD = '''
from crawler.sources.base import Source, SourceSettings
from crawler.values import Entry, ParsedFeed


class BoardSettings(SourceSettings):
    board: str


class Board(Source):
    """Notices of a board, pushed by it."""

    kind = "board"
    settings = BoardSettings
    is_polled = False

    def address(self, settings):
        return f"board:{settings.board}"

    def host(self, settings):
        return "board.example"

    def read(self, document):
        lines = document.body.decode().splitlines()
        seen = document.state.get("read", 0)
        entries = tuple(Entry(f"{document.url}#{n}", "", line) for n, line in enumerate(lines[seen:], seen))
        return ParsedFeed("board", "Board", None, "https://board.example/", entries, state={"read": len(lines)})
'''


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a stranger's package with a source."""
    install_package(
        tmp_path,
        "boards",
        entry_points={"tocsin.sources": {"board": "board_source:Board"}},
        modules={"board_source": BOARD},
    )
    monkeypatch.syspath_prepend(tmp_path)
    installed.cache_clear()
    installed_one.cache_clear()
    yield
    installed.cache_clear()
    installed_one.cache_clear()


def test_ours_are_installed() -> None:
    assert set(installed_sources().by_name()) >= {"feed", "sitemap"}
    assert all(plugin.package == "tocsin" for plugin in installed_sources().plugins)


@pytest.mark.parametrize(
    ("sources", "place", "message"),
    [
        ("[{ kind = 'fed', url = 'https://a.example/rss' }]", "sources[0]", "no source of kind 'fed'"),
        ("[{ url = 'https://a.example/rss' }]", "sources[0]", 'kind must be one of "feed"'),
        ("[{ kind = 'feed', url = 'rss' }]", "sources[0]", "is not a web address"),
        (
            "[{ kind = 'feed', url = 'https://a.example/rss', mach = 'x' }]",
            "sources[0].mach",
            "unknown key",
        ),
        (
            "[{ kind = 'sitemap', url = 'https://a.example/s', match = '(' }]",
            "sources[0]",
            "regular expression",
        ),
    ],
)
def test_keys_of_each_kind_are_checked(tmp_path: Path, sources: str, place: str, message: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f"[[outlets]]\nname = 'A'\nsources = {sources}\n", encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(file)
    (problem,) = caught.value.problems
    assert place in problem.where
    assert message in problem.message


def test_sitemap_brings_the_pages_that_match() -> None:
    url = "https://a.example/sitemap.xml"
    rows = "".join(
        f"<url><loc>https://a.example/{name}</loc></url>" for name in ("press/1", "about", "press/2")
    )
    body = f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</urlset>".encode()
    fetched = FetchedDocument(body, url, None, url, "sitemap", {"url": url, "match": "/press/"})
    assert sorted(entry.url[-1] for entry in read_document(fetched).entries) == ["1", "2"]


def test_strangers_source_is_declared_stored_and_read(board: None, database: Database) -> None:
    with pytest.raises(ValidationError):
        declare("board", {})
    source = declare("board", {"board": "fisheries"})
    assert (source.address, source.is_polled) == ("board:fisheries", False)
    with database.write() as session:
        values = OutletValues("A", sources=(source,))
        put_outlet(session, values, {}, number=None, interval=SECOND, now=START)
    with database.write() as session:
        feed = session.exec(select(Feed)).one()
        assert (feed.source_kind, feed.source_settings) == ("board", {"board": "fisheries"})
        assert not claim_due_feeds(  # it comes by itself
            session, now=START, owner="a:1:b", lease=SECOND, limit=9, per_host=2, host_delay=SECOND
        )
    settings = settings_of(source_of("board"), feed.url, feed.source_settings)
    assert settings.model_dump() == {"board": "fisheries"}
    keys = ("board:fisheries", None, "board:fisheries", "board", feed.source_settings)
    first = read_document(FetchedDocument(b"Snow\nRain", *keys))
    assert [entry.title for entry in first.entries] == ["Rain", "Snow"]
    again = read_document(FetchedDocument(b"Snow\nRain\nSun", *keys, first.state or {}))
    assert [entry.title for entry in again.entries] == ["Sun"]
    assert len({entry.canonical_url for entry in (*first.entries, *again.entries)}) == 3


def test_kind_that_is_not_installed_any_more_is_said() -> None:
    with pytest.raises(UnknownSourceError, match=r"installed are: feed, .*sitemap"):
        source_of("board")
