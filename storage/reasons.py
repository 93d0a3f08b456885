"""Why an alert stands, was updated or has its score: typed facts, stored as JSON. Sentences are made where they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter
from sqlalchemy import JSON, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine


@dataclass(frozen=True, slots=True)
class MoreOutlets:
    """At least twice as many outlets report the story as when the channels were last notified."""

    outlets: int
    before: int
    kind: Literal["outlets"] = "outlets"


@dataclass(frozen=True, slots=True)
class NameJoined:
    """An actor is mentioned that the story did not mention before."""

    name: str
    kind: Literal["joined"] = "joined"


@dataclass(frozen=True, slots=True)
class NameGone:
    """An outlet edited its article, which no longer mentions an actor or topic."""

    name: str
    outlet: str
    kind: Literal["gone"] = "gone"


@dataclass(frozen=True, slots=True)
class ArticleEdited:
    """An outlet edited its article."""

    outlet: str
    kind: Literal["edited"] = "edited"


@dataclass(frozen=True, slots=True)
class RelatedFound:
    """A story in another language mentions several of the same actors."""

    language: str
    outlet: str
    title: str
    kind: Literal["related"] = "related"


@dataclass(frozen=True, slots=True)
class Spike:
    """An actor has many more articles today than is usual for the weekday."""

    actor: str
    articles: int
    usual: float
    kind: Literal["spike"] = "spike"


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What a part of a score is for, with its points; `count` is how many places, names or outlets there are."""

    kind: Literal["title", "lead", "text", "places", "names", "outlets"]
    points: float
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Words of an earlier Tocsin that could not be read as facts."""

    text: str
    kind: Literal["note"] = "note"


UpdateReason = Annotated[
    MoreOutlets | NameJoined | NameGone | ArticleEdited | RelatedFound | Note, Field(discriminator="kind")
]
ChangeReason = Annotated[
    MoreOutlets | NameJoined | NameGone | ArticleEdited | RelatedFound | Spike | Note,
    Field(discriminator="kind"),
]
"""What an alert that is told again is about, or a spike."""
SpikeReason = Annotated[Spike | Note, Field(discriminator="kind")]
ScoreReason = Annotated[ScorePart | Note, Field(discriminator="kind")]


class TypedJson(TypeDecorator[Any]):
    """A JSON column that holds values of one type; where nothing is stored, `empty`."""

    impl = JSON
    cache_ok = True

    def __init__(self, of: Any, empty: Any) -> None:  # noqa: ANN401  (a type, however it is written)
        super().__init__(none_as_null=True)
        self.of, self.empty = of, empty
        self._adapter = TypeAdapter[Any](of)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Give JSONB on PostgreSQL."""
        is_postgresql = dialect.name == "postgresql"
        return dialect.type_descriptor(JSONB(none_as_null=True) if is_postgresql else JSON(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401
        """Turn values into JSON."""
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ANN401
        """Read values from JSON."""
        return self._adapter.validate_python(value) if value else self.empty
