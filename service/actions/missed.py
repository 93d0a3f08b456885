"""Why articles were not found: addresses traced, and what control sources had compared with what was found."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from crawler.errors import CrawlerError
from service.actions.errors import InvalidError
from service.actions.lookup import find_list
from service.missed.addresses import MOST_ADDRESSES, GivenAddresses
from service.missed.figures import ControlFigure, control_figure
from service.missed.looking import ArticleLooker
from service.missed.tracing import Given, trace_articles
from service.missed.values import OutletProposal, StopKind, TracedArticle
from storage.engine import Database
from storage.language import _

MOST_PAGES = 30
"""Pages of articles that were never seen are looked at, so many at a time."""
MOST_SITES = 5
"""Sites of outlets that are not followed are searched for feeds, so many at a time."""
MOST_SEARCHES = 20


@dataclass(frozen=True, slots=True)
class MissedReport:
    """Where the articles stopped, in the order of their addresses, and what could not be looked at."""

    articles: tuple[TracedArticle, ...]
    problems: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        """How many stand in alerts."""
        return sum(article.is_found for article in self.articles)

    @property
    def kinds(self) -> list[tuple[StopKind, int]]:
        """How many of those that were missed stopped where, the most first."""
        missed = Counter(article.reason.kind for article in self.articles if not article.is_found)
        return missed.most_common()


async def trace_missed(
    database: Database,
    given: GivenAddresses,
    *,
    now: datetime,
    watch: str | None = None,
    looker: ArticleLooker | None = None,
) -> MissedReport:
    """Return where the article at each address stopped, for one watch list or for all.

    With `looker`, searches are read, pages of articles that were never seen looked at, and feeds of outlets that are not followed
    looked for, as many as is polite. Raise `InvalidError` where there is no address, or `NotFoundError` for an unknown list.
    """
    if watch is not None:
        await database.reading(find_list, watch)
    given, problems = await _with_searches(given, looker)
    if not given.addresses and not problems:
        raise InvalidError(_("There is no address of an article in it."), key="addresses")
    if given.left_out:
        problems.append(
            _(
                "{left_out} addresses were left out: {most} are traced at a time.",
                left_out=given.left_out,
                most=MOST_ADDRESSES,
            )
        )
    wanted = [Given(address) for address in given.addresses]
    traced = await database.reading(trace_articles, wanted, now=now, watch=watch)
    if looker is not None:
        traced = await _looked_at(database, looker, wanted, traced, now=now, watch=watch)
        traced = await _with_proposals(looker, traced)
    return MissedReport(tuple(traced), tuple(problems))


def compare_controls(
    session: Session, *, since: datetime, now: datetime, watch: str | None = None, reasons: bool = True
) -> ControlFigure:
    """Return what the control sources had since then, what of it was found, and why the rest was not. Raise `NotFoundError`.

    Without `reasons`, only the counts hold: it costs far less.
    """
    if watch is not None:
        find_list(session, watch)
    return control_figure(session, since=since, now=now, watch=watch, reasons=reasons)


async def _with_searches(
    given: GivenAddresses, looker: ArticleLooker | None
) -> tuple[GivenAddresses, list[str]]:
    """Return the addresses with those that the searches bring, and what could not be fetched of these."""
    if not given.feeds:
        return given, []
    if looker is None:
        return given, [_("{feeds} searches were not read: allow fetching.", feeds=len(given.feeds))]
    problems = []
    addresses = dict.fromkeys(given.addresses)
    for feed in given.feeds[:MOST_SEARCHES]:
        try:
            addresses |= dict.fromkeys((await looker.read_search(feed)).addresses)
        except CrawlerError as error:
            problems.append(str(error))
    if len(given.feeds) > MOST_SEARCHES:
        problems.append(
            _(
                "{left_out} searches were left out: {most} are read at a time.",
                left_out=len(given.feeds) - MOST_SEARCHES,
                most=MOST_SEARCHES,
            )
        )
    listed = tuple(addresses)
    left_out = given.left_out + max(0, len(listed) - MOST_ADDRESSES)
    return GivenAddresses(listed[:MOST_ADDRESSES], left_out=left_out), problems


async def _looked_at(
    database: Database,
    looker: ArticleLooker,
    given: Sequence[Given],
    traced: Sequence[TracedArticle],
    *,
    now: datetime,
    watch: str | None,
) -> list[TracedArticle]:
    """Look at the pages of articles that were never seen, and decide on these anew; a link may lead to one that was."""
    unseen = [
        place
        for place, article in enumerate(traced)
        if article.article_id is None and article.reason.kind is not StopKind.NOT_AN_ADDRESS
    ][:MOST_PAGES]
    again = await asyncio.gather(*(looker.look(traced[place].url) for place in unseen))
    again = [replace(one, address=given[place].address) for place, one in zip(unseen, again, strict=True)]
    decided = list(traced)
    anew = await database.reading(trace_articles, again, now=now, watch=watch)
    for place, article in zip(unseen, anew, strict=True):
        decided[place] = article
    return decided


async def _with_proposals(looker: ArticleLooker, traced: Sequence[TracedArticle]) -> list[TracedArticle]:
    """Say which outlets are not followed, with the feeds of their sites."""
    first: dict[str, TracedArticle] = {}
    for article in traced:
        if article.reason.kind is StopKind.NOT_FOLLOWED:
            first.setdefault(article.reason.facts["host"], article)
    hosts = list(first)[:MOST_SITES]
    proposals = await asyncio.gather(*(looker.propose(first[host].url) for host in hosts))
    by_host: dict[str, OutletProposal] = dict(zip(hosts, proposals, strict=True))
    return [
        replace(article, proposal=by_host.get(article.reason.facts["host"]))
        if article.reason.kind is StopKind.NOT_FOLLOWED
        else article
        for article in traced
    ]
