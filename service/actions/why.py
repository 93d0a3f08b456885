"""Why an article of the archive matches, or doesn't: each clause judged, and where."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.matching import explain
from alerts.values import Document, Explanation
from alerts.watchlists import compile_stored
from crawler.urls import canonical_url
from service.actions.errors import InvalidError, NotFoundError
from service.actions.lookup import find_list
from service.actions.matchers import matcher_of_stored
from storage.language import _
from storage.stores.articles.archive import ArchivedArticle, archived_article
from storage.stores.watch.watch_lists import tracked_lists


@dataclass(frozen=True, slots=True)
class Why:
    """An article, and the judgement of each actor and topic on it."""

    article: ArchivedArticle
    document: Document
    explanations: tuple[Explanation, ...]


def explain_article(session: Session, article: str, *, watch: str | None = None) -> Why:
    """Explains an article, given by its number or address, to one watch list or to all. Raises `ActionError`."""
    found = _find(session, article.strip())
    document = archived_document(found)
    if watch is None:
        matcher = compile_stored(session, tracked_lists(session))
    else:
        matcher = matcher_of_stored(session, find_list(session, watch))
    return Why(found, document, explain(matcher, document, watch))


def _find(session: Session, article: str) -> ArchivedArticle:
    if article.isascii() and article.isdigit():
        found = archived_article(session, number=int(article), urls=())
    else:
        try:
            key = canonical_url(article)
        except ValueError as error:
            raise InvalidError(
                _("{article!r} is neither an article's number nor its address", article=article),
                key="article",
            ) from error
        found = archived_article(session, number=None, urls=(article, key))
    if found is None:
        raise NotFoundError(
            _(
                "there is no article {article} with a text in the archive: give its number, or its "
                "address as the outlet gives it",
                article=article,
            ),
            key="article",
        )
    return found
