"""How long polling may rest while pushes arrive. Pure.

A feed whose hub brings everything needs few polls. A hub is believed once a poll has found nothing that it had not pushed, and as
long as it pushes: silence of three times the usual gap ends the rest, and so does the longest interval, whatever comes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

QUIET = 3
"""Usual gaps between pushes without one, after which polling takes over."""
_WEIGHT = 0.25
"""Of the newest gap in the usual one."""


def next_gap(usual: timedelta | None, gap: timedelta | None) -> timedelta | None:
    """Return the usual gap between pushes after one more; None until there were two."""
    if usual is None or gap is None:
        return gap or usual
    return usual + (gap - usual) * _WEIGHT


def rest_until(
    planned: datetime,
    *,
    last_poll: datetime,
    last_push: datetime | None,
    usual_gap: timedelta | None,
    is_trusted: bool,
    longest: timedelta,
) -> datetime:
    """Return when a feed is polled next: as planned, or later where pushes make that needless."""
    if not is_trusted or last_push is None or usual_gap is None:
        return planned
    return max(planned, min(last_push + usual_gap * QUIET, last_poll + longest))
