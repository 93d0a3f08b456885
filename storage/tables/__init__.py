"""The tables, one module for each group of words in the design. Importing this package registers them all."""

from storage.tables.alerts import Alert, AlertArticle, Dismissal, Mention, Story
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
from storage.tables.outlets import Feed, FeedState, Host, Outlet
from storage.tables.users import ApiToken, KeptAnswer, PasswordLink, Role, User, UserSession
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
    "ApiToken",
    "Article",
    "ArticleState",
    "ArticleVersion",
    "Attempt",
    "AttemptOutcome",
    "ChangeKind",
    "Channel",
    "Dismissal",
    "Entry",
    "Feed",
    "FeedState",
    "Host",
    "KeptAnswer",
    "Mention",
    "Notification",
    "NotificationKind",
    "NotificationState",
    "Outlet",
    "PasswordLink",
    "Role",
    "Silence",
    "Story",
    "Topic",
    "User",
    "UserSession",
    "WatchChange",
    "WatchList",
    "WatchListChannel",
]
