"""Outlets and their feeds, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from service.actions.outlet_bulk import OutletAct
from service.web.api.shapes.common import ApiInput, Id, Line, Reason, example, storable

_MOMENT = "2026-03-02T12:00:00Z"
_FEED: dict[str, Any] = {
    "url": "https://gazette.example/rss",
    "address": "https://gazette.example/rss",
    "source_kind": "feed",
    "source_settings": {"url": "https://gazette.example/rss"},
    "title": "Example Gazette",
    "state": "active",
    "interval_seconds": 900.0,
    "last_polled_at": _MOMENT,
    "last_success_at": _MOMENT,
    "last_entry_at": _MOMENT,
    "next_poll_at": "2026-03-02T12:15:00Z",
    "last_error": None,
    "failures": 0,
    "problem": None,
}
_OUTLET: dict[str, Any] = {
    "id": 1,
    "name": "Example Gazette",
    "site": "https://gazette.example",
    "language": "en",
    "country": "MA",
    "tags": ["morning"],
    "provisioned": False,
    "paused_at": None,
    "control": False,
    "health": "ok",
    "articles_24h": 31,
}


class FeedOut(BaseModel):
    """A feed, as it was at its last poll."""

    url: str
    address: str
    source_kind: str = Field(description="`feed`, or the kind of another source.")
    source_settings: dict[str, Any] = Field(description="Its keys.")
    title: str
    state: str
    interval_seconds: float
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_entry_at: datetime | None
    next_poll_at: datetime
    last_error: Reason | None
    failures: int
    problem: Reason | None = Field(
        description="What is wrong with its last document although it could be read, or in part."
    )


class GapOut(BaseModel):
    """A time in which a feed may have published what was never seen."""

    since: datetime
    until: datetime
    entries: int = Field(description="Of the poll at its end, all of them new.")
    filled: int = Field(description="Articles that the outlet's sitemaps brought for it.")
    closed_at: datetime | None = Field(description="When polls overlapped again.")


class FeedWhole(FeedOut):
    """A feed with how it fares: delays, gaps of the last 30 days, rhythm."""

    verdict: Literal["ok", "new", "failing", "silent", "resting", "gone"]
    reason: str = Field(description="Why it is not well, in words.")
    delay_median_seconds: float | None = Field(description="From publication to sight, half of its entries.")
    delay_p90_seconds: float | None = Field(description="The same, nine of ten.")
    gaps: list[GapOut]
    by_hour: list[float] = Field(
        description="Entries an hour in each hour of the day (UTC), as learned; empty where that is not known."
    )
    by_weekday: list[float] = Field(description="Entries a day on each weekday (UTC, Monday first).")


class OutletFacts(BaseModel):
    """An outlet."""

    id: int
    name: str
    site: str
    language: str | None
    country: str | None
    tags: list[str]
    provisioned: bool
    paused_at: datetime | None = Field(description="It is not polled since then, until somebody resumes it.")
    control: bool = Field(
        description="A control source: what it has is compared with what was found, and never alerts."
    )
    health: Literal["ok", "new", "resting", "silent", "failing", "retired", "paused"]
    articles_24h: int


class OutletOut(OutletFacts):
    """An outlet with its feeds."""

    model_config = example(**_OUTLET, feeds=[_FEED])
    feeds: list[FeedOut]


class OutletWhole(OutletFacts):
    """An outlet with its feeds and how each fares."""

    model_config = example(
        **_OUTLET,
        proposes_browser=False,
        feeds=[
            {
                **_FEED,
                "verdict": "ok",
                "reason": "",
                "delay_median_seconds": 70.0,
                "delay_p90_seconds": 400.0,
                "gaps": [],
                "by_hour": [0.5] * 24,
                "by_weekday": [12.0] * 7,
            }
        ],
    )
    feeds: list[FeedWhole]
    proposes_browser: bool = Field(
        description="The text of most of its pages comes only with JavaScript, and its browser is off."
    )


class OwnAddressOut(BaseModel):
    """An address of our own to which newsletters are sent, for a source of the kind `mail` with `to`."""

    model_config = example(
        outlet="Ministry of Fisheries", name="fisheries", address="fisheries.k3q7x2m5n4p6r7s2@in.example.org"
    )
    outlet: str
    name: str = Field(description="The source's `to`.")
    address: str


_Address = Annotated[str, Field(max_length=2000)]
_Code = Annotated[str, Field(max_length=50)]


class OutletIn(ApiInput):
    """An outlet to add. Without feeds, the one that its site names is looked for when it is polled."""

    model_config = example(name="Example Gazette", feeds=["https://gazette.example/rss"], language="en")
    name: Line
    site: _Address = ""
    feeds: Annotated[list[_Address], Field(max_length=50)] = Field(default_factory=list)
    language: _Code | None = Field(default=None, examples=["ar"])
    country: _Code | None = Field(default=None, examples=["MA"])
    tags: Annotated[list[Line], Field(max_length=50)] = Field(default_factory=list)
    control: bool = False
    sources: Annotated[list[dict[str, Any]], Field(max_length=50)] = Field(
        default_factory=list,
        description="Sources of other kinds, as the settings file has them.",
        examples=[[{"kind": "sitemap", "url": "https://gazette.example/sitemap.xml", "match": "/press/"}]],
    )


class OutletPatch(ApiInput):
    """What to change of an outlet; what is left out stays as it is, null or an empty value takes it away."""

    model_config = example(language="fr", tags=["morning"])
    name: Line | None = None
    site: _Address | None = None
    feeds: Annotated[list[_Address], Field(max_length=50)] | None = None
    language: _Code | None = Field(default=None, examples=["ar"])
    country: _Code | None = Field(default=None, examples=["MA"])
    tags: Annotated[list[Line], Field(max_length=50)] | None = None
    control: bool | None = None
    sources: Annotated[list[dict[str, Any]], Field(max_length=50)] | None = None


class OutletBulk(ApiInput):
    """What to do with several outlets; `tag` is the one to add or take away."""

    model_config = example(outlets=[1, 4], do="tag", tag="morning")
    outlets: list[Id] = Field(min_length=1, max_length=2_000)
    do: OutletAct
    tag: Line | Literal[""] = ""


class OutletBulkDone(BaseModel):
    """How many outlets it was done with."""

    model_config = example(done=2)
    done: int


NextStepOut = Literal["add", "follow", "empty", "address", "login", "later", "network", "script", "list"]
"""What to do after a discovery."""


_File = Annotated[str, Field(max_length=1000)]
_Secret = Annotated[str, Field(max_length=2000)]
_Text = Annotated[str, Field(max_length=500_000), AfterValidator(storable)]


class BasicAccess(ApiInput):
    """A user name and password that go with each request (RFC 7617)."""

    user: Annotated[str, Field(max_length=200)]
    password: _Secret = ""
    password_file: _File = ""


class LoginAccess(ApiInput):
    """A login: the page with its form, what is filled in there, and what stands in a page's source only after it."""

    url: _Address
    form: Annotated[dict[str, _Secret], Field(max_length=50)] = Field(
        description="Values by the names of the form's fields; `NAME_file` names the file that holds that of NAME."
    )
    success: Annotated[str, Field(max_length=200)] = ""


