"""Traced articles and the comparison with control sources, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from service.missed.addresses import MOST_ADDRESSES
from service.missed.values import StopKind
from service.web.api.shapes.common import ApiInput, example, storable

LONGEST_TEXT = 2_000_000
"""Characters."""
_MOMENT = "2026-03-02T12:00:00Z"
_STOP: dict[str, Any] = {
    "kind": "not-followed",
    "watch": None,
    "facts": {"host": "gazette.example"},
    "text": "No outlet at gazette.example is followed.",
}
_ARTICLE: dict[str, Any] = {
    "given": "https://gazette.example/talks",
    "url": "https://gazette.example/talks",
    "id": None,
    "title": "Talks in Rabat",
    "outlet": None,
    "published_at": _MOMENT,
    "found_at": None,
    "found": False,
    "reason": _STOP,
    "stops": [_STOP],
    "page": {
        "title": "Talks in Rabat",
        "published_at": _MOMENT,
        "language": "en",
        "would_match": ["Energy"],
        "error": None,
    },
    "outlet_to_add": {
        "name": "Example Gazette",
        "site": "https://gazette.example",
        "feed": "https://gazette.example/rss",
        "language": "en",
    },
    "remedy": "tocsin outlets add 'Example Gazette' --feed https://gazette.example/rss",
}


class MissedIn(ApiInput):
    """Addresses of articles, and a text that holds some: a competitor's mail, CSV, OPML of searches, a feed."""

    model_config = example(
        addresses=["https://gazette.example/talks"], text="", watch_list="Energy", fetch=False
    )
    addresses: list[Annotated[str, Field(max_length=2_000), AfterValidator(storable)]] = Field(
        default=[], max_length=MOST_ADDRESSES
    )
    text: Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(storable)] = ""
    watch_list: Annotated[str | None, Field(max_length=200)] = Field(
        default=None, description="Only for this watch list."
    )
    fetch: bool = Field(
        default=False,
        description="Fetch pages that were never seen (at most 30), read searches, and look for feeds of outlets not followed.",
    )


class StopOut(BaseModel):
    """Where an article stopped."""

    kind: StopKind
    watch: str | None = Field(description="The watch list that it holds for; null: all.")
    facts: dict[str, Any] = Field(description="What is known of it, by kind.")
    text: str = Field(description="The same in words.")


class PageLookOut(BaseModel):
    """What the page of an article says that was never seen."""

    title: str | None
    published_at: datetime | None
    language: str | None
    would_match: list[str] = Field(description="Watch lists.")
    error: str | None = Field(description="Why it could not be read.")


class OutletProposalOut(BaseModel):
    """An outlet that is not followed, as `POST /outlets` takes it."""

    name: str
    site: str
    feed: str | None = Field(description="Null: none was found.")
    language: str | None


class TracedOut(BaseModel):
    """An address, and where its article stopped."""

    given: str
    url: str = Field(description="Where it leads.")
    id: int | None = Field(description="The article's number, where it was found.")
    title: str | None
    outlet: str | None
    published_at: datetime | None
    found_at: datetime | None
    found: bool = Field(description="It is in an alert, and no channel refused it.")
    reason: StopOut
    stops: list[StopOut] = Field(description="The reason, then what holds for other lists and channels.")
    page: PageLookOut | None = Field(description="Where it was never seen and its page was fetched.")
    outlet_to_add: OutletProposalOut | None
    remedy: str | None = Field(description="The command that helps.")


class MissedOut(BaseModel):
    """Where the articles stopped, in the order of their addresses."""

    model_config = example(articles=[_ARTICLE], found=0, missed_by_kind={"not-followed": 1}, problems=[])
    articles: list[TracedOut]
    found: int
    missed_by_kind: dict[str, int]
    problems: list[str] = Field(description="What could not be read, or was left out.")


class ControlCountOut(BaseModel):
    """What one control source had."""

    control: str
    total: int
    found: int
    ahead: int = Field(description="Of those found: found no later than the control source had them.")


class ControlWeekOut(BaseModel):
    """Seven days of the comparison."""

    since: datetime
    total: int
    found: int


class ControlFigureOut(BaseModel):
    """How we compare with the control sources. An article that two of them had counts for both."""

    model_config = example(
        since="2026-02-23T12:00:00Z",
        until=_MOMENT,
        total=40,
        found=37,
        only_ours=112,
        left_out=0,
        controls=[{"control": "Google Alerts", "total": 40, "found": 37, "ahead": 30}],
        weeks=[{"since": "2026-02-23T12:00:00Z", "total": 40, "found": 37}],
        missed_by_kind={"not-followed": 3},
    )
    since: datetime
    until: datetime
    total: int
    found: int
    only_ours: int = Field(description="Articles in alerts that no control source had.")
    left_out: int = Field(description="Older articles of the control sources that were not compared.")
    controls: list[ControlCountOut]
    weeks: list[ControlWeekOut] = Field(description="By week, the newest first.")
    missed_by_kind: dict[str, int]


class MissedFindingOut(TracedOut):
    """An article that a control source had and no alert has."""

    model_config = example(control="Google Alerts", first_seen_at=_MOMENT, **_ARTICLE)
    control: str
    first_seen_at: datetime


class OnlyOursOut(BaseModel):
    """An article in an alert that no control source had."""

    model_config = example(
        url="https://gazette.example/a/41", outlet="Example Gazette", title="Talks in Rabat"
    )
    url: str
    outlet: str
    title: str
