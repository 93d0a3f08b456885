"""What `tocsin check` finds, and the settings file to begin with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlmodel import Session

from crawler.sources.base import source_problem
from service.actions.errors import ConflictError
from service.settings import Settings
from service.settings.review_models import FILES, ReviewSettings
from storage.declared_source import StoredSource
from storage.stores.feeds.outlet_access import all_access
from storage.stores.feeds.outlet_edits import outlets_in_use, sources_in_use
from storage.stores.watch.watch_lists import watch_facts

STARTER = "starter.toml"


@dataclass(frozen=True, slots=True)
class Checkup:
    """How many outlets, watch lists and channels the service will work with, and what may be wrong with them."""

    outlets: int
    watch_lists: int
    channels: int
    warnings: tuple[str, ...]


def check_up(session: Session, settings: Settings) -> Checkup:
    """Return what the service would start with: what the settings file declares, and what else is in the database."""
    declared = {outlet.name for outlet in settings.outlets}
    outlets = [
        outlet for outlet in outlets_in_use(session) if outlet.name in declared or not outlet.provisioned
    ]
    undeclared = {outlet.name for outlet in outlets} - declared
    listed = {watch.name for watch in settings.watch}
    added = [facts for facts in watch_facts(session) if not facts.provisioned and facts.name not in listed]
    used = {route.channel for watch in settings.watch for route in watch.channels}
    used |= {name for facts in added for name in facts.channels} | {settings.service.notify}
    used |= {channel.fallback for channel in settings.channels if channel.fallback}

    sources = [(outlet.name, source) for outlet in settings.outlets for source in outlet.sources]
    sources += [(name, source) for name, source in sources_in_use(session) if name in undeclared]

    def warnings(count: int) -> Iterator[str]:
        for channel in settings.channels:
            if channel.name not in used:
                yield f"no watch list uses the channel {channel.name!r}"
        for stored in outlets:
            if stored.paused_at is not None:
                yield f"the outlet {stored.name!r} is paused since {stored.paused_at:%Y-%m-%d %H:%M} UTC"
        for outlet, source in sources:
            if source.kind == "mail" and (missing := _mail_is_missing(source, settings)):
                yield f"the outlet {outlet!r}: {missing}"
            if problem := source_problem(source):
                yield f"the outlet {outlet!r}: its source {source.kind}: {problem}"
        for review in settings.reviews:
            yield from _look_problems(review)
        yield from _browser_problems(settings, session)
        if not count:
            yield "no outlets: add [[outlets]], or tocsin outlets add"

    count = len(declared | {outlet.name for outlet in outlets})
    return Checkup(count, len(listed) + len(added), len(settings.channels), tuple(warnings(count)))


def _mail_is_missing(source: StoredSource, settings: Settings) -> str:
    """Return what a source of newsletters lacks in the settings; "" for nothing."""
    if source.settings.get("to"):
        missing = "" if settings.inbound.listen else "set [inbound] listen and domain"
    else:
        missing = "" if settings.imap.host else "set [imap] host, username and password_file"
    return f"its newsletters ({source.address}) can't come in: {missing}" if missing else ""


def _look_problems(review: ReviewSettings) -> Iterator[str]:
    """Say what is wrong with a review's files; what prints is loaded where there are some."""
    if any(getattr(review, key) for key in FILES):
        from service.actions.edition_files import look_problems

        yield from look_problems(review.name, review)


def _browser_problems(settings: Settings, session: Session) -> Iterator[str]:
    """Say where outlets ask for a browser that is not there."""
    asking = [outlet.name for outlet in settings.outlets if outlet.browser]
    asking += [access.outlet for access in all_access(session) if access.keys.get("browser")]
    browser = settings.crawler.browser
    if not asking:
        return
    from crawler.fetch.browser.chromium import browser_problem  # with Scrapy: half a second

    if problem := browser_problem(browser.executable, browser.url):
        yield f"the outlet {asking[0]!r} asks for a browser: {problem}"


def write_starter_settings(path: Path) -> None:
    """Write a commented settings file to begin with, which only its owner may read. Raise `ConflictError` where one is there."""
    text = starter_settings()
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)  # it is where people put secrets
            file.write(text)
    except FileExistsError:
        raise ConflictError(f"{path} exists already: it was left as it is.") from None


def starter_settings() -> str:
    """Return the settings file that Tocsin ships: in a wheel beside this package, in a checkout at its root."""
    shipped = files("service") / STARTER
    if not shipped.is_file():
        shipped = Path(__file__).parents[2] / "settings.toml"
    return shipped.read_text(encoding="utf-8")
