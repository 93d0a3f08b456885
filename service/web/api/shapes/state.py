"""Trends, and how the service is, as the API gives them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from service.actions.first_steps import Step
from service.web.api.shapes.common import Reason, example


def _volume(kind: str, name: str) -> dict[str, Any]:
    days = [{"day": "2026-03-02", "articles": 12, "stories": 8, "spike": True}]
    return {"watch_list": "Energy", "kind": kind, "name": name, "total": 12, "days": days}


class DayVolumeOut(BaseModel):
    """What was found on one day."""

    day: str
    articles: int
    stories: int
    spike: bool = Field(description="It stands out from the same weekday in the weeks before.")


class VolumeOut(BaseModel):
    """What a watch list (`kind` `list`), or an actor or topic of it, had by day: every day once, oldest first."""

    watch_list: str
    kind: str = Field(description="`list`, `actor` or `topic`.")
    name: str
    total: int = Field(description="Articles of all days.")
    days: list[DayVolumeOut]


class TrendsOut(BaseModel):
    """Volume over time, and from which outlets and in which languages. An article that two lists found counts for both."""

    model_config = example(
        articles=12,
        watch_lists=[_volume("list", "Energy")],
        names=[_volume("actor", "Leila Benali")],
        outlets={"Example Gazette": 12},
        languages={"en": 9, "ar": 3},
    )

    articles: int
    watch_lists: list[VolumeOut]
    names: list[VolumeOut]
    outlets: dict[str, int]
    languages: dict[str, int]


class ChartLineOut(BaseModel):
    """One line of a chart: every day once, oldest first."""

    model_config = example(
        name="MA",
        label="Morocco",
        watch_list=None,
        articles=12,
        share=0.75,
        days=[{"day": "2026-03-02", "articles": 12, "stories": 0, "spike": False}],
    )
    name: str = Field(
        description="The actor's, topic's, list's or outlet's, or a code; empty where that is not known."
    )
    label: str = Field(description="The same for people, in the language that is asked for.")
    watch_list: str | None
    articles: int
    share: float = Field(description="Of the articles of all lines: the share of voice, 0 to 1.")
    days: list[DayVolumeOut]


class ChartOut(BaseModel):
    """A chart: its lines, the one with the most articles first."""

    model_config = example(
        by="country",
        since="2026-03-02",
        until="2026-03-02",
        zone="Africa/Casablanca",
        lines=[
            {
                "name": "MA",
                "label": "Morocco",
                "watch_list": None,
                "articles": 12,
                "share": 1.0,
                "days": [{"day": "2026-03-02", "articles": 12, "stories": 0, "spike": False}],
            }
        ],
    )
    by: str
    since: date
    until: date
    zone: str = Field(
        description="Whose days these are. Of times of which no hours are known any more they are those of UTC."
    )
    lines: list[ChartLineOut]


class StageOut(BaseModel):
    """A stage of the service."""

    name: str
    well: bool
    silent_seconds: float = Field(description="Since its last step.")
    error: str | None


class QueueOut(BaseModel):
    """What waits for a stage."""

    length: int
    oldest: datetime | None = Field(description="Since when the oldest of it waits.")


class FailureOut(BaseModel):
    """An attempt at sending that failed."""

    at: datetime
    error: Reason


class StatusOut(BaseModel):
    """How the service is."""

    model_config = example(
        version="0.1.0",
        database="SQLite",
        database_bytes=1_000_000,
        stages=[{"name": "polling", "well": True, "silent_seconds": 0.4, "error": None}],
        queues={"matching": {"length": 0, "oldest": None}},
        notifications={"sent": 40, "failed": 1},
        feeds={"active": 12, "failing": 1, "retired": 0},
        failures=[{"at": "2026-03-02T12:00:00Z", "error": "the receiver answered 410"}],
    )
    version: str
    database: str
    database_bytes: int | None
    stages: list[StageOut]
    queues: dict[str, QueueOut]
    notifications: dict[str, int] = Field(description="By state.")
    feeds: dict[str, int] = Field(description="By state; failing ones are active.")
    failures: list[FailureOut] = Field(description="The newest, first.")


class ToldChannelOut(BaseModel):
    """A channel that gets the alerts of a list."""

    model_config = example(name="desk@press.example", type="email", proven=True)
    name: str
    type: str
    proven: bool = Field(description="A test message or a notification was taken there.")


class FirstStepsOut(BaseModel):
    """How far the service is set up, told from what is stored."""

    model_config = example(
        outlets=15,
        failing_outlets=0,
        watch_lists=["Energy"],
        channels=[{"name": "desk@press.example", "type": "email", "proven": True}],
        done=["follow", "outlets", "tell", "test"],
        next=None,
    )
    outlets: int
    failing_outlets: int
    watch_lists: list[str] = Field(description="That track something, the newest first.")
    channels: list[ToldChannelOut] = Field(description="That reach somebody, and get the alerts of a list.")
    done: list[Step]
    next: Step | None = Field(description="The first that is not done.")
