"""Asks every enricher about an article. None of them can lose an alert: what fails or takes too long is left out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import timedelta
from threading import Thread
from typing import Any

import structlog
from pydantic import JsonValue

from alerts.delivery.characters import storable
from alerts.enrich.base import Enricher, MentioningArticle, installed_enrichers

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=30)
"""For a batch of articles; shorter than their lease."""
MOST_CHARS = 20_000
"""Of one enricher's facts about one article, as JSON."""

Facts = Mapping[str, JsonValue]


class EnricherRunner:
    """The enrichers of a process.

    One that is still at an article which took too long is not asked meanwhile: it holds up nothing. A kind of failure is
    logged once, however often it comes.
    """

    def __init__(
        self,
        enrichers: Mapping[str, Callable[[], Enricher]] | None = None,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Make the enrichers: by name, those that are installed unless others are given."""
        self._patience = patience
        self._enrichers: dict[str, Enricher] = {}
        self._at_work: dict[str, Future[Facts]] = {}
        self._logged: set[tuple[str, str]] = set()
        for name, make in (_installed() if enrichers is None else enrichers).items():
            try:
                self._enrichers[name] = make()
            except Exception as error:  # noqa: BLE001  (a stranger's may raise anything)
                self._log(name, error)

    async def facts_of(self, articles: Sequence[MentioningArticle]) -> dict[int, dict[str, Facts]]:
        """Return, by article and by enricher, what is known; an article of which nothing is has no entry.

        Once the articles together took `PATIENCE`, the rest go without: whoever claimed them holds them for a while only.
        """
        found: dict[int, dict[str, Facts]] = {}
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self._patience.total_seconds()
        for number, article in enumerate(articles):
            if clock() >= ends_at:
                log.warning(
                    "enrichers are slow; articles go on without them", articles=len(articles) - number
                )
                break
            asked = [self._ask(name, enricher, article) for name, enricher in self._enrichers.items()]
            answers = zip(self._enrichers, await asyncio.gather(*asked), strict=True)
            if facts := {name: answer for name, answer in answers if answer}:
                found[article.id] = facts
        return found

    async def _ask(self, name: str, enricher: Enricher, article: MentioningArticle) -> Facts:
        before = self._at_work.get(name)
        if before is not None and not before.done():
            return {}
        answer = self._at_work[name] = _begin(name, enricher, article)
        limit = asyncio.timeout(enricher.limit.total_seconds())
        failure: Exception
        try:
            async with limit:
                return _checked(await asyncio.shield(asyncio.wrap_future(answer)))
        except Exception as error:  # noqa: BLE001  (a stranger's may raise anything)
            failure = error
        if limit.expired():
            failure = TimeoutError(f"took longer than {enricher.limit.total_seconds():g} s")
        self._log(name, failure, article)
        return {}

    def _log(self, name: str, error: Exception, article: MentioningArticle | None = None) -> None:
        kind = (name, type(error).__name__)
        if kind not in self._logged:
            self._logged.add(kind)
            log.error(
                "enricher failed; the article goes on without it (logged once)",
                enricher=name,
                article=article.id if article is not None else None,
                error=f"{type(error).__name__}: {error}",
            )


def _installed() -> dict[str, Callable[[], Enricher]]:
    plugins = installed_enrichers().by_name()
    return {
        name: value
        for name, value in plugins.items()
        if isinstance(value, type) and issubclass(value, Enricher)
    }


def _begin(name: str, enricher: Enricher, article: MentioningArticle) -> Future[Facts]:
    """Ask in a thread that does not keep the process from ending."""
    answer: Future[Facts] = Future()

    def work() -> None:
        try:
            answer.set_result(enricher.facts(article))
        except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
            answer.set_exception(error)

    Thread(target=work, name=f"enricher {name}", daemon=True).start()
    return answer


def _checked(facts: Facts) -> Facts:
    """Return facts as both databases take them. Raises `TypeError` or `ValueError` for what is no JSON object, or too much."""
    if not isinstance(facts, Mapping):
        raise TypeError(f"gave {type(facts).__name__}, not a mapping")
    text = json.dumps(_storable(facts), allow_nan=False, ensure_ascii=False)
    if len(text) > MOST_CHARS:
        raise ValueError(f"gave {len(text)} characters of JSON; at most {MOST_CHARS} are stored")
    checked: Facts = json.loads(text)
    return checked


def _storable(value: Any) -> Any:  # noqa: ANN401  (whatever a stranger gives: json.dumps judges it)
    match value:
        case str():
            return storable(value)
        case Mapping():
            return {storable(str(key)): _storable(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_storable(inner) for inner in value]
        case _:
            return value
