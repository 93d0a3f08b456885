"""Editions drafted: what was found since the last one, put into the review's sections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.raising.found import to_mention
from alerts.review.drafting import draft_edition
from alerts.review.passages import quoted
from alerts.review.values import DraftItem, ListFigure, ReviewCandidate, ReviewSection, RightsTable
from alerts.values import TITLES, Mention, Topic, WatchList
from service.actions.acting import act
from service.actions.matchers import matcher_of
from service.actions.report_editions import prepare_report_edition
from service.actions.reviews import ShownReview
from service.actions.search import search
from service.actions.wanted_pictures import with_pictures
from service.locale import translator
from storage import language
from storage.language import _, speaking
from storage.stores.articles.archive import ArchivedArticle, archived_articles
from storage.stores.articles.filtered import ArticleFilter
from storage.stores.reviews.chosen_from import (
    ArticleOfAlert,
    alerted_articles,
    outlets_of_stories,
    tags_of_outlets,
)
from storage.stores.reviews.editions import NewEdition, NewItem, add_edition, last_until
from storage.stores.stories.volumes import Total, days_of
from storage.stores.watch.watch_lists import facts_named

FIRST = timedelta(hours=24)
"""What the first edition looks back on."""
LONGEST = timedelta(days=7)
"""What any other looks back on at most."""
MOST_ALERTED = 5_000
MOST_FOUND = 200
"""Articles of a section's query."""
TIME_LIMIT = timedelta(seconds=20)
WEEK = 7
_NAME = "\0review"
"""The watch list of a section's query: no stored one is called so."""
IN_TITLE, ELSEWHERE, EACH = 60.0, 40.0, 2.0
"""The relevance of an article that a query found: where it is true, and a little for each place."""


def prepare_edition(
    session: Session, review: ShownReview, rights: RightsTable, *, due_at: datetime, now: datetime
) -> NewEdition:
    """Return an edition of what came since the last one, or of a report's month; nothing is stored."""
    if review.keys.report is not None:
        return prepare_report_edition(session, review, rights, due_at=due_at, now=now)
    last = last_until(session, review.id)
    since = now - FIRST if last is None else max(last, now - LONGEST)
    candidates = list(_candidates(session, review, since, now))
    stories = {one.story_id for one in candidates if one.story_id is not None}
    items = draft_edition(
        candidates, review.plan, outlets_of=outlets_of_stories(session, stories), rights=rights
    )
    figures = _figures(session, review, now) if review.keys.figures else ()
    with speaking(translator(review.keys.language)):
        day = language.day(due_at.astimezone(ZoneInfo(review.zone)).date())
        title = _("{review}, {day}", review=review.name, day=day)
    return NewEdition(
        review_id=review.id,
        title=title,
        since=since,
        until=now,
        due_at=due_at,
        sections=tuple(section.title for section in review.plan.sections),
        figures=tuple((figure.watch_list, figure.days) for figure in figures),
        items=with_pictures(session, map(_new_item, items), review.keys, rights),
    )


@act("edition", "add")
def store_edition(session: Session, new: NewEdition, *, now: datetime) -> int:
    """Store a prepared edition as a draft; return its number."""
    return add_edition(session, new, now=now)


def _candidates(
    session: Session, review: ShownReview, since: datetime, until: datetime
) -> Iterator[ReviewCandidate]:
    sections = review.plan.sections
    alerted: list[ArticleOfAlert] = []
    if any(section.watch or (section.tags and not section.query) for section in sections):
        alerted = alerted_articles(session, since=since, until=until, most=MOST_ALERTED)
    tags = tags_of_outlets(session) if any(section.tags for section in sections) else {}
    for place, section in enumerate(sections):
        wanted = {tag.casefold() for tag in section.tags}
        for candidate in _of_section(session, place, section, alerted, since, until):
            if not wanted or wanted & tags.get(candidate.outlet, frozenset()):
                yield candidate


def _of_section(
    session: Session,
    place: int,
    section: ReviewSection,
    alerted: Iterable[ArticleOfAlert],
    since: datetime,
    until: datetime,
) -> Iterator[ReviewCandidate]:
    if section.watch or (section.tags and not section.query):
        lists = set(section.watch)
        of_lists = [one for one in alerted if one.watch_list in lists or not (lists or one.private)]
        yield from _that_match(session, place, section.query, of_lists)
    elif section.query:
        recent = ArticleFilter(since=since)
        hits = search(session, section.query, wanted=recent, limit=MOST_FOUND, time_limit=TIME_LIMIT).hits
        articles = archived_articles(session, [hit.example.article_id for hit in hits])
        matcher = matcher_of(session, WatchList(_NAME, topics=(Topic("section", section.query),)))
        for article in articles:
            if since < article.found_at <= until:
                found = [one for one in matcher.match(archived_document(article)) if one.watch == _NAME]
                yield _candidate(place, article, article.story_id, _relevance(found), found)


def _that_match(
    session: Session, place: int, query: str, alerted: Iterable[ArticleOfAlert]
) -> Iterator[ReviewCandidate]:
    """Give the articles of alerts, of which the query is true where there is one."""
    matcher = matcher_of(session, WatchList(_NAME, topics=(Topic("section", query),))) if query else None
    for one in alerted:
        mentions = [to_mention(one.watch_list, mention) for mention in one.mentions]
        if matcher is not None:
            document = archived_document(one.article)
            if not any(found.watch == _NAME for found in matcher.match(document)):
                continue
        yield _candidate(place, one.article, one.story_id, one.score, mentions)


def _candidate(
    place: int, article: ArchivedArticle, story_id: int | None, score: float, mentions: list[Mention]
) -> ReviewCandidate:
    return ReviewCandidate(
        section=place,
        article_id=article.id,
        story_id=story_id,
        outlet=article.outlet,
        headline=" ".join(article.title.split()),
        excerpt=quoted(archived_document(article), mentions),
        url=article.url,
        language=article.language,
        authors=article.authors,
        at=article.date,
        score=score,
    )


def _relevance(found: list[Mention]) -> float:
    best = IN_TITLE if any(one.field in TITLES for one in found) else ELSEWHERE
    return min(100.0, best + EACH * len(found))


def _figures(session: Session, review: ShownReview, now: datetime) -> tuple[ListFigure, ...]:
    """Return the articles of each watch list on the last seven days (UTC), today last."""
    names = dict.fromkeys(name for section in review.plan.sections for name in section.watch)
    facts = [found for name in names if (found := facts_named(session, name)) is not None]
    asked = [Total(one.id, one.name, "list", one.name, 0) for one in facts]
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=WEEK - 1)
    known = days_of(session, asked, since=first)
    days = [(first + timedelta(days=number)).date() for number in range(WEEK)]
    return tuple(
        ListFigure(
            total.watch_list, tuple(known[total][day].articles if day in known[total] else 0 for day in days)
        )
        for total in asked
    )


def _new_item(item: DraftItem) -> NewItem:
    return NewItem(
        section=item.section,
        outlet=item.outlet,
        headline=item.headline,
        excerpt=item.excerpt,
        url=item.url,
        language=item.language,
        authors=item.authors,
        came_out_at=item.at,
        article_id=item.article_id,
        story_id=item.story_id,
        outlets=item.outlets,
    )
