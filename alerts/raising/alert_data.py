"""What is said of an alert, put together from what is known of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.delivery.excerpts import Excerpt
from alerts.delivery.payload import (
    AlertData,
    Growth,
    OtherArticle,
    RelatedStory,
    StoryFacts,
    build_alert_data,
)
from alerts.documents import archived_document, article_facts
from alerts.raising.deciding import Notice
from alerts.raising.found import ListFound
from alerts.raising.wording import words_of_score, words_of_spike, words_of_update
from storage.reasons import ChangeReason
from storage.stores.alerts.alert_details import AttachedArticle
from storage.stores.alerts.standing import AlertState
from storage.stores.articles.archive import ArchivedArticle
from storage.stores.stories.story_facts import LinkedStory, StoryText

MOST_STEPS = 20
OTHER_ARTICLES = 10
"""At most so many articles of the same story are named beside the one that raised an alert."""


def created_data(notice: Notice, alert_id: int, excerpts: tuple[Excerpt, ...] | None = None) -> AlertData:
    """Return what is said of an alert that was made now."""
    alert, article = notice.alert, notice.found.article.article
    own = OtherArticle(outlet=article.outlet, title=article.title, url=article.url)
    story = StoryFacts(
        score_reason=words_of_score(alert.score_parts),
        reason=words_of_spike(alert.spike),
        lead=own,
        outlets=1,
        languages=(article.language,) if article.language else (),
        growth=(Growth(at=alert.notified_at or alert.created_at, articles=1, outlets=1),),
        related=_related(notice.related),
    )
    return _data(
        alert,
        alert_id,
        article,
        notice.of_list,
        excerpts=excerpts,
        others=notice.others,
        changes=() if alert.spike is None else (words_of_spike(alert.spike),),
        reasons=() if alert.spike is None else (alert.spike,),
        story=story,
    )


def updated_data(
    alert: AlertState,
    article: ArchivedArticle,
    of_list: ListFound,
    *,
    articles: Sequence[AttachedArticle],
    others: Sequence[StoryText],
    related: Sequence[LinkedStory],
) -> AlertData:
    """Return what is said of an alert that stands, for an update or once more; `article` raised it."""
    return _data(
        alert,
        alert.id,
        article,
        of_list,
        others=[text for text in others if text.article_id != article.id],
        changes=tuple(map(words_of_update, alert.update_reasons)),
        reasons=alert.update_reasons,
        story=story_facts(alert, articles, related),
    )


def story_facts(
    alert: AlertState, articles: Sequence[AttachedArticle], related: Sequence[LinkedStory]
) -> StoryFacts:
    """Return what the story of an alert has become. `articles` are the alert's, in the order in which they were attached."""
    seen: set[str] = set()
    growth: list[Growth] = []
    for number, article in enumerate(articles, start=1):
        if article.outlet not in seen or number == len(articles):
            seen.add(article.outlet)
            growth.append(Growth(at=article.attached_at, articles=number, outlets=len(seen)))
    return StoryFacts(
        score_reason=words_of_score(alert.score_parts),
        reason=words_of_spike(alert.spike),
        lead=_lead(articles),
        outlets=len(seen),
        languages=tuple(dict.fromkeys(article.language for article in articles if article.language)),
        growth=tuple(growth[:1] + growth[1:][-MOST_STEPS:]),
        related=_related(related),
    )


def _data(
    alert: AlertState,
    alert_id: int,
    article: ArchivedArticle,
    of_list: ListFound,
    *,
    excerpts: tuple[Excerpt, ...] | None = None,
    others: Sequence[StoryText],
    changes: Sequence[str],
    reasons: Sequence[ChangeReason],
    story: StoryFacts,
) -> AlertData:
    return build_alert_data(
        alert_id=alert_id,
        watch_list=of_list.watched.name,
        story_id=alert.story_id,
        created_at=alert.created_at,
        article=article_facts(article),
        document=archived_document(article),
        mentions=of_list.mentions,
        more=of_list.more,
        excerpts=excerpts,
        other_articles=[
            OtherArticle(outlet=text.outlet, title=text.title, url=text.url)
            for text in others[:OTHER_ARTICLES]
        ],
        score=alert.score,
        changes=changes,
        reasons=reasons,
        story=story,
    )


def _lead(articles: Sequence[AttachedArticle]) -> OtherArticle | None:
    """Return the original that a copy names, if it is among them, else the earliest."""
    if not articles:
        return None
    by_url = {article.canonical_url: article for article in articles}
    for article in articles:
        named = by_url.get(article.declared_url or "")
        if named is not None and named is not article:
            return _named(named)
    return _named(min(articles, key=lambda one: (one.published_at or one.found_at, one.id)))


def _named(article: AttachedArticle) -> OtherArticle:
    return OtherArticle(outlet=article.outlet, title=article.title, url=article.url)


def _related(related: Sequence[LinkedStory]) -> tuple[RelatedStory, ...]:
    return tuple(
        RelatedStory(
            story_id=story.story_id,
            title=story.first.title,
            outlet=story.first.outlet,
            url=story.first.url,
            language=story.first.language,
            actors=story.actors,
            marks=story.marks,
            alike=story.alike,
        )
        for story in related
    )
