"""Decides one article after another: new, a copy, or the same story. The service and `tocsin try stories` use it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from alerts.stories.copies import CopyFinder, no_counts
from alerts.stories.events import EventFinder, TermFrequencies, Vector
from alerts.stories.traces import Traces
from alerts.stories.words import Ids, common_words

Kind = Literal["new", "copy", "same-story"]

COPIES_WINDOW = timedelta(days=14)
STORIES_WINDOW = timedelta(days=3)
MOST_ARTICLES = 1_000_000
"""However long the windows are, the oldest articles beyond so many are forgotten."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Which story an article belongs to, and as what. Stories have the number of their first article, or one that was given."""

    number: int
    story: int
    kind: Kind
    copy_of: int | None = None
    merged: int | None = None
    """A further story that was found to be one with it, and is no more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What storage keeps of a decided article, so that a restart goes on as if nothing had happened."""

    number: int
    story: int
    group: int
    """That of the copies that it belongs to: the number of the first of them, long gone or not."""
    at: datetime | None
    seen_at: datetime | None
    host: str | None
    shingles: bytes | None
    terms: bytes | None
    exact: int | None


@dataclass(frozen=True, slots=True)
class _Found:
    """The story that an article tells, and as what; a further story that is one with it. `group` is that of what it copies."""

    story: int | None = None
    kind: Kind = "same-story"
    copy_of: int | None = None
    group: int | None = None
    merged: int | None = None


class Frequencies:
    """How common terms and shingles are. Groupers of several shards share one: it is far larger than what one adds to it."""

    def __init__(self) -> None:
        self.terms = TermFrequencies()
        self.shingles = no_counts()


