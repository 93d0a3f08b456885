"""Feeds out: `/feeds/{watch list}.atom` and `.json`. Their address holds a token that can't be guessed; no login is needed."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from sqlmodel import Session

from alerts.delivery.feeds import FeedItem, OutFeed, as_atom, as_json_feed
from alerts.delivery.links import feed_token
from alerts.text import sentence_around
from service.locale import translator
from service.web.onlookers import by_its_address
from storage.engine import Database
from storage.language import _, speaking
from storage.stores.alerts.alert_details import FoundAlert, FoundArticle, newest_alerts
from storage.stores.articles.said import field_of
from storage.stores.outbox.channels import signing_key
from storage.stores.watch.watch_lists import facts_named, list_created_at

ITEMS = 50
SENTENCES = 3
TYPES = {"atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json; charset=utf-8"}


def build_router(
    database: Database, *, clock: Callable[[], datetime], public_url: str = "", language: str = "en"
) -> APIRouter:
    """Return the routes over this database. Without `public_url`, a feed names itself as it was asked for."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(by_its_address)])

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
            with speaking(translator(language)):  # one feed for all readers, whatever their programs ask for
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
    watched = facts_named(session, name)
    if watched is None:
        return None
    if not hmac.compare_digest(token.encode(), feed_token(key, watched.id, watched.feed_mark).encode()):
        return None
    here = hmac.new(key, b"instance", sha256).hexdigest()[:12]
    items = [
        _item(alert, f"tag:tocsin,2026:{here}:alert:{alert.id}")
        for alert in newest_alerts(session, limit=ITEMS, watch_list=name, only_notified=True)
        if alert.articles
    ]
    newest = max((item.updated_at for item in items), default=list_created_at(session, watched.id))
    return OutFeed(f"tag:tocsin,2026:{here}:watch:{watched.id}", watched.name, url, newest, items)


def _item(alert: FoundAlert, item_id: str) -> FeedItem:
    first, *others = alert.articles
    names = tuple(dict.fromkeys(mention.name for article in alert.articles for mention in article.mentions))
    also = tuple(
        _(
            "Also told by {outlet}: {title}\n{url}",
            outlet=article.outlet,
            title=article.title,
            url=article.url,
        )
        for article in others
    )
    why = f"{first.outlet}: {', '.join(names)}"
    return FeedItem(
        id=item_id,
        title=first.title or _("(without a title)"),
        url=first.url,
        outlet=first.outlet,
        created_at=alert.created_at,
        updated_at=alert.updated_at or alert.created_at,
        paragraphs=(why, *_sentences(first), *also),
        names=names,
        language=first.language,
    )


def _sentences(article: FoundArticle) -> tuple[str, ...]:
    spans = dict.fromkeys(
        (said := field_of(article, mention.field), *sentence_around(said, mention.start, mention.end))
        for mention in article.mentions
        if mention.field != "title"
    )
    return tuple(said[start:end] for said, start, end in list(spans)[:SENTENCES])
