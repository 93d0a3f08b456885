"""Shards of stories: which has work, claiming one, and holding it while its batch is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.articles.match_claims import is_to_group
from storage.tables import Article, StoryShard
from storage.upserts import insert_or_ignore


@dataclass(frozen=True, slots=True)
class ShardClaim:
    """A shard whose articles this process is to put into stories now."""

    name: str
    token: int


def add_shards(session: Session, names: Iterable[str]) -> None:
    """Make the shards that are not there yet."""
    rows = [{"name": name, "version": 0, "token": 0} for name in sorted(set(names))]
    if rows:
        session.connection().execute(insert_or_ignore(session, StoryShard), rows)


def claim_shard(session: Session, *, now: datetime, owner: str, lease: timedelta) -> ShardClaim | None:
    """Claim the shard whose article has waited longest to be grouped, of those that no one works on; None where there is none."""
    first = (
        sa_select(func.min(col(Article.id)))
        .where(col(Article.shard) == col(StoryShard.name), *is_to_group(now))
        .correlate(StoryShard)
        .scalar_subquery()
    )
    is_free = or_(col(StoryShard.lease_until).is_(None), col(StoryShard.lease_until) <= now)
    name = session.execute(
        sa_select(col(StoryShard.name))
        .where(is_free, first.is_not(None))
        .order_by(first)
        .limit(1)
        .with_for_update(skip_locked=True, of=StoryShard)
    ).scalar_one_or_none()
    if name is None:
        return None
    token = session.execute(
        update(StoryShard)
        .where(col(StoryShard.name) == name)
        .values(token=col(StoryShard.token) + 1, lease_until=now + lease, lease_owner=owner)
        .returning(col(StoryShard.token))
    ).scalar_one()
    return ShardClaim(name, token)


def is_any_to_group(session: Session, *, now: datetime) -> bool:
    """Return whether an article waits to be put into a story."""
    return session.execute(sa_select(col(Article.id)).where(*is_to_group(now)).limit(1)).first() is not None


def hold_shard(session: Session, claim: ShardClaim) -> int | None:
    """Return the shard's version, locked until the transaction ends; None where another process has claimed it since."""
    row = session.execute(
        sa_select(col(StoryShard.version), col(StoryShard.token))
        .where(col(StoryShard.name) == claim.name)
        .with_for_update()
    ).one()
    return row.version if row.token == claim.token else None


def release_shard(session: Session, claim: ShardClaim, *, version: int) -> None:
    """Store the shard's new version and end the claim, if it still holds."""
    session.execute(
        update(StoryShard)
        .where(col(StoryShard.name) == claim.name, col(StoryShard.token) == claim.token)
        .values(version=version, lease_until=None, lease_owner=None)
    )
