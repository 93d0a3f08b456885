"""Whether database, crawler, matcher and sender work, and whether every queue is kept up with: what `/readyz` says."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from storage.stores.gauges import ping

if TYPE_CHECKING:
    from service.web.site import Site

_PARTS = {"matching": "matching", "search index": "matching", "delivery": "sender"}
"""To which part a stage belongs; all others are the crawler's."""
PATIENCE = timedelta(seconds=5)


async def readiness(site: Site) -> dict[str, str]:
    """Return `ok`, or what is wrong, for each part, and as `status` for all."""
    parts = {"database": "ok", "crawler": "ok", "matching": "ok", "sender": "ok", "queues": "ok"}
    for stage in site.pulse.stages():
        words = stage.words
        if words is not None:  # the error itself may name what is not for everybody
            said = words if stage.error is None else words.partition(":")[0]
            parts[_PARTS.get(stage.name, "crawler")] = f"{stage.name}: {said}"
    behind = [
        f"{name}: {words}" for name, words in site.pulse.troubles.items() if not name.startswith("stage ")
    ]
    if behind:
        parts["queues"] = "; ".join(behind)
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await site.database.reading(ping)
    except TimeoutError:
        parts["database"] = f"no answer within {PATIENCE.total_seconds():.0f} s"
    except SQLAlchemyError:
        parts["database"] = "can't be used"
    well = set(parts.values()) == {"ok"}
    return {"status": "ok" if well else "failing", **parts}
