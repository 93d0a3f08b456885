"""Stories as the service keeps them: every decision is a row, so that a restart goes on as if nothing had happened.

What is compared with is held in memory, a window for each shard; what others decided is taken in before each batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session

from alerts.stories.grouper import (
    COPIES_WINDOW,
    STORIES_WINDOW,
    Change,
    Frequencies,
    Kept,
    Merged,
    StoryGrouper,
)
from alerts.stories.traces import Traces
from alerts.stories.words import Ids
from storage.stores.articles.match_claims import MatchedArticle
from storage.stores.stories.rulings import Ruling, rulings_since
from storage.stores.stories.splitting import Placed, moves_since
from storage.stores.stories.traces import (
    SourceCandidate,
    StoredTraces,
    kinds_before,
    mergers_since,
    next_story_ids,
    next_trace_numbers,
    source_candidates,
    traces_since,
)
from storage.tables import StoryKind


@dataclass(frozen=True, slots=True)
class Windows:
    """How long articles are compared with later ones."""

    copies: timedelta = COPIES_WINDOW
    stories: timedelta = STORIES_WINDOW


@dataclass(frozen=True, slots=True)
class ArticlesSplit:
    """Articles of the story `story` that are in the story `new` now."""

    story: int
    new: int
    placed: tuple[Placed, ...]


@dataclass(slots=True)
class StoryDecisions:
    """What was decided on a batch: the story of each article, and what is to be stored."""

    stories: dict[int, int] = field(default_factory=dict)
    """By the articles' ids."""
    new: list[int] = field(default_factory=list)
    """Stories that are to be made."""
    changes: list[Merged | ArticlesSplit] = field(default_factory=list)
    """What became of stories that were there, in order."""
    traces: list[StoredTraces] = field(default_factory=list)
    replaced: set[int] = field(default_factory=set)
    """Articles that an earlier version left traces of."""

    def current(self, story: int) -> int:
        """Return the story that one is by now."""
        for change in self.changes:
            if isinstance(change, Merged) and story == change.gone:
                story = change.kept
        return story


class _Window:
    """The articles of one shard that later ones are compared with."""

    def __init__(self, windows: Windows, frequencies: Frequencies) -> None:
        self.grouper = StoryGrouper(
            copies_window=windows.copies, stories_window=windows.stories, frequencies=frequencies
        )
        self.number_of: dict[int, int] = {}
        self.article_of: dict[int, int] = {}
        self._rulings: dict[int, dict[int, bool]] = {}
        self.last = 0
        self.version: int | None = None
        """That of the shard when the window was brought up to date last; None before."""
        self.is_uncertain = False
        """Something was decided that may not have been committed."""

    def add(self, traces: StoredTraces) -> None:
        """Take in what another process, or this one before a restart, decided."""
        if traces.article_id in self.number_of:
            self.grouper.drop(self.number_of[traces.article_id])
        self.grouper.restore(
            Kept(
                number=traces.number,
                story=traces.story_id,
                group=traces.group,
                at=traces.at,
                seen_at=traces.seen_at,
                host=str(traces.outlet_id),
                shingles=traces.shingles,
                terms=traces.terms,
                exact=traces.exact,
            )
        )
        self.enter(traces.article_id, traces.number)

    def enter(self, article_id: int, number: int) -> None:
        """Note an article's number."""
        self.number_of[article_id] = self.last = number
        self.article_of[number] = article_id
        self.obey(article_id, number)

    def story_of(self, article_id: int) -> int | None:
        """Return the story of an article that is in the window."""
        number = self.number_of.get(article_id)
        return None if number is None else self.grouper.story_of(number)

    def named(self, change: Change) -> Merged | ArticlesSplit:
        """Return a change by the articles' ids."""
        if isinstance(change, Merged):
            return change
        placed = []
        for number in change.numbers:
            group = self.grouper.group_of(number)
            placed.append(
                Placed(number, self.article_of[number], change.new, number if group is None else group)
            )
        return ArticlesSplit(change.story, change.new, tuple(placed))

    def rule(self, ruling: Ruling) -> None:
        """Note what a reader said of two articles, for as long as they are in the window and whenever they come back."""
        for one, other in (
            (ruling.article_id, ruling.other_id),
            (ruling.other_id, ruling.article_id),
        ):
            self._rulings.setdefault(one, {})[other] = ruling.together
            if one in self.number_of:
                self.obey(one, self.number_of[one])

    def obey(self, article_id: int, number: int) -> None:
        """Let the grouper know what was ruled on an article, under this number of it."""
        for other, together in self._rulings.get(article_id, {}).items():
            if other in self.number_of:
                self.grouper.rule(number, self.number_of[other], together=together)

    def is_alike(self, shingles: Ids, article_id: int) -> bool:
        """Return whether an article is known here whose text has something of these shingles."""
        number = self.number_of.get(article_id)
        return number is not None and self.grouper.is_alike(number, shingles)

    def tidy(self) -> None:
        """Forget the numbers of articles that have left."""
        known = self.grouper.story_of
        self.article_of = {n: article for n, article in self.article_of.items() if known(n) is not None}
        self.number_of = {article: number for number, article in self.article_of.items()}


