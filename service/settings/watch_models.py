"""The keys of `[[watch]]`: watch lists with their actors, topics and routes (docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from typing_extensions import override

from alerts.text import fold_words
from alerts.values import Actor, Alias, Topic, WatchList
from service.settings.values import Country, Language
from storage.setting_types import Duration, Name, Table


def _matchable(text: str) -> str:
    if not fold_words(text):
        raise ValueError(f"{text!r} has no letter and no digit: nothing can match it")
    return text


def _alias(value: object) -> object:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict | BaseModel):
        return value
    raise ValueError(
        f'{value!r} is no alias: write "a text", or a table such as {{text = "NATO", exact = true}}'
    )


def _route(value: object) -> object:
    return {"channel": value} if isinstance(value, str) else value


MatchedName = Annotated[Name, AfterValidator(_matchable)]


class AliasSettings(Table):
    """One of an actor's `aliases`: a text, or a table with options (`alerts.values.Alias`)."""

    text: MatchedName
    exact: bool = False
    title: bool = False
    weak: bool = False
    context: tuple[Name, ...] = ()
    exclude: tuple[Name, ...] = ()
    least: Annotated[int, Field(ge=1, le=1000)] = 1
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None


class ActorSettings(Table):
    """`[[watch.actors]]`."""

    name: MatchedName
    aliases: tuple[Annotated[AliasSettings, BeforeValidator(_alias)], ...] = ()
    surname: bool | MatchedName = False
    context: tuple[Name, ...] = ()
    exclude: tuple[Name, ...] = ()
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None

    def value(self) -> Actor:
        """Gives what the matcher takes."""
        aliases = (Alias(**alias.model_dump()) for alias in self.aliases)
        return Actor(
            name=self.name,
            aliases=tuple(alias.text if alias == Alias(alias.text) else alias for alias in aliases),
            surname=self.surname,
            context=self.context,
            exclude=self.exclude,
            any_order=self.any_order,
            forms=self.forms,
            alone=self.alone,
        )


class TopicSettings(Table):
    """`[[watch.topics]]`."""

    name: Name
    query: Name


class RouteSettings(Table):
    """One of a watch list's `channels`: a name, or a table with conditions (`alerts.delivery.routing`)."""

    channel: Name
    languages: tuple[Language, ...] = ()
    outlets: tuple[Name, ...] = ()
    countries: tuple[Country, ...] = ()
    min_score: Annotated[float, Field(ge=0, le=100)] = 0.0
    actors: tuple[Name, ...] = ()

    @property
    def conditions(self) -> dict[str, Any]:
        """What is stored of them: only what is given."""
        return self.model_dump(mode="json", exclude={"channel"}, exclude_defaults=True)


class WatchSettings(Table):
    """`[[watch]]`."""

    name: Name
    channels: Annotated[tuple[Annotated[RouteSettings, BeforeValidator(_route)], ...], Field(min_length=1)]
    languages: tuple[Language, ...] = ()
    alert: Literal["story", "article"] = "story"
    min_score: Annotated[float, Field(ge=0, le=100)] = 0.0
    update_interval: Duration = timedelta(hours=1)
    spikes: bool = False
    actors: tuple[ActorSettings, ...] = ()
    topics: tuple[TopicSettings, ...] = ()

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where it tracks nothing."""
        if not data.get("actors") and not data.get("topics"):
            yield "tracks nothing: add [[watch.actors]] or [[watch.topics]]"

    def value(self) -> WatchList:
        """Gives what the matcher takes."""
        return WatchList(
            name=self.name,
            actors=tuple(actor.value() for actor in self.actors),
            topics=tuple(Topic(**topic.model_dump()) for topic in self.topics),
            languages=self.languages,
        )
