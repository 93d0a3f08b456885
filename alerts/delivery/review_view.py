"""A press review made ready to be shown: cleaned, with directions and times in words. Mail, PDF and Word start from here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from alerts.delivery.characters import Direction, direction, one_line, shown, web_address
from alerts.delivery.payload import (
    AddressedReview,
    AttachedFile,
    EditionChanged,
    Period,
    ReviewData,
    ReviewFigure,
    ReviewItem,
    ReviewPart,
    ReviewPicture,
)
from storage import language
from storage.language import _, ngettext, speaker

MAX_HEADLINE = 500
MAX_NAME = 200
SUBTYPES = {
    "pdf": "pdf",
    "docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The files that a review may have, by format; a spreadsheet where it is a report."""
MAX_CHANGES = 30
"""Of a correction: what is more is only said to be."""
ACCENT, COLOUR = "#a63a1d", re.compile("#[0-9a-f]{6}")
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|]+')


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """An item's picture. `alt` is read out to those who can't see it."""

    number: int
    alt: str
    credit: str
    credit_direction: Direction
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An article of a review."""

    headline: str
    direction: Direction
    language: str | None
    outlet: str
    facts: str
    """When it came out, its authors, how many outlets tell it: on one line, each apart from the direction of the others."""
    excerpt: tuple[str, ...]
    """Its paragraphs."""
    note: tuple[str, ...]
    note_direction: Direction
    url: str | None
    picture: ShownPicture | None = None


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A section with its heading."""

    kind: str
    title: str
    direction: Direction
    items: tuple[ShownItem, ...]


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A watch list's articles a day. `heights` are the days' as shares of the largest, 0 to 1."""

    name: str
    newest: str
    week: str
    heights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReviewView:
    """An edition in words, in the language that is spoken now."""

    title: str
    review: str
    day: str
    period: str
    changes_title: str
    """Over what a correction changes; empty for any other edition."""
    changes: tuple[str, ...]
    intro: tuple[str, ...]
    intro_direction: Direction
    language: str
    direction: Direction
    contents: str
    figures_title: str
    figures_note: str
    editors_note: str
    empty: str
    parts: tuple[ShownPart, ...]
    figures: tuple[ShownFigure, ...]
    accent: str = ACCENT
    """The colour of headings and lines in mails."""

    @property
    def only_named(self) -> ReviewView:
        """The edition without what is in it: for a mail that says where to read it."""
        return replace(self, parts=(), figures=(), empty="")


def review_view(data: ReviewData) -> ReviewView:
    """Return an edition as it is shown."""
    zone = ZoneInfo(data.zone)
    parts = tuple(_part(part, zone) for part in data.sections if part.items)
    return ReviewView(
        title=one_line(titled(data), MAX_HEADLINE),
        review=one_line(data.review, MAX_NAME),
        day=language.day(data.due_at.astimezone(zone).date()),
        period=_period(data.period, zone),
        changes_title=_("This is a correction. It changes:") if data.revision > 1 else "",
        changes=tuple(_change(change) for change in data.changes[:MAX_CHANGES])
        + ((_("and more"),) if len(data.changes) > MAX_CHANGES else ()),
        intro=_paragraphs(data.intro),
        intro_direction=direction(data.intro, None) if data.intro.strip() else speaker().direction,
        language=speaker().code,
        direction=speaker().direction,
        contents=_("Contents"),
        figures_title=_("In figures"),
        figures_note=_("Articles a day over the last seven days; the last day is the day of this edition."),
        editors_note=_("Editor's note"),
        empty="" if parts else _("Nothing was found for this edition."),
        accent=data.colour if COLOUR.fullmatch(data.colour) else ACCENT,
        parts=parts,
        figures=tuple(map(_figure, data.figures)),
    )


def titled(data: ReviewData) -> str:
    """Return an edition's title, which says so of a correction, in the language that is spoken now."""
    return _("Correction: {title}", title=data.title) if data.revision > 1 else data.title


