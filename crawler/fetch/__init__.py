"""Fetching over HTTP. All that touches Scrapy is in this package; the rest of the crawler knows `Fetcher` alone."""

from crawler.fetch.fetcher import Fetcher
from crawler.fetch.options import FetcherOptions, OutletOptions

__all__ = ["Fetcher", "FetcherOptions", "OutletOptions"]
