"""Articles traced: what is known of each address is read in a few statements, and where it stopped is decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.matching import Matcher, explain
from alerts.raising.relevance import relevance
from alerts.values import FIELDS, Clause, Document, Explanation, Mention
from alerts.watchlists import compile_stored
from crawler.unwrapping import article_keys, is_sealed, plain_host, unwrapped
from service.missed.deciding import decide_stops
from service.missed.nearest import ComparedName, compared_names, nearest_word
from service.missed.values import ClauseRefusal, Known, ListView, PageLook, Stop, StopKind, TracedArticle
from storage.stores.alerts.outcomes import AlertOutcome, alert_outcomes
from storage.stores.articles.archive import archived_articles
from storage.stores.articles.forgotten import addresses_forgotten
from storage.stores.articles.progress import ArticleProgress, article_progress, lists_mentioned
from storage.stores.feeds.coverage import outlets_on
from storage.stores.watch.watch_lists import WatchFacts, stream_actors, watch_facts

GAPS_KNOWN = timedelta(days=30)
MOST_NAMES = 5_000
"""Names of a watch list among which the nearest to a text's words is looked for."""
DAY = timedelta(days=1)
_DATED = re.compile(r"(?<!\d)(20\d\d)[/-]?(0[1-9]|1[0-2])[/-]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True)
class Given:
    """An address to trace. `page` is what its page says, where it was looked at; `document` that as the matcher reads it.

    `url` is where the address leads, where that is known to be elsewhere.
    """

    address: str
    page: PageLook | None = None
    document: Document | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """An address, taken apart."""

    given: Given
    url: str
    keys: tuple[str, ...]
    host: str


def trace_articles(
    session: Session, given: Sequence[Given], *, now: datetime, watch: str | None = None, reasons: bool = True
) -> list[TracedArticle]:
    """Return where the article at each address stopped, for one watch list or for all.

    Without `reasons`, no text is read: `is_found` holds, and what a rule says of an article is not known.
    """
    places = [_place(one) for one in given]
    known = [place for place in places if isinstance(place, _Place)]
    reader = _Reader(session, known, now=now, watch=watch, reasons=reasons)
    return [reader.traced(place) if isinstance(place, _Place) else place for place in places]


def _place(given: Given) -> _Place | TracedArticle:
    """Take an address apart; where that can't be, say why."""
    address = given.address.strip()
    target = given.url or address
    url = unwrapped(target if "://" in target else f"https://{target}")
    try:
        keys = article_keys(url)
        host = plain_host(urlsplit(keys[0]).netloc)
    except ValueError:
        host, keys = "", ()
    if "." not in host:
        stop = Stop(StopKind.NOT_AN_ADDRESS, facts={"given": address[:200]})
        return TracedArticle(address, address, (stop,))
    if is_sealed(url):
        return TracedArticle(address, url, (Stop(StopKind.SEALED_LINK, facts={"host": host}),))
    return _Place(given, url, keys, host)


class _Reader:
    """What is stored of some addresses, read together."""

    def __init__(
        self, session: Session, places: Sequence[_Place], *, now: datetime, watch: str | None, reasons: bool
    ) -> None:
        self._session, self._now = session, now
        keys = {key for place in places for key in place.keys}
        self._articles: dict[str, ArticleProgress] = {}
        for known in article_progress(session, keys):
            for key in (known.canonical_url, known.declared_url):
                # the one that an address is the key of, before one that names it
                if key is not None and (key not in self._articles or known.canonical_url == key):
                    self._articles[key] = known
        found = [article for place in places if (article := self._article(place)) is not None]
        numbers = {article.id for article in found}
        unseen = [place for place in places if self._article(place) is None]
        self._forgotten = addresses_forgotten(session, {key for place in unseen for key in place.keys})
        self._outlets = outlets_on(
            session, {place.host for place in unseen}, plain=plain_host, gaps_since=now - GAPS_KNOWN
        )
        self._lists = [facts for facts in watch_facts(session) if watch is None or facts.name == watch]
        names = {facts.name for facts in self._lists}
        self._alerts: dict[int, tuple[AlertOutcome, ...]] = {
            number: own
            for number, alerts in alert_outcomes(session, numbers).items()
            if (own := tuple(alert for alert in alerts if alert.watch_list in names))
        }
        self._mentioned = lists_mentioned(session, numbers)
        silent = [
            article.id
            for article in found
            if reasons and article.id not in self._alerts and article.matched_version and not article.is_old
        ]
        self._documents = {
            article.id: archived_document(article) for article in archived_articles(session, silent)
        }
        needs_rules = bool(self._documents) or any(place.given.document is not None for place in places)
        self._matcher: Matcher | None = compile_stored(session, watch_facts(session)) if needs_rules else None
        self._names: dict[int, list[ComparedName]] = {}

    def traced(self, place: _Place) -> TracedArticle:
        """Return where an article stopped."""
        article = self._article(place)
        page = place.given.page
        published, slack = _published(place)
        known = Known(
            host=place.host,
            outlets=self._outlets.get(place.host, ()),
            url=place.url,
            published=published,
            slack=slack,
            is_forgotten=not self._forgotten.isdisjoint(place.keys),
            article=article,
            lists=() if article is None else self._views(article),
            alerts=() if article is None else self._alerts.get(article.id, ()),
        )
        stops = decide_stops(known, now=self._now)
        if article is None:
            outlet = next((one.name for one in known.outlets), "")
            title = page.title if page is not None else ""
            if page is not None and place.given.document is not None:
                page = PageLook(
                    page.title, page.published, page.language, self._would_match(place.given.document)
                )
            return TracedArticle(
                place.given.address, place.url, stops, title, outlet, published_at=published, page=page
            )
        return TracedArticle(
            place.given.address,
            article.url,
            stops,
            article.title,
            article.outlet,
            article.published_at,
            article.found_at,
            article.id,
        )

    def _article(self, place: _Place) -> ArticleProgress | None:
        return next((self._articles[key] for key in place.keys if key in self._articles), None)

    def _would_match(self, document: Document) -> tuple[str, ...]:
        if self._matcher is None:
            return ()
        names = {facts.name for facts in self._lists if not facts.paused}
        return tuple(sorted({mention.watch for mention in self._matcher.match(document)} & names))

    def _views(self, article: ArticleProgress) -> tuple[ListView, ...]:
        """Return how each watch list looks at an article that no alert has, or that may have found no channel."""
        document = self._documents.get(article.id)
        if document is None or self._matcher is None:
            return tuple(ListView(facts.name, has_channel=bool(facts.channels)) for facts in self._lists)
        mentions: dict[str, list[Mention]] = {}
        for mention in self._matcher.match(document):
            mentions.setdefault(mention.watch, []).append(mention)
        mentioned = self._mentioned.get(article.id, frozenset())
        only = self._lists[0].name if len(self._lists) == 1 else None
        explained: dict[str, list[Explanation]] = {}
        if any(facts.name not in mentioned for facts in self._lists):
            for item in explain(self._matcher, document, only, most_actors=0):
                explained.setdefault(item.watch, []).append(item)
        return tuple(
            self._view(
                facts, document, mentioned, mentions.get(facts.name, []), explained.get(facts.name, [])
            )
            for facts in self._lists
        )

    def _view(
        self,
        facts: WatchFacts,
        document: Document,
        mentioned: frozenset[str],
        mentions: Sequence[Mention],
        explained: Sequence[Explanation],
    ) -> ListView:
        is_true = any(item.true for item in explained)
        refusal = None if is_true else _refusal(explained)
        text = "\n".join(map(document.field, FIELDS))
        return ListView(
            facts.name,
            is_paused=facts.paused,
            reads=not facts.languages or document.language is None or document.language in facts.languages,
            languages=facts.languages,
            mentioned=facts.name in mentioned,
            matches_now=is_true,
            refusal=refusal,
            near=nearest_word(self._names_of(facts), text) if not is_true and refusal is None else None,
            min_score=facts.min_score,
            score=relevance(mentions).value if mentions else None,
            has_channel=bool(facts.channels),
        )

    def _names_of(self, facts: WatchFacts) -> list[ComparedName]:
        if facts.id not in self._names:
            names: list[tuple[str, str]] = []
            for actor in stream_actors(self._session, facts.id):
                names += [(actor.name, alias.text) for alias in actor.names]
                if len(names) >= MOST_NAMES:
                    break
            self._names[facts.id] = compared_names(names)
        return self._names[facts.id]


def _published(place: _Place) -> tuple[datetime | None, timedelta]:
    """Return when an article came out, and how far that may be off: as its page says, or else its address."""
    page = place.given.page
    if page is not None and page.published is not None:
        return page.published, timedelta(minutes=5)
    dated = _DATED.search(urlsplit(place.url).path)
    if dated is None:
        return None, timedelta(0)
    try:
        return datetime(int(dated[1]), int(dated[2]), int(dated[3]), 12, tzinfo=UTC), DAY
    except ValueError:
        return None, timedelta(0)


def _refusal(explained: Iterable[Explanation]) -> ClauseRefusal | None:
    """Return the clause that said no, of the rule of which most stands in the article; None where nothing of any does."""
    told = [item for item in explained if _says(item.clause)]
    if not told:
        return None
    best = max(told, key=lambda item: _count(item.clause, lambda clause: len(clause.places)))
    clause, note = _no(best.clause)
    return ClauseRefusal(best.actor or best.topic or "", clause, note)


def _says(clause: Clause) -> bool:
    return bool(clause.places or clause.notes or any(map(_says, clause.parts)))


def _count(clause: Clause, of: Callable[[Clause], int]) -> int:
    return of(clause) + sum(_count(part, of) for part in clause.parts)


def _no(clause: Clause) -> tuple[str, str]:
    """Return the innermost part that is false because something is missing or in the way."""
    false = [part for part in clause.parts if not part.true]
    telling = [part for part in false if _says(part)]
    if clause.notes and not telling:
        return clause.text, clause.notes[0]
    if telling:
        return _no(telling[0])
    if false and len(false) < len(clause.parts):
        return false[0].text, "not in the article"
    return clause.text, ""