def _change(change: EditionChanged) -> str:
    said = {
        "headline": f"{language.ISOLATE}{one_line(change.headline, MAX_HEADLINE)}{language.POP}",
        "outlet": f"{language.ISOLATE}{one_line(change.outlet, MAX_NAME)}{language.POP}",
    }
    match change.kind:
        case "added":
            return _("Added: {headline} ({outlet})", **said)
        case "removed":
            return _("Removed: {headline} ({outlet})", **said)
        case "headline":
            before = f"{language.ISOLATE}{one_line(change.before, MAX_HEADLINE)}{language.POP}"
            return _("Another headline: {headline} ({outlet}); before: {before}", before=before, **said)
        case "text":
            return _("Another text: {headline} ({outlet})", **said)


def attachments(data: ReviewData, files: Mapping[str, bytes]) -> tuple[AttachedFile, ...]:
    """Return the files that go with an edition, with the names that readers see.

    They are the review's own, or what the recipients of an `AddressedReview` want, in their language where there is that.
    """
    if isinstance(data, AddressedReview):
        found = files.get(f"{data.form}.{data.language}", files.get(data.form))
        files = {} if found is None else {data.form: found}
    day = data.due_at.astimezone(ZoneInfo(data.zone)).date().isoformat()
    return tuple(
        AttachedFile(file_name(data.review, day, kind, data.revision), SUBTYPES[kind], body)
        for kind, body in sorted(files.items(), reverse=True)
        if kind in SUBTYPES
    )


def file_name(review: str, day: str, kind: str, revision: int = 1) -> str:
    """Return what a file of an edition is called: `Morning review 2026-03-02.pdf`; of a correction, with its revision."""
    name = " ".join(NOT_IN_NAMES.sub(" ", one_line(review, 80)).split()).strip(". ") or "review"
    return f"{name} {day}{f' ({revision})' if revision > 1 else ''}.{kind}"


def _part(part: ReviewPart, zone: ZoneInfo) -> ShownPart:
    match part.kind:
        case "event":
            title = _("Event of the day")
        case "brief":
            title = _("In brief")
        case "section":
            title = one_line(part.title, MAX_NAME)
    return ShownPart(
        part.kind, title, direction(title, None), tuple(_item(item, zone) for item in part.items)
    )


def _item(item: ReviewItem, zone: ZoneInfo) -> ShownItem:
    headline = one_line(item.headline, MAX_HEADLINE)
    facts = [
        language.clock(item.published_at, zone, length="medium") if item.published_at is not None else "",
        one_line(", ".join(item.authors), MAX_NAME),
        ngettext("told by {count} outlet", "told by {count} outlets", item.outlets)
        if item.outlets > 1
        else "",
    ]
    note = _paragraphs(item.note)
    return ShownItem(
        headline=headline,
        direction=direction(headline, item.language),
        language=one_line(item.language, 20) if item.language else None,
        outlet=one_line(item.outlet, MAX_NAME),
        facts=" · ".join(f"{language.ISOLATE}{fact}{language.POP}" for fact in facts if fact),
        excerpt=_paragraphs(item.excerpt),
        note=note,
        note_direction=direction(" ".join(note), None),
        url=web_address(item.url),
        picture=None if item.picture is None else _picture(item.picture, headline),
    )


def _picture(picture: ReviewPicture, headline: str) -> ShownPicture:
    caption = one_line(picture.caption, MAX_HEADLINE)
    credit = one_line(picture.credit, MAX_NAME)
    who = f"{language.ISOLATE}{credit}{language.POP}"
    said = _("Photo: {name}", name=who) if credit else ""
    return ShownPicture(
        number=picture.number,
        alt=caption or _("Picture of the article: {headline}", headline=headline),
        credit=said,
        credit_direction=speaker().direction,
        width=picture.width,
        height=picture.height,
    )


def _figure(figure: ReviewFigure) -> ShownFigure:
    most = max(figure.days, default=0)
    newest = figure.days[-1] if figure.days else 0
    return ShownFigure(
        one_line(figure.watch_list, MAX_NAME),
        ngettext("{count} article", "{count} articles", newest),
        ngettext("{count} in the week", "{count} in the week", sum(figure.days)),
        tuple(day / most if most else 0.0 for day in figure.days),
    )


def _period(period: Period, zone: ZoneInfo) -> str:
    return _(
        "{since} to {until} {place}",
        since=language.clock(period.since, zone),
        until=language.clock(period.until, zone),
        place=language.place_of(zone),
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(line.split()) for line in shown(text).split("\n") if line.strip())
