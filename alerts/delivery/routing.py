"""Which of a watch list's alerts a channel is told: conditions on language, outlet, country, score and actor. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from alerts.delivery.payload import AlertData


class Conditions(BaseModel):
    """What must hold of an alert. Each that is given must; of a list, one must fit (whatever the case)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    languages: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    min_score: float = Field(default=0.0, ge=0, le=100)
    actors: tuple[str, ...] = ()
    """Names of actors or topics: at least one of them is mentioned."""

    def hold(self, data: AlertData) -> bool:
        """Return whether an alert fits. What is not known of an article fits no condition on it."""
        article = data.article
        return (
            _fits(self.languages, article.language)
            and _fits(self.outlets, article.outlet)
            and _fits(self.countries, article.country)
            and (not self.min_score or (data.score or 0.0) >= self.min_score)
            and (not self.actors or any(_fits(self.actors, mention.name) for mention in data.mentions))
        )


def _fits(wanted: tuple[str, ...], value: str | None) -> bool:
    return not wanted or (value is not None and value.casefold() in {one.casefold() for one in wanted})
