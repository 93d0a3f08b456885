"""The source `spider`: a Scrapy spider of the user's own, run to its end on its schedule; its items are entries."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PlainSerializer
from typing_extensions import override

from crawler.errors import FetchError
from crawler.sources.base import Source, SourceDocument, SourceRun, SourceSettings, Web
from crawler.spider_values import SpiderOrder, SpiderOutcome
from crawler.values import ParsedFeed, Response
from storage.setting_types import Duration, Name
from storage.units import format_duration

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Days of the week by their number in cron, where 7 is Sunday too."""
_SLUG = 40
SOONEST = timedelta(seconds=1)
"""A run that took longer than `every` is followed by the next after this."""


def _positive(duration: timedelta) -> timedelta:
    if duration < SOONEST:
        raise ValueError("must be 1s or more")
    return duration


def _cron(text: str) -> str:
    if text:
        trigger_of(text, "UTC")
    return text


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone, such as Africa/Casablanca") from error
    return name


def _argument(value: object) -> str:
    """Return an argument as `scrapy crawl -a` would give it: text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


Length = Annotated[Duration, AfterValidator(_positive), PlainSerializer(format_duration, return_type=str)]
Argument = Annotated[str | int | float | bool, AfterValidator(_argument)]
ArgumentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class SpiderSettings(SourceSettings):
    """Which spider, what it is given, when it runs, and what stops it.

    `args` are those of `scrapy crawl -a`; `arg_files` name files that hold secret ones. `project` is the module of a Scrapy
    project's settings. It runs every so often, from one start to the next, or by `cron` in `timezone`.
    """

    spider: Name
    args: dict[ArgumentName, Argument] = Field(default_factory=dict)
    arg_files: dict[ArgumentName, Path] = Field(default_factory=dict)
    project: str = ""
    every: Length = timedelta(minutes=30)
    cron: Annotated[str, AfterValidator(_cron)] = ""
    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    timeout: Length = timedelta(minutes=15)
    max_requests: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    max_items: Annotated[int, Field(ge=1, le=10_000)] = 1_000

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where two schedules are given, or a key of the one that is not."""
        if data.get("every") and data.get("cron"):
            yield "give every or cron, not both"
        if data.get("timezone") and not data.get("cron"):
            yield "timezone is that of cron, which is not given"
        both = set(data.get("args") or ()) & set(data.get("arg_files") or ())
        if both:
            yield f"{', '.join(sorted(both))}: give it in args or in arg_files, not in both"


class SpiderSource(Source):
    """A Scrapy spider."""

    kind: ClassVar[str] = "spider"
    doc: ClassVar[str] = (
        "your own Scrapy spider: spider = module:Class, a file, or an entry point; every or cron"
    )
    settings: ClassVar[type[SourceSettings]] = SpiderSettings

    @override
    def address(self, settings: SourceSettings) -> str:
        keys = _keys(settings)
        arguments = {**keys.args, **{name: str(path) for name, path in keys.arg_files.items()}}
        given = urlencode(sorted((name, str(value)) for name, value in arguments.items()))
        return f"spider:{keys.spider}" + (f"?{given}" if given else "")

    @override
    def host(self, settings: SourceSettings) -> str:
        """Return a host of its own (RFC 6761 §6.4: none that there is): its requests wait each at their own hosts."""
        address = self.address(settings)
        digest = hashlib.blake2b(address.encode(), digest_size=4).hexdigest()
        slug = re.sub(r"[^a-z0-9]+", "-", _keys(settings).spider.lower()).strip("-")[-_SLUG:].strip("-")
        return f"{slug}-{digest}.spider.invalid"

    @override
    async def fetch(self, run: SourceRun, web: Web) -> Response:
        """Run the spider; return its items as a document. Raises `FetchError` where it brings none and something is wrong."""
        if run.crawl is None:
            raise RuntimeError(f"{run.address}: nothing runs spiders here")
        outcome = await run.crawl(spider_order(run.address, _keys(run.settings)))
        if outcome.has_failed and outcome.trouble is not None:
            raise FetchError(outcome.trouble, retry_after=outcome.retry_after)
        headers = {"content-type": "application/json"}
        return Response(run.address, run.address, 200, headers, document_of(outcome))

    @override
    def due_after(self, settings: SourceSettings, *, started: datetime, ended: datetime) -> datetime | None:
        keys = _keys(settings)
        if not keys.cron:
            return max(started + keys.every, ended + SOONEST)
        following: datetime | None = trigger_of(keys.cron, keys.timezone).get_next_fire_time(None, ended)
        return following.astimezone(UTC) if following is not None else None

    @override
    def check(self, settings: SourceSettings) -> str:
        from crawler.fetch.spiders.checking import spider_problem  # here: it loads Scrapy

        return spider_problem(_keys(settings).spider)

    @override
    def of_the_machine(self, settings: SourceSettings) -> str:
        keys = _keys(settings)
        if keys.spider.rpartition(":")[0].endswith(".py") or keys.spider.endswith(".py"):
            return "spider (a file)"
        return "arg_files" if keys.arg_files else ""

    @override
    def read(self, document: SourceDocument) -> ParsedFeed:
        from crawler.sources.spider_reading import read_spider  # here: it loads what reads HTML

        return read_spider(document)


