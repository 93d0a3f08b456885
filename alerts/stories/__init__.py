"""Stories: which articles tell the same event. Pure: texts and times in, decisions out."""

from __future__ import annotations

from alerts.stories.grouper import (
    COPIES_WINDOW,
    STORIES_WINDOW,
    Decision,
    Frequencies,
    Kept,
    Kind,
    StoryGrouper,
)
from alerts.stories.traces import Traces, fingerprint, read_traces

__all__ = [
    "COPIES_WINDOW",
    "STORIES_WINDOW",
    "Decision",
    "Frequencies",
    "Kept",
    "Kind",
    "StoryGrouper",
    "Traces",
    "fingerprint",
    "read_traces",
]
