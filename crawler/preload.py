"""Imported in the server that the pool's workers are forked from, and only there: they share what it has loaded.

Where pages are read: `crawler.preload_pages`. When a whole process group is told to stop, this server lives on until the service
has ended, so that work under way can finish.
"""

from __future__ import annotations

import gc
import signal

import crawler.pool  # what each worker begins with
import crawler.sources.documents.kinds
import crawler.worker  # noqa: F401
from crawler.sources.base import source_of

for kind in ("feed", "sitemap", "json", "list"):  # what nearly all documents are read by
    source_of(kind)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
gc.collect()
gc.freeze()  # a collection in a worker would else write to every object, and so copy the pages that are shared
