"""Spidermon's monitors, where a spider has them: one that fails is its outlet's health, besides what its actions do."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from scrapy.crawler import Crawler

EXTENSIONS = "spidermon.contrib.scrapy.extensions"


def watch_monitors(crawler: Crawler, told: Callable[[str], None]) -> None:
    """Add an action to the spider's suites that tells each monitor that failed, with the last line of its error."""
    extensions: Any = sys.modules.get(EXTENSIONS)
    if extensions is None:  # the spider has none
        return
    extension: Any = crawler.get_extension(extensions.Spidermon)
    if extension is None:
        return

    def tell(action: Any) -> None:  # noqa: ANN401  (Spidermon ships no types)
        for failed in action.result.monitors_failed_results:
            lines = str(failed.error or "").strip().splitlines()
            told(": ".join([str(failed.monitor.name), *lines[-1:]]))

    action: Any = import_module("spidermon.core.actions").Action
    ours = type("TellHealth", (action,), {"run_action": tell})
    for suite in (
        *extension.spider_opened_suites,
        *extension.spider_closed_suites,
        *extension.engine_stopped_suites,
    ):
        suite.add_monitors_failed_action(ours)
