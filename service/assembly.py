"""What the service is made of.

Each part is built, and its modules imported, when it is first asked for: a process holds what it uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from service.clock import utc_now
from service.hints import WakeUps
from service.metrics import Metrics
from service.pulse import Pulse
from storage.stores.leases import new_owner

T = TypeVar("T")

if TYPE_CHECKING:
    from alerts.delivery.journal import Journals
    from alerts.delivery.sender import Sender
    from alerts.group_stage import GroupStage, MatchReport
    from alerts.match_stage import MatchStage
    from alerts.search import Indexer
    from crawler.fetch import Fetcher, FetcherOptions, OutletOptions
    from crawler.fetch.options import LookUp
    from crawler.polite.host_gate import HostGate
    from crawler.polite.robots_gate import RobotsGate
    from crawler.poll.poller import Poller, PollReport
    from crawler.pool import CpuPool
    from crawler.read.evidence import PageKeeper
    from crawler.read.page_reader import PageReader, PageReport
    from crawler.sources.mail.account import MailAccount
    from crawler.sources.mail.inbound import InboundServer
    from crawler.sources.mail.inbox import Inbox
    from crawler.sources.mail.mailbox import Mailbox
    from crawler.sources.mail.watching import MailWatch
    from crawler.sources.websub.plugin import WebSub
    from crawler.sources.websub.pushes import PushReport
    from crawler.surveys.surveyor import Surveyor
    from service.bouncing import Bounces, BouncesInMailbox
    from service.control_report import ControlReports
    from service.health import HealthWatch
    from service.picturing import Pictures
    from service.presence import Presence
    from service.reviewing import Reviews
    from service.settings import Settings
    from service.upkeep import Upkeep
    from service.web.site import Site
    from storage.engine import Database


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told what happens, besides the log (the demo's display, tests)."""

    on_poll: Callable[[PollReport], None] = lambda _report: None
    on_page: Callable[[PageReport], None] = lambda _report: None
    on_push: Callable[[PushReport], None] = lambda _report: None
    on_match: Callable[[MatchReport], None] = lambda _report: None


