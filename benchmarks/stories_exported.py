"""Stories as a service exported them (`tocsin stories export`): grouped anew, without what readers said, and counted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from alerts.stories import StoryGrouper, read_traces
from alerts.stories.frames import OutletFrames

Pair = frozenset[int]


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """An article, and the story that it is in since readers put it right."""

    id: int
    story: int
    title: str
    text: str
    outlet: str
    language: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file holds: articles, and the pairs that readers said are one event (True), or two."""

    articles: Sequence[ExportedArticle]
    said: dict[Pair, bool]


@dataclass(frozen=True, slots=True)
class ExportedFigures:
    """Pairs in one story: of the exported stories, and of what readers spoke of, how many the grouping finds by itself."""

    articles: int
    pairs: int
    precision: float | None
    recall: float | None
    said_apart: int
    kept_apart: int
    said_together: int
    put_together: int


def read_exported(lines: Iterable[str]) -> Exported:
    """Read a file. Raises `ValueError` for a line that is none of an export, with its number."""
    articles, said = [], {}
    for number, line in enumerate(lines, start=1):
        try:
            one = json.loads(line)
            if one["kind"] == "article":
                articles.append(_article(one))
            else:
                said[frozenset((int(one["article"]), int(one["other"])))] = bool(one["together"])
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"line {number} is not one of tocsin stories export: {error!r}") from error
    return Exported(articles, said)


def measure_exported(exported: Exported) -> ExportedFigures:
    """Group the articles as the service does, a language at a time, and count."""
    found = set(_pairs(_grouped(exported.articles)))
    gold = set(_pairs({one.id: one.story for one in exported.articles}))
    right = len(found & gold)
    apart = {pair for pair, together in exported.said.items() if not together}
    together = exported.said.keys() - apart
    return ExportedFigures(
        len(exported.articles),
        len(gold),
        right / len(found) if found else None,
        right / len(gold) if gold else None,
        len(apart),
        len(apart - found),
        len(together),
        len(together & found),
    )


def _article(one: dict[str, Any]) -> ExportedArticle:
    return ExportedArticle(
        int(one["id"]),
        int(one["story"]),
        str(one["title"]),
        str(one["text"]),
        str(one["outlet"]),
        one.get("language"),
        datetime.fromisoformat(one.get("published_at") or one["found_at"]),
    )


def _grouped(articles: Sequence[ExportedArticle]) -> dict[int, int]:
    """Return the story of each article, by its id; those of two languages are never in one."""
    stories: dict[int, int] = {}
    for language in dict.fromkeys(one.language for one in articles):
        grouper, frames = StoryGrouper(), OutletFrames[str]()
        own = sorted((one for one in articles if one.language == language), key=lambda one: one.id)
        numbers = {}
        for one in own:
            bare = frames.without(one.outlet, one.title, one.text)
            traces = read_traces(one.title, one.text, bare=bare)
            decision, _kept = grouper.decide(traces, at=one.at, host=one.outlet, number=one.id)
            numbers[one.id] = decision.story
        stories |= {number: grouper.story_of(number) or story for number, story in numbers.items()}
    return stories


def _pairs(stories: dict[int, int]) -> Iterator[Pair]:
    members: dict[int, list[int]] = {}
    for number, story in stories.items():
        members.setdefault(story, []).append(number)
    for own in members.values():
        yield from (frozenset(pair) for pair in combinations(sorted(own), 2))
