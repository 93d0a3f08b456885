"""Who changes channels by the page or the API, and from where files may be read for them."""

from __future__ import annotations

from pathlib import Path

from service.actions.channel_edits import Asker
from service.web.access import Caller
from service.web.site import Site


def asker_of(site: Site, caller: Caller) -> Asker:
    """Return who changes channels."""
    return Asker(caller.may("admin"), Path(site.settings.crawler.access_files))