class Assembly:
    """The parts of one process, as the settings ask."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        *,
        presence: Presence | None = None,
        clock: Callable[[], datetime] = utc_now,
        receivers_clock: Callable[[], datetime] = utc_now,
        watchers: Watchers | None = None,
        settings_file: str = "settings.toml",
    ) -> None:
        """`presence`: this service among others, whose leases these are; None for a command, whose leases run out.

        `receivers_clock` gives the time that receivers are told in signatures, and compare with theirs.
        """
        self.settings = settings
        self.settings_file = settings_file
        self.database = database
        self.presence = presence
        self.owner = new_owner() if presence is None else presence.name
        self.clock = clock
        self._receivers_clock = receivers_clock
        self.hints = WakeUps()
        self.pulse = Pulse()
        self.metrics = Metrics(self.pulse)
        self._watchers = _counting(watchers or Watchers(), self.metrics)

    @cached_property
    def fetcher(self) -> Fetcher:
        """What asks hosts; whoever uses it enters its context."""
        from crawler.fetch import Fetcher

        return Fetcher(fetcher_options(self.settings, access_in(self.database)))

    @cached_property
    def pool(self) -> CpuPool:
        """The worker processes; whoever uses them enters their context."""
        from crawler.pool import CpuPool

        return CpuPool(reads_pages=self.settings.crawler.full_text)

    async def in_worker(self, function: Callable[..., T], *values: object) -> T:
        """Return what a worker process makes of it. There is a pool from the first call on."""
        return await self.pool.run(function, *values)

    async def close_workers(self) -> None:
        """End the worker processes, where there is a pool."""
        if "pool" in vars(self):
            await self.pool.close()

    @cached_property
    def gate(self) -> HostGate:
        """The gate before hosts."""
        from crawler.polite.host_gate import HostGate

        crawler = self.settings.crawler
        return HostGate(
            self.database,
            per_host=crawler.per_host_concurrency,
            host_delay=crawler.per_host_delay,
            clock=self.clock,
        )

    @cached_property
    def robots(self) -> RobotsGate:
        """What asks hosts' robots.txt."""
        from crawler.polite.robots_gate import RobotsGate

        crawler = self.settings.crawler
        return RobotsGate(
            self.database,
            self.fetcher,
            self.gate,
            obey=crawler.obey_robots,
            user_agent=crawler.agent,
            clock=self.clock,
        )

    @cached_property
    def mailbox(self) -> Mailbox | None:
        """The mailbox that newsletters come to; None, and nothing of it imported, where none is set up."""
        if not self.settings.imap.host:
            return None
        from crawler.sources.mail.mailbox import Mailbox

        return Mailbox(mail_account(self.settings))

    @cached_property
    def inbox(self) -> Inbox | None:
        """What was sent to our own addresses; None where no mail is taken in."""
        if not self.settings.inbound.listen:
            return None
        from crawler.sources.mail.inbox import Inbox

        return Inbox(self.database)

    @cached_property
    def inbound(self) -> InboundServer | None:
        """The server for mail to our own addresses; None, and nothing of it imported, where no mail is taken in."""
        inbound = self.settings.inbound
        if not inbound.listen:
            return None
        from crawler.sources.mail.inbound import InboundOptions, InboundServer
        from storage.stores.outbox.channels import signing_key

        with self.database.write() as session:
            key = signing_key(session, now=self.clock())
        options = InboundOptions(inbound.listen, inbound.domain, self.settings.crawler.max_body)
        return InboundServer(
            self.database,
            options,
            key=key,
            clock=self.clock,
            hint=partial(self.hints.wake, "inbound mail"),
            bounces=self.bounces if inbound.bounces else None,
        )

    @cached_property
    def bounces(self) -> Bounces:
        """What takes in reviews' mails that come back."""
        from service.bouncing import Bounces

        return Bounces(self.database, self.settings, clock=self.clock)

    @cached_property
    def bounces_in_mailbox(self) -> BouncesInMailbox | None:
        """The stage that reads what came back to the mailbox; None where that is not asked for."""
        if self.mailbox is None or not self.settings.imap.bounces:
            return None
        from service.bouncing import BouncesInMailbox

        return BouncesInMailbox(self.mailbox, self.bounces, clock=self.clock)

    @cached_property
    def mail_watch(self) -> MailWatch | None:
        """The stage that listens to the mailbox; None where none is set up."""
        if not self.settings.imap.host:
            return None
        from crawler.sources.mail.watching import MailWatch

        return MailWatch(
            self.database,
            mail_account(self.settings),
            every=self.settings.crawler.min_interval,
            clock=self.clock,
            hint=partial(self.hints.wake, "mailbox"),
        )

    @cached_property
    def poller(self) -> Poller:
        """The polling stage."""
        from crawler.poll.poller import Poller, PollOptions
        from crawler.schedule import Bounds
        from crawler.sources.mail.source import MailSource

        crawler = self.settings.crawler
        return Poller(
            self.database,
            self.fetcher,
            self.pool,
            self.gate,
            self.robots,
            PollOptions(
                bounds=Bounds(crawler.min_interval, crawler.max_interval, crawler.interval),
                concurrency=crawler.concurrency,
                per_host=crawler.per_host_concurrency,
                host_delay=crawler.per_host_delay,
                fetch_pages=crawler.full_text,
                baseline_age=crawler.baseline_age,
                most_articles_a_day=crawler.max_articles_a_day,
            ),
            owner=self.owner,
            clock=self.clock,
            push=self.websub.push if self.websub is not None else None,
            sources={"mail": MailSource(self.mailbox, self.inbox)},
            on_poll=self._watchers.on_poll,
            hint=partial(self.hints.wake, "polling"),
        )

    @cached_property
    def pages(self) -> PageReader:
        """The reading stage."""
        from crawler.extract.host_rules import load_rules
        from crawler.read.page_reader import PageOptions, PageReader

        crawler = self.settings.crawler
        return PageReader(
            self.database,
            self.fetcher,
            self.pool,
            self.gate,
            self.robots,
            PageOptions(
                concurrency=crawler.concurrency,
                per_host=crawler.per_host_concurrency,
                host_delay=crawler.per_host_delay,
                recheck=crawler.recheck,
                rules=load_rules(Path(crawler.page_rules)),
            ),
            owner=self.owner,
            clock=self.clock,
            keeper=self._page_keeper() if crawler.keep_pages else None,
            on_ready=self._watchers.on_page,
            hint=partial(self.hints.wake, "pages"),
        )

    def _page_keeper(self) -> PageKeeper:
        """Return what keeps pages as evidence; nothing of it is imported where none are kept."""
        from crawler.read.evidence import PageKeeper

        crawler = self.settings.crawler
        return PageKeeper(crawler.keep_pages_in, keep_for=crawler.keep_pages_for)

    @cached_property
    def surveyor(self) -> Surveyor:
        """The stage that looks at the addresses of surveys."""
        from crawler.surveys.surveyor import SurveyOptions, Surveyor

        options = SurveyOptions(self.owner, self.clock, partial(self.hints.wake, "surveys"))
        return Surveyor(self.database, self.fetcher, self.pool, self.gate, options)

    @cached_property
    def matching(self) -> MatchStage:
        """The matching stage."""
        from alerts.match_stage import MatchStage

        return MatchStage(self.database, clock=self.clock, owner=self.owner)

    @cached_property
    def grouping(self) -> GroupStage:
        """The stage that puts articles into stories and raises alerts."""
        from alerts.group_stage import GroupStage
        from alerts.raising.joining import Joining
        from alerts.stories.keeper import Windows

        stories = self.settings.stories
        return GroupStage(
            self.database,
            clock=self.clock,
            owner=self.owner,
            on_match=self._watchers.on_match,
            windows=Windows(stories.copies_window, stories.stories_window),
            joining=Joining(by, stories.join_languages_from) if (by := stories.join_languages_by) else None,
        )

    @cached_property
    def indexer(self) -> Indexer:
        """The stage that keeps the search index."""
        from alerts.search import Indexer

        return Indexer(self.database)

    @cached_property
    def journals(self) -> Journals:
        """What was sent, so far as the database may not know it."""
        from alerts.delivery.journal import journals_of

        return journals_of(self.database)

    @cached_property
    def sender(self) -> Sender:
        """The sending stage."""
        from alerts.delivery.sender import Sender
        from service.channels import build_channels, build_links, own_channel_maker
        from storage.stores.outbox.channels import signing_key

        with self.database.write() as session:
            key = signing_key(session, now=self.clock())
        channels = build_channels(self.settings, key=key, clock=self._receivers_clock)
        return Sender(
            self.database,
            channels,
            owner=self.owner,
            clock=self.clock,
            journals=self.journals,
            is_sure=self.presence.is_sure if self.presence is not None else lambda: True,
            links=build_links(self.settings, key),
            make_own=own_channel_maker(self.settings, key=key, clock=self._receivers_clock),
        )

    @cached_property
    def reviews(self) -> Reviews:
        """The stage that drafts press reviews and hands them to their channels."""
        from service.reviewing import Reviews

        return Reviews(self.database, self.settings, clock=self.clock, run=self.in_worker)

    @cached_property
    def pictures(self) -> Pictures:
        """The stage that fetches the pictures of press reviews."""
        from service.actions.reviews import rights_of
        from service.picturing import Pictures

        return Pictures(
            self.database,
            self.fetcher,
            self.gate,
            self.robots,
            rights=rights_of(self.settings),
            clock=self.clock,
            run=self.in_worker,
        )

    @cached_property
    def websub(self) -> WebSub | None:
        """What has hubs push to us; None, and nothing of it imported, where they can't reach us."""
        if not self.settings.web.public_url:
            return None
        from crawler.sources.websub.callback import Callback
        from crawler.sources.websub.plugin import HubPush, WebSub
        from crawler.sources.websub.pushes import PushReader
        from crawler.sources.websub.stage import StageOptions
        from crawler.sources.websub.subscriber import Subscriber

        crawler = self.settings.crawler
        options = StageOptions(self.database, self.owner, self.clock, partial(self.hints.wake, "pushes"))
        return WebSub(
            Callback(options, max_body_bytes=crawler.max_body),
            PushReader(
                options,
                self.pool,
                fetch_pages=crawler.full_text,
                longest=crawler.max_interval,
                on_push=self._watchers.on_push,
            ),
            Subscriber(
                options,
                self.fetcher,
                self.gate,
                public_url=self.settings.web.public_url,
                host_delay=crawler.per_host_delay,
            ),
            HubPush(),
        )

    @cached_property
    def health(self) -> HealthWatch:
        """The stage that judges how outlets fare."""
        from service.health import HealthOptions, HealthWatch

        service = self.settings.service
        options = HealthOptions(notify=service.notify, failures=service.failures, remind=service.remind)
        return HealthWatch(self.database, options, clock=self.clock)

    @cached_property
    def control_reports(self) -> ControlReports:
        """The stage that tells how we compare with the control sources."""
        from service.control_report import ControlReports

        return ControlReports(self.database, clock=self.clock)

    @cached_property
    def upkeep(self) -> Upkeep:
        """The stage that keeps the database small."""
        from service.upkeep import Upkeep, upkeep_options

        return Upkeep(self.database, upkeep_options(self.settings), clock=self.clock)

    @cached_property
    def site(self) -> Site:
        """What pages and API work with."""
        from service.web.site import Site

        return Site(
            database=self.database,
            settings=self.settings,
            settings_file=self.settings_file,
            clock=self.clock,
            fetcher=self.fetcher,
            pool=self.pool,
            pulse=self.pulse,
            metrics=self.metrics,
            hints=self.hints,
            websub=self.websub,
        )


