"""What a press review is made of: its plan, the articles it may choose from, and the draft that comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Order = Literal["relevance", "newest", "outlets"]
May = Literal["full", "excerpt", "link", "nothing"]

EXCERPT_CHARS = 500
"""Of an outlet that no licence names."""
EVENT, BRIEF = "event", "brief"
"""The keys of the two sections that every review may have; those of its own are numbered from 0."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be reproduced of an outlet: `characters` is the longest excerpt, `licence` the name of who allows it."""

    may: May = "excerpt"
    characters: int = EXCERPT_CHARS
    licence: str = ""
    pictures: bool = False
    """Whether articles' pictures may be reproduced."""

    @property
    def most(self) -> int | None:
        """How many characters may be quoted; None for any number."""
        return {"full": None, "excerpt": self.characters, "link": 0, "nothing": 0}[self.may]

    @property
    def shows_pictures(self) -> bool:
        """Whether an item may have its article's picture."""
        return self.pictures and self.may != "nothing"


@dataclass(frozen=True, slots=True)
class RightsTable:
    """What may be reproduced of each outlet."""

    outlets: Mapping[str, Rights] = field(default_factory=dict)
    default: Rights = field(default_factory=Rights)

    def of(self, outlet: str) -> Rights:
        """Return an outlet's."""
        return self.outlets.get(outlet, self.default)


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """A section of a review, and what is looked for in it. All that is given must fit."""

    title: str
    watch: tuple[str, ...] = ()
    query: str = ""
    tags: tuple[str, ...] = ()
    most: int = 10
    order: Order = "relevance"


@dataclass(frozen=True, slots=True)
class ReviewPlan:
    """How an edition is drafted."""

    sections: tuple[ReviewSection, ...]
    prefer: tuple[str, ...] = ()
    """Outlets, the best first; those not named come after them all."""
    brief: int = 10
    event: bool = True


@dataclass(frozen=True, slots=True)
class ReviewCandidate:
    """An article that an edition may take. `section` is the place of the section that found it."""

    section: int
    article_id: int
    story_id: int | None
    outlet: str
    headline: str
    excerpt: str
    """Around what was looked for; not yet cut to what may be reproduced."""
    url: str
    language: str | None
    authors: tuple[str, ...]
    at: datetime
    """When it came out, or was found where that is not known."""
    score: float
    """Relevance, 0 to 100."""


@dataclass(frozen=True, slots=True)
class DraftItem:
    """An article in its place. `outlets` is how many outlets tell its story."""

    section: str
    article_id: int | None
    story_id: int | None
    outlet: str
    headline: str
    excerpt: str
    url: str
    language: str | None
    authors: tuple[str, ...]
    at: datetime | None
    outlets: int


@dataclass(frozen=True, slots=True)
class ListFigure:
    """How many articles a watch list had on each of some days, the last one last."""

    watch_list: str
    days: tuple[int, ...]