def spider_order(key: str, keys: SpiderSettings) -> SpiderOrder:
    """Return the run that the settings ask for. Raises `FetchError` for a file of an argument that can't be read."""
    secrets: dict[str, str] = {}
    for name, path in keys.arg_files.items():
        try:
            secrets[name] = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise FetchError(f"arg_files, {name}: {path} can't be read: {error}", kind="note") from error
    return SpiderOrder(
        key,
        keys.spider,
        {name: str(value) for name, value in keys.args.items()} | secrets,
        frozenset(secret for secret in secrets.values() if secret),
        keys.project or None,
        keys.timeout,
        keys.max_requests,
        keys.max_items,
    )


def document_of(outcome: SpiderOutcome) -> bytes:
    """Return what came of a run as the document that `read` reads."""
    document = {
        "items": list(outcome.items),
        "trouble": None if outcome.trouble is None else asdict(outcome.trouble),
        "whole": outcome.is_whole,
        "stopped": outcome.was_stopped,
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8", errors="replace")


def trigger_of(cron: str, timezone: str) -> CronTrigger:
    """Return the trigger of five fields as crontab(5) has them. Raises `ValueError`."""
    from apscheduler.triggers.cron import CronTrigger  # here: most sources have no calendar

    fields = cron.split()
    if len(fields) != 5:
        raise ValueError(
            f'{cron!r} is not a cron line: five fields (minute, hour, day, month, day of the week), such as "30 7 * * mon-fri"'
        )
    minute, hour, day, month, weekday = fields
    try:
        return CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=_weekdays(weekday), timezone=timezone
        )
    except ValueError as error:
        raise ValueError(f"{cron!r} is not a cron line: {error}") from error


def _weekdays(field: str) -> str:
    """Return the days of the week by name: crontab counts them from Sunday, APScheduler from Monday."""
    days: list[str] = []
    for part in field.lower().split(","):
        span = re.fullmatch(r"([0-7])(?:-([0-7]))?(?:/(\d+))?", part)
        if span is None:
            days.append(part)
            continue
        first, last, step = int(span[1]), int(span[2] or span[1]), int(span[3] or 1)
        if last < first or step < 1:
            raise ValueError(f"{part!r} in the days of the week runs backwards")
        days += [_DAYS[number] for number in range(first, last + 1, step)]
    return ",".join(dict.fromkeys(days))


def _keys(settings: SourceSettings) -> SpiderSettings:
    if not isinstance(settings, SpiderSettings):
        raise TypeError(f"{type(settings).__name__} has no spider")
    return settings
