"""Imported in the server that the pool's workers are forked from, and only there: so they start with everything loaded.

When a whole process group is told to stop, this server lives on until the service has ended, so that work under way can finish.
"""

from __future__ import annotations

import signal

import crawler.worker  # noqa: F401  (loaded here for the workers)
from crawler.extract import warm_up

signal.signal(signal.SIGTERM, signal.SIG_IGN)
warm_up()