class OutletAccess(ApiInput):
    """How an outlet is reached. `***` stands for a secret: where it is shown, and where it is sent to keep the one stored."""

    model_config = example(
        user_agent="Mozilla/5.0",
        headers={"Accept-Language": "ar"},
        login={"url": "https://gazette.example/login", "form": {"user": "***", "password": "***"}},
    )
    headers: Annotated[dict[str, _Secret], Field(max_length=50)] = Field(default_factory=dict)
    user_agent: Annotated[str, Field(max_length=500)] = ""
    cookies_file: _File = ""
    cookies: _Text = Field(default="", description="In Netscape's format, as a file would hold them.")
    ca_file: _File = ""
    certificates: _Text = Field(default="", description="Trusted beside the system's (PEM).")
    basic: BasicAccess | None = None
    login: LoginAccess | None = None
    browser: bool = Field(
        default=False, description="Its pages are opened in a browser: their text needs JavaScript."
    )


class SiteIn(ApiInput):
    """A site whose feeds are looked for."""

    model_config = example(site="https://gazette.example")
    site: Annotated[
        str,
        Field(
            min_length=1, max_length=2000, description="Its address, with https:// or without, or a feed's."
        ),
    ]


class FoundFeedOut(BaseModel):
    """A feed that was found and read."""

    url: str
    kind: str
    title: str
    language: str | None
    entries: int
    newest: datetime | None


class FoundSourceOut(BaseModel):
    """A list of articles to follow where there is no feed: its kind, and its keys as `sources` of an outlet has them."""

    kind: str
    keys: dict[str, Any]
    title: str
    language: str | None
    entries: int
    newest: datetime | None
    like: str = Field(description="What the addresses of a learned list begin with.")


class DiscoveryOut(BaseModel):
    """The feeds of a site, the best first, else lists of its articles; and what went wrong on the way."""

    model_config = example(
        site="https://gazette.example",
        feeds=[
            {
                "url": "https://gazette.example/rss",
                "kind": "rss",
                "title": "Example Gazette",
                "language": "en",
                "entries": 30,
                "newest": _MOMENT,
            }
        ],
        problems=[],
        sources=[],
        tried=[
            "the address itself: a page, not a feed",
            "feeds that the page names: /rss (RSS feed, 30 entries)",
        ],
        next="add",
        advice="Add it.",
    )
    site: str
    feeds: list[FoundFeedOut]
    problems: list[str]
    sources: list[FoundSourceOut]
    tried: list[str] = Field(description="What was tried, a line for each sort of address.")
    next: NextStepOut
    advice: str = Field(description="What to do next, in words.")


class OpmlOut(BaseModel):
    """What came of a list of feeds: the names of outlets that are new, and of those with new feeds or tags."""

    model_config = example(added=["Example Gazette"], extended=[], unchanged=0, problems=[])
    added: list[str]
    extended: list[str]
    unchanged: int
    problems: list[str] = Field(description="A line for each outline that was left out.")
