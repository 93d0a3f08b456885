"""The stages: each is a step of the data's way that claims work, does it and stores it. A process runs all of them or some.

What a stage works with is built by `service.assembly`, and only where the stage runs; a new stage is one line in `STAGES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from service.assembly import Assembly

ROLES = ("poll", "read", "match", "group", "send", "web", "enrich", "upkeep")
"""What `tocsin run --only` chooses from. `web` is no stage: it answers requests."""
EVERY_ROLE = frozenset(ROLES)


class Worker(Protocol):
    """Does a stage's work."""

    async def step(self) -> int:
        """Do what is due now and return how much that was."""


@runtime_checkable
class Loads(Protocol):
    """A worker that knows something before its first step."""

    async def load(self) -> object:
        """Read it."""


@runtime_checkable
class Drains(Protocol):
    """A worker that leaves work under way when its step returns."""

    async def drain(self, patience: timedelta) -> None:
        """Let it finish within `patience`, and give up the rest."""


@runtime_checkable
class Closes(Protocol):
    """A worker that holds something open."""

    async def close(self) -> None:
        """Let it go."""


@runtime_checkable
class HasMore(Protocol):
    """A worker that knows whether its last step may have left something that is due: if not, it looks again when it is woken."""

    has_more: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name for people (`/readyz`, `/metrics`, the log), its role, and what does it."""

    name: str
    role: str
    worker: Callable[[Assembly], Worker | None]
    """None where the settings leave it nothing to do."""
    after: tuple[str, ...] = ()
    """The stages whose work brings it some. Between the ticks only these wake it, and people's acts, which may bring anything."""
    is_shared_by_ticks: bool = False
    """Where services share a database, the tick alone has it claim work and no hint does: one that is busy would else always look
    before one that is idle, and leave it nothing."""


_FINDING = ("polling", "pushes")
"""The stages that find articles."""
_TELLING = ("matching", "grouping", "reviews", "bounces", "health", "control report")
"""Those that have something to send."""
STAGES = (
    Stage(
        "polling",
        "poll",
        lambda parts: parts.poller,
        after=("inbound mail", "mailbox"),
        is_shared_by_ticks=True,
    ),
    Stage("pages", "read", lambda parts: parts.pages, after=_FINDING),
    Stage("pictures", "read", lambda parts: parts.pictures, after=("grouping", "reviews")),
    Stage("matching", "match", lambda parts: parts.matching, after=("pages", *_FINDING)),
    Stage("grouping", "group", lambda parts: parts.grouping, after=("matching",)),
    Stage("search index", "match", lambda parts: parts.indexer),
    Stage("delivery", "send", lambda parts: parts.sender, after=_TELLING),
    Stage("reviews", "send", lambda parts: parts.reviews),
    Stage("pushes", "poll", lambda parts: None if parts.websub is None else parts.websub.pushes),
    Stage(
        "hubs",
        "poll",
        lambda parts: None if parts.websub is None else parts.websub.subscriber,
        after=("pushes", "polling"),
    ),
    Stage("surveys", "poll", lambda parts: parts.surveyor),
    Stage("inbound mail", "poll", lambda parts: parts.inbound),
    Stage("mailbox", "poll", lambda parts: parts.mail_watch),
    Stage("bounces", "poll", lambda parts: parts.bounces_in_mailbox),
    Stage("health", "upkeep", lambda parts: parts.health),
    Stage("control report", "upkeep", lambda parts: parts.control_reports),
    Stage("upkeep", "upkeep", lambda parts: parts.upkeep),
)


def stages_of(roles: Iterable[str]) -> list[Stage]:
    """Return the stages of these roles."""
    chosen = set(roles)
    return [stage for stage in STAGES if stage.role in chosen]


def read_roles(text: str) -> frozenset[str]:
    """Read `poll,read`. Raises `ValueError`, which names what is no role."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in EVERY_ROLE]
    if unknown or not words:
        raise ValueError(f"{', '.join(unknown) or 'nothing'} is not a role: {', '.join(ROLES)}")
    return frozenset(words)
