"""The form of a press review: what stands in its fields, and what they say. Sections are added and moved before it is saved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from service.actions.errors import ActionError
from service.settings.review_models import MOST_SECTIONS, ReviewKeys, SectionSettings
from service.web.access import Form
from service.web.form_faults import FormFault
from service.web.numbers import read_number
from service.web.sending import SendingForm
from storage.units import format_duration

FIELDS = (
    *("send", "channels", "mail", "language", "approve", "draft_before", "formats", "prefer", "brief"),
    *("event", "figures", "pictures", "cover", "colour", "sections"),
)
"""The keys of a review that the form has."""
ORDERS = ("relevance", "newest", "outlets")
FORMATS = ("html", "pdf", "docx")
MOST = 20
"""Items of each section that a new review begins with, and how many such sections it has at most."""


@dataclass(frozen=True, slots=True)
class SectionForm:
    """What stands in the fields of a section."""

    title: str = ""
    watch: tuple[str, ...] = ()
    query: str = ""
    tags: str = ""
    most: str = "10"
    order: str = "relevance"

    @classmethod
    def of(cls, section: SectionSettings) -> SectionForm:
        """Return the fields of a section as it stands."""
        return cls(
            section.title,
            section.watch,
            section.query,
            ", ".join(section.tags),
            str(section.most),
            section.order,
        )

    @property
    def keys(self) -> dict[str, Any]:
        """What `sections` has of it."""
        most = _number(self.most)
        return {
            "title": self.title,
            "watch": list(self.watch),
            "query": self.query,
            "tags": [tag.strip() for tag in self.tags.split(",") if tag.strip()],
            "order": self.order,
        } | ({} if most is None else {"most": most})


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """What stands in the fields, as text. `focus` is the section that the last step left the reader at."""

    name: str = ""
    sending: SendingForm = field(default_factory=lambda: SendingForm(send=""))
    channels: tuple[str, ...] = ()
    mail: str = ""
    language: str = "en"
    approve: bool = True
    draft_before: str = "45m"
    formats: tuple[str, ...] = ("html",)
    prefer: str = ""
    brief: str = "10"
    event: bool = True
    figures: bool = True
    pictures: bool = False
    cover: bool = False
    colour: str = ""
    sections: tuple[SectionForm, ...] = (SectionForm(),)
    focus: int | None = None

    @classmethod
    def new(
        cls, watch_lists: Sequence[str], channels: Sequence[str], language: str, *, here: str
    ) -> ReviewForm:
        """Return the form of a new review: a section for each watch list, and the channel where there is but one."""
        sections = tuple(SectionForm(name, (name,), most=str(MOST)) for name in watch_lists[:MOST])
        return cls(
            sending=SendingForm(send="", zone=here),
            channels=tuple(channels) if len(channels) == 1 else (),
            language=language,
            sections=sections or (SectionForm(),),
        )

    @classmethod
    def of(cls, name: str, keys: ReviewKeys, *, here: str) -> ReviewForm:
        """Return the form of a review as it stands. `here` is the zone of who looks."""
        return cls(
            name=name,
            sending=SendingForm.of("" if keys.send is None else str(keys.send), here=here),
            channels=keys.channels,
            mail=keys.mail,
            language=keys.language,
            approve=keys.approve,
            draft_before=format_duration(keys.draft_before),
            formats=keys.formats,
            prefer="\n".join(keys.prefer),
            brief=str(keys.brief),
            event=keys.event,
            figures=keys.figures,
            pictures=keys.pictures,
            cover=keys.cover,
            colour=keys.colour,
            sections=tuple(map(SectionForm.of, keys.sections)),
        )

    @classmethod
    def typed(cls, form: Form) -> ReviewForm:
        """Return the form as it was sent."""
        count = min(form.number("sections") or 0, MOST_SECTIONS)
        return cls(
            name=form.text("name"),
            sending=SendingForm.typed(form),
            channels=tuple(form.all("channels")),
            mail=form.text("mail"),
            language=form.text("language", "en"),
            approve=form.flag("approve"),
            draft_before=form.text("draft_before"),
            formats=tuple(form.all("formats")),
            prefer=form.text("prefer"),
            brief=form.text("brief"),
            event=form.flag("event"),
            figures=form.flag("figures"),
            pictures=form.flag("pictures"),
            cover=form.flag("cover"),
            colour=form.text("colour"),
            sections=tuple(
                SectionForm(
                    form.text(f"title-{place}"),
                    tuple(form.all(f"watch-{place}")),
                    form.text(f"query-{place}"),
                    form.text(f"tags-{place}"),
                    form.text(f"most-{place}"),
                    form.text(f"order-{place}", "relevance"),
                )
                for place in range(count)
            ),
        )

    def stepped(self, step: str) -> ReviewForm | None:
        """Return the form after a step with its sections: `add`, `up-1`, `down-1`, `remove-1`. None where it is no such step."""
        sections = list(self.sections)
        if step == "add":
            if len(sections) < MOST_SECTIONS:
                sections.append(SectionForm())
            return replace(self, sections=tuple(sections), focus=len(sections) - 1)
        found = re.fullmatch(r"(up|down|remove)-(\d{1,2})", step)
        if found is None or int(found[2]) >= len(sections):
            return None
        place = int(found[2])
        section = sections.pop(place)
        if found[1] == "remove":
            return replace(self, sections=tuple(sections), focus=min(place, len(sections) - 1))
        onward = max(0, min(len(sections), place + (1 if found[1] == "down" else -1)))
        sections.insert(onward, section)
        return replace(self, sections=tuple(sections), focus=onward)

    @property
    def keys(self) -> dict[str, Any]:
        """What a `[[reviews]]` table has of it; what is left empty is None. Raise `InvalidError` for what lacks."""
        typed = {
            "send": self.sending.send_text or None,
            "channels": list(self.channels) or None,
            "mail": self.mail or None,
            "language": self.language,
            "approve": self.approve,
            "draft_before": self.draft_before or None,
            "formats": list(self.formats) or None,
            "prefer": [line.strip() for line in self.prefer.split("\n") if line.strip()],
            "brief": _number(self.brief),
            "event": self.event,
            "figures": self.figures,
            "pictures": self.pictures,
            "cover": self.cover,
            "colour": self.colour or None,
            "sections": [section.keys for section in self.sections],
        }
        return {key: typed[key] for key in FIELDS}


def fault_of(error: ActionError | None) -> FormFault | None:
    """Return what a review was refused for, at its field: `query-1` is that of the second section."""
    if error is None:
        return None
    found = re.match(r"sections\[(\d+)\]\.(\w+)", error.key or "")
    if found is not None:
        return FormFault.of(error, {"sections": f"{found[2]}-{found[1]}"})
    return FormFault.of(error)


def _number(text: str) -> int | str | None:
    """Return a whole number as one; anything else as it was typed, to be refused at its field."""
    number = read_number(text)
    return text or None if number is None else number
