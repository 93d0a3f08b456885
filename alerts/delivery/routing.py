"""Which of a watch list's alerts a channel is sent: conditions on language, outlet, country, score, actor and more. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, ConfigDict, Field

from alerts.delivery.payload import AlertData


class Conditions(BaseModel):
    """What must hold of an alert: each that is given, or with `any` one of them; of a list, one must fit (whatever the case)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    min_score: float = Field(default=0.0, ge=0, le=100)
    actors: tuple[str, ...] = ()
    """Names of actors or topics: at least one of them is mentioned."""
    spikes: bool = False
    """It is an alert of a spike."""
    any: bool = False
    """One of the conditions above is enough."""
    new: bool = False
    """Updates are not sent, whatever they are about."""
    rest: bool = False
    """Only what no other channel of the list is sent."""

    def hold(self, data: AlertData, *, is_update: bool = False) -> bool:
        """Return whether an alert fits. What is not known of an article fits no condition on it."""
        if self.new and is_update:
            return False
        found = list(self._found(data))
        return not found or (any(found) if self.any else all(found))

    def _found(self, data: AlertData) -> Iterator[bool]:
        """Judge each condition that is given."""
        article = data.article
        if self.languages:
            yield _fits(self.languages, article.language)
        if self.outlets:
            yield _fits(self.outlets, article.outlet)
        if self.countries:
            yield _fits(self.countries, article.country)
        if self.min_score:
            yield (data.score or 0.0) >= self.min_score
        if self.actors:
            yield any(_fits(self.actors, mention.name) for mention in data.mentions)
        if self.spikes:
            yield data.story is not None and bool(data.story.reason)


EVERYTHING = Conditions()


def routed(routes: Mapping[int, Conditions], data: AlertData, *, is_update: bool) -> frozenset[int]:
    """Return the channels, of those with these conditions, that are sent an alert."""
    fitting = {channel for channel, wanted in routes.items() if wanted.hold(data, is_update=is_update)}
    first = {channel for channel in fitting if not routes[channel].rest}
    return frozenset(first or fitting)


def _fits(wanted: tuple[str, ...], value: str | None) -> bool:
    return value is not None and value.casefold() in {one.casefold() for one in wanted}
