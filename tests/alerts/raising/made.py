"""Articles, lists and alerts as values, for tests of the deciders."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from alerts.raising.found import ArticleFound, ListFound
from alerts.values import Mention
from storage.stores.alerts.standing import AlertState
from storage.stores.articles.archive import ArchivedArticle
from storage.stores.articles.match_claims import MatchedArticle, Name
from storage.stores.watch.watch_lists import WatchFacts
from storage.tables import AlertKind, AlertPolicy
from tests.conftest import START

BOURITA, MISTURA = "Nasser Bourita", "Staffan de Mistura"
STORY = 7


def watched(
    *, policy: AlertPolicy = AlertPolicy.STORY, min_score: float = 0.0, spikes: bool = False
) -> WatchFacts:
    return WatchFacts(
        id=1,
        name="W",
        languages=(),
        alert=policy,
        provisioned=False,
        active=True,
        channels=("desk",),
        channel_ids=(1,),
        min_score=min_score,
        update_interval=timedelta(hours=1),
        spikes=spikes,
    )


def mention(name: str = BOURITA, *, start: int = 10) -> Mention:
    return Mention("W", name, None, "text", start, start + len(name), name, "alias")


def article(
    number: int = 1,
    *names: str,
    of: WatchFacts | None = None,
    outlet: int = 1,
    language: str | None = "en",
    before: Collection[Name] = (),
    version: int = 1,
    story: int = STORY,
    published_at: datetime = START,
) -> ArticleFound:
    """An article in the story that mentions these names, in its first version or a later one."""
    stored = ArchivedArticle(
        id=number,
        url=f"https://gazette.example/{number}",
        language=language,
        authors=(),
        photo_credit=None,
        story_id=None,
        published_at=published_at,
        found_at=START,
        title=f"Title {number}",
        text="Text",
        outlet=f"Outlet {outlet}",
        country=None,
    )
    matched = MatchedArticle(
        article=stored,
        version=version,
        version_id=number,
        grouped_version=version - 1,
        outlet_id=outlet,
        canonical_url=stored.url,
        declared_url=None,
        names_before=frozenset(before),
        is_edit=version > 1,
    )
    lists = (ListFound(of or watched(), tuple(mention(name) for name in names), {}),) if names else ()
    return ArticleFound(matched, story, lists)


def standing(number: int = 5, **changed: object) -> AlertState:
    """An alert of the list on the story."""
    values = {
        "key": f"1:story:{STORY}",
        "watch_list_id": 1,
        "story_id": STORY,
        "article_id": 99,
        "kind": AlertKind.STORY,
        "created_at": START,
        "came_out_at": START,
        "id": number,
        "score": 90.0,
        "notified_at": START,
    }
    return AlertState(**{**values, **changed})  # type: ignore[arg-type]