def fetcher_options(settings: Settings, look_up: LookUp | None = None) -> FetcherOptions:
    """Return the fetcher's options as the settings ask; `look_up` knows the outlets that they do not declare."""
    from crawler.fetch import FetcherOptions
    from crawler.fetch.options import BrowserOptions, outlet_options
    from crawler.in_flight import PLACES_EACH

    crawler = settings.crawler
    return FetcherOptions(
        user_agent=crawler.agent,
        concurrency=2
        * PLACES_EACH
        * crawler.concurrency,  # the stages bound themselves; this bounds connections
        timeout=crawler.timeout,
        max_body_bytes=crawler.max_body,
        allow_networks=crawler.allow_networks,
        proxy=crawler.proxy or None,
        scrapy=crawler.scrapy,
        outlets={
            outlet.name: outlet_options(
                outlet,
                (outlet.site, *outlet.feeds, *(source.address for source in outlet.sources)),
                outlet.scrapy,
            )
            for outlet in settings.outlets
        },
        browser=BrowserOptions(
            executable=crawler.browser.executable,
            url=crawler.browser.url,
            pages=crawler.browser.pages,
            most_memory_bytes=crawler.browser.memory,
            timeout=crawler.browser.timeout,
            sandbox=crawler.browser.sandbox,
        ),
        look_up=look_up,
    )


