"""Decides one article after another: new, a copy, or the same story. The service and `tocsin try stories` use it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
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
class Merged:
    """A story that was found to be one with another, and is no more."""

    kept: int
    gone: int


@dataclass(frozen=True, slots=True)
class Split:
    """Articles of a story, by their numbers, that are a new one now."""

    story: int
    new: int
    numbers: tuple[int, ...]


Change = Merged | Split


@dataclass(frozen=True, slots=True)
class Decision:
    """Which story an article belongs to, and as what. Stories have the number of their first article, or one that was given."""

    number: int
    story: int
    kind: Kind
    copy_of: int | None = None
    changes: tuple[Change, ...] = ()
    """What became of stories by it, in order."""


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
    near: tuple[int, ...] = ()
    """Other stories that are to be looked at again with it."""


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
        is_joining = story is None and found.story is not None and found.kind == "same-story"
        if story is not None:
            found = self._keeping(story, found)
        elif found.story is None:
            found = _Found(number if make_story is None else make_story(), "new")
        story, merged = found.story or 0, found.merged
        changes: list[Change] = []
        if merged is not None:
            story, merged = min(story, merged), max(story, merged)
            self.merge(story, merged)
            changes.append(Merged(story, merged))
        group = number if found.group is None else found.group
        self._add(
            number, traces.shingles, traces.exact, vector, traces.language, story, group, at, seen_at, host
        )
        if is_joining:
            near = [one for one in found.near if one != merged]
            changes += self._second_look([story, *near], make_story)
            story = self._story[number]
            if self._events.is_alone(number):
                found = replace(found, kind="new")
        kept = Kept(
            number, story, group, at, seen_at, host, traces.shingles.tobytes(), pack(vector), traces.exact
        )
        return Decision(number, story, found.kind, found.copy_of, tuple(changes)), kept

    def _second_look(self, stories: Sequence[int], make_story: Callable[[], int] | None) -> list[Change]:
        """Group stories that are near each other anew, by all that is known of them by now; give what changed."""
        groups = self._events.second_look(stories, apart=self._apart, together=self._together)
        found = rearrange(groups, self._story, lambda numbers: self._new_story(numbers, make_story))
        for change in found:
            if isinstance(change, Merged):
                self.merge(change.kept, change.gone)
                continue
            for number in change.numbers:
                group = self._copies.group_of(number)
                self.place(number, change.new, number if group is None else group)
        return found

    def _new_story(self, numbers: Sequence[int], make_story: Callable[[], int] | None) -> int:
        """Return the number of a story that is made of articles: of one of them that no story is called by."""
        if make_story is not None:
            return make_story()
        taken = set(self._story.values())
        number = next((one for one in numbers if one not in taken), self.next_number)
        self.next_number = max(self.next_number, number + 1)
        return number

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
        return _Found() if fit is None else _Found(fit.story, merged=fit.merged, near=fit.near)

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

    def is_alike(self, number: int, shingles: Ids) -> bool:
        """Return whether an article's text and one of these shingles share a part, be it too small to tell a copy by."""
        return self._copies.is_alike(number, shingles)

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

    def group_of(self, number: int) -> int | None:
        """Return the group of copies of an article that is in the window of copies."""
        return self._copies.group_of(number)

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


def rearrange(
    groups: Sequence[Sequence[int]], stories: Mapping[int, int], new_story: Callable[[Sequence[int]], int]
) -> list[Change]:
    """Return what makes these groups of articles stories, from the stories that they are in now; first what is split.

    A story goes on where most of its articles are; of two that go on in one group, the older.
    """
    parts: dict[int, dict[int, list[int]]] = {}
    for place, group in enumerate(groups):
        for number in group:
            parts.setdefault(stories[number], {}).setdefault(place, []).append(number)
    homes = {
        story: min((-len(numbers), numbers[0], place) for place, numbers in own.items())[2]
        for story, own in parts.items()
    }
    named: dict[int, int] = {}
    for story, place in sorted(homes.items()):
        named.setdefault(place, story)
    splits: list[Change] = []
    mergers: list[Change] = [
        Merged(named[place], story) for story, place in sorted(homes.items()) if named[place] != story
    ]
    for story, own in sorted(parts.items()):
        for place, numbers in sorted(own.items()):
            if place == homes[story]:
                continue
            new = new_story(numbers)
            splits.append(Split(story, new, tuple(numbers)))
            if named.setdefault(place, new) != new:
                mergers.append(Merged(named[place], new))
    return [*splits, *mergers]


def _take_old(queue: deque[tuple[int, datetime | None]], since: datetime) -> list[int]:
    """Take what is too old from the front of the queue."""
    old = []
    while queue and (_is_old(queue[0][1], since) or len(queue) > MOST_ARTICLES):
        old.append(queue.popleft()[0])
    return old


def _is_old(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment < since


def pack(vector: Vector) -> bytes:
    """Return a vector as it is stored: the terms, the weights, and the countries, which are fewer bytes than one more term."""
    return vector.terms.tobytes() + vector.weights.tobytes() + np.array(vector.countries, np.uint16).tobytes()


def unpack(stored: bytes) -> Vector:
    """Read what `pack` gave."""
    count = len(stored) // 6
    terms, weights = (
        np.frombuffer(stored, np.uint32, count),
        np.frombuffer(stored, np.uint16, count, 4 * count),
    )
    countries = np.frombuffer(stored, np.uint16, offset=6 * count)
    return Vector(terms, weights, countries=tuple(countries.tolist()))
