"""A message in words: its subject line, its text, its HTML. The templates stand in `templates/`; a user's may override them.

A user's templates are sandboxed (Jinja's immutable sandbox): they see what is told and nothing else. HTML ones, theirs and ours,
escape every value.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    select_autoescape,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from alerts.delivery.characters import one_line, shown
from alerts.delivery.links import Links
from alerts.delivery.markup import counted, translated
from alerts.delivery.payload import (
    AddressedReview,
    AlertData,
    ArticleData,
    DigestData,
    Kind,
    Message,
    ReviewData,
    ServiceData,
    StoryData,
    TriageData,
)
from alerts.delivery.review_view import review_view, titled
from alerts.delivery.view import (
    MAX_NAME,
    UTC,
    AlertView,
    Section,
    alert_view,
    local,
    number_of_alerts,
    period_of,
    sections,
    title_of,
    unmarked,
)
from storage import language
from storage.language import Translator, _, ngettext, speaker, speaking

log = structlog.get_logger(__name__)

MAX_SUBJECT = 200
MAX_HEADLINE = 110
"""Of a headline in a digest's subject: so that what comes after it is seen too."""
OURS = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom it is rendered: the links that are theirs."""

    links: Links | None = None
    unsubscribe: str | None = None
    parts: bool = False
    """Whether pictures are parts of the mail (`cid:`); else they stand in the HTML itself."""


ANYBODY = Reader()


def _environment(loader: BaseLoader, kind: type[Environment], *, reload: bool) -> Environment:
    made = kind(
        loader=loader,
        auto_reload=reload,
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"_": translated, "ngettext": counted, "direction": _direction, "language": _language}
    return made


def _direction() -> str:
    return speaker().direction


def _language() -> str:
    return speaker().code


@cache
def _our_environment() -> Environment:
    """Return that of our own templates, each compiled once a process; without a sandbox, which takes half of a mail's time."""
    return _environment(FileSystemLoader(OURS), Environment, reload=False)


class Renderer:
    """Renders messages. A file in `folder` is used in place of ours of the same name; where it fails, ours is."""

    def __init__(
        self,
        folder: Path | None = None,
        zone: str = UTC.key,
        translator: Translator | None = None,
        spoken: Callable[[str], Translator] | None = None,
    ) -> None:
        """`zone`: in which times are told; `translator`: in which language, else in that of whoever asks. `spoken` gives the
        translator of a language's code, for messages that have a language of their own.
        """
        self.zone = ZoneInfo(zone)
        self._translator = translator
        self._spoken = spoken
        self._ours = _our_environment()
        both = ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(OURS)]) if folder else None
        self._theirs = _environment(both, ImmutableSandboxedEnvironment, reload=True) if both else None
        self._folder = folder

    def told_in(self, zone: str, translator: Translator) -> Renderer:
        """Return a renderer that tells times in another zone, and all in another language."""
        return Renderer(self._folder, zone, translator, self._spoken)

    def subject(self, message: Message) -> str:
        """Return the message's subject line."""
        with self.speaking(message):
            return subject(message, self.zone)

    def text(self, message: Message, reader: Reader = ANYBODY) -> str:
        """Return the message as plain text; what matched stands between two pairs of asterisks."""
        with self.speaking(message):
            return self._render(*_values(message, reader, self.zone), "txt")

    def unmarked(self, message: Message, reader: Reader = ANYBODY) -> str:
        """Return the message as plain text in which nothing is marked: for services that would show the asterisks."""
        with self.speaking(message):
            name, values = _values(message, reader, self.zone)
            for key in ("alert", "sections"):
                if key in values:
                    values[key] = _without_marks(values[key])
            return self._render(name, values, "txt")

    def html(self, message: Message, reader: Reader = ANYBODY) -> str:
        """Return the message as one HTML document without scripts or outside resources."""
        with self.speaking(message):
            return self._render(*_values(message, reader, self.zone), "html")

    def both(self, message: Message, reader: Reader = ANYBODY) -> tuple[str, str]:
        """Return text and HTML: what they show is prepared once."""
        with self.speaking(message):
            name, values = _values(message, reader, self.zone)
            return self._render(name, values, "txt"), self._render(name, values, "html")

    def mistakes(self) -> list[str]:
        """Return what is wrong with the user's own templates, one line each."""
        if self._theirs is None or self._folder is None:
            return []
        if not self._folder.is_dir():
            return [f"{self._folder} is not a folder of templates"]
        found = []
        for file in sorted(self._folder.iterdir()):
            if file.suffix not in {".txt", ".html"}:
                continue
            try:
                self._theirs.get_template(file.name)
            except (TemplateError, UnicodeDecodeError) as error:
                found.append(f"{file}: {error}")
        return found

    def speaking(self, message: Message) -> AbstractContextManager[None]:
        """Speak the language of a press review, else the channel's, within the block."""
        if isinstance(message.data, ReviewData) and self._spoken is not None:
            return speaking(self._spoken(message.data.language))
        return speaking(self._translator or speaker())

    def _render(self, name: str, values: Mapping[str, object], form: str) -> str:
        if self._theirs is not None:
            try:
                return self._theirs.get_template(f"{name}.{form}").render(values)
            except Exception as error:  # noqa: BLE001  (a template may fail in any way; ours then tells the alert)
                log.error(
                    "a template of yours failed; ours is used",
                    template=f"{name}.{form}",
                    folder=str(self._folder),
                    error=f"{type(error).__name__}: {error}",
                )
        return self._ours.get_template(f"{name}.{form}").render(values)


