"""Leases: who works on a row, and until when. They make a claim safe among several processes and heal after a crash.

An owner is a name made by chance. That a process is dead is never guessed from its host name or number, which another may have
too: `storage.stores.services` knows which services live, and a lease of anybody else runs out.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection

from sqlalchemy import update
from sqlmodel import Session, col

from storage.tables import (
    Article,
    Feed,
    Notification,
    NotificationState,
    Push,
    StoryShard,
    Subscription,
    SurveyAddress,
)

_UNSYNCED = {"synchronize_session": False}


def new_owner() -> str:
    """Return a name for this process's claims that no other process, dead or alive, has."""
    return secrets.token_hex(8)


def free_leases(session: Session, owners: Collection[str]) -> int:
    """Free all that these owners have claimed, since they live no longer or leave; return how many claims that was.

    What an owner would store all the same is good for as long as nobody has claimed it anew: that has a higher token.
    """
    if not owners:
        return 0
    session.exec(
        update(Notification)
        .where(
            col(Notification.lease_owner).in_(owners), col(Notification.state) == NotificationState.SENDING
        )
        .values(state=NotificationState.QUEUED, stranded=col(Notification.stranded) + 1),
        execution_options=_UNSYNCED,
    )
    freed = 0
    for table in (Feed, Article, Notification, Subscription, Push, StoryShard, SurveyAddress):
        owned = update(table).where(col(table.lease_owner).in_(owners))
        freed += session.exec(
            owned.values(lease_owner=None, lease_until=None), execution_options=_UNSYNCED
        ).rowcount
    return freed + sum(free_matching(session, owner) for owner in owners)


def free_feeds(session: Session, owner: str, *, but: Collection[int]) -> int:
    """Free the feeds that an owner has claimed to poll, but those that it is at; return how many."""
    owned = update(Feed).where(col(Feed.lease_owner) == owner, col(Feed.id).not_in(but))
    return session.exec(
        owned.values(lease_owner=None, lease_until=None), execution_options=_UNSYNCED
    ).rowcount


def free_pages(session: Session, owner: str, *, but: Collection[int]) -> int:
    """Free the articles whose pages an owner has claimed to read, but those that it is at; return how many."""
    owned = update(Article).where(col(Article.lease_owner) == owner, col(Article.id).not_in(but))
    return session.exec(
        owned.values(lease_owner=None, lease_until=None), execution_options=_UNSYNCED
    ).rowcount


def free_matching(session: Session, owner: str) -> int:
    """Free the articles that an owner has claimed to match; return how many."""
    owned = update(Article).where(col(Article.match_owner) == owner)
    return session.exec(
        owned.values(match_owner=None, match_lease_until=None), execution_options=_UNSYNCED
    ).rowcount


def free_shards(session: Session, owner: str) -> int:
    """Free the shards that an owner has claimed to group; return how many."""
    owned = update(StoryShard).where(col(StoryShard.lease_owner) == owner)
    return session.exec(
        owned.values(lease_owner=None, lease_until=None), execution_options=_UNSYNCED
    ).rowcount
