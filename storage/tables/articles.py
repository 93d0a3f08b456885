"""What was published: entries as the feeds carried them, articles, and the versions of their text."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.troubles import Trouble
from storage.types import TroubleType, UtcDateTime, enum_type, json_type, no_items


class ArticleState(StrEnum):
    """How far an article has come: `found` in a feed, `ready` with all that its page says, `matched` and in its story.

    One that is `found` is matched on what its source says, and has a story where that mentions somebody, before its page is read.
    What is left to do with a version is said by numbers: it is to be matched where `version` is ahead of `matched_version`, and
    to be grouped where that is ahead of `grouped_version`.
    """

    FOUND = "found"
    READY = "ready"
    MATCHED = "matched"


class Article(SQLModel, table=True):
    """One published text, known by its canonical URL. Title and text stand in its versions."""

    __table_args__ = (
        Index("ix_article_to_fetch", "state", "next_fetch_at"),
        Index("ix_article_host_lease", "host_id", "lease_until"),
        Index("ix_article_found_at", "found_at", "outlet_id"),
        Index(
            "ix_article_to_match",
            "id",
            sqlite_where=text("matched_version < version"),
            postgresql_where=text("matched_version < version"),
        ),
        Index(
            "ix_article_to_group",
            "shard",
            "id",
            sqlite_where=text("grouped_version < matched_version"),
            postgresql_where=text("grouped_version < matched_version"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    outlet_id: int = Field(foreign_key="outlet.id", index=True)
    host_id: int = Field(foreign_key="host.id")
    url: str = Field(sa_type=Text)
    """The address as the feed gave it: what is fetched and shown."""
    canonical_url: str = Field(sa_type=Text, unique=True)
    """The key: `crawler.urls.canonical_url` of `url`."""
    declared_url: str | None = Field(default=None, sa_type=Text, index=True)
    """The key of the address that the page itself names as canonical (a syndicated copy names its source)."""
    state: ArticleState = Field(default=ArticleState.FOUND, sa_type=enum_type(ArticleState))
    feed_title: str = ""
    feed_text: str = Field(default="", sa_type=Text)
    """What the feed said last, as plain text: stands in where the page can't be read."""
    feed_summary: str | None = Field(default=None, sa_type=Text)
    """What it said beside that text, where an entry has a content and a summary; null where that was not kept yet."""
    authors: list[str] = Field(default_factory=no_items, sa_type=json_type())
    language: str | None = None
    section: str | None = None
    image: str | None = None
    photo_credit: str | None = None
    photo_caption: str | None = Field(default=None, sa_type=Text)
    paywalled: bool = False
    cites: list[str] = Field(default_factory=no_items, sa_type=json_type())
    """Addresses of other sites that its prose links to, one a site."""
    text_source: str = ""
    """Where the text comes from: `feed`, `page`, or `summary` where only the feed's summary
    could be fetched (`fetch_error` says why)."""
    version: int = 0
    """Number of the current version."""
    matched_version: int = 0
    """Number of the version that was matched last; 0 until one was."""
    grouped_version: int = 0
    """Number of the version that was last put into its story, with the alerts that follow; 0 until one was."""
    shard: str | None = None
    """The shard of stories that it is grouped in (`StoryShard`); null until it was matched, or while it waits for its page."""
    names_before: list[Any] = Field(default_factory=no_items, sa_type=json_type())
    """Whom the version grouped last mentions by the rules of the match, as `[watch list id, kind, name]`; for the grouping."""
    match_token: int = 0
    """The fencing token of the last claim to match it: it grows with each, and what an earlier one would store is refused."""
    match_lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    match_owner: str | None = None
    story_id: int | None = Field(default=None, foreign_key="story.id", index=True)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    modified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    found_at: datetime = Field(sa_type=UtcDateTime)
    ready_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    matched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_fetch_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    page_title: str | None = Field(default=None, sa_type=Text)
    """The headline as the page had it last: an edited one is a version, though the feed still says the old one."""
    read_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the page was read first; null until it was."""
    recheck_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    """When the page is due to be read again for edits; null once it has cooled."""
    page_etag: str | None = Field(default=None, sa_type=Text)
    page_last_modified: str | None = Field(default=None, sa_type=Text)
    """What makes the next request for the page conditional."""
    fetch_attempts: int = 0
    fetch_error: Trouble | None = Field(default=None, sa_type=TroubleType)
    """Why the page was not read."""
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = None
    lease_token: int = 0
    """The fencing token of the last claim to read its page, as in `Feed`."""
    has_page: bool = True
    """False where the address shown is not the entry's own page: there is nothing to fetch."""


class ArticleVersion(SQLModel, table=True):
    """What an outlet said of an article, as it stood when we read it. Mentions point into exactly these fields."""

    __tablename__ = "article_version"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="article.id", ondelete="CASCADE")
    number: int
    """Counts from 1."""
    title: str
    """What it is called: by its source, or by its page where that has named it anew or the source does not."""
    text: str = Field(sa_type=Text)
    """Plain text, paragraphs parted by one newline. What the source says stands in where there is no other."""
    source_title: str = ""
    summary: str = Field(default="", sa_type=Text)
    """What the source says below its title; empty where that is `text`."""
    headline: str = ""
    """The page's."""
    lead: str = Field(default="", sa_type=Text)
    """The page's standfirst, and what else it shows where the source says more."""
    description: str = Field(default="", sa_type=Text)
    """What the page's head says of it."""
    text_source: str = ""
    """As the article's `text_source`; empty where its page was still to be read."""
    seen_at: datetime = Field(sa_type=UtcDateTime)


class EntryRow(SQLModel, table=True):
    """One item of a feed: makes a guid new only once, and tells an edit from news."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("feed_id", "guid"),)

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feed.id", ondelete="CASCADE")
    guid: str = Field(sa_type=Text)
    """The entry's own guid; where a feed gives one guid to several articles, the guid and the link."""
    article_id: int = Field(foreign_key="article.id", index=True, ondelete="CASCADE")
    content_key: str | None = Field(default=None, index=True)
    """Equal for equal title and text; null where they say too little to tell."""
    first_seen_at: datetime = Field(sa_type=UtcDateTime)


class Enrichment(SQLModel, table=True):
    """What one enricher knows of an article (`alerts.enrich`)."""

    article_id: int = Field(foreign_key="article.id", primary_key=True, ondelete="CASCADE")
    enricher: str = Field(primary_key=True)
    facts: dict[str, Any] = Field(sa_type=json_type())


class ForgottenArticle(SQLModel, table=True):
    """The address of an article that was deleted for its age, as a number: what a feed still carries is no news again."""

    __tablename__ = "forgotten_article"

    key: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    """`storage.stores.articles.forgotten.key_of` its canonical URL."""
    met_at: datetime = Field(sa_type=UtcDateTime, index=True)
    """When it was deleted, or stood in a feed since (to the month)."""
