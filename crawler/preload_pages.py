"""`crawler.preload`, and all that reading pages needs."""

from __future__ import annotations

import gc
import logging

import crawler.preload  # noqa: F401
from crawler.extract import warm_up
from crawler.extract.base import installed_extractors

for failed in installed_extractors().failed:  # here, since the service itself loads none
    logging.warning(
        "extractor %r of %s %s does not load; working without it: %s",
        failed.name,
        failed.package,
        failed.version,
        failed.error,
    )
warm_up()
gc.collect()
gc.freeze()
