"""Where an article stopped, in words, and what can be done about it: made where they are shown."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from service.missed.values import OutletProposal, Stop, StopKind, TracedArticle
from service.troubles import page_trouble_words, trouble_words
from storage.language import N_, _, ngettext

Facts = Mapping[str, Any]

LABELS = {
    StopKind.NOT_AN_ADDRESS: N_("not an address"),
    StopKind.SEALED_LINK: N_("link not resolved"),
    StopKind.NOT_FOLLOWED: N_("outlet not followed"),
    StopKind.REMOVED: N_("outlet removed"),
    StopKind.CONTROL: N_("control source only"),
    StopKind.PAUSED: N_("outlet paused"),
    StopKind.NEVER_READ: N_("feed not read yet"),
    StopKind.FAILING: N_("feed failing"),
    StopKind.RESTING: N_("host resting"),
    StopKind.GAP: N_("gap in the feed"),
    StopKind.BEFORE: N_("published before it was followed"),
    StopKind.NOT_IN_SECTION: N_("section not followed"),
    StopKind.NOT_YET_POLLED: N_("published after the last poll"),
    StopKind.NOT_CARRIED: N_("not in the feed"),
    StopKind.FORGOTTEN: N_("found, deleted since"),
    StopKind.OLD: N_("old when found"),
    StopKind.TO_READ: N_("page not read yet"),
    StopKind.TO_MATCH: N_("not matched yet"),
    StopKind.NO_LISTS: N_("nothing is tracked"),
    StopKind.OTHER_LANGUAGE: N_("other language"),
    StopKind.NO_NAME: N_("name not in the text"),
    StopKind.UNREADABLE: N_("page not readable"),
    StopKind.PAYWALLED: N_("behind a paywall"),
    StopKind.LANGUAGE: N_("language excluded"),
    StopKind.RULE: N_("rule did not match"),
    StopKind.LIST_PAUSED: N_("watch list paused"),
    StopKind.LIST_CHANGED: N_("watch list changed since"),
    StopKind.TO_GROUP: N_("not grouped yet"),
    StopKind.SCORE: N_("score too low"),
    StopKind.NOT_ALERTED: N_("no alert"),
    StopKind.REFUSED: "refused",
    StopKind.CHANNEL_OFF: N_("channel off"),
    StopKind.SILENCED: "silenced",
    StopKind.NO_CHANNEL: N_("no channel"),
    StopKind.NOT_ROUTED: N_("no channel takes it"),
    StopKind.QUEUED: "queued",
    StopKind.GROUPED: N_("joined another alert"),
    StopKind.SENT: "sent",
}
"""Each kind in a few words."""


def label(stop: Stop) -> str:
    """Return a stop in a few words."""
    return _(LABELS[stop.kind])


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
    return f"{value:%Y-%m-%d %H:%M} UTC" if value is not None else _("an unknown time")


def _not_followed(facts: Facts) -> str:
    return _("No outlet at {host} is followed", host=facts["host"])


def _failing(facts: Facts) -> str:
    if facts["since"] is None:
        return _("The feed of {outlet} is gone and not polled any more", outlet=facts["outlet"])
    return _(
        "The feed of {outlet} has not been readable since {since}",
        outlet=facts["outlet"],
        since=_moment(facts["since"]),
    )


def _gap(facts: Facts) -> str:
    filled = (
        _(" ({filled} of them were found in its sitemap)", filled=facts["filled"]) if facts["filled"] else ""
    )
    said = _(
        "Between {since} and {until} the feed of {outlet} had a gap: entries came and went unseen{filled}",
        since=_moment(facts["since"]),
        until=_moment(facts["until"]),
        outlet=facts["outlet"],
        filled=filled,
    )
    return (
        said
        if facts["is_sure"]
        else _("{said}. When this article came out is not known, so it may not be one of them", said=said)
    )


def _never_read(facts: Facts) -> str:
    due = (
        _("; the next poll is due at {next}", next=_moment(facts["next"]))
        if facts["next"] is not None
        else ""
    )
    return _("No feed of {outlet} has been read yet{due}", outlet=facts["outlet"], due=due)


def _not_yet_polled(facts: Facts) -> str:
    due = (
        _("; the next poll is due at {next}", next=_moment(facts["next"]))
        if facts["next"] is not None
        else ""
    )
    return _(
        "It came out after {outlet} was last polled, at {last}{due}",
        outlet=facts["outlet"],
        last=_moment(facts["last"]),
        due=due,
    )


def _not_carried(facts: Facts) -> str:
    outlet = facts["outlet"]
    if len(facts["feeds"]) == 1:
        said = _("The feed of {outlet} never had it, with no gap", outlet=outlet)
    else:
        said = _("The feeds of {outlet} never had it, with no gap", outlet=outlet)
    hint = _("does its section have a feed of its own?")
    if facts["is_sure"]:
        return _("{said} when it came out: {hint}", said=said, hint=hint)
    return _("{said} in the last 30 days: {hint}", said=said, hint=hint)


def _old(facts: Facts) -> str:
    published = facts["published"]
    dated = (
        _(", dated {published}", published=_moment(published))
        if published is not None
        else _(", without a date")
    )
    if facts["is_first_reading"]:
        return _("It was in the feed when that was first read{dated}: stored without an alert", dated=dated)
    return _(
        "It was old when it was found, at {found}{dated}: stored without an alert",
        found=_moment(facts["found"]),
        dated=dated,
    )


def _to_read(facts: Facts) -> str:
    tries = facts["tries"]
    tried = ngettext(" ({count} attempt)", " ({count} attempts)", tries) if tries else ""
    since, due = _moment(facts["since"]), _moment(facts["next"])
    return _(
        "Its page has been waiting to be read since {since}{tried}; next attempt at {due}",
        since=since,
        tried=tried,
        due=due,
    )


def _to_match(facts: Facts) -> str:
    if facts["until"] is not None:
        return _(
            "It could not be matched (internal error); retrying at {until}", until=_moment(facts["until"])
        )
    return _("It has been waiting to be matched since {since}", since=_moment(facts["since"]))


def _language(facts: Facts) -> str:
    return _(
        "the article is in {language}; the list reads only {names}",
        language=facts["language"],
        names=", ".join(facts["reads"]),
    )


def _no_name(facts: Facts) -> str:
    if "near" not in facts:
        return _("No tracked name is in the text, nor a word close to one")
    if facts["is_part"]:
        return _(
            '"{name}" is not in the text; only a part of it is: "{near}"',
            name=facts["name"],
            near=facts["near"],
        )
    return _(
        '"{name}" is not in the text; the closest word there is "{near}"',
        name=facts["name"],
        near=facts["near"],
    )


def _rule(facts: Facts) -> str:
    note = f" ({facts['note']})" if facts["note"] else ""
    return _(
        '"{rule}" did not match at {clause}{note}', rule=facts["rule"], clause=facts["clause"], note=note
    )


def _sent(facts: Facts) -> str:
    to = _(" to {names}", names=", ".join(facts["to"])) if facts["to"] else ""
    refused = _("; refused by {names}", names=", ".join(facts["refused"])) if facts["refused"] else ""
    gone = (
        _("; unsubscribed: {names}", names=", ".join(facts["unsubscribed"])) if facts["unsubscribed"] else ""
    )
    return _(
        "alert {alert} was sent by {channel}{to} at {sent}{refused}{gone}",
        alert=facts["alert"],
        channel=facts["channel"],
        to=to,
        sent=_moment(facts["sent"]),
        refused=refused,
        gone=gone,
    )


def _silenced(facts: Facts) -> str:
    until = _(" until {until}", until=_moment(facts["until"])) if facts["until"] is not None else ""
    note = f" ({facts['note']})" if facts["note"] else ""
    return _("alert {alert} was silenced{until}{note}", alert=facts["alert"], until=until, note=note)


def _refused(facts: Facts) -> str:
    who = f" ({', '.join(facts['refused'])})" if facts["refused"] else ""
    return _(
        "alert {alert} was refused by {channel}{who}", alert=facts["alert"], channel=facts["channel"], who=who
    )


def _channel_off(facts: Facts) -> str:
    return _(
        "alert {alert} is waiting: the channel {channel} is off",
        alert=facts["alert"],
        channel=facts["channel"],
    )


def _queued(facts: Facts) -> str:
    said = _(
        "alert {alert} has been queued for {channel} since {since}",
        alert=facts["alert"],
        channel=facts["channel"],
        since=_moment(facts["since"]),
    )
    if facts["rests"] is not None:
        return _(
            "{said}; the channel is failing, next attempt at {rests}",
            said=said,
            rests=_moment(facts["rests"]),
        )
    return _("{said}; due {due}", said=said, due=_moment(facts["due"]))


_OF_PAGES = frozenset({StopKind.TO_READ, StopKind.UNREADABLE})
"""The trouble is the page's, not a feed's."""
_SENTENCES: Mapping[StopKind, Callable[[Facts], str]] = {
    StopKind.NOT_AN_ADDRESS: lambda facts: _("{given!r} is not a web address", given=facts["given"]),
    StopKind.SEALED_LINK: lambda facts: _(
        "{host} hides where this link leads: open it, and give the article's own address", host=facts["host"]
    ),
    StopKind.NOT_FOLLOWED: _not_followed,
    StopKind.REMOVED: lambda facts: _(
        "{outlet} was removed and is not followed any more", outlet=facts["outlet"]
    ),
    StopKind.CONTROL: lambda facts: _(
        "{outlet} is a control source: its articles are only compared, never alerted on",
        outlet=facts["outlet"],
    ),
    StopKind.PAUSED: lambda facts: _(
        "{outlet} has been paused since {since}", outlet=facts["outlet"], since=_moment(facts["since"])
    ),
    StopKind.NEVER_READ: _never_read,
    StopKind.FAILING: _failing,
    StopKind.RESTING: lambda facts: _(
        "The host of {outlet} asked us to wait until {until}",
        outlet=facts["outlet"],
        until=_moment(facts["until"]),
    ),
    StopKind.GAP: _gap,
    StopKind.BEFORE: lambda facts: _(
        "It came out at {published}; {outlet} has been followed since {since}",
        published=_moment(facts["published"]),
        outlet=facts["outlet"],
        since=_moment(facts["since"]),
    ),
    StopKind.NOT_IN_SECTION: lambda facts: _(
        "{outlet} is followed only where the address matches {match}",
        outlet=facts["outlet"],
        match=facts["match"],
    ),
    StopKind.NOT_YET_POLLED: _not_yet_polled,
    StopKind.NOT_CARRIED: _not_carried,
    StopKind.FORGOTTEN: lambda _facts: _(
        "It was found, and has since been deleted because of its age ([storage] keep_articles)"
    ),
    StopKind.OLD: _old,
    StopKind.TO_READ: _to_read,
    StopKind.TO_MATCH: _to_match,
    StopKind.NO_LISTS: lambda _facts: _("There is no watch list"),
    StopKind.OTHER_LANGUAGE: _language,
    StopKind.NO_NAME: _no_name,
    StopKind.UNREADABLE: lambda _facts: _(
        "Its page could not be read, and the feed's own words on it name nothing that is tracked"
    ),
    StopKind.PAYWALLED: lambda _facts: _(
        "Only a part of its page is free, and neither that nor the feed's own words name "
        "anything that is tracked"
    ),
    StopKind.LANGUAGE: lambda facts: _("{said}; it would match otherwise", said=_language(facts)),
    StopKind.RULE: _rule,
    StopKind.LIST_PAUSED: lambda _facts: _("it would match, but the list is paused"),
    StopKind.LIST_CHANGED: lambda _facts: _(
        "it would match now: the list was changed after the article came in"
    ),
    StopKind.TO_GROUP: lambda _facts: _("it matches, and is waiting to be put into its story"),
    StopKind.SCORE: lambda facts: _(
        "its score is {score:g}; the list asks for at least {least:g}",
        score=facts["score"],
        least=facts["least"],
    ),
    StopKind.NOT_ALERTED: lambda _facts: _("it matched when it came in, but its alert is no longer stored"),
    StopKind.REFUSED: _refused,
    StopKind.CHANNEL_OFF: _channel_off,
    StopKind.SILENCED: _silenced,
    StopKind.NO_CHANNEL: lambda facts: _(
        "alert {alert} was raised, but the list has no channel", alert=facts["alert"]
    ),
    StopKind.NOT_ROUTED: lambda facts: _(
        "alert {alert} was raised, but does not meet the conditions of any of the list's channels",
        alert=facts["alert"],
    ),
    StopKind.QUEUED: _queued,
    StopKind.GROUPED: lambda facts: _(
        'joined alert {alert} of {at}, raised by "{title}" ({outlet})',
        alert=facts["alert"],
        at=_moment(facts["at"]),
        title=facts["title"],
        outlet=facts["outlet"],
    ),
    StopKind.SENT: _sent,
}
