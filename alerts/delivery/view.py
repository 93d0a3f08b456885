"""An alert's data made ready to be shown: cleaned, cut to length, with directions, times and reasons in words.

Every template and the console start from here, so that none of them has to know what a headline may hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.delivery.characters import Direction, direction, one_line, shown, web_address
from alerts.delivery.excerpts import Excerpt, Mark
from alerts.delivery.links import Links
from alerts.delivery.payload import AlertData, DigestData, MentionedName
from alerts.matching.rule_words import rule_words
from alerts.raising.wording import words_of_change
from storage import language
from storage.codes import country_name
from storage.language import _, ngettext, number

UTC = ZoneInfo("UTC")
MAX_TITLE = 300
MAX_NAME = 100
MAX_RULE = 160
MAX_RULES = 3


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text, marked or not."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Passage:
    """Text with marks in it, and its direction."""

    segments: tuple[Segment, ...]
    direction: Direction
    cut_before: bool = False
    cut_after: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """A name that was mentioned: how often, and the rules in words."""

    kind: str
    name: str
    times: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A further article."""

    outlet: str
    title: str
    direction: Direction
    url: str | None


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert, ready to be shown."""

    watch_list: str
    title: str
    headline: Passage
    """The title with its marks."""
    language: str | None
    outlet: str
    country: str | None
    authors: str
    when: str
    url: str | None
    alert_url: str | None
    excerpts: tuple[Passage, ...]
    reasons: tuple[Reason, ...]
    others: tuple[Link, ...]
    changes: tuple[str, ...]
    """What an update is about."""
    relevance: str | None
    dismiss_url: str | None
    """Where a reader says that it is not relevant."""
    acts: tuple[tuple[str, str], ...]
    """Buttons by which its reader deals with it: words and address of each."""
    footer: str


@dataclass(frozen=True, slots=True)
class Section:
    """The alerts of one watch list."""

    watch_list: str
    alerts: tuple[AlertView, ...]


def title_of(data: AlertData) -> str:
    """Return the title of the alert's article on one line."""
    return one_line(data.article.title, MAX_TITLE) or _("(without a title)")


def alert_view(data: AlertData, links: Links | None = None, zone: ZoneInfo = UTC) -> AlertView:
    """Return an alert as it is shown, its times in a zone, with `links` where those can be made."""
    article = data.article
    title = title_of(data)
    in_title = next((e for e in data.excerpts if e.field == "title" and e.text == article.title), None)
    fits = in_title is not None and len(article.title) <= MAX_TITLE
    return AlertView(
        watch_list=one_line(data.watch_list, MAX_NAME),
        title=title,
        headline=passage(in_title, article.language)
        if in_title is not None and fits
        else Passage((Segment(title, marked=False),), direction(title, article.language)),
        language=one_line(article.language, MAX_NAME) if article.language else None,
        outlet=one_line(article.outlet, MAX_NAME),
        country=one_line(country_name(article.country), MAX_NAME) if article.country else None,
        authors=one_line(", ".join(article.authors), MAX_TITLE),
        when=_when(data, zone),
        url=web_address(article.url),
        alert_url=web_address(data.url) or (links.alert(data.alert_id) if links is not None else None),
        excerpts=tuple(
            passage(excerpt, article.language)
            for excerpt in data.excerpts
            if not (fits and excerpt is in_title)
        ),
        reasons=tuple(_reason(mention) for mention in data.mentions),
        others=tuple(_link(other.outlet, other.title, other.url) for other in data.other_articles),
        changes=tuple(one_line(change, MAX_RULE) for change in _changes(data)),
        relevance=_("relevance {score}", score=number(data.score)) if data.score is not None else None,
        dismiss_url=links.dismiss(data.alert_id) if links is not None else None,
        acts=_acts(data.alert_id, links),
        footer=_("Alert {id} · {time}", id=data.alert_id, time=local(data.created_at, zone)),
    )


def _acts(alert_id: int, links: Links | None) -> tuple[tuple[str, str], ...]:
    if links is None:
        return ()
    found = ((_("In hand"), links.act(alert_id, "in-hand")), (_("Done"), links.act(alert_id, "done")))
    return tuple((words, address) for words, address in found if address is not None)