DEFAULT = Renderer()


def subject(message: Message, zone: ZoneInfo = UTC) -> str:
    """Return one line of at most `MAX_SUBJECT` characters: `[watch list] title`; an update answers it, so that mails thread.

    Of a digest: the headline that counts most, with a name where it has none, how many more there are, channel and day.
    """
    match message.data:
        case AlertData() as alert:
            line = f"[{one_line(alert.watch_list, MAX_NAME)}] {title_of(alert)}"
            if message.kind == "alert.updated":
                line = f"Re: {line}"
        case DigestData() as digest:
            line = _digest_subject(message, digest, zone)
        case ServiceData() as service:
            line = f"[Tocsin] {service.subject}"
        case ReviewData() as review:
            line = titled(review)
        case ArticleData() as article:
            line = f"{article.outlet}: {article.title}"
        case StoryData() as story:
            line = f"[Tocsin] {words_of_story(message.kind, story)}"
        case TriageData() as triage:
            line = f"[Tocsin] {words_of_triage(message.kind, triage)}"
    return one_line(line, MAX_SUBJECT)


def _digest_subject(message: Message, digest: DigestData, zone: ZoneInfo) -> str:
    channel = one_line(message.channel, MAX_NAME)
    day = language.day(digest.period.until.astimezone(zone).date(), length="medium")
    alerts = [alert for part in digest.watch_lists for alert in part.alerts]
    if not alerts:
        return _("{alerts} ({channel}, {day})", alerts=number_of_alerts(digest), channel=channel, day=day)
    first = max(alerts, key=lambda alert: alert.score or 0.0)
    headline = one_line(title_of(first), MAX_HEADLINE)
    if first.mentions and not any(excerpt.field == "title" for excerpt in first.excerpts):
        headline = _("{name}: {headline}", name=one_line(first.mentions[0].name, MAX_NAME), headline=headline)
    if digest.count == 1:
        return _("{headline} ({channel}, {day})", headline=headline, channel=channel, day=day)
    return ngettext(
        "{headline}; {count} more ({channel}, {day})",
        "{headline}; {count} more ({channel}, {day})",
        digest.count - 1,
        headline=headline,
        channel=channel,
        day=day,
    )


def _without_marks(value: object) -> object:
    """Return alerts as they are shown, with nothing marked in them."""
    match value:
        case AlertView():
            excerpts = tuple(map(unmarked, value.excerpts))
            return replace(value, headline=unmarked(value.headline), excerpts=excerpts)
        case Section():
            alerts = tuple(
                alert for each in value.alerts if isinstance(alert := _without_marks(each), AlertView)
            )
            return replace(value, alerts=alerts)
        case tuple():
            return tuple(map(_without_marks, value))
        case _:
            return value


