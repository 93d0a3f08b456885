"""The form of a watch list's settings: what stands in its fields, and what they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from service.actions.errors import ActionError
from service.actions.reading import read_input
from service.settings.watch_models import ListSettings, RouteSettings
from service.web.access import Form
from service.web.form_faults import FormFault
from storage.stores.watch.watch_lists import ListFacts
from storage.units import format_duration

CONDITIONS = tuple(name for name in RouteSettings.model_fields if name != "channel")
"""Of a route; each has a field `CHANNEL:CONDITION`, with `|` between several values."""
FLAGS = frozenset(name for name, field in RouteSettings.model_fields.items() if field.annotation is bool)
"""Those that are ticked."""


def list_fault(error: ActionError, form: Form) -> FormFault | None:
    """Return the fault of a list's form; one of a channel's condition at the field of that."""
    found = re.match(r"channels\[(\d+)\]\.(\w+)", error.key or "")
    channels = form.all("channels")
    if found is None or int(found[1]) >= len(channels):
        return FormFault.of(error)
    return FormFault.of(error, {"channels": f"{channels[int(found[1])]}:{found[2]}"})


@dataclass(frozen=True, slots=True)
class ListForm:
    """What stands in the fields, as text."""

    name: str = ""
    routes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The channels that are chosen, with the conditions of each."""
    languages: str = ""
    alert: str = "story"
    min_score: str = ""
    update_interval: str = "1h"
    spikes: bool = False
    tags: str = ""

    @classmethod
    def of(cls, name: str, facts: ListFacts) -> ListForm:
        """Return the form of a list as it stands."""
        return cls(
            name,
            {route.channel: _shown(route.conditions) for route in facts.routes},
            ", ".join(facts.languages),
            facts.alert.value,
            f"{facts.min_score:g}" if facts.min_score else "",
            format_duration(facts.update_interval),
            facts.spikes,
            ", ".join(facts.tags),
        )

    @classmethod
    def typed(cls, form: Form) -> ListForm:
        """Return the form as it was sent."""
        return cls(
            form.text("name"),
            {
                channel: {name: text for name in CONDITIONS if (text := form.text(f"{channel}:{name}"))}
                for channel in form.all("channels")
            },
            form.text("languages"),
            form.text("alert", "story"),
            form.text("min_score"),
            form.text("update_interval"),
            form.flag("spikes"),
            form.text("tags"),
        )

    def settings(self) -> ListSettings:
        """Return what the fields say. Raises `InvalidError` with the field at fault."""
        return read_input(
            ListSettings,
            {
                "channels": [
                    {"channel": channel, **dict(_values(conditions))}
                    for channel, conditions in self.routes.items()
                ],
                "languages": self.languages.replace(",", " ").split(),
                "alert": self.alert or "story",
                "min_score": self.min_score or 0,
                "update_interval": self.update_interval or None,
                "spikes": self.spikes,
                "tags": [tag.strip() for tag in self.tags.split(",") if tag.strip()],
            },
        )


def _values(conditions: Mapping[str, str]) -> Iterable[tuple[str, object]]:
    for name, text in conditions.items():
        several = [part.strip() for part in text.split("|") if part.strip()]
        yield name, True if name in FLAGS else text if name == "min_score" else several


def _shown(conditions: Mapping[str, object]) -> dict[str, str]:
    return {
        name: " | ".join(map(str, value)) if isinstance(value, list) else f"{value:g}"  # true: 1
        for name, value in conditions.items()
    }
