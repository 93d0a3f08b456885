"""The words for states, roles and kinds, which the database and the API know by their codes."""

from __future__ import annotations

from storage.language import N_, _

_WORDS = {
    # notifications and attempts
    "queued": N_("waiting"),
    "sending": N_("being sent"),
    "sent": N_("sent"),
    "failed": N_("failed"),
    "suppressed": N_("not sent: silenced"),
    "retry": N_("to be tried again"),
    "alert.created": N_("new alert"),
    "alert.updated": N_("update"),
    "digest": N_("digest"),
    "service": N_("service message"),
    "story.merged": N_("two stories became one"),
    "story.split": N_("a story was split"),
    "alert.state": N_("alert marked"),
    "alert.assigned": N_("alert assigned"),
    "alert.noted": N_("note on an alert"),
    "alert.tagged": N_("tag on an alert"),
    "alert.due": N_("alert due"),
    "review": N_("review"),
    "draft": N_("draft"),
    "held": N_("held"),
    "approved": N_("approved"),
    "dropped": N_("dropped"),
    # outlets, feeds, hubs
    "ok": N_("ok"),
    "active": N_("active"),
    "failing": N_("failing"),
    "silent": N_("silent"),
    "gone": N_("gone"),
    "retired": N_("retired"),
    "removed": N_("removed"),
    "paused": N_("paused"),
    "wanted": N_("requested"),
    "leaving": N_("ending"),
    "new": N_("new"),
    "stuck": N_("stuck"),
    "resting": N_("resting"),
    "followed": N_("followed"),
    # surveys
    "waiting": N_("waiting"),
    "looking": N_("being looked at"),
    "found": N_("found"),
    "added": N_("added"),
    "nothing": N_("nothing found"),
    # rows of a file
    "updated": N_("updated"),
    "unchanged": N_("unchanged"),
    "merged": N_("joined"),
    "skipped": N_("skipped"),
    "invalid": N_("can’t be used"),
    # people
    "reader": N_("reader"),
    "editor": N_("editor"),
    "admin": N_("admin"),
    "oidc": N_("by OpenID Connect"),
    "proxy": N_("by the proxy"),
    "read": N_("read"),
    "write": N_("write"),
    # alerts
    "story": N_("story"),
    "article": N_("article"),
    "spike": N_("spike"),
    "actor": N_("actor"),
    "topic": N_("topic"),
    "watch": N_("watch list"),
    "outlet": N_("outlet"),
    "seen": N_("seen"),
    "in-hand": N_("in hand"),
    "done": N_("done"),
    "dismissed": N_("dismissed"),
    # where something was done
    "page": N_("on the page"),
    "link": N_("by a link in a mail"),
    "provider": N_("by the sign-in provider"),
    "api": N_("by the API"),
    "cli": N_("on the command line"),
    "command": N_("on the command line"),
    # fields of an article
    "title": N_("title"),
    "summary": N_("summary"),
    "headline": N_("headline"),
    "lead": N_("lead"),
    "description": N_("description"),
    "text": N_("text"),
    # kinds of sources
    "feed": N_("feed"),
    "sitemap": N_("sitemap"),
    "json": N_("JSON list"),
    "list": N_("page with links"),
    "push": N_("push"),
    "spider": N_("spider"),
    "mail": N_("newsletters"),
}

_STAGES = {
    # stages, and what waits for them
    "polling": N_("polling"),
    "polls": N_("polling"),
    "pages": N_("reading pages"),
    "matching": N_("matching"),
    "grouping": N_("grouping into stories"),
    "search index": N_("search index"),
    "delivery": N_("delivery"),
    "pushes": N_("pushes"),
    "hubs": N_("push subscriptions"),
    "surveys": N_("surveys"),
    "reviews": N_("press reviews"),
    "bounces": N_("mail that came back"),
    "pictures": N_("pictures of press reviews"),
    "inbound mail": N_("incoming newsletters"),
    "mailbox": N_("mailbox"),
    "health": N_("health of outlets"),
    "control report": N_("control report"),
    "upkeep": N_("upkeep"),
}
_KINDS = {
    # types and themes of the catalogue
    "daily": N_("daily newspaper"),
    "online": N_("online only"),
    "broadcaster": N_("broadcaster"),
    "wire": N_("news agency"),
    "regional": N_("regional newspaper"),
    "magazine": N_("magazine"),
    "government": N_("government"),
    "organisation": N_("organisation"),
    "business": N_("business"),
    "diplomacy": N_("diplomacy"),
    "politics": N_("politics"),
    "technology": N_("technology"),
    "health": N_("health"),
    "science": N_("science"),
    "climate": N_("climate"),
    "defence": N_("defence"),
    "energy": N_("energy"),
    "sport": N_("sport"),
    # types of channels
    "email": N_("e-mail"),
    "webhook": N_("webhook"),
    "apprise": "Apprise",
    "console": N_("terminal"),
}


def state_words(code: str) -> str:
    """Return the word for a code; a plugin's own code as it is."""
    word = _WORDS.get(code)
    return code if word is None else _(word)


def stage_words(code: str) -> str:
    """Return the word for a stage, or for what waits for it; a plugin's own as it is."""
    word = _STAGES.get(code)
    return code if word is None else _(word)


def kind_words(code: str) -> str:
    """Return the word for a type of outlet or channel, or a theme; a plugin's own as it is."""
    word = _KINDS.get(code)
    return code if word is None else _(word)
