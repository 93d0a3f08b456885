"""Channels by name."""

from __future__ import annotations

from sqlmodel import Session, col, select

from storage.tables import Channel


def channel_names(session: Session) -> list[str]:
    """Gives the names of the channels that the settings declare."""
    return list(session.exec(select(Channel.name).where(col(Channel.active)).order_by(col(Channel.name))))
