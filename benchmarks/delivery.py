"""What delivery costs, what dead channels cost the living ones, and what a killed process loses.

    python -m benchmarks.delivery [--count 1000] [--queued 50000] [--channels 100] [--json]
    python -m benchmarks.delivery --kills 200 [--count 2000] [--seed 1] [--json]

Rates: notifications a second to a receiver on loopback, outbox and attempts included, against a bare loop of the same client
library that posts the same bytes one after another, half of it before and half after; by the clock and by CPU time (receiver
included, on both sides). Dead channels: the queue is spread over the channels, a tenth of them hang
until the timeout; how long the others' notifications wait, and what each costs, against the same queue with none dead. Kills:
a process that makes and sends notifications is sent SIGKILL at random; the receiver counts by id. On a machine that is busy with
other work, a process waits for its turn while an answer lies unread, and more is sent twice: `chrt -r 1 python -m …` measures
without that.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import multiprocessing
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Network
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from statistics import quantiles
from typing import Any

import aiohttp
import aiosmtplib
import structlog
from aiohttp import web
from sqlalchemy import func
from sqlmodel import Session, col, select

from alerts.delivery.channels.base import Channel
from alerts.delivery.channels.email.mail import build_mail, parse_mailbox
from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.channels.webhook.sending import WebhookChannel, WebhookConfig, webhook_body
from alerts.delivery.journal import journals_of
from alerts.delivery.recovery import recover_now
from alerts.delivery.sender import Sender
from benchmarks.cost import Meter
from benchmarks.report import options, report
from service.demo.receivers import MailReceiver
from service.presence import Presence
from storage.engine import Database
from storage.migrate import upgrade
from storage.stores.leases import new_owner
from storage.stores.outbox.channels import new_uid
from storage.tables import Notification, NotificationKind, NotificationState
from tests.alerts.delivery.rows import add_channel, alert_on
from tests.alerts.delivery.samples import alert_data, message

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOOPBACK = (IPv4Network("127.0.0.0/8"),)
BATCH = 1_000
LIFE = 1.2
"""Seconds that a child lives at most before it is killed: on average some ten notifications are made and sent in them."""
FORKS = multiprocessing.get_context("forkserver")
"""Starts each child from one process that has imported everything, in a few milliseconds."""
FORKS.set_forkserver_preload(
    ["alerts.delivery.sender", "service.demo.receivers", "tests.alerts.delivery.rows"]
)


def utc_now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


class Hook:
    """A receiver that answers at once, or, under `/dead`, never."""

    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()
        self.bodies: dict[str, set[bytes]] = {}
        self.stop = asyncio.Event()

    async def __aenter__(self) -> Hook:
        app = web.Application()
        app.router.add_post("/dead", self._hang)
        app.router.add_post("/{name}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        uid = request.headers["webhook-id"]
        self.ids[uid] += 1
        self.bodies.setdefault(uid, set()).add(await request.read())
        return web.Response(status=204)

    async def _hang(self, _request: web.Request) -> web.Response:
        await self.stop.wait()
        return web.Response(status=503)


def fill(database: Database, channels: Sequence[int], count: int) -> None:
    """Queue `count` notifications, spread evenly over the channels, all due now."""
    now = utc_now()
    for start in range(0, count, BATCH):
        with database.write() as session:
            for number in range(start, min(start + BATCH, count)):
                session.add(
                    Notification(
                        uid=new_uid(),
                        channel_id=channels[number % len(channels)],
                        kind=NotificationKind.ALERT_CREATED,
                        payload=alert_data(alert_id=number).model_dump(mode="json"),
                        created_at=now,
                        due_at=now,
                    )
                )


async def send_all(database: Database, channels: dict[str, Channel], living: Sequence[int]) -> None:
    """Send until nothing of the living channels is left."""
    sender = Sender(database, channels, owner=new_owner(), clock=utc_now)

    def left(session: Session) -> int:
        return session.exec(
            select(func.count()).where(
                col(Notification.channel_id).in_(living),
                col(Notification.state).in_((NotificationState.QUEUED, NotificationState.SENDING)),
            )
        ).one()

    while True:
        await sender.step()
        if not await database.reading(left):
            break
        await asyncio.sleep(0.2)
    await sender.close()


async def rate(kind: str, count: int) -> dict[str, float]:
    """Measure one channel against a bare loop."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        database = stack.enter_context(Database(f"sqlite:///{folder}/rate.db"))
        upgrade(database)
        with database.write() as session:
            channel_id = add_channel(session, kind, type_=kind)
        fill(database, [channel_id], count)
        if kind == "webhook":
            hook = await stack.enter_async_context(Hook())
            config = WebhookConfig(f"{hook.url}/a", (SECRET,), allow_networks=LOOPBACK)
            before = await spent(bare_webhooks(hook.url, count // 2))
            ours = await spent(send_all(database, {kind: WebhookChannel(config)}, [channel_id]))
            after = await spent(bare_webhooks(hook.url, count - count // 2))
        else:
            mail = await stack.enter_async_context(MailReceiver())
            mail_config = EmailConfig(
                ("desk@example.org",), "Tocsin <a@example.org>", "127.0.0.1", mail.port, "none"
            )
            before = await spent(bare_mails(mail.port, count // 2))
            ours = await spent(send_all(database, {kind: EmailChannel(mail_config)}, [channel_id]))
            after = await spent(bare_mails(mail.port, count - count // 2))
    bare_seconds, bare_cpu = before.seconds + after.seconds, before.cpu + after.cpu
    return {
        "per_second": round(count / ours.seconds, 1),
        "bare_per_second": round(count / bare_seconds, 1),
        "ratio": round(bare_seconds / ours.seconds, 3),
        "cpu_ms": round(1000 * ours.cpu / count, 2),
        "bare_cpu_ms": round(1000 * bare_cpu / count, 2),
        "cpu_ratio": round(bare_cpu / ours.cpu, 3),
    }


async def spent(work: Awaitable[None]) -> Meter:
    """Do the work, and tell what it took."""
    with Meter() as meter:
        await work
    return meter


async def bare_webhooks(url: str, count: int) -> None:
    """Posts the same body again and again with aiohttp, one session."""
    body = webhook_body(message()).encode()
    async with aiohttp.ClientSession() as session:
        for number in range(count):
            headers = {"Content-Type": "application/json", "webhook-id": f"bare-{number}"}
            async with session.post(f"{url}/bare", data=body, headers=headers) as response:
                await response.read()


async def bare_mails(port: int, count: int) -> None:
    """Send the same mail again and again with aiosmtplib, one session."""
    sender, to = parse_mailbox("a@example.org"), parse_mailbox("desk@example.org")
    mail = build_mail(message(), sender=sender, to=to)
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        for _ in range(count):
            await client.send_message(mail)


async def with_dead(queued: int, channels: int, dead: int) -> dict[str, float]:
    """Send a queue of which `dead` channels never answer; return how long the others' notifications waited."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        database = stack.enter_context(Database(f"sqlite:///{folder}/dead.db"))
        upgrade(database)
        hook = await stack.enter_async_context(Hook())
        with database.write() as session:
            ids = [add_channel(session, f"c{number}") for number in range(channels)]
        # The living channels get the same number in both runs; the dead ones' share comes on top.
        fill(database, ids, queued)
        made: dict[str, Channel] = {
            f"c{number}": WebhookChannel(
                WebhookConfig(
                    f"{hook.url}/{'dead' if number < dead else 'a'}", (SECRET,), allow_networks=LOOPBACK
                )
            )
            for number in range(channels)
        }
        begin = utc_now()
        living = ids[max(dead, channels // 10) :]
        took = await spent(send_all(database, made, living))
        with database.read() as session:
            sent = session.exec(
                select(Notification.sent_at).where(
                    col(Notification.channel_id).in_(living), col(Notification.sent_at).is_not(None)
                )
            ).all()
        waits = sorted((moment - begin).total_seconds() for moment in sent if moment is not None)
        cuts = quantiles(waits, n=100)
        return {
            "sent": len(waits),
            "seconds": round(took.seconds, 1),
            "cpu_ms": round(1000 * took.cpu / len(waits), 2),
            "p50_s": round(cuts[49], 2),
            "p99_s": round(cuts[98], 2),
        }


def run_child(folder: str, url: str, count: int, seed: int, ready: Connection) -> None:
    """Run the child in a process of its own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(child(folder, url, count, seed, ready))


async def child(folder: str, url: str, count: int, seed: int, ready: Connection) -> None:
    """Make alerts with their notifications, up to `count`, and sends them: the process that is killed."""
    dice = random.Random(seed)
    with ExitStack() as stack:
        database = stack.enter_context(Database(f"sqlite:///{folder}/kills.db"))
        journals = journals_of(database)
        presence = Presence(database, utc_now, recover=partial(recover_now, database, journals))
        stack.enter_context(presence.held())
        with database.write() as session:
            made = session.exec(select(func.count()).select_from(Notification)).one()
        channel = WebhookChannel(WebhookConfig(f"{url}/a", (SECRET,), allow_networks=LOOPBACK))
        sender = Sender(database, {"hook": channel}, owner=presence.name, clock=utc_now, journals=journals)
        ready.send(True)
        while True:
            if made < count:
                await database.writing(lambda session: alert_on(session, 1, now=utc_now()))
                made += 1
            await sender.step()
            await asyncio.sleep(dice.uniform(0.0, 0.02))


async def kills(times: int, count: int, seed: int) -> dict[str, Any]:
    """Kills the child at random; return the counts."""
    dice = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        async with Hook() as hook:
            with Database(f"sqlite:///{folder}/kills.db") as database:
                upgrade(database)
                with database.write() as session:
                    add_channel(session, "hook")
            for number in range(times):
                process = await start(folder, hook.url, count, seed + number)
                await asyncio.sleep(dice.uniform(0.0, LIFE))
                process.kill()
                await asyncio.to_thread(process.join)
            process = await start(folder, hook.url, count, seed - 1)
            path = f"sqlite:///{folder}/kills.db"
            await until(lambda: finished(path, count), seconds=300)
            process.kill()
            await asyncio.to_thread(process.join)
            with Database(path) as database, database.read() as session:
                states = Counter(session.exec(select(Notification.state)).all())
                uids = set(session.exec(select(Notification.uid)).all())
            arrived = set(hook.ids)
            again = sum(seen - 1 for seen in hook.ids.values())
            return {
                "kills": times,
                "made": len(uids),
                "states": {NotificationState(state).value: number for state, number in states.items()},
                "lost": len(uids - arrived),
                "unknown": len(arrived - uids),
                "doubles_under_the_same_id": again,
                "doubles_share": round(again / len(uids), 4),
                "doubles_with_another_body": sum(len(bodies) > 1 for bodies in hook.bodies.values()),
            }


async def start(folder: str, url: str, count: int, seed: int) -> BaseProcess:
    """Start the child and waits until it works."""
    here, there = FORKS.Pipe()
    process = FORKS.Process(target=run_child, args=(folder, url, count, seed, there))
    await asyncio.to_thread(process.start)
    await asyncio.to_thread(here.recv)
    return process


async def finished(path: str, count: int) -> bool:
    """Return whether everything was made and sent."""
    with Database(path) as database, database.read() as session:
        sent = select(func.count()).where(col(Notification.state) == NotificationState.SENT)
        return session.exec(sent).one() >= count


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
    """Wait until `condition` holds, for at most so long: what is not done by then is counted as lost."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not await condition():  # noqa: ASYNC110  (another process gives no event)
        await asyncio.sleep(0.5)


async def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run what was asked for."""
    if arguments.kills:
        return await kills(arguments.kills, arguments.count, arguments.seed)
    dead = arguments.channels // 10
    result: dict[str, Any] = {kind: await rate(kind, arguments.count) for kind in ("webhook", "email")}
    healthy = await with_dead(arguments.queued, arguments.channels, 0)
    ill = await with_dead(arguments.queued, arguments.channels, dead)
    ratio = round(ill["p99_s"] / healthy["p99_s"], 3)
    result["dead_channels"] = {
        "queued": arguments.queued,
        "channels": arguments.channels,
        "dead": dead,
        "none_dead": healthy,
        "a_tenth_dead": ill,
        "p99_ratio": ratio,
    }
    return result


def main() -> None:
    """Measure and print."""
    parser = options(__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--queued", type=int, default=50_000)
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    report(asyncio.run(measure(arguments)), as_json=arguments.json)


if __name__ == "__main__":
    main()