class StoryKeeper:
    """Decides on batches of articles, each of one shard that the caller holds. Not for several threads at once."""

    def __init__(self, windows: Windows | None = None) -> None:
        self._windows = windows or Windows()
        self._frequencies = Frequencies()
        self._shards: dict[str, _Window] = {}

    @property
    def windows(self) -> Windows:
        """How long articles are compared with later ones."""
        return self._windows

    def decide(
        self,
        session: Session,
        shard: str,
        version: int,
        articles: Sequence[tuple[MatchedArticle, Traces]],
        *,
        now: datetime,
    ) -> StoryDecisions:
        """Find the stories of articles, one after another, at this version of the shard. Call `confirm` once that is committed.

        An article that was decided on before keeps its story: this is a new version of it. But the one that stands on its
        source's few words is compared again when its page was read; the story that it tells then, and its own, are one.
        """
        window = self._up_to_date(session, shard, version)
        window.is_uncertain = True
        items = [article for article, _traces in articles]
        candidates = source_candidates(session, items)
        edited = [one.article.id for one in items if one.article.story_id is not None]
        before = kinds_before(session, edited) if edited else {}
        numbers = next_trace_numbers(session, len(items), after=window.last)
        ids = _story_ids(session, sum(one.article.story_id is None for one in items))
        out = StoryDecisions(replaced=set(before))
        for number, (article, traces) in zip(numbers, articles, strict=True):
            source = None
            if article.article.story_id is None or article.is_completed:
                source = source_of(
                    article, candidates, out.stories, is_alike=partial(window.is_alike, traces.shingles)
                )
            self._decide(
                window, out, article, traces, number, source, ids, before.get(article.article.id), now
            )
        for article_id in out.stories:  # a later article of the batch may have moved it
            out.stories[article_id] = window.story_of(article_id) or out.stories[article_id]
        return out

    def confirm(self, shard: str, version: int) -> None:
        """Hold what was decided for certain: it was committed, and made this version of the shard."""
        window = self._shards[shard]
        window.is_uncertain, window.version = False, version

    def tidy(self) -> None:
        """Forget what has left the windows."""
        for window in self._shards.values():
            window.tidy()

    def _decide(
        self,
        window: _Window,
        out: StoryDecisions,
        article: MatchedArticle,
        traces: Traces,
        number: int,
        source: SourceCandidate | None,
        ids: Iterator[int],
        before: tuple[StoryKind, int | None] | None,
        now: datetime,
    ) -> None:
        article_id, story = article.article.id, article.article.story_id
        if story is not None:
            story = window.story_of(article_id) or out.current(story)
        at = min(article.article.date, now)
        known_source = None if source is None else window.number_of.get(source.id)
        if (
            story is None and source is not None and known_source is None
        ):  # older than the window, or of another shard
            of_source = out.stories.get(source.id, source.story_id)
            story = None if of_source is None else out.current(of_source)
        window.obey(article_id, number)

        def make_story() -> int:
            out.new.append(next(ids))
            return out.new[-1]

        decision, kept = window.grouper.decide(
            traces,
            at=at,
            seen_at=now,
            host=str(article.outlet_id),
            story=story,
            replaces=window.number_of.get(article_id),
            source=known_source,
            number=number,
            make_story=make_story,
            is_completed=article.is_completed,
        )
        copy_of = None if decision.copy_of is None else window.article_of.get(decision.copy_of)
        kind = StoryKind(decision.kind)
        if before is not None and not decision.changes:
            kind, copy_of = before
        elif source is not None:
            kind, copy_of = StoryKind.COPY, source.id
        window.enter(article_id, number)
        out.changes += [window.named(change) for change in decision.changes]
        out.stories[article_id] = decision.story
        out.traces.append(
            StoredTraces(
                number=number,
                article_id=article_id,
                story_id=decision.story,
                outlet_id=article.outlet_id,
                kind=kind,
                copy_of_id=copy_of,
                group=kept.group,
                at=at,
                seen_at=now,
                exact=kept.exact,
                shingles=kept.shingles,
                terms=kept.terms,
            )
        )

    def _up_to_date(self, session: Session, shard: str, version: int) -> _Window:
        """Give the shard's window with all that was decided: all of it after a start, else what other processes decided."""
        window = self._shards.get(shard)
        if window is not None and window.is_uncertain:
            window.grouper.clear()
            window = None
        if window is None:
            window = self._shards[shard] = _Window(self._windows, self._frequencies)
        if window.version != version:
            window.is_uncertain = True
            for traces in traces_since(session, shard, window.last):
                window.add(traces)
            if window.version is not None:
                for kept, gone in mergers_since(session, shard, window.version):
                    window.grouper.merge(kept, gone)
                for placed in moves_since(session, shard, window.version):
                    window.grouper.place(placed.number, placed.story_id, placed.group)
            for ruling in rulings_since(session, shard, -1 if window.version is None else window.version):
                window.rule(ruling)
            window.version, window.is_uncertain = version, False
        return window


