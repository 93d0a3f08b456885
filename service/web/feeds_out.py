"""Feeds out: `/feeds/{watch list}.atom` and `.json`. Their address holds a token that can't be guessed; no login is needed."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select

from alerts.delivery.feeds import FeedItem, OutFeed, as_atom, as_json_feed
from alerts.delivery.links import feed_token
from alerts.text import sentence_around
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.alert_details import FoundAlert, FoundArticle, newest_alerts
from storage.stores.outbox.channels import signing_key
from storage.tables import Alert, Dismissal, Notification, NotificationState, WatchListRow

ITEMS = 50
SENTENCES = 3
TYPES = {"atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json; charset=utf-8"}


def build_router(database: Database, *, clock: Callable[[], datetime], public_url: str = "") -> APIRouter:
    """Return the routes over this database. Without `public_url`, a feed names itself as it was asked for."""
    router = APIRouter(include_in_schema=False)

    @router.get("/feeds/{name:path}.{form}")
    async def feed(
        request: Request,
        name: str,
        form: str,
        token: str = "",
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        url = (
            f"{public_url.rstrip('/')}{request.url.path}"
            if public_url
            else str(request.url.replace(query=""))
        )
        key = await database.writing(lambda session: signing_key(session, now=clock()))
        made = None
        if form in TYPES:
            made = await database.reading(
                lambda session: _feed(session, name, url=f"{url}?token={token}", key=key, token=token)
            )
        if made is None:
            return Response("There is no such feed.\n", status_code=404, media_type="text/plain")
        body = as_atom(made) if form == "atom" else as_json_feed(made)
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "private, max-age=60", "Referrer-Policy": "no-referrer"}
        if if_none_match is not None and etag in {
            part.strip().removeprefix("W/") for part in if_none_match.split(",")
        }:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=TYPES[form], headers=headers)

    return router


def _feed(session: Session, name: str, *, url: str, key: bytes, token: str) -> OutFeed | None:
    """Return the feed; None where there is no such watch list or the token is not its own."""
    row = session.exec(
        select(WatchListRow).where(WatchListRow.name == name, col(WatchListRow.active))
    ).first()
    if row is None or not hmac.compare_digest(token.encode(), feed_token(key, id_of(row)).encode()):
        return None
    here = hmac.new(key, b"instance", sha256).hexdigest()[:12]
    hidden = _hidden(session, id_of(row))
    found = [
        alert for alert in newest_alerts(session, limit=2 * ITEMS, watch_list=name) if alert.id not in hidden
    ]
    changed = {
        number: updated or created
        for number, updated, created in session.exec(
            select(Alert.id, Alert.updated_at, Alert.created_at).where(
                col(Alert.id).in_([alert.id for alert in found])
            )
        )
    }
    items = [
        _item(alert, f"tag:tocsin,2026:{here}:alert:{alert.id}", changed[alert.id])
        for alert in found[:ITEMS]
        if alert.articles
    ]
    updated = max((item.updated_at for item in items), default=row.created_at)
    return OutFeed(f"tag:tocsin,2026:{here}:watch:{id_of(row)}", row.name, url, updated, items)


def _hidden(session: Session, watch_list_id: int) -> set[int | None]:
    """Return the alerts that are not told here: silenced, dismissed, or one with an older one by now."""
    of_list = col(Alert.watch_list_id) == watch_list_id
    silenced = (
        select(Notification.alert_id)
        .join(Alert, col(Alert.id) == col(Notification.alert_id))
        .where(of_list, col(Notification.state) == NotificationState.SUPPRESSED)
    )
    dismissed = (
        select(Dismissal.alert_id).join(Alert, col(Alert.id) == col(Dismissal.alert_id)).where(of_list)
    )
    merged = select(Alert.id).where(of_list, col(Alert.merged_into_id).is_not(None))
    return {*session.exec(silenced), *session.exec(dismissed), *session.exec(merged)}


def _item(alert: FoundAlert, item_id: str, updated_at: datetime) -> FeedItem:
    first, *others = alert.articles
    names = tuple(dict.fromkeys(mention.name for article in alert.articles for mention in article.mentions))
    also = tuple(f"Also told by {article.outlet}: {article.title}\n{article.url}" for article in others)
    why = f"{first.outlet}: {', '.join(names)}"
    return FeedItem(
        id=item_id,
        title=first.title or "(without a title)",
        url=first.url,
        outlet=first.outlet,
        created_at=alert.created_at,
        updated_at=updated_at,
        paragraphs=(why, *_sentences(first), *also),
        names=names,
        language=first.language,
    )


def _sentences(article: FoundArticle) -> tuple[str, ...]:
    spans = dict.fromkeys(
        sentence_around(article.text, mention.start, mention.end)
        for mention in article.mentions
        if mention.field == "text"
    )
    return tuple(article.text[start:end] for start, end in list(spans)[:SENTENCES])
