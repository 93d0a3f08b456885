"""The words for what could not be fetched, read or delivered, and for how a feed fares: made where they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from alerts.delivery.failures import DELIVERY_WORDS
from crawler.poll.feed_state import FeedVerdict
from crawler.unfetched import unfetched_words
from storage.language import N_, _, ngettext
from storage.tables import FeedHealth
from storage.troubles import Fact, Trouble
from storage.units import format_duration

_MEANINGS = {
    401: N_("it asks for a login"),
    402: N_("it asks to be paid"),
    403: N_("it refuses us"),
    404: N_("there is nothing at this address: look for the outlet's new feed address"),
    410: N_("it is gone for good, if that holds for several days: remove it, or give its new address"),
    429: N_("it asks for fewer requests"),
    451: N_("the address is blocked for legal reasons"),
}
_OF_PAGES = {404: N_("there is no such page"), 410: N_("the page was deleted")}
"""Where a page is meant and no feed."""
_LIMITS: Mapping[str, Callable[[Mapping[str, Fact]], str]] = {
    "time": lambda facts: _("it had not ended after {length} (timeout)", length=_length(facts)),
    "stuck": lambda facts: _(
        "its code blocked for {length}: give calls that are not Scrapy's a timeout", length=_length(facts)
    ),
    "requests": lambda facts: _("it made more than {most} requests (max_requests)", most=facts["most"]),
    "items": lambda facts: _("it brought more than {most} items (max_items)", most=facts["most"]),
    "size": lambda facts: _(
        "its items are larger than {megabytes:g} MB in all", megabytes=facts["megabytes"]
    ),
}
"""What a spider was stopped at."""
_WORDS: Mapping[str, Callable[[Mapping[str, Fact]], str]] = {
    **DELIVERY_WORDS,
    "review-channels": lambda facts: _(
        "it has no channel to be sent on: {names} are not there", names=facts["names"]
    ),
    "review-mail": lambda facts: (
        _("its recipients can't be sent it: {name} is not a mail channel", name=facts["name"])
        if facts["name"]
        else _("its recipients can't be sent it: there is no mail channel")
    ),
    "review-not-printed": lambda facts: _(
        "it could not be printed as {format}: {detail}", format=facts["format"], detail=facts["detail"]
    ),
    "picture-kind": lambda facts: _("{url} is not a picture (JPEG, PNG, WebP, GIF, AVIF)", url=facts["url"]),
    "picture-small": lambda facts: _("{url} is too small ({size})", url=facts["url"], size=facts["detail"]),
    "picture-large": lambda facts: _("{url} is too large ({size})", url=facts["url"], size=facts["detail"]),
    "picture-broken": lambda facts: _(
        "{url} is a broken picture: {detail}", url=facts["url"], detail=facts["detail"]
    ),
    "picture-late": lambda facts: _(
        "{url} was not fetched within {seconds:g} s", url=facts["url"], seconds=facts["seconds"]
    ),
    "picture-licence": lambda facts: _(
        "no licence allows pictures of {outlet}: see [[licences]]", outlet=facts["outlet"]
    ),
    "review-template": lambda facts: _(
        "your template for {format} could not be used, so ours took its place: {detail}",
        format=facts["format"],
        detail=facts["detail"],
    ),
    "http": lambda facts: _(
        "{url} answered HTTP {status}{meaning}",
        url=facts["url"],
        status=facts["status"],
        meaning=_meaning(facts),
    ),
    "unasked-304": lambda facts: _(
        "{url} answered HTTP 304 (not modified) to a request without conditions: nothing was read",
        url=facts["url"],
    ),
    "error-entry": lambda facts: _(
        "{url}: its only entry is an error of the program that makes the feed: {title}",
        url=facts["url"],
        title=facts["title"],
    ),
    "page-kind": lambda facts: (
        _("{url}: its text needs JavaScript; turn the outlet's browser on", url=facts["url"])
        if facts["problem"] == "no text"
        else _("{url} is not an article: {problem}", url=facts["url"], problem=facts["problem"])
    ),
    "no-text": lambda facts: _("{url}: no article text was found on the page", url=facts["url"]),
    "host-rests": lambda _facts: _("its host asked to be left alone"),
    "cut-off": lambda _facts: _("its document is cut off; the whole entries of it are read"),
    "over-budget": lambda facts: ngettext(
        "{count} of its new entries waits: it brings more than an outlet may in a day ([crawler] max_articles_a_day), or at once",
        "{count} of its new entries wait: it brings more than an outlet may in a day ([crawler] max_articles_a_day), or at once",
        int(facts["waiting"]),
    ),
    "healed-xml": lambda facts: _("its document is broken XML, healed: {fault}", fault=facts["fault"]),
    "broken-xml": lambda facts: _(
        "its document is broken XML, read as far as possible: {fault}", fault=facts["fault"]
    ),
    "list-relearned": lambda facts: _(
        "the page's shape changed: its list was learned again, {links} links like {like}… "
        "({links_before} before, like {like_before}…)",
        links=facts["links"],
        like=facts["like"],
        links_before=facts["links_before"],
        like_before=facts["like_before"],
    ),
    "spider-not-loaded": lambda facts: _(
        "the spider {spider} can't start: {detail}", spider=facts["spider"], detail=facts["detail"]
    ),
    "spider-raised": lambda facts: (
        _("the spider {spider} raised {detail}", spider=facts["spider"], detail=facts["detail"])
        + (f" ({facts['where']})" if facts["where"] else "")
        + (_(", {times} times in all", times=facts["times"]) if int(facts["times"]) > 1 else "")
        + _brought(facts)
    ),
    "spider-stopped": lambda facts: _(
        "the spider {spider} was stopped: {why}{kept}",
        spider=facts["spider"],
        why=_LIMITS[str(facts["reason"])](facts),
        kept=_brought(facts),
    ),
    "spider-runs-on": lambda facts: _(
        "the spider {spider} was not run: its last run could not be ended, and its code still "
        "blocks a thread. Give its own calls a timeout, then restart the service",
        spider=facts["spider"],
    ),
    "list-long": lambda facts: _(
        "its page has more than {links} links: those after them are not read", links=facts["links"]
    ),
    "spider-monitors": lambda facts: ngettext(
        "the spider {spider}: {count} monitor failed: {detail}",
        "the spider {spider}: {count} monitors failed: {detail}",
        int(facts["failed"]),
        spider=facts["spider"],
        detail=facts["detail"],
    ),
    "spider-items": lambda facts: _(
        "the spider {spider}: {left_out} of its items were left out, {items} kept: {detail}",
        spider=facts["spider"],
        left_out=facts["left_out"],
        items=facts["items"],
        detail=facts["detail"],
    ),
    "message-not-read": lambda facts: _(
        "a message could not be read ({subject}): {detail}", subject=facts["subject"], detail=facts["detail"]
    ),
    "message-cut": lambda facts: _(
        "a message was larger than [crawler] max_body allows and was read in part ({subject}): {detail}",
        subject=facts["subject"],
        detail=facts["detail"],
    ),
    "attachment-not-read": lambda facts: _(
        "an attachment could not be read ({subject}): {detail}",
        subject=facts["subject"],
        detail=facts["detail"],
    ),
    "hub-answered": lambda facts: (
        _("{url} answered HTTP {status}", url=facts["url"], status=facts["status"])
        + (f": {facts['said']}" if facts["said"] else "")
    ),
    "hub-denied": lambda facts: _(
        "{url} denies the subscription: {said}", url=facts["url"], said=facts["said"] or _("no reason given")
    ),
    "hub-silent": lambda facts: _("{url} accepted the request and has not verified it yet", url=facts["url"]),
    "survey-tries": lambda facts: _(
        "{url}: given up after {tries} tries: looking at it failed each time (the log says why)",
        url=facts["url"],
        tries=facts["tries"],
    ),
    "push-empty": lambda facts: _("{url}: the push was empty", url=facts["url"]),
    "push-tries": lambda facts: _(
        "{url}: a push was tried {tries} times and could not be stored",
        url=facts["url"],
        tries=facts["tries"],
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
    return _(
        "{url} answered HTTP {status}{meaning}",
        url=trouble.facts["url"],
        status=status,
        meaning=": " + _(_OF_PAGES[status]),
    )


def verdict_words(verdict: FeedVerdict) -> str:
    """Return why a feed fares as it does; nothing for one that is well."""
    last = trouble_words(verdict.trouble)
    match verdict.health:
        case FeedHealth.GONE:
            return last or _("it is gone for good")
        case FeedHealth.FAILING:
            return _("{count:.0f} tries in a row failed, the last: {last}", count=verdict.count, last=last)
        case FeedHealth.SILENT:
            return _(
                "it can be read, but by its own rhythm some {count:.0f} entries were to come meanwhile",
                count=verdict.count,
            )
        case _:
            return ""


def _length(facts: Mapping[str, Fact]) -> str:
    return format_duration(timedelta(seconds=float(facts["seconds"])))


def _brought(facts: Mapping[str, Fact]) -> str:
    """Return what came of a spider's items before."""
    items = int(facts["items"])
    if items == 0:
        return ""
    return ngettext("; the item before that is kept", "; the {count} items before that are kept", items)


def _meaning(facts: Mapping[str, Fact]) -> str:
    status = int(facts["status"])
    meaning = _MEANINGS.get(status, N_("the server has a fault") if status >= 500 else "")
    return f": {_(meaning)}" if meaning else ""
