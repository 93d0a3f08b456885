"""Scrapy's count of log lines (`log_count/ERROR`), of the spider's own thread alone: other spiders and the service log, too."""

from __future__ import annotations

import logging
import threading

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.extensions.logcount import LogCount
from scrapy.utils.log import LogCounterHandler
from typing_extensions import override


class OwnLogCount(LogCount):
    """Counts what is logged in the thread in which the spider was opened."""

    @override
    def spider_opened(self, spider: Spider) -> None:
        super().spider_opened(spider)
        own = threading.get_ident()
        if self.handler is not None:
            self.handler.addFilter(lambda record: record.thread == own)


def stop_counting(crawler: Crawler) -> None:
    """Take the handler away where Scrapy does not come to it: a run was ended from outside."""
    for handler in list(logging.root.handlers):
        if isinstance(handler, LogCounterHandler) and handler.crawler is crawler:
            logging.root.removeHandler(handler)