def _values(message: Message, reader: Reader, zone: ZoneInfo) -> tuple[str, dict[str, object]]:
    """Return the name of the message's template and what it is given."""
    values: dict[str, object] = {
        "subject": subject(message, zone),
        "channel": message.channel,
        "unsubscribe": reader.unsubscribe,
    }
    links = None if reader.links is None else reader.links.dated(message.created_at)
    match message.data:
        case AlertData() as alert:
            return "alert", values | {"alert": alert_view(alert, links, zone)}
        case DigestData() as digest:
            return "digest", values | {
                "sections": sections(digest, links, zone),
                "count": number_of_alerts(digest),
                "more": digest.more,
                "since": local(digest.period.since, zone),
                "until": local(digest.period.until, zone),
                "period": period_of(digest, zone),
            }
        case ServiceData() as service:
            paragraphs = [line for line in shown(service.text).split("\n") if line.strip()]
            outlet = one_line(service.outlet, MAX_NAME) if service.outlet else None
            title = one_line(service.subject, MAX_SUBJECT)
            return "service", values | {"title": title, "paragraphs": paragraphs, "outlet": outlet}
        case ReviewData() as review:
            pictures = {"picture": _sources(message, reader)}
            return "review", values | pictures | _review_values(review, reader.links)
        case ArticleData() as article:
            title = one_line(article.title, MAX_SUBJECT)
            outlet = one_line(article.outlet, MAX_NAME)
            paragraphs = [line for line in shown(article.text).split("\n") if line.strip()]
            return "service", values | {"title": title, "paragraphs": paragraphs, "outlet": outlet}
        case StoryData() as story:
            titles = [one_line(f"{each.outlet}: {each.title}", MAX_SUBJECT) for each in story.articles]
            title = words_of_story(message.kind, story)
            return "service", values | {"title": title, "paragraphs": titles, "outlet": None}
        case TriageData() as triage:
            title = words_of_triage(message.kind, triage)
            notes = [line for line in shown(triage.note).split("\n") if line.strip()]
            return "service", values | {"title": title, "paragraphs": notes, "outlet": None}


def _review_values(review: ReviewData, links: Links | None) -> dict[str, object]:
    """Return what the template of a review is given. `read` is where one of its own recipients reads it in a browser."""
    view = review_view(review)
    if not isinstance(review, AddressedReview) or links is None:
        return {"review": view, "read": None}
    named = view.only_named if review.form == "link" else view
    read = links.read(review.edition_id, links.recipient)
    return {"review": named, "read": read, "channel": review.review}


def picture_id(message: Message, number: int) -> str:
    """Return what the HTML of a mail calls the part with an item's picture (RFC 2392)."""
    return f"picture-{number}.{message.uid}"


def _sources(message: Message, reader: Reader) -> Callable[[int], str | None]:
    """Return what gives the `src` of an item's picture; None where it is not there."""

    def source(number: int) -> str | None:
        body = message.pictures.get(number)
        if body is None:
            return None
        if reader.parts:
            return f"cid:{picture_id(message, number)}"
        return f"data:image/jpeg;base64,{base64.b64encode(body).decode()}"

    return source


def words_of_triage(kind: Kind, triage: TriageData) -> str:
    """Return what was done about an alert."""
    number = triage.alert_id
    match kind:
        case "alert.assigned" if triage.assignee is None:
            return _("Alert {number} is nobody's now", number=number)
        case "alert.assigned":
            return _(
                "Alert {number} is {name}'s now",
                number=number,
                name=one_line(triage.assignee or "", MAX_NAME),
            )
        case "alert.noted":
            return _("A note on alert {number}", number=number)
        case "alert.tagged":
            return _("Alert {number} has other tags now", number=number)
        case "alert.due":
            return _("Alert {number} is due at another time now", number=number)
        case _:
            return _("Alert {number} is in another state now", number=number)


def words_of_story(kind: Kind, story: StoryData) -> str:
    """Return what became of two stories."""
    if kind == "story.merged":
        return _("Story {part} is part of story {story} now", part=story.other_id, story=story.story_id)
    return _("Story {part} was split from story {story}", part=story.other_id, story=story.story_id)
