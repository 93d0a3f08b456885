"""What Scrapy is given to work with: a download handler, redirects, decompression, and the spider that stays."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator

import aiohttp
import brotli
import scrapy
import scrapy.http
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.python import binary_is_text

from crawler.errors import FetchError
from crawler.fetch.deadline import Deadline
from crawler.fetch.explain import explain, too_large, too_many_redirects
from crawler.fetch.transport import BodyTooLargeError, Transport
