"""The words for what people did and to what, which the audit knows by codes."""

from __future__ import annotations

import json

from storage.language import N_, _

SUBJECTS = {
    "watch list": N_("watch list"),
    "private list": N_("private list"),
    "actor": N_("actor"),
    "topic": N_("topic"),
    "outlet": N_("outlet"),
    "survey": N_("survey"),
    "channel": N_("channel"),
    "delivery": N_("delivery"),
    "alert": N_("alert"),
    "story": N_("story"),
    "silence": N_("silence"),
    "review": N_("review"),
    "edition": N_("edition"),
    "search": N_("saved search"),
    "folder": N_("folder"),
    "user": N_("user"),
    "session": N_("session"),
    "token": N_("token"),
    "subscription": N_("subscription"),
}
VERBS = {
    "add": N_("add"),
    "change": N_("change"),
    "rename": N_("rename"),
    "copy": N_("copy"),
    "save": N_("save"),
    "share": N_("share"),
    "take over": N_("take over"),
    "pause": N_("pause"),
    "resume": N_("resume"),
    "remove": N_("remove"),
    "import": N_("import"),
    "backfill": N_("look through the archive"),
    "archive": N_("scan an archive"),
    "poll": N_("poll"),
    "access": N_("change the access"),
    "unsubscribe": N_("unsubscribe"),
    "resubscribe": N_("subscribe again"),
    "send again": N_("send again"),
    "dismiss": N_("dismiss"),
    "deal with": N_("deal with"),
    "undo": N_("undo"),
    "restore": N_("restore"),
    "split": N_("take apart"),
    "merge": N_("put together"),
    "approve": N_("approve"),
    "reopen": N_("reopen"),
    "correct": N_("correct"),
    "close": N_("close"),
    "file": N_("file"),
    "take out": N_("take out"),
    "note": N_("write a note"),
    "recipient": N_("change a recipient"),
    "recipient removed": N_("remove a recipient"),
    "end": N_("end"),
    "role": N_("change the role"),
    "password": N_("set the password"),
    "password link": N_("make a password link"),
    "second factor": N_("set up a second factor"),
    "no second factor": N_("take the second factor away"),
    "language": N_("choose the language"),
    "sign in": N_("sign in"),
    "sign out": N_("sign out"),
    "revoke": N_("revoke"),
}


def subject_words(code: str) -> str:
    """Return the word for a kind of thing."""
    return _(SUBJECTS[code]) if code in SUBJECTS else code


def verb_words(code: str) -> str:
    """Return the words for what was done."""
    return _(VERBS[code]) if code in VERBS else code


def fact_words(value: object) -> str:
    """Return a fact of an act on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
