"""What is told: the data of an alert or a digest, as it was when the alert was made, and its published schema.

It is stored with the notification, so that every attempt tells the same, whatever the outlet edits meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, TypeAdapter

from alerts.delivery.excerpts import PAYLOAD_CONFIG, Excerpt, Words, choose_excerpts
from alerts.values import Document, Mention
from storage.reasons import ChangeReason

Kind = Literal[
    "alert.created",
    "alert.updated",
    "digest",
    "service",
    "story.merged",
    "story.split",
    "review",
    "alert.state",
    "alert.assigned",
    "alert.noted",
    "alert.tagged",
    "alert.due",
    "article",
]
UtcTime = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class _PayloadModel(BaseModel):
    model_config = PAYLOAD_CONFIG


class ArticleFacts(_PayloadModel):
    """The article that raised an alert."""

    id: int
    url: Words = Field(description="The article's address as the feed gave it.")
    title: Words
    outlet: Words = Field(description="Name of the outlet that published it.")
    country: Words | None = Field(default=None, description="The outlet's country (ISO 3166-1 alpha-2).")
    language: Words | None = Field(default=None, description="The article's language (ISO 639-1).")
    authors: tuple[Words, ...] = ()
    published_at: UtcTime | None = Field(default=None, description="When it was published, if that is known.")


class OtherArticle(_PayloadModel):
    """A further article that tells the same story."""

    outlet: Words
    title: Words
    url: Words


class MentionedName(_PayloadModel):
    """An actor or topic that the article mentions, and why we think so."""

    kind: Literal["actor", "topic"]
    name: Words
    count: int = Field(ge=1, description="How many places in the article mention it.")
    rules: tuple[Words, ...] = Field(description="The rules that matched, in words.")


class RelatedStory(_PayloadModel):
    """A story in another language: the same actors within 36 hours, perhaps the same matter. No more is claimed."""

    story_id: int
    title: Words
    outlet: Words
    url: Words
    language: Words | None = None
    actors: tuple[Words, ...] = Field(description="Whom both mention.")
    marks: tuple[Words, ...] = Field(
        default=(), description="Numbers, dates (ISO 8601) and names (in small letters) that both say."
    )
    alike: float | None = Field(
        default=None,
        description="How alike an enricher's vectors are (cosine), where `[stories] join_languages_by` made the two one.",
    )


class Growth(_PayloadModel):
    """How many articles and outlets an alert had by some time."""

    at: UtcTime
    articles: int
    outlets: int


class StoryFacts(_PayloadModel):
    """What is known of the story beside the article that raised the alert."""

    score_reason: Words = Field(default="", description="The score in words.")
    reason: Words = Field(default="", description="What a spike is, in words; empty for any other alert.")
    lead: OtherArticle | None = Field(
        default=None, description="The earliest article, or the original where a copy names its source."
    )
    outlets: int = Field(default=1, description="How many outlets tell it.")
    languages: tuple[Words, ...] = Field(default=(), description="Languages of its articles (ISO 639-1).")
    growth: tuple[Growth, ...] = Field(default=(), description="How it grew, oldest first.")
    related: tuple[RelatedStory, ...] = ()


class ArticleMention(_PayloadModel):
    """An actor or topic of a watch list that an article mentions."""

    watch_list: Words
    kind: Literal["actor", "topic"]
    name: Words


class AlertData(_PayloadModel):
    """One alert: a watch list, a story, and the article that raised it.

    The `data` of type `alert.created`, and of `alert.updated`: the alert as it stands since the update.
    """

    alert_id: int
    url: Words | None = Field(default=None, description="The alert's page in this Tocsin, if it has one.")
    watch_list: Words = Field(description="Name of the watch list.")
    created_at: UtcTime
    story_id: int = Field(description="Alerts with the same story tell the same event.")
    score: float | None = Field(default=None, description="Relevance, 0 to 100, if it was judged.")
    changes: tuple[Words, ...] = Field(default=(), description="What an update is about, in English words.")
    reasons: tuple[ChangeReason, ...] = Field(
        default=(), description="What an update is about, as kind and facts: the same as `changes`."
    )
    article: ArticleFacts
    mentions: tuple[MentionedName, ...] = Field(description="Most frequent first.")
    excerpts: tuple[Excerpt, ...] = Field(description="The sentences that show it best, in reading order.")
    other_articles: tuple[OtherArticle, ...] = Field(
        default=(), description="Articles that were known to tell the same story when the alert was made."
    )
    story: StoryFacts | None = Field(
        default=None, description="What is known of the story, if it was looked at."
    )


class Period(_PayloadModel):
    """The time that a digest covers: from the first alert in it to when it was put together."""

    since: UtcTime
    until: UtcTime


class DigestPart(_PayloadModel):
    """The alerts of one watch list in a digest, most relevant first, those of one story together."""

    watch_list: Words
    alerts: tuple[AlertData, ...]


class DigestData(_PayloadModel):
    """Several alerts told at once. The `data` of type `digest`."""

    period: Period
    watch_lists: tuple[DigestPart, ...] = Field(description="By name. Empty where there is nothing to tell.")
    more: int = Field(default=0, description="How many alerts there are beyond those that are told here.")

    @property
    def count(self) -> int:
        """How many alerts it is about, those not told in full included."""
        return self.more + sum(len(part.alerts) for part in self.watch_lists)


class ServiceData(_PayloadModel):
    """What is wrong, or right again, with the service itself. The `data` of type `service`."""

    subject: Words
    text: Words
    outlet: Words | None = Field(default=None, description="The outlet that it is about, if it is about one.")


class MovedArticle(_PayloadModel):
    """An article that is in another story than before."""

    id: int
    outlet: Words
    title: Words
    url: Words


class PlacedAlert(_PayloadModel):
    """An alert that this channel was sent, and where it stands now."""

    alert_id: int
    watch_list: Words
    story_id: int
    merged_into: int | None = Field(default=None, description="The alert that has its articles since.")


class StoryData(_PayloadModel):
    """Two stories that became one, or one that became two. The `data` of types `story.merged` and `story.split`."""

    story_id: int = Field(description="The story that goes on.")
    other_id: int = Field(
        description="`story.merged`: the story that is no more. `story.split`: the new story that articles were moved into."
    )
    by: Literal["tocsin", "reader"] = Field(
        description="Who found it: the grouping, or a reader who said so."
    )
    articles: tuple[MovedArticle, ...] = Field(
        description="The articles that are in another story than before: the first hundred."
    )
    alerts: tuple[PlacedAlert, ...] = Field(
        description="The alerts of both stories that this channel was sent, as they stand now."
    )


class TriageData(_PayloadModel):
    """How an alert is dealt with. The `data` of the types `alert.state`, `.assigned`, `.noted`, `.tagged` and `.due`."""

    alert_id: int
    url: Words | None = Field(default=None, description="The alert's page in this Tocsin, if it has one.")
    watch_list: Words
    story_id: int
    act: int = Field(description="The act that changed it: several alerts may have the same.")
    by: Words = Field(description="The user, token or mail recipient whose act it is; empty: not known.")
    via: Words = Field(description="`page`, `api`, `command`, or `link`: a button in a mail.")
    state: Words = Field(description="`new`, `seen`, `in-hand`, `done` or `dismissed`, as of now.")
    assignee: Words | None = Field(default=None, description="Whose it is, as of now.")
    due_at: UtcTime | None = Field(default=None, description="By when it is to be done, as of now.")
    tags: tuple[Words, ...] = Field(default=(), description="As of now.")
    before: Words | None = Field(
        default=None, description="The state, assignee or due time before, as `type` says."
    )
    note: Words = Field(default="", description="`alert.noted`: the note.")
    removed: bool = Field(default=False, description="`alert.noted`: the note was taken back.")
    reason: Words = Field(default="", description="`alert.state`: why it was dismissed, if that was said.")


class ReviewPicture(_PayloadModel):
    """The picture of an article in a press review, as mails and files have it."""

    number: int = Field(description="The item's.")
    url: Words = Field(description="Where the article has it.")
    caption: Words = Field(default="", description="What the article's page says below it.")
    credit: Words = Field(default="", description="Who took it.")
    width: int = Field(description="In pixels.")
    height: int


class ReviewItem(_PayloadModel):
    """An article in a press review, in its editor's words."""

    headline: Words
    outlet: Words
    excerpt: Words = ""
    note: Words = Field(default="", description="The editor's own words on it.")
    url: Words | None = Field(default=None, description="Its address, where it has one.")
    language: Words | None = Field(default=None, description="The article's language (ISO 639-1).")
    authors: tuple[Words, ...] = ()
    published_at: UtcTime | None = Field(default=None, description="When it was published or found.")
    outlets: int = Field(default=1, description="How many outlets tell its story.")
    picture: ReviewPicture | None = Field(
        default=None,
        description="Its picture, where the review has pictures and its outlet's licence allows it.",
    )


