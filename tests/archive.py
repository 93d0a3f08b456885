"""Articles, channels and watch lists as rows, for tests that need an archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, insert, select

from alerts.enrich.runner import EnricherRunner
from alerts.group_stage import GroupStage, MatchReport
from alerts.match_stage import MatchStage
from alerts.raising.joining import Joining
from alerts.values import Actor, Topic
from service.actions.outlets import hosts_of
from service.actions.reading import read_input
from service.actions.saved import Saved
from service.actions.watch_lists import extend
from service.settings.watch_models import ActorSettings, ListSettings, TopicSettings
from storage.engine import Database
from storage.rows import id_of
from storage.stores.feeds.hosts import host_named
from storage.stores.feeds.outlet_edits import OutletValues, outlet_called, put_outlet
from storage.tables import Article, ArticleState, ArticleVersion, ChannelRow, Outlet, Story
from tests.conftest import START


def put(
    session: Session,
    name: str,
    feeds: Sequence[str],
    *,
    site: str = "",
    language: str | None = None,
    country: str | None = None,
    interval: timedelta = timedelta(minutes=15),
    now: datetime = START,
) -> int:
    """Store an outlet, its feeds due now, whatever it is called; gives its number."""
    values = OutletValues(name, site, tuple(feeds), language, country)
    known = outlet_called(session, name)
    number = known.id if known else None
    return put_outlet(session, values, hosts_of(values), number=number, interval=interval, now=now)


def add_article(
    session: Session,
    title: str,
    text: str = "",
    *,
    at: datetime = START,
    matched: bool = False,
    language: str = "en",
    outlet: str = "Example Gazette",
) -> int:
    """Add an article with its text, ready or (as with no watch list) matched; gives its id."""
    published_by = session.exec(select(Outlet).where(Outlet.name == outlet)).first()
    if published_by is None:
        published_by = Outlet(name=outlet, created_at=START)
        session.add(published_by)
        session.flush()
    last = session.exec(select(func.max(Article.id))).one() or 0
    url = f"https://gazette.example/{last + 1}"
    article = Article(
        outlet_id=id_of(published_by),
        host_id=id_of(host_named(session, "gazette.example")),
        url=url,
        canonical_url=url,
        state=ArticleState.READY,
        language=language,
        text_source="feed",
        version=1,
        published_at=at,
        found_at=at,
        ready_at=at,
    )
    session.add(article)
    session.flush()
    session.add(ArticleVersion(article_id=id_of(article), number=1, title=title, text=text, seen_at=at))
    if matched:
        story = Story(created_at=at)
        session.add(story)
        session.flush()
        article.state, article.story_id = ArticleState.MATCHED, id_of(story)
        article.matched_at, article.matched_version, article.grouped_version = at, 1, 1
    session.flush()
    return id_of(article)


def add_articles(session: Session, texts: Sequence[tuple[str, str]]) -> None:
    """Add articles of these titles and texts, ready: hundreds in the time of one."""
    first = session.get_one(Article, add_article(session, *texts[0]))
    shared = first.model_dump(exclude={"id", "url", "canonical_url"})
    urls = [f"{first.url}/{number}" for number in range(1, len(texts))]
    rows = [{**shared, "url": url, "canonical_url": url} for url in urls]
    added = session.execute(
        insert(Article).returning(col(Article.id), sort_by_parameter_order=True), rows
    ).scalars()
    versions = [
        {"article_id": number, "number": 1, "title": title, "text": text, "seen_at": first.found_at}
        for number, (title, text) in zip(added, texts[1:], strict=True)
    ]
    session.execute(insert(ArticleVersion), versions)


def add_version(
    session: Session, article_id: int, *, title: str | None = None, text: str | None = None
) -> None:
    """Edits an article: a new version, ready to be matched."""
    article = session.get_one(Article, article_id)
    version = session.exec(
        select(ArticleVersion).where(
            ArticleVersion.article_id == article_id, ArticleVersion.number == article.version
        )
    ).one()
    article.version += 1
    article.state = ArticleState.READY
    session.add(
        ArticleVersion(
            article_id=article_id,
            number=article.version,
            title=version.title if title is None else title,
            text=version.text if text is None else text,
            seen_at=START,
        )
    )


class AlertStages:
    """Matching and grouping over a database, one step after the other."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        on_match: Callable[[MatchReport], None] = lambda _report: None,
        enrichers: EnricherRunner | None = None,
        joining: Joining | None = None,
    ) -> None:
        self.matching = MatchStage(database, clock=clock, enrichers=enrichers)
        self.grouping = GroupStage(database, clock=clock, on_match=on_match, joining=joining)

    async def load(self) -> None:
        await self.matching.load()

    async def close(self) -> None:
        await self.matching.close()

    async def step(self) -> int:
        """Match and group until nothing is due; give how many articles were grouped."""
        while await self.matching.step():
            pass
        grouped = 0
        while count := await self.grouping.step():
            grouped += count
        return grouped


def add_channel(session: Session, name: str = "desk", *, type: str = "console") -> int:
    """Add a channel; gives its id."""
    channel = ChannelRow(name=name, type=type, created_at=START)
    session.add(channel)
    session.flush()
    return id_of(channel)


def watch(
    session: Session,
    name: str,
    *,
    actors: Sequence[Actor | str] = (),
    topics: Sequence[Topic] = (),
    channels: Sequence[str] = (),
    now: datetime = START,
    **settings: object,
) -> Saved:
    """Make a watch list, or add to one, as the command line does."""
    found = [Actor(actor) if isinstance(actor, str) else actor for actor in actors]
    return extend(
        session,
        name,
        actors=[read_input(ActorSettings, asdict(actor)) for actor in found],
        topics=[read_input(TopicSettings, asdict(topic)) for topic in topics],
        wanted=read_input(ListSettings, {"channels": channels or None, **settings}),
        now=now,
    )
