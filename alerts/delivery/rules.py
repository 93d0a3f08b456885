"""What a channel is told to do: quiet hours, bursts, caps, pace, digests. Stored with the channel as the settings say."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

DIGEST_MAX = 50


class ChannelRules(BaseModel):
    """The rules of a channel. Durations are in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    group_wait: float = 0.0
    """How long an alert waits for others: a burst is then one message."""
    quiet: tuple[str, ...] = ()
    max_per_hour: int | None = Field(default=None, ge=1)
    """Single alerts in a clock hour; what is more comes as a digest at the next full hour."""
    max_per_minute: int | None = Field(default=None, ge=1)
    """The pace of all that is sent."""
    digest_max: int = Field(default=DIGEST_MAX, ge=1)
    """Alerts that a digest tells in full; of the others it tells how many."""
    send_empty: bool = False
    """A digest is sent even where there is nothing to tell."""
    articles: bool = False
    """It is sent every article, too."""
    fallback_after: float = 900.0
    """How long the channel fails before its fallback is told."""
    events: tuple[str, ...] = ()
    """The kinds of `storage.stores.outbox.waiting.TRIAGE` that it asks for."""
