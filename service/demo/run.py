"""The demonstration: starts outlets, receivers and the service, shows what happens, and checks it against what was planted."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import signal
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from alerts.group_stage import MatchReport
from crawler.poll.poller import PollReport
from crawler.read.page_reader import PageReport
from service.actions.users import first_link
from service.assembly import Watchers
from service.clock import utc_now
from service.demo.content import OUTLETS, articles
from service.demo.outlets import SampleOutlets
from service.demo.receivers import MailReceiver, WebhookReceiver
from service.process import Service, open_service
from service.settings import Settings
from service.troubles import trouble_words
from storage.stores.alerts.alert_details import FoundAlert, newest_alerts

LATEST = max(article.after for article in articles())
PATIENCE = timedelta(seconds=30)
DIPLOMACY = "Morocco's diplomacy"
WATCH = [
    {
        "name": DIPLOMACY,
        "channels": ["desk", "hook"],
        "actors": [
            {"name": "Nasser Bourita", "aliases": ["ناصر بوريطة"], "surname": True},
            {
                "name": "King Mohammed VI",
                "aliases": ["Mohammed VI", "Mohamed VI", "محمد السادس"],
                "exclude": [
                    *(
                        "Mohammed VI Polytechnic University",
                        "Université Mohammed VI",
                        "Mohammed VI Football Academy",
                    ),
                    *("جامعة محمد السادس", "أكاديمية محمد السادس"),
                ],
            },
            {"name": "Staffan de Mistura", "aliases": ["ستافان دي ميستورا"]},
        ],
        "topics": [
            {
                "name": "Autonomy plan",
                "query": '("Western Sahara" OR "Sahara occidental" OR "الصحراء الغربية") '
                'NEAR/30 (autonomy OR autonomie OR autonomía OR "الحكم الذاتي")',
            }
        ],
    },
    {
        "name": "Negev Forum",
        "channels": ["hook"],
        "topics": [{"name": "Negev Forum", "query": '"Negev Forum" OR "Foro del Néguev"'}],
    },
]


@dataclass(slots=True)
class Tally:
    """What the demonstration has seen."""

    polls: int = 0
    errors: int = 0
    found: int = 0
    texts: int = 0
    matched: int = 0
    alerts: int = 0
    joined: int = 0
    by_outlet: Counter[str] = field(default_factory=Counter)


async def demonstrate(
    console: Console, *, keep: bool = False, storage: str | None = None, patience: timedelta = PATIENCE
) -> bool:
    """Run the demonstration; tells whether everything that was planted arrived, once, and nothing else.

    `keep` leaves the service running until Ctrl-C. `storage` is the URL of an empty database, which then stays. `patience` is how
    long after the last article the last alert may take.
    """
    start = utc_now()
    tally = Tally()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tocsin-demo-")))
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
        outlets = await stack.enter_async_context(SampleOutlets(start=start, clock=utc_now))
        mail = await stack.enter_async_context(MailReceiver())
        hook = await stack.enter_async_context(WebhookReceiver(secret))
        settings = _settings(storage or f"sqlite:///{folder / 'demo.db'}", outlets, mail, hook, secret)
        service = await stack.enter_async_context(open_service(settings, watchers=_watchers(console, tally)))
        _introduce(console, service, mail, hook)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        running = asyncio.create_task(service.run())
        await _wait(partial(_is_complete, service, outlets, mail, hook), stop, patience)
        complete = await _summarise(console, service, outlets, mail, hook, tally)
        if keep and not stop.is_set():
            link = await service.database.writing(first_link, now=utc_now())
            way_in = (
                f"open {service.url}{link} and choose a password" if link else f"sign in at {service.url}"
            )
            if storage is not None:
                _show_settings(console, storage, service.url)
            console.print(f"\nThe service runs on: {way_in}. Ctrl-C ends it.", highlight=False)
            await stop.wait()
        service.stop.set()
        await running
    return complete


def _settings(
    storage: str, outlets: SampleOutlets, mail: MailReceiver, hook: WebhookReceiver, secret: str
) -> Settings:
    return Settings.model_validate(
        {
            "storage": {"url": storage},
            "crawler": {
                "interval": "2s",
                "min_interval": "1s",
                "max_interval": "3s",
                "per_host_delay": "100ms",
                "allow_networks": ["127.0.0.1/32"],
            },
            "web": {"listen": "127.0.0.1:0"},
            "smtp": {
                "host": "127.0.0.1",
                "port": mail.port,
                "security": "none",
                "sender": "Tocsin <tocsin@desk.example>",
            },
            "outlets": [
                {
                    "name": outlet.name,
                    "site": outlets.sites[outlet.key],
                    "feeds": [f"{outlets.sites[outlet.key]}/feed"],
                    "language": outlet.language,
                    "country": outlet.country,
                }
                for outlet in OUTLETS
            ],
            "channels": [
                {"name": "desk", "type": "email", "to": ["press@desk.example"]},
                {"name": "hook", "type": "webhook", "url": hook.url, "secret": secret},
            ],
            "watch": WATCH,
        }
    )


def _watchers(console: Console, tally: Tally) -> Watchers:
    def on_poll(report: PollReport) -> None:
        tally.polls += 1
        tally.errors += report.error is not None
        tally.found += report.new_articles
        if report.error is not None:
            console.print(
                Text.assemble(("poll   ", "red"), f"{report.outlet}: {trouble_words(report.error)}")
            )
        elif report.new_articles:
            console.print(
                Text.assemble(
                    ("found  ", "cyan"), f"{report.outlet}: {_count(report.new_articles, 'new article')}"
                )
            )

    def on_page(report: PageReport) -> None:
        tally.texts += report.error is None

    def on_match(report: MatchReport) -> None:
        tally.matched += 1
        tally.alerts += len(report.new_alerts)
        tally.joined += len(report.attached_alerts)
        tally.by_outlet[report.outlet] += 1
        if report.new_alerts:
            names = dict.fromkeys(mention.actor or mention.topic or "" for mention in report.mentions)
            console.print(
                Text.assemble(
                    ("ALERT  ", "bold yellow"),
                    (report.title, "bold"),
                    f"\n       {report.outlet}: {', '.join(names)}",
                )
            )
        elif report.attached_alerts:
            console.print(
                Text.assemble(("copy   ", "dim"), (f"{report.outlet} carries it too: {report.title}", "dim"))
            )

    return Watchers(on_poll=on_poll, on_page=on_page, on_match=on_match)


def _introduce(console: Console, service: Service, mail: MailReceiver, hook: WebhookReceiver) -> None:
    languages = len({outlet.language for outlet in OUTLETS})
    console.print(
        f"Tocsin on {len(OUTLETS)} sample outlets in {languages} languages, all on this machine; every event is invented.\n"
        f"Mail arrives at 127.0.0.1:{mail.port}, webhooks at {hook.url}; new articles appear for {LATEST.seconds} s.\n",
        highlight=False,
    )


def _show_settings(console: Console, storage: str, page: str) -> None:
    """Print the settings with which other commands, such as `tocsin user add`, work on this database and lead to this page."""
    console.print(
        "\nOther commands, such as tocsin user add NAME, need a settings file with:", highlight=False
    )
    for line in (
        "[storage]",
        f"url = {json.dumps(storage)}",
        "[web]",
        f"listen = {json.dumps(page.removeprefix('http://'))}",
    ):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


async def _wait(complete: Callable[[], bool], stop: asyncio.Event, patience: timedelta) -> None:
    """Wait until everything has arrived, the time is over, or somebody asks to stop."""
    deadline = asyncio.get_running_loop().time() + (LATEST + patience).total_seconds()
    while not stop.is_set() and asyncio.get_running_loop().time() < deadline:
        if await asyncio.to_thread(complete):
            return
        try:
            async with asyncio.timeout(0.5):
                await stop.wait()
        except TimeoutError:
            continue


def _is_complete(service: Service, outlets: SampleOutlets, mail: MailReceiver, hook: WebhookReceiver) -> bool:
    if len(outlets.served()) < len(articles()):
        return False
    with service.database.read() as session:
        alerts = newest_alerts(session, limit=1000)
    planted, alerted, _false = _compare(outlets, alerts)
    desk = [alert for alert in alerts if alert.watch_list == DIPLOMACY]
    return alerted == planted and len(mail.mails) >= len(desk) and len(hook.webhooks) >= len(alerts)


def _compare(outlets: SampleOutlets, alerts: list[FoundAlert]) -> tuple[int, int, int]:
    """Return how many mentions were planted (a name in an article), how many of those were alerted, and how many others."""
    wanted = {(outlets.url(article), name) for article in articles() for name in article.expects}
    got = {
        (article.url, mention.name)
        for alert in alerts
        for article in alert.articles
        for mention in article.mentions
    }
    return len(wanted), len(wanted & got), len(got - wanted)


async def _summarise(
    console: Console,
    service: Service,
    outlets: SampleOutlets,
    mail: MailReceiver,
    hook: WebhookReceiver,
    tally: Tally,
) -> bool:
    alerts = await service.database.reading(lambda session: newest_alerts(session, limit=1000))
    planted, alerted, false = _compare(outlets, alerts)
    repeated = sum(times - 1 for times in hook.times.values())
    same = outlets.requests["feed not modified"]
    pages = _count(outlets.requests["page"], "page")
    copies = _count(tally.joined, "syndicated copy", "syndicated copies")
    hooks = _count(len(hook.webhooks), "webhook")
    rows = {
        "Polled": f"{_count(tally.polls, 'poll')}, {same} of them not modified, {_count(tally.errors, 'error')}",
        "Found": f"{_count(tally.found, 'article')} of {len(articles())} published, {pages} fetched",
        "Matched": f"{_count(tally.matched, 'article')}: {_count(tally.alerts, 'alert')}, {copies} joined to them",
        "Mentions": f"{alerted} of {planted} planted mentions alerted, {_count(false, 'false alarm')}",
        "Delivered": f"{_count(len(mail.mails), 'mail')}, {hooks} with good signatures, {repeated} repeated",
    }
    console.print()
    for label, words in rows.items():
        console.print(Text.assemble((f"{label:<11}", "bold"), words))
    if mail.mails:
        body = mail.mails[-1].message.get_body(("plain",))
        console.print(
            Text.assemble("\n", ("The last mail: ", "bold"), str(mail.mails[-1].message["Subject"]))
        )
        if body is not None:
            console.print(Text(str(body.get_content()).strip(), style="dim"))
    return alerted == planted and not false and not repeated and not hook.refused


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
