"""The words for what could not be fetched, read or delivered, and for how a feed fares: made where they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from alerts.delivery.failures import DELIVERY_WORDS
from crawler.poll.feed_state import FeedVerdict
from crawler.unfetched import unfetched_words
from storage.tables import FeedHealth
from storage.troubles import Fact, Trouble
from storage.units import format_duration

_MEANINGS = {
    401: "it asks for a login",
    402: "it asks to be paid",
    403: "it refuses us",
    404: "there is nothing at this address: look for the outlet's new feed address",
    410: "it is gone for good, if that holds for several days: remove it, or give its new address",
    429: "it asks for fewer requests",
    451: "the address is blocked for legal reasons",
}
_OF_PAGES = {404: "there is no such page", 410: "the page was deleted"}
"""Where a page is meant and no feed."""
_LIMITS: Mapping[str, Callable[[Mapping[str, Fact]], str]] = {
    "time": lambda facts: f"it had not ended after {_length(facts)} (timeout)",
    "stuck": lambda facts: (
        f"its code blocked for {_length(facts)}: give calls that are not Scrapy's a timeout"
    ),
    "requests": lambda facts: f"it made more than {facts['most']} requests (max_requests)",
    "items": lambda facts: f"it brought more than {facts['most']} items (max_items)",
    "size": lambda facts: f"its items are larger than {facts['megabytes']:g} MB in all",
}
"""What a spider was stopped at."""
_WORDS: Mapping[str, Callable[[Mapping[str, Fact]], str]] = {
    **DELIVERY_WORDS,
    "http": lambda facts: f"{facts['url']} answered HTTP {facts['status']}{_meaning(facts)}",
    "unasked-304": lambda facts: (
        f"{facts['url']} answered HTTP 304 (not modified) to a request without conditions: nothing was read"
    ),
    "error-entry": lambda facts: (
        f"{facts['url']}: its only entry is an error of the program that makes the feed: {facts['title']}"
    ),
    "page-kind": lambda facts: (
        f"{facts['url']}: its text needs JavaScript; turn the outlet's browser on"
        if facts["problem"] == "no text"
        else f"{facts['url']} is not an article: {facts['problem']}"
    ),
    "no-text": lambda facts: f"{facts['url']}: no article text was found on the page",
    "host-rests": lambda _facts: "its host asked to be left alone",
    "cut-off": lambda _facts: "its document is cut off; the whole entries of it are read",
    "healed-xml": lambda facts: f"its document is broken XML, healed: {facts['fault']}",
    "broken-xml": lambda facts: f"its document is broken XML, read as far as possible: {facts['fault']}",
    "list-relearned": lambda facts: (
        f"the page's shape changed: its list was learned again, {facts['links']} links like {facts['like']}… "
        f"({facts['links_before']} before, like {facts['like_before']}…)"
    ),
    "spider-not-loaded": lambda facts: f"the spider {facts['spider']} can't start: {facts['detail']}",
    "spider-raised": lambda facts: (
        f"the spider {facts['spider']} raised {facts['detail']}"
        + (f" ({facts['where']})" if facts["where"] else "")
        + (f", {facts['times']} times in all" if int(facts["times"]) > 1 else "")
        + _brought(facts)
    ),
    "spider-stopped": lambda facts: (
        f"the spider {facts['spider']} was stopped: {_LIMITS[str(facts['reason'])](facts)}{_brought(facts)}"
    ),
    "spider-runs-on": lambda facts: (
        f"the spider {facts['spider']} was not run: its last run could not be ended, and its code still blocks a thread. "
        "Give its own calls a timeout, then restart the service"
    ),
    "spider-items": lambda facts: (
        f"the spider {facts['spider']}: {facts['left_out']} of its items were left out, {facts['items']} kept: {facts['detail']}"
    ),
    "message-not-read": lambda facts: f"a message could not be read ({facts['subject']}): {facts['detail']}",
    "message-cut": lambda facts: (
        f"a message was larger than [crawler] max_body allows and was read in part ({facts['subject']}): {facts['detail']}"
    ),
    "attachment-not-read": lambda facts: (
        f"an attachment could not be read ({facts['subject']}): {facts['detail']}"
    ),
    "hub-answered": lambda facts: (
        f"{facts['url']} answered HTTP {facts['status']}" + (f": {facts['said']}" if facts["said"] else "")
    ),
    "hub-denied": lambda facts: (
        f"{facts['url']} denies the subscription: {facts['said'] or 'no reason given'}"
    ),
    "hub-silent": lambda facts: f"{facts['url']} accepted the request and has not verified it yet",
    "survey-tries": lambda facts: (
        f"{facts['url']}: given up after {facts['tries']} tries: looking at it failed each time (the log says why)"
    ),
    "push-empty": lambda facts: f"{facts['url']}: the push was empty",
    "push-tries": lambda facts: (
        f"{facts['url']}: a push was tried {facts['tries']} times and could not be stored"
    ),
    "push-not-read": lambda facts: f"{facts['url']}: {facts['detail']}",
}


def trouble_words(trouble: Trouble | None) -> str:
    """Return what went wrong in words; nothing for None. A plugin's own kind is named, with its facts."""
    if trouble is None:
        return ""
    if (said := unfetched_words(trouble)) is not None:
        return said
    words = _WORDS.get(trouble.kind)
    if words is not None:
        return words(trouble.facts)
    detail, url = trouble.facts.get("detail"), trouble.facts.get("url")
    if detail:
        return str(detail)
    return f"{url}: {trouble.kind}" if url else trouble.kind


def page_trouble_words(trouble: Trouble | None) -> str:
    """Return why the page of an article could not be read, in words; nothing for None."""
    status = 0 if trouble is None or trouble.kind != "http" else int(trouble.facts["status"])
    if trouble is None or status not in _OF_PAGES:
        return trouble_words(trouble)
    return f"{trouble.facts['url']} answered HTTP {status}: {_OF_PAGES[status]}"


def verdict_words(verdict: FeedVerdict) -> str:
    """Return why a feed fares as it does; nothing for one that is well."""
    last = trouble_words(verdict.trouble)
    match verdict.health:
        case FeedHealth.GONE:
            return last or "it is gone for good"
        case FeedHealth.FAILING:
            return f"{verdict.count:.0f} tries in a row failed, the last: {last}"
        case FeedHealth.SILENT:
            return f"it can be read, but by its own rhythm some {verdict.count:.0f} entries were to come meanwhile"
        case _:
            return ""


def _length(facts: Mapping[str, Fact]) -> str:
    return format_duration(timedelta(seconds=float(facts["seconds"])))


def _brought(facts: Mapping[str, Fact]) -> str:
    """Return what came of a spider's items before."""
    items = int(facts["items"])
    return (
        f"; the {items} items before that are kept"
        if items > 1
        else "; the item before that is kept"
        if items
        else ""
    )


def _meaning(facts: Mapping[str, Fact]) -> str:
    status = int(facts["status"])
    meaning = _MEANINGS.get(status, "the server has a fault" if status >= 500 else "")
    return f": {meaning}" if meaning else ""
