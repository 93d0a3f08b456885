"""A month in numbers, as the API gives it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from service.web.api.shapes.common import example


class ComparedOut(BaseModel):
    """A count, and what it was in the time before."""

    now: int
    before: int


class ReportListOut(BaseModel):
    """A watch list: its articles and alerts, and how the alerts were dealt with."""

    name: str
    articles: ComparedOut
    alerts: ComparedOut
    alerts_a_day: dict[date, int] = Field(description="Days without alerts are left out.")
    states: dict[str, int] = Field(
        description="Alerts by state: `new`, `seen`, `in-hand`, `done`, `dismissed`."
    )
    dismissed: dict[str, int] = Field(
        description="By reason: `another`, `passing`, `not-news`, `outlet`; empty where none was given."
    )
    still_open: int
    overdue: int


class ReportShareOut(BaseModel):
    """An actor or topic, an outlet, a country or a language."""

    name: str = Field(description="A code where it is a country or language; empty where it is not known.")
    label: str
    watch_list: str | None
    articles: ComparedOut
    share: float = Field(description="Of all of its kind; of names, of those that are compared.")


class ReportStoryOut(BaseModel):
    """A story, by its earliest article that may be reproduced."""

    story: int
    headline: str
    outlet: str
    url: str
    language: str | None
    outlets: int
    articles: int
    first_at: datetime
    last_at: datetime


class ReportTimeOut(BaseModel):
    """How long a step took, in seconds; null where it was never taken."""

    step: str = Field(description="`published-sent`, `found-alerted` or `alerted-sent`.")
    alerts: int
    median: float | None
    p95: float | None
    within_minute: int


class ReportOut(BaseModel):
    """Numbers of a time, compared with the time before. An article that two lists found counts for both."""

    model_config = example(
        since="2026-02-01",
        until="2026-02-28",
        zone="Africa/Casablanca",
        before_since="2026-01-01",
        before_until="2026-01-31",
        articles={"now": 812, "before": 640},
        alerts={"now": 210, "before": 188},
        watch_lists=[
            {
                "name": "Energy",
                "articles": {"now": 812, "before": 640},
                "alerts": {"now": 210, "before": 188},
                "alerts_a_day": {"2026-02-10": 210},
                "states": {"new": 12, "done": 180, "dismissed": 18},
                "dismissed": {"passing": 18},
                "still_open": 12,
                "overdue": 2,
            }
        ],
        names=[
            {
                "name": "Leila Benali",
                "label": "Leila Benali",
                "watch_list": "Energy",
                "articles": {"now": 300, "before": 210},
                "share": 0.75,
            }
        ],
        outlets=[
            {
                "name": "Example Gazette",
                "label": "Example Gazette",
                "watch_list": None,
                "articles": {"now": 500, "before": 300},
                "share": 0.62,
            }
        ],
        countries=[
            {
                "name": "MA",
                "label": "Morocco",
                "watch_list": None,
                "articles": {"now": 500, "before": 300},
                "share": 0.62,
            }
        ],
        languages=[
            {
                "name": "fr",
                "label": "French",
                "watch_list": None,
                "articles": {"now": 500, "before": 300},
                "share": 0.62,
            }
        ],
        stories=[
            {
                "story": 7,
                "headline": "Refinery opens",
                "outlet": "Example Gazette",
                "url": "https://gazette.example/1",
                "language": "en",
                "outlets": 12,
                "articles": 31,
                "first_at": "2026-02-10T08:00:00Z",
                "last_at": "2026-02-12T18:00:00Z",
            }
        ],
        times=[{"step": "alerted-sent", "alerts": 208, "median": 1.4, "p95": 9.0, "within_minute": 207}],
    )

    since: date
    until: date
    zone: str
    before_since: date
    before_until: date
    articles: ComparedOut
    alerts: ComparedOut
    watch_lists: list[ReportListOut]
    names: list[ReportShareOut]
    outlets: list[ReportShareOut]
    countries: list[ReportShareOut]
    languages: list[ReportShareOut]
    stories: list[ReportStoryOut]
    times: list[ReportTimeOut]
