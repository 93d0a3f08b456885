"""Where an article stopped: one case for each reason, each put into words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.missed.deciding import decide_stops
from service.missed.values import (
    FOUND,
    ClauseRefusal,
    Known,
    ListView,
    NearWord,
    OutletProposal,
    Stop,
    StopKind,
)
from service.missed.words import LABELS, facts_as_json, remedy, stop_words
from storage.stores.alerts.outcomes import AlertOutcome, NotificationOutcome
from storage.stores.articles.progress import ArticleProgress
from storage.stores.feeds.coverage import FollowedFeed, FollowedOutlet
from storage.stores.feeds.feed_health import FeedGap
from storage.tables import ArticleState, FeedState, NotificationState
from storage.troubles import Trouble, note
from tests.conftest import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = START + 10 * DAY
FEED = FollowedFeed(
    url="https://gazette.example/rss",
    state=FeedState.ACTIVE,
    match="",
    first_read_at=START,
    last_success_at=NOW - HOUR,
    next_poll_at=NOW + HOUR,
    failing_since=None,
    trouble=None,
    rests_until=None,
)
OUTLET = FollowedOutlet(
    "Gazette", is_active=True, is_control=False, paused_at=None, created_at=START, feeds=(FEED,)
)
ARTICLE = ArticleProgress(
    id=7,
    url="https://gazette.example/a/7",
    canonical_url="https://gazette.example/a/7",
    declared_url=None,
    outlet="Gazette",
    title="Talks in Rabat",
    language="en",
    published_at=NOW - DAY,
    found_at=NOW - DAY,
    state=ArticleState.MATCHED,
    version=1,
    matched_version=1,
    grouped_version=1,
    text_source="page",
    fetch_error=None,
    fetch_attempts=1,
    next_fetch_at=None,
    set_aside_until=None,
    is_paywalled=False,
    is_old=False,
)
TOLD = NotificationOutcome(
    id=3,
    channel="desk",
    state=NotificationState.SENT,
    created_at=NOW - HOUR,
    due_at=NOW - HOUR,
    sent_at=NOW - HOUR,
    error=None,
    recipients={"desk@press.example": [250, "OK"], "gone@press.example": [550, "no such user"]},
    channel_is_on=True,
    disabled_reason=None,
    rests_until=None,
    silence_id=None,
    silence=None,
    silenced_until=None,
)
ALERT = AlertOutcome(5, "W", NOW - HOUR, ARTICLE.id, ARTICLE.title, "Gazette", (TOLD,))
LIST = ListView("W")
GONE = Trouble("http", {"url": "https://gazette.example/a/7", "status": 403})


def unseen(outlet: FollowedOutlet | None = OUTLET, **known: Any) -> Known:  # noqa: ANN401
    published = known.pop("published", NOW - DAY)
    outlets = () if outlet is None else (outlet,)
    return Known("gazette.example", outlets, ARTICLE.url, published=published, **known)


def with_feed(**changes: Any) -> FollowedOutlet:  # noqa: ANN401
    return replace(OUTLET, feeds=(replace(FEED, **changes),))


def seen(*lists: ListView, alerts: tuple[AlertOutcome, ...] = (), **changes: Any) -> Known:  # noqa: ANN401
    article = replace(ARTICLE, **changes)
    return Known(
        "gazette.example", (OUTLET,), article.url, article=article, lists=lists or (LIST,), alerts=alerts
    )


def alerted(lists: tuple[ListView, ...] = (LIST,), article: int = ARTICLE.id, **changes: Any) -> Known:  # noqa: ANN401
    told = () if changes.pop("nobody", False) else (replace(TOLD, **changes),)
    return seen(*lists, alerts=(replace(ALERT, article_id=article, notifications=told),))


GAP = FeedGap(NOW - DAY - HOUR, NOW - DAY + HOUR, 30, 2, None)
CASES = [
    (StopKind.NOT_FOLLOWED, unseen(None), "No outlet at gazette.example is followed."),
    (StopKind.REMOVED, unseen(replace(OUTLET, is_active=False)), "Gazette was removed"),
    (StopKind.CONTROL, unseen(replace(OUTLET, is_control=True)), "control source"),
    (
        StopKind.PAUSED,
        unseen(replace(OUTLET, paused_at=NOW - 2 * DAY)),
        "Gazette has been paused since 2026-",
    ),
    (
        StopKind.NEVER_READ,
        unseen(with_feed(first_read_at=None, last_success_at=None)),
        "No feed of Gazette has been read",
    ),
    (
        StopKind.FAILING,
        unseen(with_feed(failing_since=NOW - 2 * DAY, trouble=GONE)),
        "HTTP 403: it refuses us.",
    ),
    (StopKind.FAILING, unseen(with_feed(state=FeedState.RETIRED)), "is gone and not polled any more."),
    (
        StopKind.RESTING,
        unseen(with_feed(rests_until=NOW + HOUR), published=NOW - HOUR),
        "asked us to wait until",
    ),
    (
        StopKind.GAP,
        unseen(with_feed(gaps=(GAP,))),
        "entries came and went unseen (2 of them were found in its sitemap).",
    ),
    (StopKind.GAP, unseen(with_feed(gaps=(GAP,)), published=None), "may not be one of them."),
    (StopKind.BEFORE, unseen(published=START - DAY), "Gazette has been followed since"),
    (StopKind.NOT_IN_SECTION, unseen(with_feed(match="/press/")), "only where the address matches /press/."),
    (StopKind.NOT_YET_POLLED, unseen(published=NOW - timedelta(minutes=5)), "after Gazette was last polled"),
    (
        StopKind.NOT_CARRIED,
        unseen(with_feed(gaps=(replace(GAP, since=START, until=START + HOUR),))),
        "never had it",
    ),
    (
        StopKind.NOT_CARRIED,
        unseen(published=None),
        "no gap in the last 30 days: does its section have a feed of its own?",
    ),
    (StopKind.FORGOTTEN, unseen(is_forgotten=True), "deleted because of its age"),
    (StopKind.OLD, seen(is_old=True, was_first_reading=True), "when that was first read, dated"),
    (StopKind.OLD, seen(is_old=True, published_at=None), "without a date"),
    (
        StopKind.TO_READ,
        seen(version=0, matched_version=0, grouped_version=0, next_fetch_at=NOW, fetch_error=GONE),
        "waiting to be read since",
    ),
    (StopKind.TO_MATCH, seen(matched_version=0, grouped_version=0), "waiting to be matched since"),
    (StopKind.TO_MATCH, seen(matched_version=0, set_aside_until=NOW + HOUR), "internal error"),
    (StopKind.NO_LISTS, replace(seen(), lists=()), "There is no watch list."),
    (
        StopKind.OTHER_LANGUAGE,
        seen(replace(LIST, reads=False, languages=("ar",))),
        "W: the article is in en; the list reads only ar.",
    ),
    (StopKind.NO_NAME, seen(), "No tracked name is in the text"),
    (
        StopKind.NO_NAME,
        seen(LIST, replace(LIST, name="X", near=NearWord("Nasser Bourita", "Burita", is_part=False))),
        'X: "Nasser Bourita" is not in the text; the closest word there is "Burita".',
    ),
    (
        StopKind.NO_NAME,
        seen(replace(LIST, near=NearWord("Nasser Bourita", "Bourita", is_part=True))),
        'only a part of it is: "Bourita"',
    ),
    (StopKind.UNREADABLE, seen(text_source="summary", fetch_error=GONE), "HTTP 403"),
    (StopKind.PAYWALLED, seen(is_paywalled=True), "Only a part of its page is free"),
    (
        StopKind.LANGUAGE,
        seen(replace(LIST, reads=False, languages=("ar",), matches_now=True)),
        "would match otherwise",
    ),
    (
        StopKind.RULE,
        seen(
            LIST,
            replace(
                LIST, name="X", refusal=ClauseRefusal("Autonomy", "sahara NEAR/3 autonomy", "too far apart")
            ),
        ),
        'X: "Autonomy" did not match at sahara NEAR/3 autonomy (too far apart).',
    ),
    (StopKind.LIST_PAUSED, seen(replace(LIST, is_paused=True, matches_now=True)), "but the list is paused"),
    (StopKind.LIST_CHANGED, seen(replace(LIST, matches_now=True)), "the list was changed after"),
    (
        StopKind.TO_GROUP,
        seen(replace(LIST, mentioned=True), grouped_version=0),
        "waiting to be put into its story",
    ),
    (
        StopKind.SCORE,
        seen(replace(LIST, mentioned=True, score=12.5, min_score=60)),
        "its score is 12.5; the list asks for at least 60",
    ),
    (StopKind.NOT_ALERTED, seen(replace(LIST, mentioned=True, score=70.0)), "no longer stored"),
    (
        StopKind.REFUSED,
        alerted(state=NotificationState.FAILED, error=note("550 no such user")),
        "refused by desk (desk@press.example",
    ),
    (
        StopKind.CHANNEL_OFF,
        alerted(state=NotificationState.QUEUED, channel_is_on=False, disabled_reason=note("HTTP 410")),
        "is off: HTTP 410.",
    ),
    (
        StopKind.SILENCED,
        alerted(state=NotificationState.SUPPRESSED, silence_id=1, silence="lunch", silenced_until=NOW),
        "(lunch)",
    ),
    (
        StopKind.NO_CHANNEL,
        alerted((replace(LIST, has_channel=False),), nobody=True),
        "the list has no channel",
    ),
    (StopKind.NOT_ROUTED, alerted(nobody=True), "does not meet the conditions"),
    (StopKind.QUEUED, alerted(state=NotificationState.QUEUED), "queued for desk since"),
    (
        StopKind.QUEUED,
        alerted(state=NotificationState.QUEUED, rests_until=NOW + HOUR, error=note("503")),
        "the channel is failing, next attempt at",
    ),
    (StopKind.GROUPED, alerted(article=6), 'raised by "Talks in Rabat" (Gazette)'),
    (StopKind.SENT, alerted(), "sent by desk to desk@press.example at 2026-"),
]


@pytest.mark.parametrize(
    ("kind", "known", "words"),
    [pytest.param(*case, id=f"{place} {case[0]}") for place, case in enumerate(CASES)],
)
def test_first_reason_on_the_way(kind: StopKind, known: Known, words: str) -> None:
    stop = decide_stops(known, now=NOW)[0]
    assert stop.kind is kind
    assert words in stop_words(stop)
    assert facts_as_json(stop)["kind"] == kind


def test_every_kind_has_a_case_and_a_label() -> None:
    told_elsewhere = {StopKind.NOT_AN_ADDRESS, StopKind.SEALED_LINK}
    assert {kind for kind, _known, _words in CASES} == set(StopKind) - told_elsewhere
    assert set(LABELS) == set(StopKind)
    assert set(StopKind) > FOUND


def test_what_came_furthest_is_told_first_and_the_rest_after_it() -> None:
    refusal = ClauseRefusal("Autonomy", "autonomy")
    stops = decide_stops(
        seen(LIST, replace(LIST, name="R", refusal=refusal), replace(LIST, name="M", matches_now=True)),
        now=NOW,
    )
    assert [(stop.watch, stop.kind) for stop in stops[:2]] == [
        ("M", StopKind.LIST_CHANGED),
        ("R", StopKind.RULE),
    ]


def test_outlet_that_may_have_brought_it_outweighs_one_that_could_not() -> None:
    known = replace(unseen(), outlets=(replace(OUTLET, is_active=False), OUTLET))
    assert decide_stops(known, now=NOW)[0].kind is StopKind.NOT_CARRIED


def test_grouped_article_tells_where_the_alert_went() -> None:
    stops = decide_stops(alerted(article=6), now=NOW)
    assert [stop.kind for stop in stops] == [StopKind.GROUPED, StopKind.SENT]
    assert stops[1].facts["refused"] == ["gone@press.example"]


@pytest.mark.parametrize(
    ("stop", "command"),
    [
        (Stop(StopKind.PAUSED, facts={"outlet": "The Gazette"}), "tocsin outlets resume 'The Gazette'"),
        (Stop(StopKind.LIST_CHANGED, "W"), "tocsin backfill W"),
        (Stop(StopKind.RULE, "W"), "tocsin watch why 7 --watch W"),
        (
            Stop(StopKind.NOT_CARRIED, facts={"url": "https://gazette.example/a/1?b&c"}),
            "tocsin outlets discover 'https://gazette.example/a/1?b&c'",
        ),
        (Stop(StopKind.REFUSED, "W", {"delivery": 4}), "tocsin deliveries retry 4"),
        (Stop(StopKind.SENT, "W"), ""),
    ],
)
def test_remedy_is_a_command(stop: Stop, command: str) -> None:
    assert remedy(stop, article=7) == command


def test_outlet_not_followed_is_added_by_one_command() -> None:
    stop = Stop(StopKind.NOT_FOLLOWED, facts={"host": "gazette.example"})
    proposal = OutletProposal("The Gazette", "https://gazette.example", "https://gazette.example/rss")
    assert remedy(stop, proposal) == "tocsin outlets add 'The Gazette' --feed https://gazette.example/rss"
    assert (
        remedy(stop, replace(proposal, feed=""))
        == "tocsin outlets add 'The Gazette' --site https://gazette.example"
    )
    assert remedy(stop) == ""
