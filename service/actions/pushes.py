"""Articles that a collector of the user's own brings: taken in as a feed's entries are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from crawler.poll.identity import prepare
from crawler.poll.intake import take_in
from crawler.poll.same_article import FeedDocument
from crawler.sources.base import SourceDocument
from crawler.sources.push import PushSettings, PushSource, address_of
from crawler.values import ParsedFeed
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from storage.codes import locale_of
from storage.language import _
from storage.stores.feeds.pushed import PushedSource, note_pushed, pushed_names, pushed_source
from storage.suggest import did_you_mean

MOST_ARTICLES = 500
"""In one call."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What came of articles that were brought: how many are new, and how many were known."""

    new: int
    known: int


def read_articles(
    source: PushedSource, name: str, articles: Sequence[Mapping[str, object]], *, now: datetime
) -> ParsedFeed:
    """Return articles of a source as entries. It reads HTML: outside of any transaction. Raises `InvalidError`."""
    if not articles or len(articles) > MOST_ARTICLES:
        raise InvalidError(
            _(
                "give 1 to {most} articles, not {articles}",
                most=MOST_ARTICLES,
                articles=len(articles),
            ),
            key="articles",
        )
    for number, article in enumerate(articles):
        if not (article.get("url") or article.get("id")):
            raise InvalidError(_("an article needs its url, or else an id"), key=f"articles.{number}.url")
    address = address_of(name)
    document = PushSource().read(
        SourceDocument(
            json.dumps(list(articles)).encode(),
            address,
            "application/json",
            PushSettings(name=name),
            home=locale_of(source.language, source.country),
            now=now,
        )
    )
    return prepare(replace(document, site=source.site), name=address)


def push_articles(
    session: Session, name: str, document: ParsedFeed, *, fetch_pages: bool, now: datetime
) -> Pushed:
    """Take in entries of the source of this name: the same again changes nothing, another text is an edit.

    Raises `ActionError`.
    """
    source = find_source(session, name)
    given = FeedDocument(
        source.id,
        source.outlet_id,
        address_of(name),
        source.site,
        source.language,
        document,
        now,
        last_read=now,
        is_control=source.is_control,
    )
    (news,) = take_in(session, [given], fetch_pages=fetch_pages)
    note_pushed(session, source.id, new=len(news.new), now=now)
    return Pushed(len(news.made), len(document.entries) - len(news.made))


def find_source(session: Session, name: str) -> PushedSource:
    """Return the source of a collector's name. Raises `ActionError` where no outlet has it, or its outlet is not polled."""
    source = pushed_source(session, address_of(name))
    if source is None:
        known = [address.removeprefix("push:") for address in pushed_names(session)]
        raise NotFoundError(
            _(
                "no outlet has a source of kind push called {name!r}{known}; give one the source {{ kind "
                '= "push", name = "{name}" }}',
                name=name,
                known=did_you_mean(name, known),
            ),
            key="source",
        )
    if not source.is_active:
        raise ConflictError(
            _("the outlet {outlet!r} is paused or removed", outlet=source.outlet), key="source"
        )
    return source
