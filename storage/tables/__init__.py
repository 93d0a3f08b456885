"""The tables, one module for each group of words in the design. Importing this package registers them all."""

from storage.tables.alerts import Alert, AlertArticle, Mention, Story
from storage.tables.articles import Article, ArticleState, ArticleVersion, Entry
from storage.tables.delivery import (
    Attempt,
    AttemptOutcome,
    Channel,
    Notification,
    NotificationKind,
    NotificationState,
    Silence,
)
from storage.tables.hubs import Push, Subscription, SubscriptionState
from storage.tables.outlets import Feed, FeedHealth, FeedState, Gap, Host, Outlet
from storage.tables.search import ArticleWords
from storage.tables.watch import (
    Actor,
    AlertPolicy,
    Alias,
    ChangeKind,
    Topic,
    WatchChange,
    WatchList,
    WatchListChannel,
)

__all__ = [
    "Actor",
    "Alert",
    "AlertArticle",
    "AlertPolicy",
    "Alias",
    "Article",
    "ArticleState",
    "ArticleVersion",
    "ArticleWords",
    "Attempt",
    "AttemptOutcome",
    "ChangeKind",
    "Channel",
    "Entry",
    "Feed",
    "FeedHealth",
    "FeedState",
    "Gap",
    "Host",
    "Mention",
    "Notification",
    "NotificationKind",
    "NotificationState",
    "Outlet",
    "Push",
    "Silence",
    "Story",
    "Subscription",
    "SubscriptionState",
    "Topic",
    "WatchChange",
    "WatchList",
    "WatchListChannel",
]
