"""Channels that ask for every article are sent each as it is matched: the outbox carries it, as it carries alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from alerts.delivery.due import rules_of
from alerts.delivery.payload import ArticleData, ArticleMention
from storage.stores.articles.match_claims import MatchClaim
from storage.stores.outbox.sending_channels import active_channels
from storage.stores.outbox.waiting import NewNotification, add_notifications
from storage.tables import NotificationKind

Tracked = tuple[str, str, str]
"""The name of a watch list, `actor` or `topic`, and the name of one of its that an article mentions."""
MOST_TEXT = 200_000
"""Characters of a text: brokers take a megabyte at most, unless they are told otherwise."""


def notify_of_articles(
    session: Session,
    claims: Sequence[MatchClaim],
    tracked: Mapping[int, Sequence[Tracked]],
    *,
    now: datetime,
) -> None:
    """Queue articles that were just matched, with what is `tracked` in them (by article), for the channels that take all.

    Call it in the transaction that stores the match: then each version is sent once. Where no channel asks for articles,
    it costs one look at the list of channels for a batch.
    """
    takers = [channel for channel in active_channels(session) if rules_of(channel).articles]
    if not takers:
        return
    queued = []
    for claim in claims:
        article = claim.article
        data = ArticleData(
            id=article.id,
            version=claim.version,
            url=article.url,
            title=article.title,
            lead=article.beside.lead,
            text=article.text[:MOST_TEXT],
            outlet=article.outlet,
            country=article.country,
            language=article.language,
            authors=article.authors,
            published_at=article.published_at,
            found_at=article.found_at,
            mentions=tuple(
                ArticleMention.model_validate({"watch_list": watch_list, "kind": kind, "name": name})
                for watch_list, kind, name in tracked.get(article.id, ())
            ),
        ).model_dump(mode="json")
        queued += [NewNotification(channel.id, NotificationKind.ARTICLE, data, now) for channel in takers]
    add_notifications(session, queued, now=now)
