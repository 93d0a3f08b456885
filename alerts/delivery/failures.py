"""The words for what went wrong with a delivery: made of kind and facts where they are shown, or raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from storage.troubles import Fact, Trouble

DELIVERY_WORDS: Mapping[str, Callable[[Mapping[str, Fact]], str]] = {
    "receiver-answered": lambda facts: f"{facts['host']} answered {facts['status']}{_meaning(facts)}",
    "receiver-refused-address": lambda facts: (
        f"{facts['host']} was not called: {facts['detail']}; if it is yours, add its network to allow_networks"
    ),
    "receiver-timeout": lambda facts: f"{facts['host']} did not answer within {facts['seconds']:g} s",
    "receiver-certificate": lambda facts: (
        f"the certificate of {facts['host']} is not valid: {facts['detail']}"
    ),
    "receiver-unknown": lambda facts: f"the name {facts['host']} can't be found (DNS)",
    "receiver-unreachable": lambda facts: f"{facts['host']} gave no answer: {facts['detail']}",
    "mail-login": lambda facts: (
        f"the mail server {facts['server']} refused the user name or password ({facts['code']}): "
        "check [smtp] username and password"
    ),
    "mail-certificate": lambda facts: (
        f"the mail server {facts['server']} shows a certificate that is not valid: {facts['detail']}"
    ),
    "mail-not-accepted": lambda facts: (
        f"the mail server {facts['server']} answered {facts['code']} before a mail could be sent: {facts['answer']}"
    ),
    "mail-unreachable": lambda facts: (
        f"the mail server {facts['server']} could not be used: {facts['detail']}"
    ),
    "mail-answered": lambda facts: (
        f"the mail server {facts['server']} answered {facts['code']}: {facts['answer']}"
    ),
    "mail-broke-off": lambda facts: f"the mail server {facts['server']} broke off: {facts['detail']}",
    "mail-refused": lambda facts: f"the mail server {facts['server']} refused the mail: {facts['refusals']}",
    "services-refused": lambda facts: (
        f"{facts['services']} did not take the message; the log has Apprise's own words"
    ),
    "output": lambda facts: f"can't print to standard output: {facts['detail']}",
    "channel-settings": lambda facts: f"its settings can't be used: {facts['detail']}",
    "attempt-timeout": lambda facts: f"not sent within {facts['seconds']:g} s",
    "attempt-broke": lambda facts: f"{facts['error']}: {facts['detail']}",
    "unreadable": lambda facts: f"what is stored can't be read: {facts['detail']}",
    "merged": lambda _facts: "merged into an older alert",
    "days-of-failure": lambda facts: (
        f"took nothing for {facts['days']} days; lately: {failure_words(_lately(facts))}"
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
        return ", a redirect: none is followed; put the new address into the settings"
    return " Gone: the channel is switched off" if status == 410 else ""
