"""The matching stage: article with a new version -> its mentions. Claimed in batches, matched without transaction and lock.

Any number of processes may match on one database. An article is matched the moment it is found, on what its source says, and
again when its page was read: whom the first mentioned is not news. One that its outlet edited is matched again, and so is the
version that was grouped before: what that mentions by the rules of now tells the grouping what is new.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from alerts.delivery.article_events import Tracked, notify_of_articles
from alerts.documents import LONGEST_TEXT, archived_document
from alerts.enrich.base import MentioningArticle
from alerts.enrich.runner import EnricherRunner, Facts
from alerts.matching import Matcher
from alerts.raising.found import keep_best, name_of
from alerts.search import indexed
from alerts.stories.languages import guess_language
from alerts.values import Mention
from alerts.watchlists.live import FEWEST_PENDING, Compiled, LiveWatchLists
from storage.engine import Database
from storage.stores.alerts.mentions import NewMention, store_mentions
from storage.stores.articles.enrichments import store_enrichments
from storage.stores.articles.match_claims import (
    MatchClaim,
    Matched,
    Name,
    claim_to_match,
    held_claims,
    is_any_to_match,
    set_claims_aside,
    store_matched,
)
from storage.stores.articles.search_index import IndexedWords, put_words
from storage.stores.leases import free_matching, new_owner
from storage.stores.stories.shards import add_shards
from storage.stores.watch.watch_lists import WatchFacts
from storage.unstored import Unstored

log = structlog.get_logger(__name__)

BATCH = 100
MOST_AT_ONCE = 4_000_000
"""Characters of a batch. Its longest articles wait where there are more: they must not keep the others, nor outlast the lease."""
LONG_ONES_WAIT = timedelta(seconds=10)
LEASE = timedelta(minutes=2)
SET_ASIDE_FOR = timedelta(hours=1)
"""An article that can't be matched must not keep the others from it."""


@dataclass(frozen=True, slots=True)
class _Result:
    """What came of an article, to be stored."""

    matched: Matched
    mentions: tuple[NewMention, ...]
    words: IndexedWords
    tracked: tuple[Tracked, ...]


class _ClaimsLostError(Exception):
    """Others have claimed some of these articles since: nothing of those may be stored."""


class MatchStage:
    """Matches articles. Edits of watch lists, whoever makes them, count from the next step on."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        owner: str | None = None,
        fewest_pending: int = FEWEST_PENDING,
        enrichers: EnricherRunner | None = None,
    ) -> None:
        """`enrichers`: those that are asked about what mentions somebody; the installed ones, unless others are given."""
        self.watch_lists = LiveWatchLists(database, fewest_pending=fewest_pending)
        self._database = database
        self._clock = clock
        self._owner = owner or new_owner()
        self._enrichers = enrichers or EnricherRunner()
        self._shards: set[str] = set()
        self.has_more = False
        """The last step matched as many as one may: more may wait."""
        self._unstored = Unstored(database, lambda session: free_matching(session, self._owner))

    async def load(self) -> None:
        """Read and compile the watch lists."""
        await self.watch_lists.load()

    async def close(self) -> None:
        """Stop what goes on in the background."""
        await self.watch_lists.close()

    async def step(self) -> int:
        """Take in edited watch lists, and match up to a hundred articles; give how many were matched."""
        self.has_more = False
        await self._unstored.free()
        with self._unstored.noticed():
            return await self._match()

    async def _match(self) -> int:
        await self.watch_lists.refresh()
        if not await self._database.reading(is_any_to_match, now=self._clock()):
            return 0
        claims = await self._database.writing(
            claim_to_match, now=self._clock(), owner=self._owner, lease=LEASE, limit=BATCH
        )
        await (
            self.watch_lists.refresh()
        )  # what was edited before an article came counts for it, however close
        now_matched, later = within_budget(claims, MOST_AT_ONCE)
        self.has_more = len(claims) == BATCH
        if later:
            await self._database.writing(set_claims_aside, claims=later, until=self._clock() + LONG_ONES_WAIT)
        results, failed = await asyncio.to_thread(_match_all, self.watch_lists.current, now_matched)
        if failed:
            until = self._clock() + SET_ASIDE_FOR
            await self._database.writing(set_claims_aside, claims=failed, until=until)
        if not results:
            return 0
        facts = await self._enrichers.facts_of([_mentioning(result) for result in results if result.mentions])
        return await self._stored(results, facts)

    async def _stored(self, results: Sequence[_Result], facts: Mapping[int, Mapping[str, Facts]]) -> int:
        """Store what came of a batch; where others have claimed some of it since, or deleted it, the rest alone."""
        while results:
            try:
                await self._database.writing(self._store, results=results, facts=facts)
            except (_ClaimsLostError, IntegrityError):
                held = await self._database.reading(
                    held_claims, claims=[one.matched.claim for one in results]
                )
                if len(held) == len(results):  # it was something else
                    raise
                results = [one for one in results if one.matched.claim.article.id in held]
            else:
                self._shards.update(one.matched.shard for one in results)
                break
        return len(results)

    def _store(
        self, session: Session, *, results: Sequence[_Result], facts: Mapping[int, Mapping[str, Facts]]
    ) -> None:
        """Store it all. The articles' rows are locked last: who reads their pages wants them, too."""
        claims = [one.matched.claim for one in results]
        store_mentions(session, [mention for one in results for mention in one.mentions])
        put_words(session, [one.words for one in results])
        tracked = {one.matched.claim.article.id: one.tracked for one in results}
        store_enrichments(session, {number: facts[number] for number in facts.keys() & tracked.keys()})
        add_shards(session, {one.matched.shard for one in results} - self._shards)
        notify_of_articles(session, claims, tracked, now=self._clock())
        held = store_matched(session, [one.matched for one in results], now=self._clock())
        if len(held) < len(results):
            raise _ClaimsLostError