class ReviewPart(_PayloadModel):
    """A section of a press review."""

    kind: Literal["event", "section", "brief"] = Field(
        description="`event`: the event of the day; `brief`: what found no place, as headlines."
    )
    title: Words = Field(default="", description="Of a section; empty for the other two.")
    items: tuple[ReviewItem, ...]


class ReviewFigure(_PayloadModel):
    """How many articles a watch list had on each of the last days, the newest last."""

    watch_list: Words
    days: tuple[int, ...]


class EditionChanged(_PayloadModel):
    """What a correction changes of an article in an edition that was sent."""

    kind: Literal["added", "removed", "headline", "text"] = Field(
        description="`headline`: it has another; `text`: another excerpt or editor's line, or another place on the web."
    )
    headline: Words
    outlet: Words
    before: Words = Field(default="", description="`headline`: the one that was sent before.")


class ReviewData(_PayloadModel):
    """An edition of a press review. The `data` of type `review`."""

    edition_id: int
    review: Words = Field(description="Name of the review.")
    title: Words
    intro: Words = Field(default="", description="The editor's words at the top.")
    language: Words = Field(description="Of the review's own words (ISO 639-1).")
    zone: Words = Field(default="UTC", description="The time zone in which its times are told.")
    due_at: UtcTime
    period: Period
    sections: tuple[ReviewPart, ...]
    figures: tuple[ReviewFigure, ...] = ()
    colour: Words = Field(default="", description="Of its headings and lines, as `#8f2f16`; empty: Tocsin's.")
    number: int = Field(
        default=0, description="The edition's number: a correction has that of what it corrects."
    )
    revision: int = Field(default=1, description="1: as it was first sent; a correction has the next.")
    changes: tuple[EditionChanged, ...] = Field(
        default=(), description="Of a correction: what is other than in the revision before."
    )


