"""Where an article stopped, in words, and what can be done about it: made where they are shown."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from service.missed.values import OutletProposal, Stop, StopKind, TracedArticle
from service.troubles import trouble_words

Facts = Mapping[str, Any]

LABELS = {
    StopKind.NOT_AN_ADDRESS: "not an address",
    StopKind.SEALED_LINK: "link not resolved",
    StopKind.NOT_FOLLOWED: "outlet not followed",
    StopKind.REMOVED: "outlet removed",
    StopKind.CONTROL: "control source only",
    StopKind.PAUSED: "outlet paused",
    StopKind.NEVER_READ: "feed not read yet",
    StopKind.FAILING: "feed failing",
    StopKind.RESTING: "host resting",
    StopKind.GAP: "gap in the feed",
    StopKind.BEFORE: "before it was followed",
    StopKind.NOT_IN_SECTION: "section not followed",
    StopKind.NOT_YET_POLLED: "not polled since",
    StopKind.NOT_CARRIED: "not in the feed",
    StopKind.FORGOTTEN: "deleted for its age",
    StopKind.OLD: "old news when it came",
    StopKind.TO_READ: "page not read yet",
    StopKind.TO_MATCH: "not matched yet",
    StopKind.NO_LISTS: "nothing is tracked",
    StopKind.OTHER_LANGUAGE: "other language",
    StopKind.NO_NAME: "name not in the text",
    StopKind.UNREADABLE: "page not readable",
    StopKind.LANGUAGE: "language excluded",
    StopKind.RULE: "a rule said no",
    StopKind.LIST_PAUSED: "watch list paused",
    StopKind.LIST_CHANGED: "watch list is newer",
    StopKind.TO_GROUP: "not grouped yet",
    StopKind.SCORE: "score too low",
    StopKind.NOT_ALERTED: "no alert",
    StopKind.REFUSED: "refused",
    StopKind.CHANNEL_OFF: "channel off",
    StopKind.SILENCED: "silenced",
    StopKind.NO_CHANNEL: "no channel",
    StopKind.NOT_ROUTED: "no channel takes it",
    StopKind.QUEUED: "queued",
    StopKind.GROUPED: "joined an alert",
    StopKind.SENT: "sent",
}
"""Each kind in a few words."""


def label(stop: Stop) -> str:
    """Return a stop in a few words."""
    return LABELS[stop.kind]


def stop_words(stop: Stop) -> str:
    """Return where an article stopped, in a sentence."""
    said = _SENTENCES[stop.kind](stop.facts)
    if stop.trouble is not None and (why := trouble_words(stop.trouble)):
        said = f"{said.removesuffix('.')}: {why}"
    listed = f"{stop.watch}: " if stop.watch else ""
    return f"{listed}{said.removesuffix('.')}."


def remedy(stop: Stop, proposal: OutletProposal | None = None) -> str:
    """Return the command that helps; empty where none does."""
    facts, watch = stop.facts, shlex.quote(stop.watch)
    match stop.kind:
        case StopKind.NOT_FOLLOWED if proposal is not None:
            feed = f" --feed {shlex.quote(proposal.feed)}" if proposal.feed else ""
            site = "" if feed else f" --site {shlex.quote(proposal.site)}"
            return f"tocsin outlets add {shlex.quote(proposal.name)}{feed or site}"
        case StopKind.PAUSED:
            return f"tocsin outlets resume {shlex.quote(facts['outlet'])}"
        case StopKind.NEVER_READ | StopKind.NOT_YET_POLLED:
            return f"tocsin poll {shlex.quote(facts['outlet'])}"
        case StopKind.FAILING | StopKind.GAP:
            return f"tocsin outlets health {shlex.quote(facts['outlet'])}"
        case StopKind.LIST_CHANGED | StopKind.OLD if stop.watch:
            return f"tocsin backfill {watch}"
        case StopKind.LIST_PAUSED:
            return f"tocsin watch resume {watch}"
        case StopKind.SILENCED:
            return f"tocsin silence remove {facts['silence']}" if facts.get("until") else ""
        case StopKind.REFUSED:
            return f"tocsin deliveries retry {facts['delivery']}"
        case StopKind.CHANNEL_OFF:
            return f"tocsin channels enable {shlex.quote(facts['channel'])}"
        case _:
            return ""


def facts_as_json(stop: Stop) -> dict[str, Any]:
    """Return a stop for JSON: its kind, the watch list, the facts (times stay times) and the words."""
    trouble = None if stop.trouble is None else {"kind": stop.trouble.kind, **stop.trouble.facts}
    return {
        "kind": stop.kind.value,
        "watch": stop.watch or None,
        "facts": {**stop.facts, **({} if trouble is None else {"trouble": trouble})},
        "text": stop_words(stop),
    }


def article_as_json(article: TracedArticle) -> dict[str, Any]:
    """Return a traced article for JSON, as the command line and the API give it."""
    page, proposal = article.page, article.proposal
    return {
        "given": article.given,
        "url": article.url,
        "id": article.article_id,
        "title": article.title or None,
        "outlet": article.outlet or None,
        "published_at": article.published_at,
        "found_at": article.found_at,
        "found": article.is_found,
        "reason": facts_as_json(article.reason),
        "stops": [facts_as_json(stop) for stop in article.stops],
        "page": None
        if page is None
        else {
            "title": page.title or None,
            "published_at": page.published,
            "language": page.language,
            "would_match": list(page.matches),
            "error": trouble_words(page.trouble) or None,
        },
        "outlet_to_add": None
        if proposal is None
        else {
            "name": proposal.name,
            "site": proposal.site,
            "feed": proposal.feed or None,
            "language": proposal.language,
        },
        "remedy": remedy(article.reason, proposal) or None,
    }


def _moment(value: datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if value is not None else "an unknown time"


def _not_followed(facts: Facts) -> str:
    return f"No outlet at {facts['host']} is followed"


def _failing(facts: Facts) -> str:
    if facts["since"] is None:
        return f"The feed of {facts['outlet']} is gone and not polled any more"
    return f"The feed of {facts['outlet']} has not been readable since {_moment(facts['since'])}"


def _gap(facts: Facts) -> str:
    between = f"between {_moment(facts['since'])} and {_moment(facts['until'])}"
    filled = f" ({facts['filled']} were brought by its sitemap)" if facts["filled"] else ""
    said = f"The feed of {facts['outlet']} rolled over {between}: entries came and went unseen{filled}"
    return said if facts["is_sure"] else f"Perhaps a gap. {said}; when this article came out is not known"


def _never_read(facts: Facts) -> str:
    next_ = f"; the next poll is due at {_moment(facts['next'])}" if facts["next"] is not None else ""
    return f"No feed of {facts['outlet']} has been read yet{next_}"


def _not_yet_polled(facts: Facts) -> str:
    next_ = f"; the next poll is due at {_moment(facts['next'])}" if facts["next"] is not None else ""
    return f"It came out after {facts['outlet']} was last polled, at {_moment(facts['last'])}{next_}"


def _not_carried(facts: Facts) -> str:
    several = len(facts["feeds"]) != 1
    said = f"{'The feeds' if several else 'The feed'} of {facts['outlet']} never showed it, and had no gap"
    hint = "does a section have a feed of its own?"
    if facts["is_sure"]:
        return f"{said} when it came out: {hint}"
    return f"{said} in 30 days: {hint}"


def _old(facts: Facts) -> str:
    published = facts["published"]
    dated = f", dated {_moment(published)}" if published is not None else ", without a date"
    if facts["is_first_reading"]:
        return f"It stood in the feed when that was first read{dated}: kept, and alerts nobody"
    return f"It was old news when it came, at {_moment(facts['found'])}{dated}: kept, and alerts nobody"


def _to_read(facts: Facts) -> str:
    tried = f", tried {facts['tries']} times" if facts["tries"] else ""
    return f"Its page waits to be read since {_moment(facts['since'])}{tried}; due {_moment(facts['next'])}"


def _to_match(facts: Facts) -> str:
    if facts["until"] is not None:
        return f"It could not be matched (internal error); retrying at {_moment(facts['until'])}"
    return f"It waits to be matched since {_moment(facts['since'])}"


def _language(facts: Facts) -> str:
    return f"the article is in {facts['language']}, and the list reads {', '.join(facts['reads'])}"


def _no_name(facts: Facts) -> str:
    if "near" not in facts:
        return "Nothing that is tracked stands in the text, and no word like it"
    if facts["is_part"]:
        return f'"{facts["name"]}" is not in the text; of the name only "{facts["near"]}" stands there'
    return f'"{facts["name"]}" is not in the text; the nearest word there is "{facts["near"]}"'


def _rule(facts: Facts) -> str:
    note = f" ({facts['note']})" if facts["note"] else ""
    return f'"{facts["rule"]}" said no at {facts["clause"]}{note}'


def _sent(facts: Facts) -> str:
    to = f" to {', '.join(facts['to'])}" if facts["to"] else ""
    refused = f"; refused by {', '.join(facts['refused'])}" if facts["refused"] else ""
    gone = f"; unsubscribed: {', '.join(facts['unsubscribed'])}" if facts["unsubscribed"] else ""
    return f"alert {facts['alert']} was sent by {facts['channel']}{to} at {_moment(facts['sent'])}{refused}{gone}"


def _silenced(facts: Facts) -> str:
    until = f" until {_moment(facts['until'])}" if facts["until"] is not None else ""
    note = f" ({facts['note']})" if facts["note"] else ""
    return f"alert {facts['alert']} was silenced{until}{note}"


def _refused(facts: Facts) -> str:
    who = f" ({', '.join(facts['refused'])})" if facts["refused"] else ""
    return f"alert {facts['alert']} was refused by {facts['channel']}{who}: {facts['error']}"


def _channel_off(facts: Facts) -> str:
    note = f": {facts['note']}" if facts["note"] else ""
    return f"alert {facts['alert']} waits: the channel {facts['channel']} is off{note}"


def _queued(facts: Facts) -> str:
    said = f"alert {facts['alert']} waits for {facts['channel']} since {_moment(facts['since'])}"
    if facts["rests"] is not None:
        return f"{said}, which rests until {_moment(facts['rests'])}: {facts['error']}"
    return f"{said}; due {_moment(facts['due'])}"


_SENTENCES: Mapping[StopKind, Callable[[Facts], str]] = {
    StopKind.NOT_AN_ADDRESS: lambda facts: f"{facts['given']!r} is not a web address",
    StopKind.SEALED_LINK: lambda facts: (
        f"Only {facts['host']} knows where this link leads: open it, and give the article's own address"
    ),
    StopKind.NOT_FOLLOWED: _not_followed,
    StopKind.REMOVED: lambda facts: f"{facts['outlet']} was removed and is not followed any more",
    StopKind.CONTROL: lambda facts: (
        f"{facts['outlet']} is a control source: it is compared, and never alerts"
    ),
    StopKind.PAUSED: lambda facts: f"{facts['outlet']} is paused since {_moment(facts['since'])}",
    StopKind.NEVER_READ: _never_read,
    StopKind.FAILING: _failing,
    StopKind.RESTING: lambda facts: (
        f"The host of {facts['outlet']} asked to be left alone until {_moment(facts['until'])}"
    ),
    StopKind.GAP: _gap,
    StopKind.BEFORE: lambda facts: (
        f"It came out at {_moment(facts['published'])}, before {facts['outlet']} was followed ({_moment(facts['since'])})"
    ),
    StopKind.NOT_IN_SECTION: lambda facts: (
        f"{facts['outlet']} is followed only where the address matches {facts['match']}"
    ),
    StopKind.NOT_YET_POLLED: _not_yet_polled,
    StopKind.NOT_CARRIED: _not_carried,
    StopKind.FORGOTTEN: lambda _facts: (
        "It was found, and has been deleted for its age since ([storage] keep_articles)"
    ),
    StopKind.OLD: _old,
    StopKind.TO_READ: _to_read,
    StopKind.TO_MATCH: _to_match,
    StopKind.NO_LISTS: lambda _facts: "There is no watch list",
    StopKind.OTHER_LANGUAGE: _language,
    StopKind.NO_NAME: _no_name,
    StopKind.UNREADABLE: lambda _facts: (
        "Its page could not be read, and what the feed says of it names nobody who is tracked"
    ),
    StopKind.LANGUAGE: lambda facts: f"{_language(facts)}; it would match otherwise",
    StopKind.RULE: _rule,
    StopKind.LIST_PAUSED: lambda _facts: "the list is paused; the article would match",
    StopKind.LIST_CHANGED: lambda _facts: "it matches now; the list was changed after the article had come",
    StopKind.TO_GROUP: lambda _facts: "it matches, and waits to be put into its story",
    StopKind.SCORE: lambda facts: (
        f"its score is {facts['score']:g}, and the list asks for {facts['least']:g}"
    ),
    StopKind.NOT_ALERTED: lambda _facts: "it matched when it came, and no alert is stored (any more)",
    StopKind.REFUSED: _refused,
    StopKind.CHANNEL_OFF: _channel_off,
    StopKind.SILENCED: _silenced,
    StopKind.NO_CHANNEL: lambda facts: f"alert {facts['alert']} was made; the list has no channel",
    StopKind.NOT_ROUTED: lambda facts: (
        f"alert {facts['alert']} was made; no channel of the list takes it, by its conditions"
    ),
    StopKind.QUEUED: _queued,
    StopKind.GROUPED: lambda facts: (
        f'joined alert {facts["alert"]} of {_moment(facts["at"])}, raised by "{facts["title"]}" ({facts["outlet"]})'
    ),
    StopKind.SENT: _sent,
}