def _mentioning(result: _Result) -> MentioningArticle:
    """Return the article of a result as enrichers are given it."""
    article = result.matched.claim.article
    return MentioningArticle(
        id=article.id,
        url=article.url,
        title=article.title,
        text=article.text,
        outlet=article.outlet,
        language=article.language,
        country=article.country,
        published_at=article.published_at,
        names=tuple(dict.fromkeys(new.mention.name for new in result.mentions)),
    )


def within_budget(
    claims: Sequence[MatchClaim], most: int
) -> tuple[Sequence[MatchClaim], Sequence[MatchClaim]]:
    """Return the claims with so many characters in all, the shortest articles first and one at least, and the others."""
    shortest_first = sorted(claims, key=_length)
    ends = list(accumulate(map(_length, shortest_first)))
    count = max(1, bisect_right(ends, most))
    return shortest_first[:count], shortest_first[count:]


def _length(claim: MatchClaim) -> int:
    """Return how many characters are matched for a claim."""
    texts = [claim.article.text] if claim.grouped is None else [claim.article.text, claim.grouped.text]
    return sum(min(len(text), LONGEST_TEXT) for text in texts)


def _match_all(compiled: Compiled, claims: Sequence[MatchClaim]) -> tuple[list[_Result], list[MatchClaim]]:
    """Match articles; give what came of them, and the claims of those that could not be matched."""
    results, failed = [], []
    for claim in claims:
        try:
            results.append(match_claimed(compiled.matcher, compiled.lists, claim))
        except Exception:
            log.exception("article could not be matched; retrying in an hour", article=claim.article.id)
            failed.append(claim)
    return results, failed


def match_claimed(matcher: Matcher, lists: dict[str, WatchFacts], claim: MatchClaim) -> _Result:
    """Match one article. Pure."""
    article = claim.article
    by_list: dict[int, list[Mention]] = defaultdict(list)
    if len(article.text) > LONGEST_TEXT:
        log.warning(
            "only the beginning of a long article is matched", article=article.id, characters=LONGEST_TEXT
        )
    for mention in matcher.match(archived_document(article)):
        if mention.watch in lists:
            by_list[lists[mention.watch].id].append(mention)
    mentions = tuple(
        NewMention(claim.version_id, number, kept)
        for number, own in by_list.items()
        for kept in keep_best(own)
    )
    before: set[Name] = set()
    if claim.grouped is not None:
        before = {
            name_of(lists[mention.watch].id, mention)
            for mention in matcher.match(archived_document(claim.grouped))
            if mention.watch in lists
        }
    shard = claim.shard
    if shard is None:
        shard = article.language or guess_language(article.title, article.text) or ""
    words = indexed(article.id, claim.version, article)
    matched = Matched(claim, shard, tuple(sorted(before)), is_idle=not mentions and not before)
    tracked = dict.fromkeys(
        (mention.watch, *name_of(number, mention)[1:]) for number, own in by_list.items() for mention in own
    )
    return _Result(matched, mentions, words, tuple(tracked))
