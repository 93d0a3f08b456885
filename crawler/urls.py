"""Addresses: the key of an article, the host where politeness is kept, links made absolute."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit, urlunsplit

import idna

DEFAULT_PORTS = {"http": 80, "https": 443}

_TRACKING = tomllib.loads((Path(__file__).parent / "tracking.toml").read_text(encoding="utf-8"))
_PREFIXES = tuple(_TRACKING["prefixes"])
_NAMES = frozenset(_TRACKING["names"])
_FEED_NAMES = frozenset(_TRACKING["feed_names"])
_FEED_VALUES = frozenset(_TRACKING["feed_values"])
ABSOLUTE = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[\w%/.+:@~,=&!$*()'-]*(?:\?[\w%/.+:@~,=&-]+)?\Z", re.ASCII
)
"""Addresses with nothing in them to resolve, repair or refuse."""
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(/[a-zA-Z0-9_/.:@~,=&!$*()'+-]*)\Z")
"""Addresses with nothing in them to make alike but perhaps the end of the path."""
_UNUSABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_VERSION_NAMES = frozenset({"amp", "print"})
_FORM_NAMES = frozenset({"outputtype", "output", "view", "mode", "layout", "format", "service"})
_YES = frozenset({"", "1", "true", "yes", "y"})
_VERSION_PATH = re.compile(r"(?<=[^/])(?:/(?:amp|print))+/?$")
"""The same article made for phones or for paper: "/amp" and "/print" at the end, "?amp=1", "?outputType=amp"."""
_UNRESERVED = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def canonical_url(url: str) -> str:
    """Return the key of the article at `url`: equal for addresses that differ only in ways that never lead elsewhere.

    Scheme (http counts as https), case and default port of the host, dot segments, percent-encoding, fragment (but `#!`),
    tracking parameters and what asks for an AMP or print version are made alike; the order of the other parameters and a slash
    at the end are kept, since either may matter. The address that is fetched stays as published. Idempotent. Raises
    `ValueError` for what is no http or https address.
    """
    plain = _PLAIN.match(url)  # nearly every address, in a tenth of the time
    if plain is not None and "/." not in plain[1] and not _is_version(plain[1]):
        return url if url.startswith("https") else f"https{url[4:]}"
    parts = urlsplit(_clean(url))
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not an http or https address: {url!r}")
    path = _VERSION_PATH.sub("", _without_dots(_quoted(parts.path or "/"))) or "/"
    query = "&".join(_quoted(field) for field in parts.query.split("&") if field and not _tracks(field))
    fragment = _quoted(parts.fragment) if parts.fragment.startswith("!") else ""
    port = (
        parts.port if parts.port != DEFAULT_PORTS[scheme] else None
    )  # of what counts as https, 443 goes too
    return urlunsplit(("https", _netloc(parts.hostname, port, "https"), path, query, fragment))


def _is_version(path: str) -> bool:
    return ("/amp" in path or "/print" in path) and _VERSION_PATH.search(path) is not None


def host_of(url: str) -> str:
    """Return the host's name for politeness: lower case, with the port where it is not the scheme's own.

    Raises `ValueError` for what is no http or https address.
    """
    parts = urlsplit(_clean(url))
    if parts.scheme.lower() not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not an http or https address: {url!r}")
    return _netloc(parts.hostname, parts.port, parts.scheme.lower())


def resolve(base: str, link: str) -> str | None:
    """Return `link`, seen from `base`, as an absolute http or https address; None where it is none."""
    if ABSOLUTE.match(link):  # nearly every link that there is
        return link
    link = _clean(link)
    if not link:
        return None
    try:
        url = urljoin(base, link)
        host_of(url)
    except ValueError:
        return None
    scheme, _colon, rest = url.partition(":")
    return f"{scheme.lower()}:{rest}"  # "Https://", as somebody typed it


def _clean(url: str) -> str:
    """Drop what browsers drop: spaces around, tabs and newlines inside; and what can't be encoded."""
    return _UNUSABLE.sub("", url.strip()).strip()


def _netloc(hostname: str, port: int | None, scheme: str) -> str:
    host = hostname.lower().rstrip(".") or hostname
    if not host.isascii():
        host = _in_ascii(host)
    if ":" in host:
        host = f"[{host}]"
    return host if port is None or port == DEFAULT_PORTS[scheme] else f"{host}:{port}"


def _in_ascii(host: str) -> str:
    """Return a host's name as it is dialled (UTS #46, not transitional: "faß" is not "fass").

    What IDNA 2008 does not take (an underscore, a heart) is written letter by letter, so that no two names become one.
    """
    try:
        return idna.encode(host, uts46=True).decode("ascii").rstrip(".")
    except UnicodeError:
        pass
    try:
        labels = idna.uts46_remap(host, std3_rules=False).split(".")
        written = (
            label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels
        )
        return ".".join(written).lower()
    except UnicodeError:
        return quote(host).lower()


def _without_dots(path: str) -> str:
    """Remove dot segments (RFC 3986 §5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
        if last and segment in (".", ".."):
            kept.append("")
    return "/".join(kept) if len(kept) > 1 else "/"


def _quoted(text: str) -> str:
    """Write percent-encoding in one way: unreserved characters bare, all else encoded in upper case (RFC 3986 §6.2.2)."""

    def plain(match: re.Match[str]) -> str:
        byte = unquote_to_bytes(match[0])
        return byte.decode() if re.fullmatch(rb"[A-Za-z0-9._~-]", byte) else match[0].upper()

    text = _STRAY_PERCENT.sub("%25", text)  # first, or what is made plain behind it looks like its own
    return quote(_UNRESERVED.sub(plain, text), safe="%/:?@!$&'()*+,;=~[]")


def _tracks(field: str) -> bool:
    name, _, value = field.partition("=")
    name, value = name.lower(), value.lower()
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    if name in _VERSION_NAMES and value in _YES:
        return True
    if name in _FORM_NAMES and value in _VERSION_NAMES:
        return True
    return name in _FEED_NAMES and value in _FEED_VALUES