class AddressedReview(ReviewData):
    """An edition for some of a review's own recipients: those of one language, who are sent the same. It is never published."""

    review_id: int
    to: tuple[str, ...]
    """Their addresses, in small letters."""
    form: Literal["html", "text", "pdf", "docx", "link"]


class ArticleData(_PayloadModel):
    """An article as it was known when it was matched. The `data` of type `article`, for channels that ask for all articles."""

    id: int
    version: int = Field(description="It grows with each edit, and once the article's page was read.")
    url: Words
    title: Words
    lead: Words = Field(default="", description="The page's standfirst, else what the source says in short.")
    text: Words = Field(description="Paragraphs parted by line breaks; cut where it is very long.")
    outlet: Words
    country: Words | None = Field(default=None, description="The outlet's country (ISO 3166-1 alpha-2).")
    language: Words | None = Field(default=None, description="The article's language (ISO 639-1).")
    authors: tuple[Words, ...] = ()
    published_at: UtcTime | None = Field(default=None, description="When it was published, if that is known.")
    found_at: UtcTime
    mentions: tuple[ArticleMention, ...] = Field(default=(), description="Who or what is tracked in it.")


Data = AlertData | DigestData | ServiceData | StoryData | ReviewData | TriageData | ArticleData


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that goes with a message."""

    name: str
    subtype: str
    """Of `application/…`."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReviewFiles:
    """What goes with a press review: files, and its items' pictures by the number of each."""

    attachments: tuple[AttachedFile, ...]
    pictures: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is given to send. `uid` never changes between attempts: receivers tell doubles by it.

    `skip` are recipients (in small letters) who have it already, refused it for good, or have unsubscribed. `taken` is to be
    called as soon as a recipient's server has answered, where there are several: with the recipient, code and words.
    """

    uid: str
    kind: Kind
    created_at: datetime
    channel: str
    data: Data
    skip: frozenset[str] = frozenset()
    attachments: tuple[AttachedFile, ...] = ()
    """Files of a press review, for channels that can send some."""
    pictures: Mapping[int, bytes] = field(default_factory=dict, repr=False)
    """JPEGs of a press review's items, by the number of each."""
    taken: Callable[[str, tuple[int, str]], None] = field(
        default=lambda _recipient, _said: None, repr=False, compare=False
    )


def build_alert_data(
    *,
    alert_id: int,
    watch_list: str,
    story_id: int,
    created_at: datetime,
    article: ArticleFacts,
    document: Document,
    mentions: Sequence[Mention],
    more: Mapping[tuple[str, str], int] = MappingProxyType({}),
    excerpts: tuple[Excerpt, ...] | None = None,
    url: str | None = None,
    other_articles: Sequence[OtherArticle] = (),
    score: float | None = None,
    changes: Sequence[str] = (),
    reasons: Sequence[ChangeReason] = (),
    story: StoryFacts | None = None,
) -> AlertData:
    """Return what is said of an alert. `mentions` are those of this watch list; their offsets point into `document`.

    `more` is how many further places there are, by `actor` or `topic` and name; `excerpts` where they have been chosen already.
    """
    return AlertData(
        alert_id=alert_id,
        url=url,
        watch_list=watch_list,
        created_at=created_at,
        story_id=story_id,
        score=score,
        changes=tuple(changes),
        reasons=tuple(reasons),
        article=article,
        mentions=_mentioned_names(mentions, more),
        excerpts=choose_excerpts(document, mentions) if excerpts is None else excerpts,
        other_articles=tuple(other_articles),
        story=story,
    )


