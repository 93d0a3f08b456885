"""A press review as people give it, `[[reviews]]`, and what may be reproduced of whom, `[[licences]]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from typing_extensions import override

from alerts.delivery.timing import Send, parse_send
from alerts.errors import QueryError
from alerts.query import parse
from alerts.review.values import EXCERPT_CHARS, ReviewSection, Rights
from service.settings.watch_models import LONGEST_QUERY, Interval, Line
from storage.language import N_, Spoken, _
from storage.setting_types import Table

EXAMPLE = N_(
    'write "mon-fri 07:30 Africa/Casablanca", "07:00,18:00 Europe/Paris" or "1 07:00 UTC" for the first of a month'
)
MOST_SECTIONS, MOST_COMPARED = 50, 8
FILES = ("logo", "pdf_template", "word_template")
"""The keys of a review that name a file."""
COLOUR = re.compile(r"#[0-9a-f]{6}")
CONTRAST = 4.5
"""Of a colour against white at least, for text that is read (WCAG 2.2, 1.4.3)."""
LOGOS = (".png", ".jpg", ".jpeg", ".svg")


def _schedule(value: object) -> object:
    """Read local times; an empty text is no schedule."""
    if value in ("", None):
        return None
    if isinstance(value, Send):
        return value
    send = parse_send([str(part) for part in value] if isinstance(value, list | tuple) else str(value))
    if send.kind != "daily":
        raise ValueError(_("a review is sent at times of the day: {example}", example=_(EXAMPLE)))
    return send


def _query(text: str) -> str:
    if text.strip():
        try:
            parse(text)
        except QueryError as error:
            raise ValueError(str(error)) from None
    return text.strip()


def _logo(path: str) -> str:
    if path and Path(path).suffix.lower() not in LOGOS:
        raise ValueError(f"{path!r} is not a picture: name a file that ends in {', '.join(LOGOS)}")
    return path


def _file_of(*endings: str) -> Callable[[str], str]:
    """Return what refuses a file that does not end so."""

    def check(path: str) -> str:
        if path and Path(path).suffix.lower() not in endings:
            raise ValueError(f"{path!r} does not end in {' or '.join(endings)}")
        return path

    return check


def _colour(text: str) -> str:
    colour = text.strip().lower()
    if not colour:
        return ""
    if not COLOUR.fullmatch(colour):
        raise ValueError(_('{text!r} is not a colour: write it as "#8f2f16"', text=text))
    if contrast_on_white(colour) < CONTRAST:
        raise ValueError(_("{text!r} is too light to be read on white: choose a darker colour", text=text))
    return colour


def contrast_on_white(colour: str) -> float:
    """Return the contrast of a colour against white, 1 to 21 (WCAG 2.2)."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _no_double(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


Lines = Annotated[tuple[Line, ...], BeforeValidator(_one_or_several), AfterValidator(_no_double)]
Schedule = Annotated[
    Send | None,
    BeforeValidator(_schedule),
    PlainSerializer(lambda send: "" if send is None else str(send), return_type=str),
    WithJsonSchema({"type": "string", "examples": ["mon-fri 07:30 Africa/Casablanca"]}),
]
Format = Literal["html", "pdf", "docx", "xlsx"]


class SectionSettings(Table):
    """One of a review's `sections`: what is given must all fit; one that is given nothing is filled by hand."""

    title: Line
    watch: Lines = ()
    """Watch lists: articles that they found."""
    query: Annotated[str, Field(max_length=LONGEST_QUERY), AfterValidator(_query)] = ""
    """Articles that it is true of."""
    tags: Lines = ()
    """Outlets with one of these tags."""
    most: Annotated[int, Field(ge=1, le=200)] = 10
    order: Literal["relevance", "newest", "outlets"] = "relevance"

    def value(self) -> ReviewSection:
        """Return what drafting takes."""
        return ReviewSection(self.title, self.watch, self.query, self.tags, self.most, self.order)


class ReportKeys(Table):
    """`report`: in place of sections, the last whole month in numbers."""

    watch: Lines = ()
    """Left out: all watch lists."""
    actors: Annotated[Lines, Field(max_length=MOST_COMPARED)] = ()
    """Actors and topics whose share of voice is compared; left out: those that have the most."""


