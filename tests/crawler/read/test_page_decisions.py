"""What a page adds to what its source said: a version where it says more, none where it says the same or can't be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crawler.polite.resting import BadAnswer
from crawler.read.deciding import PageContext, PageDecision, decide_page
from crawler.read.outcomes import PageFailed, PageOutcome, PageRead
from crawler.values import ExtractedPage
from storage.stores.articles.page_lessons import PageLessons
from storage.stores.articles.pages import PageArticle
from storage.stores.articles.said import SaidBeside
from storage.tables import ArticleState
from storage.troubles import Trouble
from tests.conftest import START

URL = "https://gazette.example/1"
SUMMARY = "Nine towns met on Monday to settle the calendar."
TEXT = f"{SUMMARY}\nThe working group will meet again before the summer, and is to report in the autumn."
FOUND = PageArticle(
    id=1, outlet_id=1, host_id=1, url=URL, feed_title="Talks", feed_text=SUMMARY, state=ArticleState.FOUND, version=1,
    matched_version=1, grouped_version=0, shard=None, text_source="", declared_url=None, authors=[], language="en", section=None,
    image=None, photo_credit=None, photo_caption=None, paywalled=False, published_at=START, modified_at=None, ready_at=None,
    next_fetch_at=START, page_title=None, read_at=None, recheck_at=None, page_etag=None, page_last_modified=None,
    fetch_attempts=0, fetch_error=None, lease_until=START, lease_owner="a", lease_token=1, title="Talks", text=SUMMARY,
    beside=SaidBeside(source_title="Talks", summary=SUMMARY),
)  # fmt: skip
ALERTED = replace(FOUND, shard="en", grouped_version=1)
GONE = PageFailed(BadAnswer(Trouble("http", {"url": URL, "status": 404}), URL, 404), passing=False)


def page(title: str = "Talks", text: str = TEXT, **said: Any) -> PageRead:  # noqa: ANN401
    return PageRead(ExtractedPage(URL, title, text, **said))


def decided(article: PageArticle, outcome: PageOutcome) -> PageDecision:
    context = PageContext(article, "Gazette", PageLessons(frozenset(), b"", []))
    return decide_page(context, outcome, is_recheck=False, schedule=(), now=START + timedelta(seconds=5))


@pytest.mark.parametrize(
    ("article", "outcome", "state", "matched", "source"),
    [
        pytest.param(FOUND, GONE, ArticleState.READY, 0, "summary", id="page gone, nobody mentioned: it gets its story now"),
        pytest.param(ALERTED, GONE, ArticleState.MATCHED, 1, "summary", id="page gone, alerted: it is done"),
        pytest.param(
            replace(ALERTED, grouped_version=0), GONE, ArticleState.READY, 1, "summary", id="page gone, its story is on its way"
        ),
        pytest.param(ALERTED, page(text=SUMMARY), ArticleState.MATCHED, 1, "page", id="page says the same"),
        pytest.param(
            ALERTED, page(text=SUMMARY, lead=SUMMARY, description="Nine towns met"), ArticleState.MATCHED, 1, "page",
            id="and in its head, too",
        ),
    ],
)  # fmt: skip
def test_what_adds_nothing_makes_no_version(
    article: PageArticle, outcome: PageOutcome, state: ArticleState, matched: int, source: str
) -> None:
    decision = decided(article, outcome)
    after = decision.article
    assert decision.version is None
    assert decision.is_settled
    assert (after.state, after.version, after.matched_version, after.text_source) == (
        state,
        1,
        matched,
        source,
    )
    assert after.next_fetch_at is None


@pytest.mark.parametrize(
    ("outcome", "text", "beside"),
    [
        pytest.param(page(), TEXT, {"headline": "Talks"}, id="text"),
        pytest.param(page("Towns talk", SUMMARY), SUMMARY, {"headline": "Towns talk"}, id="headline"),
        pytest.param(page(lead="Boats, too."), TEXT, {"headline": "Talks", "lead": "Boats, too."}, id="standfirst"),
        pytest.param(
            page(lead="Of boats", description="Of boats"), TEXT, {"headline": "Talks", "description": "Of boats"},
            id="description that stands in for a standfirst",
        ),
        pytest.param(
            page(text="Subscribe, says Ann."), SUMMARY, {"headline": "Talks", "lead": "Subscribe, says Ann."},
            id="less than the feed says: its words lead in",
        ),
    ],
)  # fmt: skip
def test_what_is_new_makes_a_version_beside_what_the_source_said(
    outcome: PageRead, text: str, beside: dict[str, str]
) -> None:
    decision = decided(ALERTED, outcome)
    version = decision.version
    assert version is not None
    assert (version.number, version.title, version.text) == (2, "Talks", text)
    assert version.beside == SaidBeside(source_title="Talks", summary=SUMMARY, **beside)
    assert decision.article.state is ArticleState.READY