def mail_account(settings: Settings) -> MailAccount:
    """Return the account that newsletters come to, as the settings say."""
    from crawler.sources.mail.account import MailAccount

    imap, crawler = settings.imap, settings.crawler
    return MailAccount(
        host=imap.host,
        username=imap.username,
        password=imap.password.get_secret_value(),
        port=imap.port,
        security=imap.security,
        folder=imap.folder,
        ca_file=imap.ca_file,
        mark_seen=imap.mark_seen,
        timeout=crawler.timeout,
        max_letter_bytes=crawler.max_body,
    )


def access_in(database: Database) -> LookUp:
    """Return what looks up the own access of the outlets that the settings file does not declare."""
    from pydantic import ValidationError

    from crawler.access.keys import AccessKeys
    from crawler.errors import FetchError
    from crawler.fetch.options import outlet_options
    from crawler.unfetched import unfetched
    from service.settings.faults import first_fault
    from storage.stores.feeds.outlet_access import access_of

    async def look_up(name: str) -> OutletOptions | None:
        stored = await database.reading(access_of, name=name)
        if stored is None:
            return None
        try:
            return outlet_options(AccessKeys.model_validate(stored.keys), stored.addresses)
        except ValidationError as error:  # a file that it names is gone, say
            detail = ": ".join(first_fault(error))
            raise FetchError(unfetched("login", "access", "", detail=detail)) from None

    return look_up


def _counting(watchers: Watchers, metrics: Metrics) -> Watchers:
    """Return watchers that count what they are told, and pass it on."""

    def polled(report: PollReport) -> None:
        metrics.polled(report)
        watchers.on_poll(report)

    def read(report: PageReport) -> None:
        metrics.read_page(report)
        watchers.on_page(report)

    def matched(report: MatchReport) -> None:
        metrics.matched(report)
        watchers.on_match(report)

    return replace(watchers, on_poll=polled, on_page=read, on_match=matched)
