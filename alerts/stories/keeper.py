"""Stories as the service keeps them: every decision is a row, so that a restart goes on as if nothing had happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, select

from alerts.stories.grouper import COPIES_WINDOW, STORIES_WINDOW, Kept, StoryGrouper
from alerts.stories.traces import read_traces
from storage.rows import id_of
from storage.stores.stories.story_rows import (
    article_of_address,
    languages_of,
    merge_stories,
    next_trace,
    prune_traces,
    traces_since,
)
from storage.tables import Article, ArticleVersion, Story, StoryArticle, StoryKind

PRUNED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Windows:
    """How long articles are compared with later ones."""

    copies: timedelta = COPIES_WINDOW
    stories: timedelta = STORIES_WINDOW


class StoryKeeper:
    """Decides on articles within the transactions of the matching stage, each of which must be alone with `AdvisoryLock.STORIES`.

    Not for several threads at once.
    """

    def __init__(self, windows: Windows | None = None) -> None:
        self._windows = windows or Windows()
        self._grouper: StoryGrouper | None = None
        self._numbers: dict[int, int] = {}
        self._articles: dict[int, int] = {}
        self._last = 0
        self._pruned_at: datetime | None = None

    def forget(self) -> None:
        """Has everything read from storage again: call it where a transaction was rolled back after a decision."""
        self._grouper = None

    def decide(
        self, session: Session, article: Article, version: ArticleVersion, *, now: datetime
    ) -> int | None:
        """Finds the article's story and stores it; gives a story that was merged into it meanwhile, if one was.

        An article that was decided on before keeps its story: this is a new version of it.
        """
        grouper = self._catch_up(session, now)
        traces = read_traces(version.title, version.text)
        article_id = id_of(article)
        at = min(article.published_at or article.found_at, now)
        former = session.exec(select(StoryArticle).where(StoryArticle.article_id == article_id)).first()
        source = None if article.story_id is not None else article_of_address(session, article)
        known_source = None if source is None else self._numbers.get(id_of(source))
        story = article.story_id
        if story is None and source is not None and known_source is None:
            story = source.story_id  # older than the windows
        number = next_trace(session)

        def make_story() -> int:
            made = Story(created_at=now)
            session.add(made)
            session.flush()
            return id_of(made)

        def may_join(story: int) -> bool:
            """Across languages nothing is guessed: such stories are related at most."""
            languages = languages_of(session, story)
            return article.language is None or not languages or article.language in languages

        decision, kept = grouper.decide(
            traces,
            at=at,
            seen_at=now,
            host=str(article.outlet_id),
            story=story,
            replaces=self._numbers.get(article_id),
            source=known_source,
            number=number,
            make_story=make_story,
            may_join=may_join,
        )
        kind, copy_of_id = StoryKind(decision.kind), self._article_of(decision.copy_of)
        if former is not None:
            kind, copy_of_id = former.kind, former.copy_of_id
            session.delete(former)
            session.flush()
        elif source is not None:
            kind, copy_of_id = StoryKind.COPY, id_of(source)
        article.story_id = decision.story
        session.add(
            StoryArticle(
                id=number,
                article_id=article_id,
                kind=kind,
                copy_of_id=copy_of_id,
                copy_group=kept.group,
                at=at,
                seen_at=now,
                exact=kept.exact,
                shingles=kept.shingles,
                terms=kept.terms,
            )
        )
        session.flush()
        self._numbers[article_id] = self._last = number
        self._articles[number] = article_id
        if decision.merged is not None:
            merge_stories(session, kept=decision.story, gone=decision.merged)
        return decision.merged

    def _article_of(self, number: int | None) -> int | None:
        if number is None:
            return None
        return self._articles.get(number)

    def _catch_up(self, session: Session, now: datetime) -> StoryGrouper:
        """Reads what is not known yet: all of it after a start, else what other processes decided."""
        if self._pruned_at is None or now - self._pruned_at >= PRUNED_EVERY:
            prune_traces(
                session, now=now, copies_window=self._windows.copies, stories_window=self._windows.stories
            )
            self._pruned_at = now
            if self._grouper is not None:
                known = self._grouper.story_of
                self._articles = {n: a for n, a in self._articles.items() if known(n) is not None}
                self._numbers = {article: number for number, article in self._articles.items()}
        if self._grouper is None:
            self._grouper = StoryGrouper(
                copies_window=self._windows.copies, stories_window=self._windows.stories
            )
            self._numbers, self._articles, self._last = {}, {}, 0
        by_article = self._numbers
        for row, story_id, outlet_id in traces_since(session, self._last):
            number = id_of(row)
            if row.article_id in by_article:
                self._grouper.drop(by_article[row.article_id])
            self._grouper.restore(
                Kept(
                    number=number,
                    story=story_id,
                    group=number if row.copy_group is None else row.copy_group,
                    at=row.at,
                    seen_at=row.seen_at,
                    host=str(outlet_id),
                    shingles=row.shingles,
                    terms=row.terms,
                    exact=row.exact,
                )
            )
            by_article[row.article_id] = self._last = number
            self._articles[number] = row.article_id
        return self._grouper