class ReviewKeys(Table):
    """What a review has besides its name."""

    send: Schedule = None
    """When it is sent; left out: only when somebody sends it."""
    channels: Lines = ()
    mail: Annotated[str, Field(max_length=200)] = ""
    """The mail channel by which its own recipients are sent it; left out: the first of `channels` that is one, else the first
    there is."""
    language: Spoken = "en"
    """Of the review's own words: headings, dates, mails."""
    sections: Annotated[tuple[SectionSettings, ...], Field(max_length=MOST_SECTIONS)] = ()
    report: ReportKeys | None = None
    """It is a report of each month, in place of sections."""
    approve: bool = True
    """An editor approves it first; false: it is sent as it was drafted."""
    draft_before: Interval = timedelta(minutes=45)
    """How long before it is sent it is drafted."""
    formats: Annotated[tuple[Format, ...], AfterValidator(_no_double)] = ("html",)
    prefer: Lines = ()
    """Outlets in order of preference: of the articles of one story the best outlet's is taken."""
    brief: Annotated[int, Field(ge=0, le=200)] = 10
    """How many stories that found no place come as headlines at the end."""
    event: bool = True
    """The story that most outlets tell comes first, as the event of the day."""
    figures: bool = True
    """How many articles each watch list has, day by day."""
    paused: bool = False
    """Nothing is drafted by its time until it is resumed."""
    pictures: bool = False
    """Items have their articles' pictures, of outlets whose licence allows it."""
    cover: bool = False
    """A title page in PDF and Word."""
    colour: Annotated[str, Field(max_length=20), AfterValidator(_colour)] = ""
    """Of headings, lines and links, as "#8f2f16"."""
    pdf_template: Annotated[str, Field(max_length=1000), AfterValidator(_file_of(".typ"))] = ""
    """A Typst file in place of our layout of the PDF. In the settings file alone, as the next two."""
    word_template: Annotated[str, Field(max_length=1000), AfterValidator(_file_of(".docx"))] = ""
    """A Word document whose page, styles, headers and footers are taken."""
    logo: Annotated[str, Field(max_length=1000), AfterValidator(_logo)] = ""
    """A PNG, JPEG or SVG file, on the PDF's first page; Word takes PNG and JPEG. In the settings file alone."""

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where two sections are called the same, and what does not go together."""
        sections, is_report = data.get("sections"), data.get("report") is not None
        if not sections and not is_report:
            yield _("name at least one section, or make it a `report`")
        if sections and is_report:
            yield "a `report` has no sections: take one of the two away"
        titles = [
            str(one.get("title", "")).casefold()
            for one in (sections if isinstance(sections, list | tuple) else ())
            if isinstance(one, dict)
        ]
        if len(set(titles)) < len(titles):
            yield _("two sections have the same title: give each its own")
        formats = data.get("formats")
        if isinstance(formats, list | tuple) and "xlsx" in formats and not is_report:
            yield "formats: only a `report` comes as xlsx"
        if isinstance(formats, list | tuple) and "pdf" in formats and find_spec("typst") is None:
            yield "formats: PDF needs Typst: pip install 'tocsin[review]'"
        if data.get("pictures") and is_report:
            yield "pictures: a `report` has none"
        for key in ("pdf_template", "word_template"):
            if data.get(key) and is_report:
                yield f"{key}: a `report` has its own layout"
        if data.get("pictures") and find_spec("PIL") is None:
            yield "pictures: they need Pillow: pip install 'tocsin[review]'"
        if data.get("send") and "channels" in data and not data["channels"] and not data.get("mail"):
            yield "it has a time to be sent and no channels: name them, or the `mail` channel for its own recipients"

    def stored(self) -> dict[str, Any]:
        """Return its keys as they are stored: only what differs from the defaults."""
        return self.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)


class ReviewSettings(ReviewKeys):
    """`[[reviews]]`."""

    name: Line


class LicenceSettings(Table):
    """`[[licences]]`: what reviews may reproduce: the first that names an outlet counts, else the one without `outlets`."""

    name: Line
    outlets: Lines = ()
    """Left out: all outlets that no other licence names."""
    may: Literal["full", "excerpt", "link", "nothing"] = "excerpt"
    characters: Annotated[int, Field(ge=20, le=20_000)] = EXCERPT_CHARS
    """The longest excerpt."""
    pictures: bool = False
    """Their pictures may be reproduced, too."""

    @property
    def rights(self) -> Rights:
        """What drafting goes by."""
        return Rights(self.may, self.characters, self.name, self.pictures)
