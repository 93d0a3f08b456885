"""The words for a request that had no answer: made of a reason and its facts where they are shown, or raised."""

from __future__ import annotations

from collections.abc import Callable, Mapping

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
    "private-address": lambda facts: (
        f"refused, {facts['detail']}; if it is yours, add its network to [crawler] allow_networks"
    ),
    "certificate": lambda facts: (
        f"the certificate of {facts['host']} is not valid: {facts['detail']}{_advice(facts)}"
    ),
    "handshake": lambda facts: (
        f"no secure connection to {facts['host']}: {TLS_REASONS.get(str(facts['detail']), facts['detail'])}"
    ),
    "ended": lambda facts: (
        f"{facts['host']} ended the connection as it was made; with https, it may speak TLS 1.1 or older alone"
    ),
    "silent": lambda facts: f"can't connect to {facts['host']}: it does not answer",
    "slow": lambda facts: f"no whole answer within {facts['seconds']:g} s",
    "unknown-name": lambda facts: f"the name {facts['host']} can't be found (DNS)",
    "redirects": lambda facts: f"more than {facts['most']} redirects",
    "middleware": lambda facts: f"a Scrapy middleware refused the request: {facts['detail']}",
    "large": lambda facts: f"the answer is larger than {facts['megabytes']:g} MB",
    "packed": lambda facts: f"the answer can't be unpacked ({facts['detail']})",
    "scheme": lambda _facts: "not an address that can be fetched (http or https)",
    "refused": lambda facts: f"can't connect to {facts['host']}: {facts['detail']}",
    "cut-off": lambda _facts: "the answer broke off",
    "not-http": lambda facts: (
        f"the answer of {facts['host']} can't be read as HTTP"
        + (f": {facts['detail']}" if facts["detail"] else "")
    ),
    "system": lambda facts: str(facts["detail"]),
    "robots-forbid": lambda _facts: "robots.txt of its host does not allow it",
    "robots-forbid-login": lambda _facts: (
        "robots.txt of its host does not allow to log in there; give the cookies of a browser's login as cookies_file"
    ),
    "robots-unknown": lambda facts: (
        f"robots.txt of {facts['host']} could not be fetched, so its pages wait until it answers"
    ),
    "login-refused": lambda facts: (
        f"the login at {facts['login']} was refused: name or password is wrong. It is not tried again before {facts['until']}"
    ),
    "login-unshown": lambda facts: (
        f"after the login at {facts['login']}, {facts['success']!r} stands nowhere on the page: "
        f"name or password is wrong, or success is. It is not tried again before {facts['until']}"
    ),
    "login-form": lambda facts: (
        f"the login page {facts['login']} has no form with the fields {facts['fields']}"
    ),
    "login-get": lambda facts: (
        f"the form of {facts['login']} would send the password in an address, where others can read it: not sent"
    ),
    "login-elsewhere": lambda facts: (
        f"the login would send the password on to {facts['host']}: not sent. "
        "If that is right, give the address of the login page there"
    ),
    "login-status": lambda facts: f"the login page {facts['login']} answered HTTP {facts['status']}",
    "login-useless": lambda facts: f"it asks for a login though that at {facts['login']} went well",
    "basic-refused": lambda facts: (
        f"{facts['host']} refused the user name and password of basic. They are not tried again before {facts['until']}"
    ),
    "access": lambda facts: f"the outlet's access can't be used: {facts['detail']}",
    "browser-missing": lambda _facts: (
        "the outlet asks for a browser, and Playwright is not installed: pipx inject tocsin playwright (docs/outlets.md)"
    ),
    "browser-none": lambda facts: (
        f"the outlet asks for a browser, and there is none: install one of {facts['names']}, "
        "or name it in [crawler.browser]"
    ),
    "browser-start": lambda facts: f"the browser can't be started: {facts['detail']}",
    "browser-memory": lambda facts: f"the browser took more than {facts['megabytes']:g} MB, and was ended",
    "busy": lambda facts: f"{facts['host']} is busy",
    "rests": lambda facts: f"{facts['host']} rests ({facts['why']})",
    "mailbox-missing": lambda _facts: (
        "no mailbox is set up: give host, username and password_file under [imap] in the settings, and restart"
    ),
    "inbox-missing": lambda _facts: (
        "no mail is taken in: give listen and domain under [inbound] in the settings, and restart"
    ),
    "mailbox-login": lambda facts: (
        f"{facts['host']} refused the login of {facts['user']}: {facts['said']}; check [imap] username and password_file"
    ),
    "mailbox-folder": lambda facts: (
        f"{facts['host']} has no folder {facts['folder']!r} that can be opened: {facts['said']}"
        + (f"; {facts['near']}" if facts["near"] else "")
    ),
    "mailbox-ended": lambda facts: f"{facts['host']} ended the connection: {facts['said']}",
    "mailbox-refused": lambda facts: f"{facts['host']} refused what was asked: {facts['said']}",
    "mailbox-starttls": lambda facts: (
        f'{facts["host"]} does not offer STARTTLS: set [imap] security = "tls", whose port is 993'
    ),
    "mailbox-handshake": lambda facts: (
        f"no secure connection to {facts['host']}: "
        + (
            'it does not speak TLS at this port; [imap] security may be "starttls"'
            if facts["detail"] == "WRONG_VERSION_NUMBER"
            else str(TLS_REASONS.get(str(facts["detail"]), facts["detail"]))
        )
    ),
    "mailbox-certificate": lambda facts: (
        f"the certificate of {facts['host']} is not valid: {facts['detail']}; its authority can be given as [imap] ca_file"
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
    return "; its authority, or a certificate between, can be given as the outlet's ca_file"