def build_digest_data(
    alerts: Sequence[AlertData], *, now: datetime, since: datetime | None = None, limit: int | None = None
) -> DigestData:
    """Return the alerts grouped by watch list, most relevant first, then the newest; of those beyond `limit`, only how many.

    Of an alert that comes twice (created, then updated), the later word counts. `since` is needed where there is none.
    """
    latest = {alert.alert_id: alert for alert in sorted(alerts, key=lambda alert: len(alert.changes) > 0)}
    best: dict[tuple[str, int], tuple[float, float]] = {}
    for alert in latest.values():
        story, newest = (alert.watch_list, alert.story_id), (-(alert.score or 0.0), -_came_out(alert))
        best[story] = min(best.get(story, newest), newest)
    order = sorted(
        latest.values(),
        key=lambda alert: (*best[alert.watch_list, alert.story_id], alert.story_id, *_rank(alert)),
    )
    told = order if limit is None else order[:limit]
    by_watch_list: dict[str, list[AlertData]] = defaultdict(list)
    for alert in told:
        by_watch_list[alert.watch_list].append(alert)
    return DigestData(
        period=Period(since=min((alert.created_at for alert in alerts), default=since or now), until=now),
        watch_lists=tuple(
            DigestPart(watch_list=name, alerts=tuple(by_watch_list[name])) for name in sorted(by_watch_list)
        ),
        more=len(order) - len(told),
    )


def _rank(alert: AlertData) -> tuple[float, float, int]:
    """Sort the alerts of a story: the most relevant first, then what came out first."""
    return -(alert.score or 0.0), _came_out(alert), alert.alert_id


def _came_out(alert: AlertData) -> float:
    found = alert.created_at
    return min(alert.article.published_at or found, found).timestamp()


def with_addresses(data: Data, address_of: Callable[[int], str]) -> Data:
    """Return the data with each alert's `url`, where it has none: what `address_of` gives for its id."""
    match data:
        case AlertData() if data.url is None:
            return data.model_copy(update={"url": address_of(data.alert_id)})
        case TriageData() if data.url is None:
            return data.model_copy(update={"url": address_of(data.alert_id)})
        case DigestData():
            parts = [
                part.model_copy(
                    update={"alerts": tuple(with_addresses(alert, address_of) for alert in part.alerts)}
                )
                for part in data.watch_lists
            ]
            return data.model_copy(update={"watch_lists": tuple(parts)})
        case _:
            return data


def parse_data(kind: Kind, payload: dict[str, Any]) -> Data:
    """Read what a notification holds. Raises pydantic's `ValidationError` where it is not of that kind."""
    if kind == "review" and "to" in payload:
        return AddressedReview.model_validate(payload)
    return _MODELS[kind].model_validate(payload)


_MODELS: dict[
    Kind,
    type[AlertData]
    | type[DigestData]
    | type[ServiceData]
    | type[StoryData]
    | type[ReviewData]
    | type[TriageData]
    | type[ArticleData],
] = {
    "alert.created": AlertData,
    "alert.updated": AlertData,
    "digest": DigestData,
    "service": ServiceData,
    "story.merged": StoryData,
    "story.split": StoryData,
    "review": ReviewData,
    "alert.state": TriageData,
    "alert.assigned": TriageData,
    "alert.noted": TriageData,
    "alert.tagged": TriageData,
    "alert.due": TriageData,
    "article": ArticleData,
}


def payload_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a webhook's `data`, as published in docs/webhook.schema.json."""
    adapter: TypeAdapter[Data] = TypeAdapter(Data)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tocsin webhook data",
        "description": "The member `data` of a webhook's body: AlertData where `type` is `alert.created` or `alert.updated`, "
        "DigestData where it is `digest`, ServiceData where it is `service`, StoryData where it is `story.merged` or "
        "`story.split`, ReviewData where it is `review`, TriageData where it is `alert.state`, `alert.assigned`, `alert.noted`, "
        "`alert.tagged` or `alert.due`, ArticleData where it is `article` (events alone). "
        "Members may be added; ignore those that you do not know.",
        **adapter.json_schema(mode="serialization"),
    }


def _mentioned_names(
    mentions: Sequence[Mention], more: Mapping[tuple[str, str], int]
) -> tuple[MentionedName, ...]:
    rules: dict[tuple[Literal["actor", "topic"], str], list[str]] = defaultdict(list)
    for mention in mentions:
        if mention.actor is not None:
            rules["actor", mention.actor].append(mention.rule)
        else:
            rules["topic", mention.topic or ""].append(mention.rule)
    names = [
        MentionedName(
            kind=kind,
            name=name,
            count=len(found) + more.get((kind, name), 0),
            rules=tuple(dict.fromkeys(found)),
        )
        for (kind, name), found in rules.items()
    ]
    return tuple(sorted(names, key=lambda item: -item.count))
