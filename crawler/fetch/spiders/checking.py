"""Whether a spider can be loaded, for `tocsin check`: tried in a thread, since its module may never come to its end."""

from __future__ import annotations

import threading

from crawler.fetch.spiders.loading import SpiderNotLoadedError, load_spider
from crawler.fetch.spiders.run import forbid_reactor

PATIENCE = 30.0
"""Seconds that a spider's module may take."""


def spider_problem(name: str) -> str:
    """Return why the spider can't be loaded; "" where it can."""
    forbid_reactor()
    problems: list[str] = []

    def load() -> None:
        try:
            load_spider(name)
        except SpiderNotLoadedError as error:
            problems.append(str(error))

    thread = threading.Thread(target=load, name=f"check of {name}", daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        return f"{name} did not load within {PATIENCE:.0f} s"
    return problems[0] if problems else ""
