"""Enrichers: what they know is kept, and none of them holds up or loses an article."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from structlog.testing import capture_logs

from alerts.enrich.base import Enricher, MentioningArticle, check_enricher
from alerts.enrich.reading_time import ReadingTime
from alerts.enrich.runner import MOST_CHARS, EnricherRunner


def article(number: int = 1, *, text: str = "Ships left.", language: str | None = "en") -> MentioningArticle:
    return MentioningArticle(
        id=number,
        url=f"https://gazette.example/{number}",
        title="Ports",
        text=text,
        outlet="Gazette",
        language=language,
        country=None,
        published_at=None,
        names=("Nasser Bourita",),
    )


class Names(Enricher):
    def facts(self, article: MentioningArticle) -> Mapping[str, Any]:
        return {"names": list(article.names)}


class Given(Enricher):
    """Return whatever it was made with; raises it where it is an error."""

    def __init__(self, given: Any) -> None:  # noqa: ANN401
        self.given = given

    def facts(self, article: MentioningArticle) -> Mapping[str, Any]:
        if isinstance(self.given, Exception):
            raise self.given
        facts: Mapping[str, Any] = self.given
        return facts


class Stuck(Enricher):
    limit = timedelta(milliseconds=50)
    released = Event()
    asked: list[int]

    def __init__(self) -> None:
        self.asked = []

    def facts(self, article: MentioningArticle) -> Mapping[str, Any]:
        self.asked.append(article.id)
        self.released.wait()
        return {"late": True}


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    Stuck.released.clear()
    yield Stuck()
    Stuck.released.set()


async def test_facts_stand_under_the_name_of_who_told_them() -> None:
    enrichment = EnricherRunner({"names": Names, "silent": lambda: Given({})})
    assert await enrichment.facts_of([article(1), article(2)]) == {
        1: {"names": {"names": ["Nasser Bourita"]}},
        2: {"names": {"names": ["Nasser Bourita"]}},
    }


@pytest.mark.parametrize(
    ("given", "error"),
    [
        pytest.param(LookupError("no such place"), "LookupError: no such place", id="raises"),
        pytest.param(TimeoutError("no answer"), "TimeoutError: no answer", id="raises a timeout of its own"),
        pytest.param(["a"], "TypeError: gave list, not a mapping", id="no mapping"),
        pytest.param({"at": object()}, "TypeError: Object of type object is not JSON", id="no JSON"),
        pytest.param({"share": float("nan")}, "ValueError: Out of range float values", id="not a number"),
        pytest.param({"text": "a" * MOST_CHARS}, "ValueError: gave 20012 characters of JSON", id="too much"),
    ],
)
async def test_one_that_fails_is_left_out_and_logged_once(given: object, error: str) -> None:
    enrichment = EnricherRunner({"odd": lambda: Given(given), "names": Names})
    with capture_logs() as logs:
        found = await enrichment.facts_of([article(1), article(2)])
    assert {number: list(facts) for number, facts in found.items()} == {1: ["names"], 2: ["names"]}
    (logged,) = logs
    assert (logged["enricher"], logged["article"]) == ("odd", 1)
    assert logged["error"].startswith(error)


async def test_one_that_can_not_be_made_is_left_out() -> None:
    def fails() -> Enricher:
        raise KeyError("API_TOKEN")

    with capture_logs() as logs:
        enrichment = EnricherRunner({"odd": fails, "names": Names})
    assert list((await enrichment.facts_of([article()]))[1]) == ["names"]
    assert [log["enricher"] for log in logs] == ["odd"]


async def test_one_that_takes_too_long_is_not_waited_for(
    stuck: Stuck, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrichment = EnricherRunner({"stuck": lambda: stuck, "names": Names})
    with capture_logs() as logs:
        found = await enrichment.facts_of([article(number) for number in range(1, 51)])
    assert [list(facts) for facts in found.values()] == [["names"]] * 50
    assert stuck.asked == [1], (
        "while it is stuck it is not asked again, or each article would wait for its limit"
    )
    assert [log["error"] for log in logs] == ["TimeoutError: took longer than 0.05 s"]
    Stuck.released.set()
    for thread in threading.enumerate():
        if thread.name == "enricher stuck":
            thread.join()
    monkeypatch.setattr(Stuck, "limit", timedelta(minutes=1))  # a busy machine takes longer to answer at once
    assert (await enrichment.facts_of([article(99)]))[99]["stuck"] == {"late": True}


async def test_slow_ones_are_given_so_long_for_all_articles_together() -> None:
    enrichment = EnricherRunner({"names": Names}, patience=timedelta())
    with capture_logs() as logs:
        assert await enrichment.facts_of([article(1), article(2)]) == {}
    assert [log["articles"] for log in logs] == [2]


async def test_what_no_database_takes_is_replaced() -> None:
    enrichment = EnricherRunner({"odd": lambda: Given({"a\x00b": ["c\x00", {"d": "\ud800"}]})})
    assert await enrichment.facts_of([article()]) == {1: {"odd": {"a\ufffdb": ["c\ufffd", {"d": "\ufffd"}]}}}


@pytest.mark.parametrize("value", [Names(), object, "text"])
def test_only_a_class_of_enrichers_is_one(value: object) -> None:
    with pytest.raises(TypeError, match="is not a subclass"):
        check_enricher(value)


@pytest.mark.parametrize(
    ("text", "language", "words", "minutes"),
    [
        pytest.param("one two three", "en", 3, 1, id="a moment is a minute"),
        pytest.param("word " * 912, "en", 912, 4, id="English"),
        pytest.param("كلمة " * 552, "ar", 552, 4, id="Arabic is read more slowly"),
        pytest.param("港口" * 510, "zh", 1020, 4, id="Chinese by characters"),
        pytest.param("word " * 368, None, 368, 2, id="language not known"),
    ],
)
def test_reading_time(text: str, language: str | None, words: int, minutes: int) -> None:
    facts = ReadingTime().facts(article(text=text, language=language))
    assert facts == {"words": words, "minutes": minutes}


def test_an_article_without_text_has_no_reading_time() -> None:
    assert ReadingTime().facts(article(text=" \n")) == {}


def test_our_own_is_installed() -> None:
    make: Callable[[], EnricherRunner] = EnricherRunner
    assert "reading" in asyncio.run(make().facts_of([article()]))[1]
