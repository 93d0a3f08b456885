"""The words for a request that had no answer: made of a reason and its facts where they are shown, or raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from storage.language import _
from storage.troubles import Fact, Trouble

UNKNOWN_AUTHORITY = frozenset(
    {
        "unable to get local issuer certificate",
        "unable to get issuer certificate",
        "self-signed certificate",
        "self-signed certificate in certificate chain",
        "unable to verify the first certificate",
    }
)
"""OpenSSL's words for a chain that does not end at an authority that is trusted."""
TLS_REASONS = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS at this port; the address may begin with http://",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it speaks TLS 1.1 or older alone, which is not secure",
    "UNSUPPORTED_PROTOCOL": "it speaks TLS 1.1 or older alone, which is not secure",
}
"""OpenSSL's words for what went wrong, and plain ones."""

_WORDS: Mapping[str, Callable[[Mapping[str, Fact]], str]] = {
    "private-address": lambda facts: _(
        "refused, {detail}; if it is yours, add its network to [crawler] allow_networks",
        detail=facts["detail"],
    ),
    "certificate": lambda facts: _(
        "the certificate of {host} is not valid: {detail}{advice}",
        host=facts["host"],
        detail=facts["detail"],
        advice=_advice(facts),
    ),
    "handshake": lambda facts: _(
        "no secure connection to {host}: {get}",
        host=facts["host"],
        get=TLS_REASONS.get(str(facts["detail"]), facts["detail"]),
    ),
    "ended": lambda facts: _(
        "{host} ended the connection as it was made; with https, it may speak TLS 1.1 or older alone",
        host=facts["host"],
    ),
    "silent": lambda facts: _("can't connect to {host}: it does not answer", host=facts["host"]),
    "slow": lambda facts: _("no whole answer within {seconds:g} s", seconds=facts["seconds"]),
    "unknown-name": lambda facts: _("the name {host} can't be found (DNS)", host=facts["host"]),
    "redirects": lambda facts: _("more than {most} redirects", most=facts["most"]),
    "middleware": lambda facts: _(
        "a Scrapy middleware refused the request: {detail}", detail=facts["detail"]
    ),
    "large": lambda facts: _("the answer is larger than {megabytes:g} MB", megabytes=facts["megabytes"]),
    "packed": lambda facts: _("the answer can't be unpacked ({detail})", detail=facts["detail"]),
    "scheme": lambda _facts: _("not an address that can be fetched (http or https)"),
    "refused": lambda facts: _(
        "can't connect to {host}: {detail}", host=facts["host"], detail=facts["detail"]
    ),
    "cut-off": lambda _facts: _("the answer broke off"),
    "not-http": lambda facts: (
        _("the answer of {host} can't be read as HTTP", host=facts["host"])
        + (f": {facts['detail']}" if facts["detail"] else "")
    ),
    "system": lambda facts: str(facts["detail"]),
    "robots-forbid": lambda _facts: _("robots.txt of its host does not allow it"),
    "robots-forbid-login": lambda _facts: _(
        "robots.txt of its host does not allow to log in there; give the cookies of a browser's "
        "login as cookies_file"
    ),
    "robots-unknown": lambda facts: _(
        "robots.txt of {host} could not be fetched, so its pages wait until it answers", host=facts["host"]
    ),
    "login-refused": lambda facts: _(
        "the login at {login} was refused: name or password is wrong. It is not tried again before {until}",
        login=facts["login"],
        until=facts["until"],
    ),
    "login-unshown": lambda facts: _(
        "after the login at {login}, {success!r} stands nowhere on the page: name or password is "
        "wrong, or success is. It is not tried again before {until}",
        login=facts["login"],
        success=facts["success"],
        until=facts["until"],
    ),
    "login-form": lambda facts: _(
        "the login page {login} has no form with the fields {fields}",
        login=facts["login"],
        fields=facts["fields"],
    ),
    "login-get": lambda facts: _(
        "the form of {login} would send the password in an address, where others can read it: not sent",
        login=facts["login"],
    ),
    "login-elsewhere": lambda facts: _(
        "the login would send the password on to {host}: not sent. If that is right, give the "
        "address of the login page there",
        host=facts["host"],
    ),
    "login-status": lambda facts: _(
        "the login page {login} answered HTTP {status}", login=facts["login"], status=facts["status"]
    ),
    "login-useless": lambda facts: _(
        "it asks for a login though that at {login} went well", login=facts["login"]
    ),
    "basic-refused": lambda facts: _(
        "{host} refused the user name and password of basic. They are not tried again before {until}",
        host=facts["host"],
        until=facts["until"],
    ),
    "access": lambda facts: _("the outlet's access can't be used: {detail}", detail=facts["detail"]),
    "browser-missing": lambda _facts: _(
        "the outlet asks for a browser, and Playwright is not installed: pipx inject tocsin "
        "playwright (docs/outlets.md)"
    ),
    "browser-none": lambda facts: _(
        "the outlet asks for a browser, and there is none: install one of {names}, or name it in "
        "[crawler.browser]",
        names=facts["names"],
    ),
    "browser-start": lambda facts: _("the browser can't be started: {detail}", detail=facts["detail"]),
    "browser-memory": lambda facts: _(
        "the browser took more than {megabytes:g} MB, and was ended", megabytes=facts["megabytes"]
    ),
    "busy": lambda facts: _("{host} is busy", host=facts["host"]),
    "rests": lambda facts: _("{host} rests ({why})", host=facts["host"], why=facts["why"]),
    "mailbox-missing": lambda _facts: _(
        "no mailbox is set up: give host, username and password_file under [imap] in the "
        "settings, and restart"
    ),
    "inbox-missing": lambda _facts: _(
        "no mail is taken in: give listen and domain under [inbound] in the settings, and restart"
    ),
    "mailbox-login": lambda facts: _(
        "{host} refused the login of {user}: {said}; check [imap] username and password_file",
        host=facts["host"],
        user=facts["user"],
        said=facts["said"],
    ),
    "mailbox-folder": lambda facts: (
        _(
            "{host} has no folder {folder!r} that can be opened: {said}",
            host=facts["host"],
            folder=facts["folder"],
            said=facts["said"],
        )
        + (f"; {facts['near']}" if facts["near"] else "")
    ),
    "mailbox-ended": lambda facts: _(
        "{host} ended the connection: {said}", host=facts["host"], said=facts["said"]
    ),
    "mailbox-refused": lambda facts: _(
        "{host} refused what was asked: {said}", host=facts["host"], said=facts["said"]
    ),
    "mailbox-starttls": lambda facts: _(
        '{host} does not offer STARTTLS: set [imap] security = "tls", whose port is 993', host=facts["host"]
    ),
    "mailbox-handshake": lambda facts: (
        _("no secure connection to {host}: ", host=facts["host"])
        + (
            _('it does not speak TLS at this port; [imap] security may be "starttls"')
            if facts["detail"] == "WRONG_VERSION_NUMBER"
            else str(TLS_REASONS.get(str(facts["detail"]), facts["detail"]))
        )
    ),
    "mailbox-certificate": lambda facts: _(
        "the certificate of {host} is not valid: {detail}; its authority can be given as [imap] ca_file",
        host=facts["host"],
        detail=facts["detail"],
    ),
}


def unfetched(kind: str, reason: str, url: str, *, asked_for: str = "", **facts: Fact) -> Trouble:
    """Return why a request to `url` had no answer. `asked_for` is the address that led there, if another."""
    if asked_for and asked_for != url:
        facts["asked_for"] = asked_for
    return Trouble(kind, {"url": url, "reason": reason, **facts})


def unfetched_words(trouble: Trouble) -> str | None:
    """Return why a request had no answer; None for a trouble of another sort."""
    facts = trouble.facts
    words = _WORDS.get(str(facts.get("reason")))
    if words is None:
        return None
    said = words(facts)
    address = facts.get("asked_for") or facts["url"]
    return f"{address}: {said}" if address else said


def _advice(facts: Mapping[str, Fact]) -> str:
    if facts["detail"] not in UNKNOWN_AUTHORITY:
        return ""
    return _("; its authority, or a certificate between, can be given as the outlet's ca_file")