class StoryGrouper:
    """Groups articles in the order in which they are given."""

    def __init__(
        self,
        *,
        copies_window: timedelta = COPIES_WINDOW,
        stories_window: timedelta = STORIES_WINDOW,
        frequencies: Frequencies | None = None,
    ) -> None:
        shared = frequencies or Frequencies()
        self._copies = CopyFinder(copies_window, shared.shingles)
        self._events = EventFinder(stories_window, shared.terms)
        self._windows = (copies_window, stories_window)
        self._in_copies: deque[tuple[int, datetime | None]] = deque()
        self._in_events: deque[tuple[int, datetime | None]] = deque()
        self._story: dict[int, int] = {}
        self._apart: dict[int, set[int]] = {}
        """Articles that a reader said tell two events, by their numbers."""
        self._together: dict[int, set[int]] = {}
        self.next_number = 1

    def decide(
        self,
        traces: Traces,
        *,
        at: datetime | None = None,
        seen_at: datetime | None = None,
        host: str | None = None,
        story: int | None = None,
        replaces: int | None = None,
        source: int | None = None,
        number: int | None = None,
        make_story: Callable[[], int] | None = None,
        is_completed: bool = False,
    ) -> tuple[Decision, Kept]:
        """Decide on an article and add it.

        `at`: its own time, compared with that of others; `seen_at`: when it came, by which articles leave the windows (without
        it they stay). `replaces`: the number of the version before, with its `story`, which the article keeps; but where it
        `is_completed`, because its page was read since, and the whole text tells another story, the two are one. `source`: the
        number of the article that it says it is a copy of. `number`: its own; `make_story`: gives the number of a new story.
        Both are higher than all before.
        """
        number = self.next_number if number is None else number
        self.next_number = number + 1
        if seen_at is not None:
            self._forget(seen_at)
        if replaces is not None:
            self.drop(replaces)
        vector = self._events.vector(traces)
        found = _Found()
        if story is None or is_completed:
            barred = self._barred(number, story)
            found = self._find(traces, vector, at=at, host=host, source=source, barred=barred)
        if story is not None:
            found = self._keeping(story, found)
        elif found.story is None:
            found = _Found(number if make_story is None else make_story(), "new")
        story, merged = found.story or 0, found.merged
        if merged is not None:
            story, merged = min(story, merged), max(story, merged)
            self.merge(story, merged)
        group = number if found.group is None else found.group
        self._add(
            number, traces.shingles, traces.exact, vector, traces.language, story, group, at, seen_at, host
        )
        kept = Kept(
            number, story, group, at, seen_at, host, traces.shingles.tobytes(), pack(vector), traces.exact
        )
        return Decision(number, story, found.kind, found.copy_of, merged), kept

    def _find(
        self,
        traces: Traces,
        vector: Vector,
        *,
        at: datetime | None,
        host: str | None,
        source: int | None,
        barred: frozenset[int],
    ) -> _Found:
        """Find the story that an article tells: that of what it copies, else the most alike; none of those `barred`."""
        if source is not None and self._story[source] not in barred:
            return _Found(self._story[source], "copy", source, self._copies.group_of(source))
        copied = self._copies.find(traces.shingles, traces.exact, at=at, host=host)
        if copied is not None and self._story[copied.article] not in barred:
            return _Found(self._story[copied.article], "copy", copied.article, copied.group)
        fit = self._events.find(vector, at=at, barred=barred, are_apart=self._are_apart)
        return _Found() if fit is None else _Found(fit.story, merged=fit.merged)

    def _keeping(self, story: int, found: _Found) -> _Found:
        """Return what becomes of an article that is in a story, where its whole text tells the one that was found.

        What its few words brought into its story is taken along only where the text is a copy, or the stories are alike enough.
        """
        if found.story is None:
            return _Found(story)
        if found.story == story:
            return replace(found, kind="same-story", copy_of=None)
        if found.kind == "copy" or found.merged == story or not self._events.has(story):
            return replace(found, merged=story)
        return _Found(story)

    def rule(self, number: int, other: int, *, together: bool) -> None:
        """Obey a reader's word on two articles: they tell one event, or two. The last word counts."""
        kept, taken = (self._together, self._apart) if together else (self._apart, self._together)
        for one, two in ((number, other), (other, number)):
            kept.setdefault(one, set()).add(two)
            taken.get(one, set()).discard(two)

    def place(self, number: int, story: int, group: int) -> None:
        """Put an article that is in a window into a story and a group of copies."""
        if number in self._story:
            self._story[number] = story
            self._copies.place(number, group)
            self._events.place(number, story, group)

    def _barred(self, number: int, story: int | None) -> frozenset[int]:
        """Return the stories that an article must not be in, or its story must not be one with."""
        if not self._apart:
            return frozenset()
        others = set(self._apart.get(number, ()))
        for one, those in self._apart.items() if story is not None else ():
            if self._story.get(one) == story:
                others |= those
        found = {self._story[one] for one in others if one in self._story}
        return frozenset(found - {story})

    def _are_apart(self, story: int, other: int) -> bool:
        """Return whether a reader said that articles of two stories tell two events."""
        return bool(self._apart) and other in self._barred(0, story)

    def clear(self) -> None:
        """Take all out of the frequencies: the grouper is not used any more, others that share them are."""
        self._copies.clear()
        self._events.clear()

    def merge(self, story: int, other: int) -> None:
        """Make two stories one."""
        self._events.merge(story, other)
        for number, named in self._story.items():
            if named == other:
                self._story[number] = story

    def sizes(self) -> tuple[int, int]:
        """Return how many articles are in the window of copies, and in that of stories."""
        return len(self._copies), len(self._events)

    def story_of(self, number: int) -> int | None:
        """Return the story of an article that is in a window."""
        return self._story.get(number)

    def restore(self, kept: Kept) -> None:
        """Put back an article that was decided on before; in the order of the numbers."""
        vector = None if kept.terms is None else unpack(kept.terms)
        shingles = None if kept.shingles is None else np.frombuffer(kept.shingles, np.uint32)
        language = len(common_words().languages)
        if vector is not None:
            language, _common = common_words().judge(vector.terms)
        self._add(
            kept.number,
            shingles,
            kept.exact,
            vector,
            language,
            kept.story,
            kept.group,
            kept.at,
            kept.seen_at,
            kept.host,
        )
        self.next_number = max(self.next_number, kept.number + 1)

    def _add(
        self,
        number: int,
        shingles: Ids | None,
        exact: int | None,
        vector: Vector | None,
        language: int,
        story: int,
        group: int,
        at: datetime | None,
        seen_at: datetime | None,
        host: str | None,
    ) -> None:
        self._story[number] = story
        if shingles is not None:
            self._copies.add(number, shingles, exact, at=at, group=group, host=host)
            self._in_copies.append((number, seen_at))
        if vector is not None:
            self._events.add(number, vector, story=story, at=at, language=language, copies=group)
            self._in_events.append((number, seen_at))

    def drop(self, number: int) -> None:
        """Take an article out."""
        self._copies.drop(number)
        self._events.drop(number)
        self._story.pop(number, None)
        self._no_rules(number)

    def _no_rules(self, number: int) -> None:
        """Forget what was ruled on an article that is in no window any more."""
        for rules in (self._apart, self._together):
            for other in rules.pop(number, ()):
                rules[other].discard(number)
                if not rules[other]:
                    del rules[other]

    def _forget(self, now: datetime) -> None:
        """Let go what is older than the windows."""
        copies, stories = self._windows
        old = _take_old(self._in_events, now - stories)
        if old:
            self._events.forget(old)
        old = _take_old(self._in_copies, now - copies)
        if old:
            self._copies.forget(old)
            for number in old:
                self._story.pop(number, None)
                self._no_rules(number)


def _take_old(queue: deque[tuple[int, datetime | None]], since: datetime) -> list[int]:
    """Take what is too old from the front of the queue."""
    old = []
    while queue and (_is_old(queue[0][1], since) or len(queue) > MOST_ARTICLES):
        old.append(queue.popleft()[0])
    return old


def _is_old(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment < since


def pack(vector: Vector) -> bytes:
    """Return a vector as it is stored: the terms, then the weights."""
    return vector.terms.tobytes() + vector.weights.tobytes()


def unpack(stored: bytes) -> Vector:
    """Read what `pack` gave."""
    count = len(stored) // 6
    return Vector(np.frombuffer(stored, np.uint32, count), np.frombuffer(stored, np.uint16, count, 4 * count))
