"""The words for what went wrong with a delivery: made of kind and facts where they are shown, or raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from storage.language import _
from storage.troubles import Fact, Trouble

DELIVERY_WORDS: Mapping[str, Callable[[Mapping[str, Fact]], str]] = {
    "receiver-answered": lambda facts: _(
        "{host} answered {status}{meaning}",
        host=facts["host"],
        status=facts["status"],
        meaning=_meaning(facts),
    ),
    "receiver-refused-address": lambda facts: _(
        "{host} was not called: {detail}; if it is yours, add its network to allow_networks",
        host=facts["host"],
        detail=facts["detail"],
    ),
    "receiver-timeout": lambda facts: _(
        "{host} did not answer within {seconds:g} s", host=facts["host"], seconds=facts["seconds"]
    ),
    "receiver-certificate": lambda facts: _(
        "the certificate of {host} is not valid: {detail}", host=facts["host"], detail=facts["detail"]
    ),
    "receiver-unknown": lambda facts: _("the name {host} can't be found (DNS)", host=facts["host"]),
    "receiver-unreachable": lambda facts: _(
        "{host} gave no answer: {detail}", host=facts["host"], detail=facts["detail"]
    ),
    "mail-login": lambda facts: _(
        "the mail server {server} refused the user name or password ({code}): check [smtp] "
        "username and password",
        server=facts["server"],
        code=facts["code"],
    ),
    "mail-certificate": lambda facts: _(
        "the mail server {server} shows a certificate that is not valid: {detail}",
        server=facts["server"],
        detail=facts["detail"],
    ),
    "mail-not-accepted": lambda facts: _(
        "the mail server {server} answered {code} before a mail could be sent: {answer}",
        server=facts["server"],
        code=facts["code"],
        answer=facts["answer"],
    ),
    "mail-unreachable": lambda facts: _(
        "the mail server {server} could not be used: {detail}", server=facts["server"], detail=facts["detail"]
    ),
    "mail-answered": lambda facts: _(
        "the mail server {server} answered {code}: {answer}",
        server=facts["server"],
        code=facts["code"],
        answer=facts["answer"],
    ),
    "mail-broke-off": lambda facts: _(
        "the mail server {server} broke off: {detail}", server=facts["server"], detail=facts["detail"]
    ),
    "mail-refused": lambda facts: _(
        "the mail server {server} refused the mail: {refusals}",
        server=facts["server"],
        refusals=facts["refusals"],
    ),
    "services-refused": lambda facts: _(
        "{services} did not take the message; the log has Apprise's own words", services=facts["services"]
    ),
    "output": lambda facts: _("can't print to standard output: {detail}", detail=facts["detail"]),
    "channel-settings": lambda facts: _("its settings can't be used: {detail}", detail=facts["detail"]),
    "attempt-timeout": lambda facts: _("not sent within {seconds:g} s", seconds=facts["seconds"]),
    "attempt-broke": lambda facts: f"{facts['error']}: {facts['detail']}",
    "unreadable": lambda facts: _("what is stored can't be read: {detail}", detail=facts["detail"]),
    "merged": lambda _facts: _("merged into an older alert"),
    "days-of-failure": lambda facts: _(
        "took nothing for {days} days; lately: {words}",
        days=facts["days"],
        words=failure_words(_lately(facts)),
    ),
    "note": lambda facts: str(facts["text"]),
}
"""By kind. A channel of a stranger raises its words: `note`."""


def failure_words(trouble: Trouble) -> str:
    """Return what went wrong in words."""
    words = DELIVERY_WORDS.get(trouble.kind)
    return trouble.kind if words is None else words(trouble.facts)


def after_days(trouble: Trouble, days: int) -> Trouble:
    """Return why a channel is switched off that took nothing for so many days, and what went wrong last."""
    return Trouble("days-of-failure", {**trouble.facts, "days": days, "lately": trouble.kind})


def _lately(facts: Mapping[str, Fact]) -> Trouble:
    return Trouble(str(facts["lately"]), facts)


def _meaning(facts: Mapping[str, Fact]) -> str:
    status = int(facts["status"])
    if 300 <= status < 400:
        return _(", a redirect: none is followed; put the new address into the settings")
    return _(" Gone: the channel is switched off") if status == 410 else ""