def _story_ids(session: Session, count: int) -> Iterator[int]:
    """Return ids for new stories: so many, and more where stories are split."""
    ids = next_story_ids(session, count)
    last = 0
    while True:
        for last in ids:
            yield last
        ids = next_story_ids(session, 1, after=last)


def source_of(
    article: MatchedArticle,
    candidates: Sequence[SourceCandidate],
    stories: dict[int, int],
    *,
    is_alike: Callable[[int], bool],
) -> SourceCandidate | None:
    """Return the earliest article in a story that one of the two names as its source; else None. Pure.

    A page's own word for its source (rel=canonical) counts where the named article is known, or where two outlets name the same.
    But it counts for its own outlet: what another has named before, or names as well, is the same text where it `is_alike` (told
    by the other's number) alone. Else whoever names a coming article would have it in a story of theirs that was told already.
    `stories` are those of articles that were decided on meanwhile.
    """
    declared = article.declared_url
    found = [
        one
        for one in candidates
        if one.id != article.article.id
        and (one.story_id is not None or one.id in stories)
        and (
            (declared is not None and one.canonical_url == declared)
            or (
                one.declared_url == article.canonical_url
                and (one.outlet_id == article.outlet_id or is_alike(one.id))
            )
            or (
                (declared is not None and one.declared_url == declared)
                and one.outlet_id != article.outlet_id
                and is_alike(one.id)
            )
        )
    ]
    return min(found, key=lambda one: one.id, default=None)
