"""A watch list as people give it: `[[watch]]` in the settings file, the API's JSON, a form, options of the command line.

Each value is checked here, once, for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
)
from typing_extensions import override

from alerts.text import fold_words
from alerts.values import Actor, Alias, Topic, WatchList
from service.settings.values import Country, Language
from storage.language import _
from storage.setting_types import Duration, Name, Table
from storage.units import format_duration

if TYPE_CHECKING:  # the database, half a second: whoever only reads settings needs none of it
    from storage.stores.watch.watch_lists import ListFacts, WatchedActor, WatchRoute

LONGEST_NAME = 300
LONGEST_QUERY = 20_000


def _storable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(_("must not hold NUL or surrogates"))
    return text


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(
            _("{text!r} holds characters that can't be printed, such as a line break", text=text)
        )
    return text


def _matchable(text: str) -> str:
    if not fold_words(text):
        raise ValueError(_("{text!r} has no letter and no digit: nothing can match it", text=text))
    return text


def _alias(value: object) -> object:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict | BaseModel):
        return value
    raise ValueError(
        _(
            '{value!r} is not an alias: write "a text", or a table such as {{text = "NATO", exact = true}}',
            value=value,
        )
    )


def _route(value: object) -> object:
    return {"channel": value} if isinstance(value, str) else value


Line = Annotated[Name, Field(max_length=LONGEST_NAME), AfterValidator(_printable)]
"""A name, or another short text on one line."""
MatchedName = Annotated[Line, AfterValidator(_matchable)]

Interval = Annotated[
    Duration,
    PlainSerializer(format_duration, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["30m", "6h"]}),
]


class AliasSettings(Table):
    """One of an actor's `aliases`: a text, or a table with options (`alerts.values.Alias`)."""

    text: MatchedName
    exact: bool = False
    title: bool = False
    weak: bool = False
    context: tuple[Line, ...] = ()
    exclude: tuple[Line, ...] = ()
    least: Annotated[int, Field(ge=1, le=1000)] = 1
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None


AliasInput = Annotated[AliasSettings, BeforeValidator(_alias, json_schema_input_type=str | AliasSettings)]


class ActorSettings(Table):
    """`[[watch.actors]]`."""

    name: MatchedName
    aliases: tuple[AliasInput, ...] = ()
    surname: bool | MatchedName = False
    context: tuple[Line, ...] = ()
    exclude: tuple[Line, ...] = ()
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None
    language: Language | None = None
    """For people: the language of the name."""
    note: Annotated[str, Field(max_length=2_000), AfterValidator(_storable)] = ""
    """For people: who it is."""

    def watched(self) -> WatchedActor:
        """Return what is stored of it."""
        from storage.stores.watch.watch_lists import WatchedActor

        aliases = {alias.text: Alias(**alias.model_dump()) for alias in self.aliases}
        return WatchedActor(
            name=self.name,
            names=tuple({self.name: Alias(self.name), **aliases}.values()),
            **self.model_dump(exclude={"name", "aliases"}),
        )

    def value(self) -> Actor:
        """Return what the matcher takes."""
        return Actor(
            name=self.name,
            aliases=tuple(Alias(**alias.model_dump()).shortest for alias in self.aliases),
            surname=self.surname,
            context=self.context,
            exclude=self.exclude,
            any_order=self.any_order,
            forms=self.forms,
            alone=self.alone,
        )


class TopicSettings(Table):
    """`[[watch.topics]]`."""

    name: Line
    query: Annotated[Name, Field(max_length=LONGEST_QUERY), AfterValidator(_storable)]


class RouteSettings(Table):
    """One of a watch list's `channels`: a name, or a table with conditions (`alerts.delivery.routing`)."""

    channel: Line
    languages: tuple[Language, ...] = ()
    outlets: tuple[Line, ...] = ()
    countries: tuple[Country, ...] = ()
    min_score: Annotated[float, Field(ge=0, le=100)] = 0.0
    actors: tuple[Line, ...] = ()
    spikes: bool = False
    any: bool = False
    new: bool = False
    rest: bool = False

    @property
    def conditions(self) -> dict[str, Any]:
        """What is stored of them: only what is given."""
        return self.model_dump(mode="json", exclude={"channel"}, exclude_defaults=True)


RouteInput = Annotated[RouteSettings, BeforeValidator(_route, json_schema_input_type=str | RouteSettings)]


class ListSettings(Table):
    """What a watch list has besides its name and what it tracks."""

    channels: tuple[RouteInput, ...] = ()
    languages: tuple[Language, ...] = ()
    alert: Literal["story", "article"] = "story"
    min_score: Annotated[float, Field(ge=0, le=100)] = 0.0
    update_interval: Interval = timedelta(hours=1)
    spikes: bool = False
    tags: tuple[Line, ...] = ()

    def facts(self, present: ListFacts | None = None) -> ListFacts:
        """Return what is stored of it. What was not given stays as in `present`, or is the default."""
        from storage.stores.watch.watch_lists import ListFacts
        from storage.tables import AlertPolicy

        given: dict[str, Any] = {
            "routes": self.routes,
            "languages": self.languages,
            "alert": AlertPolicy(self.alert),
            "min_score": self.min_score,
            "update_interval": self.update_interval,
            "spikes": self.spikes,
            "tags": tuple(dict.fromkeys(self.tags)),
        }
        if present is None:
            return ListFacts(**given)
        names = {"routes" if name == "channels" else name for name in self.model_fields_set}
        return replace(present, **{name: value for name, value in given.items() if name in names})

    @property
    def routes(self) -> tuple[WatchRoute, ...]:
        """Its channels, with the conditions of each."""
        from storage.stores.watch.watch_lists import WatchRoute

        return tuple(WatchRoute(route.channel, route.conditions) for route in self.channels)


class WatchSettings(ListSettings):
    """`[[watch]]`."""

    name: Line
    channels: Annotated[tuple[RouteInput, ...], Field(min_length=1)]
    actors: tuple[ActorSettings, ...] = ()
    topics: tuple[TopicSettings, ...] = ()
    editable: bool = False
    """It is put into the database at the first start, and edited on the page from then on."""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where it tracks nothing."""
        if not data.get("actors") and not data.get("topics"):
            yield _("tracks nothing: add [[watch.actors]] or [[watch.topics]]")

    def value(self) -> WatchList:
        """Return what the matcher takes."""
        return WatchList(
            name=self.name,
            actors=tuple(actor.value() for actor in self.actors),
            topics=tuple(Topic(**topic.model_dump()) for topic in self.topics),
            languages=self.languages,
        )
