"""Programs that keep stories are told what became of those that they know: two are one, or one is two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal

from sqlmodel import Session

from alerts.delivery.channels import channel_plugins
from alerts.delivery.payload import MovedArticle, PlacedAlert, StoryData
from storage.stores.outbox.waiting import NewNotification, add_notifications, told_of_stories
from storage.stores.stories.rulings import StoryMember
from storage.tables import NotificationKind

MOST_ARTICLES = 100
By = Literal["tocsin", "reader"]


def notify_of_story(
    session: Session,
    kind: Literal[NotificationKind.STORY_MERGED, NotificationKind.STORY_SPLIT],
    *,
    story_id: int,
    other_id: int,
    moved: Sequence[StoryMember],
    by: By,
    now: datetime,
) -> None:
    """Queue what became of two stories, for the channels that take that and were sent an alert of one of them.

    Call it in the transaction that changed the stories, once their alerts stand as they shall.
    """
    types = [name for name, plugin in channel_plugins().items() if plugin.takes_story_events]
    told = told_of_stories(session, [story_id, other_id], types)
    articles = tuple(
        MovedArticle(id=one.article_id, outlet=one.outlet, title=one.title, url=one.url)
        for one in moved[:MOST_ARTICLES]
    )
    queued = []
    for channel_id, alerts in groupby(told, key=lambda one: one.channel_id):
        data = StoryData(
            story_id=story_id,
            other_id=other_id,
            by=by,
            articles=articles,
            alerts=tuple(
                PlacedAlert(
                    alert_id=one.alert_id,
                    watch_list=one.watch_list,
                    story_id=one.story_id,
                    merged_into=one.merged_into,
                )
                for one in alerts
            ),
        )
        queued.append(NewNotification(channel_id, kind, data.model_dump(mode="json"), now))
    add_notifications(session, queued, now=now)
