"""Alerts to tell: one in English, one in Arabic, a digest of both, and what a hostile outlet might publish."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts.delivery.payload import (
    AlertData,
    ArticleFacts,
    Data,
    DigestData,
    Kind,
    Message,
    OtherArticle,
    ServiceData,
    build_alert_data,
    build_digest_data,
)
from alerts.values import Document, Field, Mention
from tests.conftest import START

UID = "msg_0f8fad5bd9cb469fa16570867728950e"

ENGLISH = Document(
    title="Rabat talks: Bourita receives the UN envoy on Western Sahara",
    text="The foreign minister of Morocco, Nasser Bourita, received the United Nations envoy in Rabat on Monday.\n"
    "The talks were about the autonomy plan for Western Sahara, a spokesperson of the United Nations said in New York. "
    "No date for a next round was given.\n"
    "Bourita is to travel to Madrid later this week.",
    language="en",
    url="https://gazette.example/2026/rabat-talks",
    outlet="Example Gazette",
    country="MA",
)
ARABIC = Document(
    title="بوريطة يستقبل المبعوث الأممي إلى الصحراء في الرباط",
    text="استقبل وزير الخارجية ناصر بوريطة يوم الاثنين بالرباط مبعوث الأمم المتحدة.\n"
    "وتناولت المباحثات مبادرة الحكم الذاتي، وفق ما أعلنته الأمم المتحدة (UN) في نيويورك.",
    language="ar",
    url="https://sahifa.example/2026/%D8%A7%D9%84%D8%B1%D8%A8%D8%A7%D8%B7",
    outlet="صحيفة المثال",
    country="MA",
)
WATCH_LIST = "Morocco and the United States"


def mention(
    document: Document,
    surface: str,
    *,
    actor: str | None = None,
    topic: str | None = None,
    field: Field = "text",
    rule: str = "",
    nth: int = 0,
) -> Mention:
    """The mention at the `nth` place where `surface` stands in the document."""
    text = document.title if field == "title" else document.text
    start = -1
    for _ in range(nth + 1):
        start = text.index(surface, start + 1)
    return Mention(
        watch=WATCH_LIST,
        actor=actor,
        topic=topic,
        field=field,
        start=start,
        end=start + len(surface),
        surface=surface,
        rule=rule or f'alias "{surface}"',
    )


BOURITA = "Nasser Bourita"
PLAN = "Autonomy plan"
ENGLISH_MENTIONS = (
    mention(ENGLISH, "Bourita", actor=BOURITA, field="title", rule='surname after "Nasser Bourita"'),
    mention(ENGLISH, "Nasser Bourita", actor=BOURITA),
    mention(ENGLISH, "Bourita", actor=BOURITA, nth=1, rule='surname after "Nasser Bourita"'),
    mention(
        ENGLISH,
        "autonomy plan for Western Sahara",
        topic=PLAN,
        rule='clause ("Western Sahara" NEAR/30 autonomy)',
    ),
)
ARABIC_MENTIONS = (
    mention(ARABIC, "بوريطة", actor=BOURITA, field="title"),
    mention(ARABIC, "ناصر بوريطة", actor=BOURITA),
    mention(ARABIC, "الحكم الذاتي", topic=PLAN, rule='clause "الحكم الذاتي"'),
)


def facts(document: Document, *, number: int = 31) -> ArticleFacts:
    return ArticleFacts(
        id=number,
        url=document.url or "",
        title=document.title,
        outlet=document.outlet or "",
        country=document.country,
        language=document.language,
        authors=("Example News Agency",) if document.language == "en" else (),
        published_at=START - timedelta(minutes=20),
    )


def alert_data(
    document: Document = ENGLISH,
    mentions: Iterable[Mention] = ENGLISH_MENTIONS,
    *,
    alert_id: int = 12,
    watch_list: str = WATCH_LIST,
    created_at: datetime = START,
    url: str | None = "https://tocsin.example/alerts/12",
    others: tuple[OtherArticle, ...] = (),
    story_id: int = 7,
    score: float | None = None,
    changes: tuple[str, ...] = (),
) -> AlertData:
    return build_alert_data(
        alert_id=alert_id,
        watch_list=watch_list,
        story_id=story_id,
        score=score,
        changes=changes,
        created_at=created_at,
        article=facts(document),
        document=document,
        mentions=tuple(mentions),
        url=url,
        other_articles=others,
    )


OTHERS = (
    OtherArticle(
        outlet="Example Herald",
        title="UN envoy meets Bourita in Rabat",
        url="https://herald.example/un-envoy",
    ),
    OtherArticle(outlet="صحيفة المثال", title=ARABIC.title, url=ARABIC.url or ""),
)


def arabic_data() -> AlertData:
    return alert_data(ARABIC, ARABIC_MENTIONS, alert_id=13, story_id=8)


def digest_data() -> DigestData:
    return build_digest_data(
        [
            alert_data(others=OTHERS),
            arabic_data(),
            alert_data(alert_id=14, watch_list="Sahel", created_at=START - timedelta(hours=3), story_id=9),
        ],
        now=START + timedelta(hours=20),
    )


def message(
    data: Data | None = None, *, uid: str = UID, created_at: datetime = START, kind: Kind | None = None
) -> Message:
    told = data if data is not None else alert_data()
    if kind is None:
        kind = _KINDS[type(told)]
    return Message(uid=uid, kind=kind, created_at=created_at, channel="press-desk", data=told)


_KINDS: dict[type[Data], Kind] = {AlertData: "alert.created", DigestData: "digest", ServiceData: "service"}

HOSTILE_TITLES = {
    "CR and LF": "Talks\r\nBcc: everyone@example.org\r\n\r\n<script>alert(1)</script>",
    "bidi override": "Annual report \u202efdp.exe\u202c and \u2066isolates\u2069",
    "ten thousand characters": "Word " * 2000,
    "ten thousand without a space": "W" * 10_000,
    "emoji": "Fête nationale 🇲🇦 " + "👩‍👩‍👧‍👦" * 60,
    "NUL and controls": "Ti\x00tle\x07 with\x1b[31m colour\x1b[0m and \x9b31m",
    "lone surrogate": "Broken \ud83d half",
    "line separators": "One\u2028two\u2029three\x85four\x0bfive",
    "markup": "<b>Bold</b> & [red]markup[/red] {{ 7 * 7 }} {% raw %}",
    "encoded word": "=?utf-8?b?SGVsbG8=?= and =?utf-8?q?a=0Ab?=",
    "Arabic": ARABIC.title,
    "empty": "",
    "only controls": "\r\n\t\x00",
}


def hostile(title: str) -> AlertData:
    """An alert whose every word from outside is `title`."""
    document = Document(title=title, text=title, url=title, outlet=title, language=title[:5] or None)
    everything = [
        Mention(title, title, None, "title", 0, len(title), title, title),
        Mention(title, None, title, "text", 0, len(title), title, title),
    ]
    return alert_data(
        document,
        everything if title else [],
        watch_list=title,
        url=title,
        others=(OtherArticle(outlet=title, title=title, url=title),),
    )
