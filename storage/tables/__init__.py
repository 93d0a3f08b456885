"""The tables, one module for each group of words in the design. Importing this package registers them all.

A table whose word is a value too (an actor, a channel) is called a row: `ActorRow`.
"""

from storage.tables.acts import Act
from storage.tables.alerts import Alert, AlertArticle, AlertKind, MentionRow
from storage.tables.articles import (
    Article,
    ArticleState,
    ArticleVersion,
    Enrichment,
    EntryRow,
    ForgottenArticle,
)
from storage.tables.delivery import (
    Attempt,
    AttemptOutcome,
    ChannelRow,
    Dismissal,
    DismissalKind,
    Notification,
    NotificationKind,
    NotificationState,
    SigningKey,
    Silence,
    Unsubscription,
)
from storage.tables.folders import FolderItem, FolderItemKind, FolderNote, FolderRow
from storage.tables.hubs import Push, Subscription, SubscriptionState
from storage.tables.mail import InboundMessage
from storage.tables.outlets import ControlFinding, Feed, FeedHealth, FeedState, Gap, Host, HostRest, Outlet
from storage.tables.pages import BoilerplateLine, HostPages, OutletLines
from storage.tables.reviews import Edition, EditionFile, EditionItem, EditionState, Review
from storage.tables.search import ArticleWords, SavedSearch
from storage.tables.services import RunningService, SchemaFloor
from storage.tables.stories import (
    Story,
    StoryArticle,
    StoryKind,
    StoryLink,
    StoryMention,
    StoryRuling,
    StoryShard,
    Volume,
    VolumeUnit,
)
from storage.tables.surveys import Survey, SurveyAddress
from storage.tables.triage import AlertNote, AlertSeen, AlertTag, Triage, TriageAct, TriageChange, TriageState
from storage.tables.users import ApiToken, KeptAnswer, PasswordLink, Role, SignInTry, User, UserSession
from storage.tables.watch import (
    ActorRow,
    AlertPolicy,
    AliasRow,
    ChangeKind,
    TopicRow,
    WatchChange,
    WatchListChannel,
    WatchListRow,
)

__all__ = [
    "Act",
    "ActorRow",
    "Alert",
    "AlertArticle",
    "AlertKind",
    "AlertNote",
    "AlertPolicy",
    "AlertSeen",
    "AlertTag",
    "AliasRow",
    "ApiToken",
    "Article",
    "ArticleState",
    "ArticleVersion",
    "ArticleWords",
    "Attempt",
    "AttemptOutcome",
    "BoilerplateLine",
    "ChangeKind",
    "ChannelRow",
    "ControlFinding",
    "Dismissal",
    "DismissalKind",
    "Edition",
    "EditionFile",
    "EditionItem",
    "EditionState",
    "Enrichment",
    "EntryRow",
    "Feed",
    "FeedHealth",
    "FeedState",
    "FolderItem",
    "FolderItemKind",
    "FolderNote",
    "FolderRow",
    "ForgottenArticle",
    "Gap",
    "Host",
    "HostPages",
    "HostRest",
    "InboundMessage",
    "KeptAnswer",
    "MentionRow",
    "Notification",
    "NotificationKind",
    "NotificationState",
    "Outlet",
    "OutletLines",
    "PasswordLink",
    "Push",
    "Review",
    "Role",
    "RunningService",
    "SavedSearch",
    "SchemaFloor",
    "SignInTry",
    "SigningKey",
    "Silence",
    "Story",
    "StoryArticle",
    "StoryKind",
    "StoryLink",
    "StoryMention",
    "StoryRuling",
    "StoryShard",
    "Subscription",
    "SubscriptionState",
    "Survey",
    "SurveyAddress",
    "TopicRow",
    "Triage",
    "TriageAct",
    "TriageChange",
    "TriageState",
    "Unsubscription",
    "User",
    "UserSession",
    "Volume",
    "VolumeUnit",
    "WatchChange",
    "WatchListChannel",
    "WatchListRow",
]
