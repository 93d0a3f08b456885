"""Where an article stopped, in words, and what can be done about it: made where they are shown."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from service.missed.values import OutletProposal, Stop, StopKind, TracedArticle
from service.troubles import page_trouble_words, trouble_words

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
    StopKind.BEFORE: "published before it was followed",
    StopKind.NOT_IN_SECTION: "section not followed",
    StopKind.NOT_YET_POLLED: "published after the last poll",
    StopKind.NOT_CARRIED: "not in the feed",
    StopKind.FORGOTTEN: "found, deleted since",
    StopKind.OLD: "old when found",
    StopKind.TO_READ: "page not read yet",
    StopKind.TO_MATCH: "not matched yet",
    StopKind.NO_LISTS: "nothing is tracked",
    StopKind.OTHER_LANGUAGE: "other language",
    StopKind.NO_NAME: "name not in the text",
    StopKind.UNREADABLE: "page not readable",
    StopKind.PAYWALLED: "behind a paywall",
    StopKind.LANGUAGE: "language excluded",
    StopKind.RULE: "rule did not match",
    StopKind.LIST_PAUSED: "watch list paused",
    StopKind.LIST_CHANGED: "watch list changed since",
    StopKind.TO_GROUP: "not grouped yet",
    StopKind.SCORE: "score too low",
    StopKind.NOT_ALERTED: "no alert",
    StopKind.REFUSED: "refused",
    StopKind.CHANNEL_OFF: "channel off",
    StopKind.SILENCED: "silenced",
    StopKind.NO_CHANNEL: "no channel",
    StopKind.NOT_ROUTED: "no channel takes it",
    StopKind.QUEUED: "queued",
    StopKind.GROUPED: "joined another alert",
    StopKind.SENT: "sent",
}
"""Each kind in a few words."""


def label(stop: Stop) -> str:
    """Return a stop in a few words."""
    return LABELS[stop.kind]


def stop_words(stop: Stop) -> str:
    """Return where an article stopped, in a sentence."""
    said = _SENTENCES[stop.kind](stop.facts)
    if stop.trouble is not None:
        words = page_trouble_words if stop.kind in _OF_PAGES else trouble_words
        said = f"{said}: {words(stop.trouble)}"
    listed = f"{stop.watch}: " if stop.watch else ""
    return f"{listed}{said}{'' if said.endswith('?') else '.'}"


def remedy(stop: Stop, proposal: OutletProposal | None = None, *, article: int | None = None) -> str:
    """Return the command that helps, or that tells more; empty where none does."""
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
        case StopKind.NOT_CARRIED:
            return f"tocsin outlets discover {shlex.quote(facts['url'])}"
        case StopKind.FAILING | StopKind.GAP:
            return f"tocsin outlets health {shlex.quote(facts['outlet'])}"
        case StopKind.LIST_CHANGED | StopKind.OLD if stop.watch:
            return f"tocsin backfill {watch}"
        case StopKind.RULE | StopKind.NO_NAME if stop.watch and article is not None:
            return f"tocsin watch why {article} --watch {watch}"
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
            "error": page_trouble_words(page.trouble) or None,
        },
        "outlet_to_add": None
        if proposal is None
        else {
            "name": proposal.name,
            "site": proposal.site,
            "feed": proposal.feed or None,
            "language": proposal.language,
        },
        "remedy": remedy(article.reason, proposal, article=article.article_id) or None,
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
    filled = f" ({facts['filled']} of them were found in its sitemap)" if facts["filled"] else ""
    said = f"{between[0].upper()}{between[1:]} the feed of {facts['outlet']} had a gap: entries came and went unseen{filled}"
    return (
        said
        if facts["is_sure"]
        else f"{said}. When this article came out is not known, so it may not be one of them"
    )


def _never_read(facts: Facts) -> str:
    next_ = f"; the next poll is due at {_moment(facts['next'])}" if facts["next"] is not None else ""
    return f"No feed of {facts['outlet']} has been read yet{next_}"


def _not_yet_polled(facts: Facts) -> str:
    next_ = f"; the next poll is due at {_moment(facts['next'])}" if facts["next"] is not None else ""
    return f"It came out after {facts['outlet']} was last polled, at {_moment(facts['last'])}{next_}"


def _not_carried(facts: Facts) -> str:
    several = len(facts["feeds"]) != 1
    said = f"{'The feeds' if several else 'The feed'} of {facts['outlet']} never had it, with no gap"
    hint = "does its section have a feed of its own?"
    if facts["is_sure"]:
        return f"{said} when it came out: {hint}"
    return f"{said} in the last 30 days: {hint}"


def _old(facts: Facts) -> str:
    published = facts["published"]
    dated = f", dated {_moment(published)}" if published is not None else ", without a date"
    if facts["is_first_reading"]:
        return f"It was in the feed when that was first read{dated}: stored without an alert"
    return f"It was old when it was found, at {_moment(facts['found'])}{dated}: stored without an alert"


def _to_read(facts: Facts) -> str:
    tries = facts["tries"]
    tried = f" ({tries} attempt{'' if tries == 1 else 's'})" if tries else ""
    since, due = _moment(facts["since"]), _moment(facts["next"])
    return f"Its page has been waiting to be read since {since}{tried}; next attempt at {due}"


def _to_match(facts: Facts) -> str:
    if facts["until"] is not None:
        return f"It could not be matched (internal error); retrying at {_moment(facts['until'])}"
    return f"It has been waiting to be matched since {_moment(facts['since'])}"


def _language(facts: Facts) -> str:
    return f"the article is in {facts['language']}; the list reads only {', '.join(facts['reads'])}"


def _no_name(facts: Facts) -> str:
    if "near" not in facts:
        return "No tracked name is in the text, nor a word close to one"
    if facts["is_part"]:
        return f'"{facts["name"]}" is not in the text; only a part of it is: "{facts["near"]}"'
    return f'"{facts["name"]}" is not in the text; the closest word there is "{facts["near"]}"'


def _rule(facts: Facts) -> str:
    note = f" ({facts['note']})" if facts["note"] else ""
    return f'"{facts["rule"]}" did not match at {facts["clause"]}{note}'


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
    return f"alert {facts['alert']} was refused by {facts['channel']}{who}"


def _channel_off(facts: Facts) -> str:
    return f"alert {facts['alert']} is waiting: the channel {facts['channel']} is off"


def _queued(facts: Facts) -> str:
    said = f"alert {facts['alert']} has been queued for {facts['channel']} since {_moment(facts['since'])}"
    if facts["rests"] is not None:
        return f"{said}; the channel is failing, next attempt at {_moment(facts['rests'])}"
    return f"{said}; due {_moment(facts['due'])}"


_OF_PAGES = frozenset({StopKind.TO_READ, StopKind.UNREADABLE})
"""The trouble is the page's, not a feed's."""
_SENTENCES: Mapping[StopKind, Callable[[Facts], str]] = {
    StopKind.NOT_AN_ADDRESS: lambda facts: f"{facts['given']!r} is not a web address",
    StopKind.SEALED_LINK: lambda facts: (
        f"{facts['host']} hides where this link leads: open it, and give the article's own address"
    ),
    StopKind.NOT_FOLLOWED: _not_followed,
    StopKind.REMOVED: lambda facts: f"{facts['outlet']} was removed and is not followed any more",
    StopKind.CONTROL: lambda facts: (
        f"{facts['outlet']} is a control source: its articles are only compared, never alerted on"
    ),
    StopKind.PAUSED: lambda facts: f"{facts['outlet']} has been paused since {_moment(facts['since'])}",
    StopKind.NEVER_READ: _never_read,
    StopKind.FAILING: _failing,
    StopKind.RESTING: lambda facts: (
        f"The host of {facts['outlet']} asked us to wait until {_moment(facts['until'])}"
    ),
    StopKind.GAP: _gap,
    StopKind.BEFORE: lambda facts: (
        f"It came out at {_moment(facts['published'])}; {facts['outlet']} has been followed since {_moment(facts['since'])}"
    ),
    StopKind.NOT_IN_SECTION: lambda facts: (
        f"{facts['outlet']} is followed only where the address matches {facts['match']}"
    ),
    StopKind.NOT_YET_POLLED: _not_yet_polled,
    StopKind.NOT_CARRIED: _not_carried,
    StopKind.FORGOTTEN: lambda _facts: (
        "It was found, and has since been deleted because of its age ([storage] keep_articles)"
    ),
    StopKind.OLD: _old,
    StopKind.TO_READ: _to_read,
    StopKind.TO_MATCH: _to_match,
    StopKind.NO_LISTS: lambda _facts: "There is no watch list",
    StopKind.OTHER_LANGUAGE: _language,
    StopKind.NO_NAME: _no_name,
    StopKind.UNREADABLE: lambda _facts: (
        "Its page could not be read, and the feed's own words on it name nothing that is tracked"
    ),
    StopKind.PAYWALLED: lambda _facts: (
        "Only a part of its page is free, and neither that nor the feed's own words name anything that is tracked"
    ),
    StopKind.LANGUAGE: lambda facts: f"{_language(facts)}; it would match otherwise",
    StopKind.RULE: _rule,
    StopKind.LIST_PAUSED: lambda _facts: "it would match, but the list is paused",
    StopKind.LIST_CHANGED: lambda _facts: (
        "it would match now: the list was changed after the article came in"
    ),
    StopKind.TO_GROUP: lambda _facts: "it matches, and is waiting to be put into its story",
    StopKind.SCORE: lambda facts: (
        f"its score is {facts['score']:g}; the list asks for at least {facts['least']:g}"
    ),
    StopKind.NOT_ALERTED: lambda _facts: "it matched when it came in, but its alert is no longer stored",
    StopKind.REFUSED: _refused,
    StopKind.CHANNEL_OFF: _channel_off,
    StopKind.SILENCED: _silenced,
    StopKind.NO_CHANNEL: lambda facts: f"alert {facts['alert']} was raised, but the list has no channel",
    StopKind.NOT_ROUTED: lambda facts: (
        f"alert {facts['alert']} was raised, but does not meet the conditions of any of the list's channels"
    ),
    StopKind.QUEUED: _queued,
    StopKind.GROUPED: lambda facts: (
        f'joined alert {facts["alert"]} of {_moment(facts["at"])}, raised by "{facts["title"]}" ({facts["outlet"]})'
    ),
    StopKind.SENT: _sent,
}
