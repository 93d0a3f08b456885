"""What the service counts while it runs, and what it reads from the database when Prometheus asks.

Names follow Prometheus' conventions: base units, `_total` for counters, one unit a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import prometheus_client
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.pulse import Pulse
from storage.stores.gauges import Gauges

if TYPE_CHECKING:
    from alerts.group_stage import MatchReport
    from crawler.poll.poller import PollReport
    from crawler.read.page_reader import PageReport

_STEPS = (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60)
_REQUESTS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """The counters. One set belongs to one service, so that tests can run several in a process."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._registry = CollectorRegistry()
        self._done: Counter[str] = Counter()
        self._polls = prometheus_client.Counter(
            "tocsin_polls", "Polls of feeds, by outcome.", ["outcome"], registry=self._registry
        )
        self._articles = prometheus_client.Counter(
            "tocsin_articles_found", "New articles found in feeds.", registry=self._registry
        )
        self._pages = prometheus_client.Counter(
            "tocsin_pages",
            "Pages of articles that were read, by outcome.",
            ["outcome"],
            registry=self._registry,
        )
        self._matched = prometheus_client.Counter(
            "tocsin_articles_matched", "Articles that were matched.", registry=self._registry
        )
        self._alerts = prometheus_client.Counter(
            "tocsin_alerts", "Alerts that were made.", registry=self._registry
        )
        self._steps = Histogram(
            "tocsin_stage_step_seconds",
            "Time of one step of a stage.",
            ["stage"],
            buckets=_STEPS,
            registry=self._registry,
        )
        self._requests = Histogram(
            "tocsin_http_request_duration_seconds",
            "Time to answer a request to the page or the API.",
            ["method", "route", "status"],
            buckets=_REQUESTS,
            registry=self._registry,
        )
        self._lag = Gauge(
            "tocsin_event_loop_lag_seconds",
            "How late the last tick of the service came.",
            registry=self._registry,
        )
        Gauge("tocsin_build_info", "The version that runs.", ["version"], registry=self._registry).labels(
            version("tocsin")
        ).set(1)

    def polled(self, report: PollReport) -> None:
        """Count a poll."""
        self._polls.labels("error" if report.error is not None else "success").inc()
        self._articles.inc(report.new_articles)
        self._done.update(polls=1, articles=report.new_articles)

    def read_page(self, report: PageReport) -> None:
        """Count a page."""
        self._pages.labels("error" if report.error is not None else "success").inc()
        self._done["pages"] += 1

    def matched(self, report: MatchReport) -> None:
        """Count a matched article."""
        self._matched.inc()
        self._alerts.inc(len(report.new_alerts))
        self._done.update(matched=1, alerts=len(report.new_alerts))

    def since_last(self) -> dict[str, int]:
        """Return how many polls, articles, pages, matches and alerts there were since this was last asked."""
        done = {name: self._done[name] for name in ("polls", "articles", "pages", "matched", "alerts")}
        self._done.clear()
        return done

    def stepped(self, stage: str, seconds: float) -> None:
        """Note how long a step took."""
        self._steps.labels(stage).observe(seconds)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note how long an answer took. `route` is the pattern, never the path that was asked for."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def lagged(self, seconds: float) -> None:
        """Note how late the loop came round."""
        self._lag.set(seconds)

    def text(self, gauges: Gauges, now: datetime) -> bytes:
        """Return everything in Prometheus' text format."""
        once = CollectorRegistry()
        once.register(_FromDatabase(gauges, self._pulse, now))
        return generate_latest(self._registry) + generate_latest(once)


class _FromDatabase(Collector):
    def __init__(self, gauges: Gauges, pulse: Pulse, now: datetime) -> None:
        self._gauges, self._pulse, self._now = gauges, pulse, now

    def collect(self) -> Iterable[Metric]:
        """Return what stands in the database now."""
        gauges = self._gauges
        yield _by("tocsin_queue_length", "What waits for a stage.", "stage", gauges.queues)
        oldest = {
            stage: max(0.0, (self._now - since).total_seconds()) for stage, since in gauges.oldest.items()
        }
        yield _by("tocsin_queue_oldest_seconds", "How long the oldest of it has waited.", "stage", oldest)
        yield _by("tocsin_notifications", "Notifications, by state.", "state", gauges.notifications)
        yield _by("tocsin_feeds", "Feeds, by state; failing ones are active.", "state", gauges.feeds)
        stages = {stage.name: float(stage.well) for stage in self._pulse.stages()}
        yield _by("tocsin_stage_up", "1 where the stage works.", "stage", stages)


def _by(name: str, help_text: str, label: str, values: dict[str, int] | dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
