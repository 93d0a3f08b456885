"""Articles lost on purpose, one for each reason, and `tocsin missed` that says the right one of each."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import Session
from typer.testing import CliRunner

from service.actions.missed import MissedReport, compare_controls, trace_missed
from service.actions.outlets import add_outlet, pause, remove
from service.actions.silences import Muted, add_silence
from service.actions.watch_lists import pause as pause_list
from service.cli.app import app
from service.clock import utc_now
from service.missed.addresses import GivenAddresses
from service.missed.looking import ArticleLooker
from service.missed.values import FOUND, StopKind
from service.missed.words import stop_words
from service.settings import Settings
from storage.engine import Database
from storage.stores.feeds.outlet_edits import OutletValues
from tests.archive import watch
from tests.conftest import ROOT
from tests.databases import on_sqlite
from tests.replay import outlets
from tests.replay.conftest import SECRET, World
from tests.replay.outlets import Answer, page, paragraphs, raw, status
from tests.replay.steps import Steps, stepped

FILLER = (
    "The working group will meet in Agadir before the summer, and is to report to both governments in the autumn of the year.",
    "Owners of boats on both sides of the strait have asked for a longer term, so that they can plan repairs and hire crews.",
)
FRENCH = (
    "Le groupe de travail se réunira à Agadir avant l’été et remettra son rapport aux deux gouvernements à l’automne.",
    "Les propriétaires de bateaux des deux rives du détroit demandent un délai plus long pour prévoir les réparations.",
)
APART = (
    "A plan for the south was read, and much later in the day one word of it, autonomy, was put to a vote."
)
GAZETTE = "http://gazette.example"
HOUR = timedelta(hours=1)
START = utc_now().replace(microsecond=0) - 6 * HOUR
"""Of the service; the command is run now."""
feed = partial(outlets.feed, at=START)
CASES = {
    "http://herald.example/a/1": ("", StopKind.NOT_FOLLOWED),
    "http://removed.example/a/1": ("", StopKind.REMOVED),
    "http://paused.example/a/1": ("", StopKind.PAUSED),
    "http://broken.example/a/1": ("", StopKind.FAILING),
    "http://rolled.example/a/missed": ("", StopKind.GAP),
    f"{GAZETTE}/a/before": ("", StopKind.BEFORE),
    "http://press.example/sport/1": ("", StopKind.NOT_IN_SECTION),
    f"{GAZETTE}/sport/unlisted": ("", StopKind.NOT_CARRIED),
    "http://never.example/a/1": ("", StopKind.NEVER_READ),
    "http://control.example/a/1": ("", StopKind.CONTROL),
    "http://old.example/a/1": ("", StopKind.OLD),
    "http://late.example/a/1": ("W", StopKind.TO_READ),
    f"{GAZETTE}/a/refusing": ("W", StopKind.UNREADABLE),
    f"{GAZETTE}/a/walled": ("W", StopKind.PAYWALLED),
    f"{GAZETTE}/a/french": ("English", StopKind.LANGUAGE),
    f"{GAZETTE}/a/misspelt": ("W", StopKind.NO_NAME),
    f"{GAZETTE}/a/far": ("Autonomy", StopKind.RULE),
    f"{GAZETTE}/a/paused": ("Paused", StopKind.LIST_PAUSED),
    f"{GAZETTE}/a/later": ("Later", StopKind.LIST_CHANGED),
    f"{GAZETTE}/a/low": ("High", StopKind.SCORE),
    f"{GAZETTE}/a/silenced": ("Silent", StopKind.SILENCED),
    f"{GAZETTE}/a/refused": ("Refused", StopKind.REFUSED),
    f"{GAZETTE}/a/nobody": ("Nobody", StopKind.NO_CHANNEL),
    f"{GAZETTE}/a/digest": ("Digest", StopKind.QUEUED),
    "http://copy.example/a/1": ("W", StopKind.GROUPED),
    f"{GAZETTE}/a/sent": ("W", StopKind.SENT),
    "http://click.example/t/9": ("W", StopKind.SENT),
    "https://news.google.com/rss/articles/CBMiXk?oc=5": ("", StopKind.SEALED_LINK),
}
SAYS = {
    "herald": "No outlet at herald.example is followed.",
    "misspelt": '"Nasser Bourita" is not in the text; the closest word there is "Burita".',
    "far": "sahara NEAR/3 autonomy",
    "silenced": "(lunch)",
    "copy": 'raised by "Item sent" (gazette.example)',
    "sent": "was sent by desk to desk@press.example at 20",
    "refusing": "HTTP 403: it refuses us",
}


def about(name: str, *, title: str = "", lines: tuple[str, ...] = FILLER) -> Answer:
    return page(
        title or f"The day in {name[-1]}",
        paragraphs(f"On Monday {name} was received in Rabat to settle the calendar.", *lines),
    )


def dated(at: datetime) -> Answer:
    head = f"<title>Unseen</title><meta property='article:published_time' content='{at.isoformat()}'>"
    body = paragraphs("Nasser Bourita spoke on Monday in Rabat.", *FILLER)
    document = (
        f"<html lang=en><head>{head}</head><body><article><h1>Unseen</h1>{body}</article></body></html>"
    )
    return raw(document.encode(), Content_Type="text/html; charset=utf-8")


def walled() -> Answer:
    """A page of which only the beginning is free."""
    said = {"@context": "https://schema.org", "@type": "NewsArticle", "isAccessibleForFree": False}
    head = f"<title>Walled</title><script type='application/ld+json'>{json.dumps(said)}</script>"
    body = f"<article><h1>Walled</h1>{paragraphs(*FILLER)}</article>"
    document = f"<html lang=en><head>{head}</head><body>{body}</body></html>"
    return raw(document.encode(), Content_Type="text/html; charset=utf-8")


ON_GAZETTE: dict[str, Answer] = {
    "refusing": status(403),
    "walled": walled(),
    "french": about("Leila Benali", title="Journée à Rabat", lines=FRENCH * 2),
    "misspelt": about("Mr Burita"),
    "far": about("The sahara", lines=(APART, *FILLER)),
    "paused": about("Aziz Akhannouch"),
    "later": about("Amina Bouayach"),
    "low": about("Karim Zidane"),
    "silenced": about("Fouzi Lekjaa"),
    "refused": about("Ryad Mezzour"),
    "nobody": about("Younes Sekkouri"),
    "digest": about("Nadia Fettah"),
    "sent": about("Nasser Bourita", title="Talks in Rabat"),
}  # fmt: skip


def rolled(first: int, at: datetime = START) -> Answer:
    """A feed that holds six entries, from a number on."""
    items = [(f"http://rolled.example/a/{number}", f"Roll {number}") for number in range(first, first + 6)]
    return feed(*items, etag=f'"{first}"', at=at)


def declared(world: World) -> dict[str, Any]:
    """Return what the settings file says."""

    def tracks(name: str, actor: str, channel: str = "desk", **more: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"name": name, "channels": [channel], "actors": [{"name": actor}], **more}

    sitemap = {"kind": "sitemap", "url": "http://press.example/sitemap.xml", "match": "/press/"}
    names = ("gazette", "paused", "broken", "rolled", "old", "copy", "late")
    return {
        "storage": {"url": world.storage_url},
        "crawler": {
            "proxy": world.outlets.proxy,
            "interval": "200ms",
            "min_interval": "200ms",
            "max_interval": "1s",
            "per_host_delay": "0s",
            "allow_networks": ["127.0.0.1/32"],
        },
        "service": {"notify": "desk"},
        "web": {"listen": "127.0.0.1:0"},
        "smtp": {"host": "127.0.0.1", "port": world.mail.port, "security": "none"},
        "outlets": [
            *({"name": f"{name}.example", "feeds": [f"http://{name}.example/rss"]} for name in names),
            {"name": "press.example", "sources": [sitemap]},
            {"name": "control.example", "feeds": ["http://control.example/rss"], "control": True},
        ],
        "channels": [
            {"name": "desk", "type": "email", "to": ["desk@press.example"]},
            {"name": "hook", "type": "webhook", "url": world.hook.url, "secret": SECRET},
            {"name": "morning", "type": "email", "to": ["desk@press.example"], "send": f"{START - HOUR:%H:%M} UTC"},
        ],
        "watch": [
            tracks("W", "Nasser Bourita"),
            tracks("English", "Leila Benali", languages=["en"]),
            {"name": "Autonomy", "channels": ["desk"], "topics": [{"name": "Plan", "query": "sahara NEAR/3 autonomy"}]},
            tracks("High", "Karim Zidane", min_score=99),
            tracks("Silent", "Fouzi Lekjaa"),
            tracks("Refused", "Ryad Mezzour", "hook"),
            tracks("Digest", "Nadia Fettah", "morning"),
        ],
    }  # fmt: skip


def as_toml(value: Any) -> str:  # noqa: ANN401
    """Return a value as TOML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {as_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    return json.dumps(value)


def written(world: World) -> list[str]:
    """Return the options of `tocsin missed` that name the world's settings, written to a file."""
    file = world.folder / "settings.toml"
    lines = [f"{key} = {as_toml(value)}" for key, value in declared(world).items()]
    file.write_text("\n".join(lines), encoding="utf-8")
    file.chmod(0o600)
    return ["--settings", str(file)]


async def command(world: World, *words: str) -> str:
    """Return what `tocsin missed` prints, as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", "missed", *words, *written(world)),
        stdout=PIPE,
        stderr=PIPE,
        cwd=ROOT,
    )
    said, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return said.decode()


async def command_here(world: World, *words: str) -> str:
    """Return the same, called in this process."""
    runner = CliRunner(env={"COLUMNS": "80"})
    result = await asyncio.to_thread(runner.invoke, app, ["missed", *words, *written(world)])
    assert result.exit_code == 0, result.output
    return result.stdout


def script(world: World) -> None:
    """Write what the outlets answer."""
    answers = world.outlets.script
    listed = [(f"{GAZETTE}/a/{name}", f"Item {name}") for name in ON_GAZETTE]
    answers[f"{GAZETTE}/rss"] = [feed(*listed)]
    for name, answer in ON_GAZETTE.items():
        answers[f"{GAZETTE}/a/{name}"] = [answer]
    for name in ("copy", "late"):
        answers[f"http://{name}.example/rss"] = [feed((f"http://{name}.example/a/0", "Another thing"))]
    answers["http://copy.example/a/1"] = [about("Nasser Bourita", title="Talks in Rabat")]
    answers["http://old.example/rss"] = [
        feed(("http://old.example/a/1", "Long ago"), at=START - timedelta(days=3))
    ]
    answers["http://paused.example/rss"] = [feed(("http://paused.example/a/0", "Before the pause"))]
    answers["http://broken.example/rss"] = [status(500)]
    answers["http://rolled.example/rss"] = [rolled(0)]
    urls = "".join(
        f"<url><loc>http://press.example/{path}</loc><lastmod>{START:%Y-%m-%d}</lastmod></url>"
        for path in ("press/1", "sport/1")
    )
    answers["http://press.example/sitemap.xml"] = [
        raw(f"<urlset>{urls}</urlset>".encode(), Content_Type="application/xml")
    ]
    answers["http://control.example/rss"] = [
        feed((f"{GAZETTE}/a/sent?utm_source=alerts", "Talks"), ("http://herald.example/a/1", "Unfollowed"))
    ]
    answers["http://herald.example"] = answers["http://herald.example/"] = [
        raw(
            b"<html><head><link rel=alternate type='application/rss+xml' href=/rss></head></html>",
            Content_Type="text/html",
        )
    ]
    answers["http://herald.example/rss"] = [feed(("http://herald.example/a/1", "Unfollowed"))]
    answers["http://herald.example/a/1"] = [dated(START)]
    answers["http://click.example/t/9"] = [status(302, Location=f"{GAZETTE}/a/sent")]
    answers[f"{GAZETTE}/a/before"] = [dated(START - timedelta(days=9))]
    answers[f"{GAZETTE}/sport/unlisted"] = [dated(START + 2 * HOUR)]
    answers["http://rolled.example/a/missed"] = [dated(START + HOUR)]


def edit(session: Session) -> None:
    """Do what people do: pause, remove, silence, and track somebody later."""
    add_silence(session, Muted(watch_list="Silent"), length=timedelta(days=1), reason="lunch", now=START)
    pause(session, "paused.example", now=START)
    watch(session, "Nobody", actors=["Younes Sekkouri"], now=START)
    watch(session, "Paused", actors=["Aziz Akhannouch"], now=START)
    pause_list(session, "Paused", now=START)
    add = partial(add_outlet, session, interval=HOUR, now=START)
    add(OutletValues("removed.example", feeds=("http://removed.example/rss",)))
    remove(session, "removed.example")


async def lose(steps: Steps, database: Database, world: World) -> None:
    """Let the service work while the articles get lost."""
    script(world)
    world.hook.statuses = [400] * 20
    await database.writing(edit)
    later = {"http://rolled.example/rss": [rolled(10, START + 2 * HOUR)]}
    for name in ("copy", "late"):
        items = [(f"http://{name}.example/a/{number}", f"Talks in Rabat {number}") for number in (0, 1)]
        later[f"http://{name}.example/rss"] = [feed(*items, etag='"2"')]
    later["http://late.example/a/1"] = [status(503)]
    for hours, rounds, answers in ((0, 20, {}), (3, 6, later)):
        world.outlets.script.update(answers)
        await steps.at(START + hours * HOUR)
        for _round in range(rounds):
            await steps.at(steps.clock.now + timedelta(seconds=1))
            await steps.service.parts.sender.step()
    with database.write() as session:
        watch(session, "Later", actors=["Amina Bouayach"], now=steps.clock.now)
        add_outlet(
            session,
            OutletValues("never.example", feeds=("http://never.example/rss",)),
            interval=HOUR,
            now=steps.clock.now,
        )


@pytest.mark.thorough
async def test_each_lost_article_is_given_its_right_reason(world: World) -> None:
    chosen = Settings.model_validate(declared(world))
    async with stepped(world, chosen, START) as steps:
        service = steps.service
        database = service.database
        await lose(steps, database, world)
        now = steps.clock.now
        looker = ArticleLooker(
            database, service.parts.fetcher, chosen, clock=steps.clock, pool=service.parts.pool
        )
        wrong: dict[str, tuple[str, str, str]] = {}
        reports: dict[str, MissedReport] = {}
        for url, (name, kind) in CASES.items():
            report = await trace_missed(
                database, GivenAddresses((url,)), now=now, watch=name or None, looker=looker
            )
            reports[url] = report
            reason = report.articles[0].reason
            if reason.kind is not kind:
                wrong[url] = (kind, reason.kind, stop_words(reason))
            for part, words in SAYS.items():
                if part in url and words not in stop_words(reason):
                    wrong[url] = (kind, words, stop_words(reason))
        assert not wrong
        assert len(CASES) >= 20
        herald = reports["http://herald.example/a/1"].articles[0]
        assert herald.proposal is not None
        assert (herald.proposal.name, herald.proposal.feed) == ("Replay", "http://herald.example/rss")
        assert herald.page is not None
        assert herald.page.matches == ("W",)
        figure = await database.reading(compare_controls, since=START - HOUR, now=now)
        assert [(one.control, one.total, one.found) for one in figure.counts] == [("control.example", 2, 1)]
        assert [one.traced.reason.kind for one in figure.missed] == [StopKind.NOT_FOLLOWED]
        assert {article.canonical_url.rpartition("/")[2] for article in figure.ours} == {
            *("silenced", "refused", "nobody", "digest", "1")
        }
        everything = await trace_missed(database, GivenAddresses(tuple(CASES)), now=now)
        assert everything.found == sum(article.reason.kind in FOUND for article in everything.articles)
        assert sum(count for _kind, count in everything.kinds) == len(CASES) - everything.found
        assert [article.given for article in everything.articles] == list(CASES)
        steps.clock.now = START + timedelta(days=7)
        assert await service.parts.control_reports.step() == 1
        assert await service.parts.control_reports.step() == 0
        for _round in range(3):  # a host takes one mail at a time
            await service.parts.sender.step()
        subjects = [str(one.message["Subject"]) for one in world.mail.mails]
        assert any("Control sources: 1 of 2 articles found (50%)" in subject for subject in subjects), (
            subjects
        )
        (mail,) = (
            one.message
            for one in world.mail.mails
            if "Control sources: 1 of 2 articles found (50%)" in str(one.message["Subject"])
        )
        body = mail.get_body()
        assert body is not None
        assert "1 outlet not followed" in body.get_content()


@pytest.mark.thorough
@on_sqlite
async def test_command_says_the_right_reason_of_each_in_a_file(world: World) -> None:
    lost = world.folder / "lost.csv"
    lost.write_text("title,url\n" + "".join(f"Lost,{url}\n" for url in CASES), encoding="utf-8")
    async with stepped(world, Settings.model_validate(declared(world)), START) as steps:
        await lose(steps, steps.service.database, world)
        told = json.loads(await command(world, str(lost), "--json"))
        assert {one["given"]: one["reason"]["kind"] for one in told} == {
            url: kind.value for url, (_name, kind) in CASES.items()
        }
        table = await command_here(world, str(lost), "--no-fetch")
        assert max(map(len, table.splitlines())) <= 80
        assert "rule did not match" in table
        one = await command_here(world, f"{GAZETTE}/a/far", "--no-fetch")
        assert re.search(r"\$ tocsin watch why \d+ --watch Autonomy\n", one)
