"""Addresses of articles that were deleted for their age: what a feed still carries of them is not found anew."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from storage.tables import ForgottenArticle

REMEMBERED = timedelta(days=365)
"""So long after it last stood in a feed an address is remembered."""
RENEWED_AFTER = timedelta(days=30)
"""An address that stands in a feed is written anew so often, and not at every poll."""
AT_ONCE = 500
"""Values in one SQL `IN`: below every database's limit."""


def key_of(canonical_url: str) -> int:
    """Return the number that an address is remembered by: 64 bits, so that ten million make no two the same."""
    digest = hashlib.blake2b(canonical_url.encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def remember(session: Session, canonical_urls: Iterable[str], *, now: datetime) -> None:
    """Store the addresses of articles that are deleted now."""
    keys = {key_of(url) for url in canonical_urls}
    new = keys - _known(session, keys).keys()
    if new:
        session.execute(insert(ForgottenArticle), [{"key": key, "met_at": now} for key in sorted(new)])


def forgotten(session: Session, canonical_urls: Collection[str], *, now: datetime) -> set[str]:
    """Return those of the addresses, met in a feed, whose articles were deleted."""
    keys = {key_of(url): url for url in canonical_urls}
    known = _known(session, keys)
    old = [key for key, met_at in known.items() if now - met_at > RENEWED_AFTER]
    if old:
        session.execute(update(ForgottenArticle).where(col(ForgottenArticle.key).in_(old)).values(met_at=now))
    return {keys[key] for key in known}


def addresses_forgotten(session: Session, canonical_urls: Iterable[str]) -> set[str]:
    """Return those of the addresses whose articles were deleted."""
    keys = {key_of(url): url for url in canonical_urls}
    return {keys[key] for key in _known(session, keys)}


def expire(session: Session, *, now: datetime) -> None:
    """Delete the addresses that no feed has carried for a year."""
    session.execute(delete(ForgottenArticle).where(col(ForgottenArticle.met_at) < now - REMEMBERED))


def _known(session: Session, keys: Collection[int]) -> dict[int, datetime]:
    wanted, found = list(keys), {}
    for start in range(0, len(wanted), AT_ONCE):
        query = select(ForgottenArticle.key, ForgottenArticle.met_at).where(
            col(ForgottenArticle.key).in_(wanted[start : start + AT_ONCE])
        )
        found.update(dict(session.exec(query).all()))
    return found
