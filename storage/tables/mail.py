"""Mail that was sent to an address of ours and is not read yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime


class InboundMessage(SQLModel, table=True):
    """A message for one source, as it came. It goes once what it says is stored."""

    __tablename__ = "inbound_message"

    id: int | None = Field(default=None, primary_key=True)
    feed_id: int = Field(foreign_key="feed.id", index=True, ondelete="CASCADE")
    key: str = Field(unique=True)
    """What its source remembers it by: numbers may be given anew."""
    body: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = Field(sa_type=UtcDateTime)
