"""The books: what was served, found, alerted and sent must balance, whatever happened in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlmodel import Session, col, func, select

from service.demo.receivers import MailReceiver, WebhookReceiver
from storage.engine import Database
from storage.stores.outbox.waiting import ALERTS
from storage.tables import Alert, Article, ArticleState, Attempt, ChannelRow, Notification, NotificationState
from tests.faults.outlets import Planted


@dataclass(frozen=True, slots=True)
class Books:
    """Counts. Those named after `open` are mistakes; `open` may still come right by itself."""

    served: int
    """Entries that a feed has told of."""
    articles: int
    not_read: int
    """Articles whose page could not be read, with the reason stored."""
    planted: int
    """Entries that name the tracked person in what could be read."""
    alerts: int
    sent: int
    """Notifications that a receiver has taken."""
    dead: int
    """Notifications given up, with the reason stored."""
    same_id_again: int
    """Messages that came more than once, under one id."""
    open: int
    """Entries without an article yet, articles not matched, notifications not sent."""
    lost: int
    """Planted mentions without an alert, and alerts without a message at each receiver."""
    doubled: int
    """Articles twice, alerts twice, messages about one article under two ids."""
    without_reason: int
    """Articles not read and notifications given up, without a word why."""

    @property
    def balanced(self) -> bool:
        """Return whether all is as it must be."""
        return not (self.open or self.lost or self.doubled or self.without_reason)

    def __str__(self) -> str:
        return ", ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))


def count(url: str, served: Mapping[str, Planted], hook: WebhookReceiver, mail: MailReceiver) -> Books:
    """Count everything, from the database at `url` and from what the receivers (channels "hook" and "desk") hold."""
    with Database(url) as database, database.read() as session:
        return _count(session, dict(served), hook, mail)


def _count(session: Session, served: dict[str, Planted], hook: WebhookReceiver, mail: MailReceiver) -> Books:
    articles = {article.url: article for article in session.exec(select(Article))}
    found = {url: articles[url] for url in served if url in articles}
    alerts = Counter(
        session.exec(select(Article.url).join(Alert, col(Alert.article_id) == col(Article.id))).all()
    )
    planted = {url for url, item in served.items() if url in found and _must_alert(item, found[url])}
    notifications = session.exec(select(Notification).where(col(Notification.alert_id).is_not(None))).all()
    channels = {channel.id: channel.name for channel in session.exec(select(ChannelRow))}
    explained = set(session.exec(select(Attempt.notification_id).where(col(Attempt.error).is_not(None))))
    held = {"hook": hook.times, "desk": _mails(mail)}
    sent = [item for item in notifications if item.state is NotificationState.SENT]
    dead = [item for item in notifications if item.state is NotificationState.FAILED]
    unsent = sum(
        item.state in (NotificationState.QUEUED, NotificationState.SENDING) for item in notifications
    )
    of_alerts = [item for item in notifications if item.kind in ALERTS]
    told = {(item.alert_id, item.channel_id) for item in of_alerts}
    rows = session.exec(select(func.count()).select_from(Alert)).one()
    by_article: dict[str, set[str]] = {}
    for message in hook.webhooks:
        if message.type.startswith("alert."):  # others tell of stories
            by_article.setdefault(message.data["article"]["url"], set()).add(message.id)
    not_read = [article for article in articles.values() if article.text_source == "summary"]
    return Books(
        served=len(served),
        articles=len(articles),
        not_read=len(not_read),
        planted=len(planted),
        alerts=rows,
        sent=len(sent),
        dead=len(dead),
        same_id_again=sum(times - 1 for counted in held.values() for times in counted.values()),
        open=len(served.keys() - found.keys())
        + sum(article.state is not ArticleState.MATCHED for article in articles.values())
        + unsent,
        lost=sum(url not in alerts and found[url].state is ArticleState.MATCHED for url in planted)
        + (len(channels) * rows - len(told))
        + sum(item.uid not in held[channels[item.channel_id]] for item in sent),
        doubled=sum(times - 1 for times in alerts.values())
        + sum(len(ids) - 1 for ids in by_article.values())
        + (len(of_alerts) - len(told)),
        without_reason=sum(not article.fetch_error for article in not_read)
        + sum(item.id not in explained for item in dead),
    )


def _must_alert(planted: Planted, article: Article) -> bool:
    """A name in the text counts where the page could be read; why it could not is stored."""
    return planted.in_title or (planted.in_text and article.text_source == "page")


def _mails(receiver: MailReceiver) -> Counter[str]:
    return Counter(mail.message["Message-ID"].strip("<>").partition("@")[0] for mail in receiver.mails)
