"""Leases: who works on a row, and until when. They make a claim safe among several processes and heal after a crash.

An owner is `machine:process:nonce`. On the same machine a dead owner is known at once; elsewhere its leases run out.
"""

from __future__ import annotations

import os
import secrets
import socket

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.tables import Article, Feed, Notification, NotificationState, Push, StoryShard, Subscription


def new_owner() -> str:
    """Return a name for this process's claims that no other process, dead or alive, has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def release_dead(session: Session, *, owner: str) -> int:
    """Frees what processes of this machine had claimed that no longer live; return how many rows were freed.

    Call it at the start, so that what a killed process left is taken up at once and not when its leases end.
    """
    freed = 0
    for table in (Feed, Article, Notification, Subscription, Push, StoryShard):
        owners = session.exec(
            select(col(table.lease_owner)).where(col(table.lease_owner).is_not(None)).distinct()
        ).all()
        dead = [name for name in owners if name is not None and _is_dead(name, owner)]
        if not dead:
            continue
        if table is Notification:
            session.execute(
                update(Notification)
                .where(
                    col(Notification.lease_owner).in_(dead),
                    col(Notification.state) == NotificationState.SENDING,
                )
                .values(state=NotificationState.QUEUED, stranded=col(Notification.stranded) + 1)
            )
        released = session.exec(
            update(table).where(col(table.lease_owner).in_(dead)).values(lease_owner=None, lease_until=None)
        )
        freed += released.rowcount
    return freed + _release_matching(session, owner)


def _release_matching(session: Session, owner: str) -> int:
    """Free articles that dead processes were to match."""
    names = select(col(Article.match_owner)).where(col(Article.match_owner).is_not(None)).distinct()
    dead = [name for name in session.exec(names) if name is not None and _is_dead(name, owner)]
    if not dead:
        return 0
    return session.exec(
        update(Article)
        .where(col(Article.match_owner).in_(dead))
        .values(match_owner=None, match_lease_until=None)
    ).rowcount


def _is_dead(name: str, owner: str) -> bool:
    machine, process, _nonce = name.rsplit(":", 2)
    own_machine, own_process, _own_nonce = owner.rsplit(":", 2)
    if machine != own_machine or name == owner:
        return False
    if process == own_process:  # our own number, given again after a restart (always so in a container)
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