def sections(data: DigestData, links: Links | None = None, zone: ZoneInfo = UTC) -> tuple[Section, ...]:
    """Return a digest as it is shown, watch list by watch list. Of a story's alerts the first is shown whole."""
    found = []
    for part in data.watch_lists:
        stories: dict[int, list[AlertData]] = {}
        for alert in part.alerts:
            stories.setdefault(alert.story_id, []).append(alert)
        views = tuple(_story_view(alerts, links, zone) for alerts in stories.values())
        found.append(Section(one_line(part.watch_list, MAX_NAME), views))
    return tuple(found)


def _story_view(alerts: list[AlertData], links: Links | None, zone: ZoneInfo) -> AlertView:
    first, *more = alerts
    view = alert_view(first, links, zone)
    known = {view.url, *(other.url for other in view.others)}
    others = [_link(item.article.outlet, item.article.title, item.article.url) for item in more]
    return replace(view, others=(*view.others, *(link for link in others if link.url not in known)))


def _link(outlet: str, title: str, url: str) -> Link:
    return Link(
        one_line(outlet, MAX_NAME), one_line(title, MAX_TITLE), direction(title, None), web_address(url)
    )


def number_of_alerts(data: DigestData) -> str:
    """Return how many alerts a digest holds, in words."""
    return ngettext("{count} alert", "{count} alerts", data.count) if data.count else _("no alerts")


def passage(excerpt: Excerpt, language: str | None) -> Passage:
    """Return an excerpt's text in segments, on one line; marks that overlap become one."""
    segments = []
    place = 0
    for start, end in _merged(excerpt.marks):
        segments += [
            Segment(_flat(excerpt.text[place:start]), marked=False),
            Segment(_flat(excerpt.text[start:end]), marked=True),
        ]
        place = end
    segments.append(Segment(_flat(excerpt.text[place:]), marked=False))
    return Passage(
        tuple(segment for segment in segments if segment.text),
        direction(excerpt.text, language),
        excerpt.cut_before,
        excerpt.cut_after,
    )


def period_of(data: DigestData, zone: ZoneInfo = UTC) -> str:
    """Return which time a digest covers: "2 March 2026, 08:00 to 17:30 Casablanca"; the day once where it is one day."""
    since, until = data.period.since.astimezone(zone), data.period.until.astimezone(zone)
    begin, end = language.clock(since, zone), language.clock(until, zone)
    if begin == end:
        return local(until, zone)
    if since.date() == until.date():
        end = language.clock_time(until)
    return _("{since} to {until} {place}", since=begin, until=end, place=language.place_of(zone))


def unmarked(passage: Passage) -> Passage:
    """Return a passage in which nothing is marked."""
    return replace(passage, segments=tuple(replace(segment, marked=False) for segment in passage.segments))


def local(moment: datetime, zone: ZoneInfo = UTC) -> str:
    """Return a time for people, its zone stated: `2 March 2026, 12:00 UTC`, `2 March 2026, 13:00 Casablanca`."""
    return language.moment(moment, zone)


def _changes(data: AlertData) -> Iterable[str]:
    """Return what the alert is told again for; one that an earlier version queued has words alone."""
    return map(words_of_change, data.reasons) if data.reasons else data.changes


def _merged(marks: tuple[Mark, ...]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end)):
        if merged and mark.start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], mark.end))
        else:
            merged.append((mark.start, mark.end))
    return merged


def _flat(text: str) -> str:
    return shown(text).replace("\n", " ").replace("\t", " ")


def _when(data: AlertData, zone: ZoneInfo) -> str:
    published = data.article.published_at
    return (
        local(published, zone)
        if published is not None
        else _("found {time}", time=local(data.created_at, zone))
    )


def _reason(mention: MentionedName) -> Reason:
    rules = [rule_words(one_line(rule, MAX_RULE)) for rule in mention.rules[:MAX_RULES]]
    if len(mention.rules) > MAX_RULES:
        rules.append(ngettext("and {count} more", "and {count} more", len(mention.rules) - MAX_RULES))
    return Reason(
        kind=_("actor") if mention.kind == "actor" else _("topic"),
        name=one_line(mention.name, MAX_NAME),
        times=ngettext("once", "{count} times", mention.count),
        rules=tuple(rules),
    )
