"""Why an article of the archive matches, or doesn't: each clause judged, and where."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.matching import explain
from alerts.values import Document, Explanation
from alerts.watchlists import compile_stored
from crawler.urls import canonical_url
from service.watching.compiling import matcher_of_stored
from service.watching.editing import WatchError, facts_of
from storage.stores.articles.archive import ArchivedArticle, archived_article
from storage.stores.watch.watch_lists import watch_facts


@dataclass(frozen=True, slots=True)
class Why:
    """An article, and the judgement of each actor and topic on it."""

    article: ArchivedArticle
    document: Document
    explanations: tuple[Explanation, ...]


def explain_article(session: Session, article: str, *, watch: str | None = None) -> Why:
    """Explains an article, given by its number or address, to one watch list or to all. Raises `WatchError`."""
    found = _find(session, article.strip())
    document = archived_document(found)
    if watch is None:
        matcher = compile_stored(session, watch_facts(session))
    else:
        matcher = matcher_of_stored(session, facts_of(session, watch))
    return Why(found, document, explain(matcher, document, watch))


def _find(session: Session, article: str) -> ArchivedArticle:
    if article.isascii() and article.isdigit():
        found = archived_article(session, number=int(article), urls=())
    else:
        try:
            key = canonical_url(article)
        except ValueError as error:
            raise WatchError(
                f"{article!r} is neither an article's number nor its address", is_usage=True
            ) from error
        found = archived_article(session, number=None, urls=(article, key))
    if found is None:
        raise WatchError(
            f"there is no article {article} with a text in the archive: tocsin alerts list, or its address as the outlet gives it"
        )
    return found
