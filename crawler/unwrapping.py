"""Addresses as people paste them: links that only lead on are peeled off, one article's addresses are told to be one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

from crawler.urls import canonical_url

DEEPEST = 5
"""A link within a link, so many times."""
_GOOGLE = r"(?:[\w-]+\.)?google\.(?:com?\.)?[a-z]{2,3}"
_LEADING_ON = (
    (_GOOGLE, r"/url", ("url", "q")),
    (_GOOGLE, r"/imgres", ("imgrefurl",)),
    (r"(?:www\.)?bing\.com", r"/news/apiclick", ("url",)),
    (r"[\w-]+\.safelinks\.protection\.outlook\.com", r"/", ("url",)),
    (r"lm?\.facebook\.com|l\.instagram\.com", r"/", ("u",)),
    (r"(?:www\.)?linkedin\.com", r"/(?:safety/go|redir/redirect)", ("url",)),
    (r"duckduckgo\.com", r"/l/", ("uddg",)),
    (r"out\.reddit\.com", r"/", ("url",)),
)
"""Host, the beginning of the path, and the parameters that hold where the link leads."""
_AMP_PATHS = (
    (rf"{_GOOGLE}", r"/amp/(s/)?(.+)"),
    (r"[\w.-]+\.cdn\.ampproject\.org", r"/[a-z](?:/[a-z])??/(s/)?([^/]+\..+)"),
)
_PROOFPOINT = re.compile(r"https://urldefense\.(?:proofpoint\.)?com/v3/__(.+?)__;")
_SEALED = re.compile(
    r"https?://(?:news\.google\.com/(?:rss/)?(?:articles|read|stories)/"
    r"|(?:t\.co|bit\.ly|tinyurl\.com|lnkd\.in|ow\.ly|buff\.ly|dlvr\.it|ift\.tt|trib\.al|goo\.gl|apple\.news|flip\.it)/."
    r"|[\w.-]+\.(?:list-manage\.com/track/click|sendgrid\.net/(?:ls|wf)/click|mjt\.lu/lnk/|rs6\.net/tn\.jsp|awstrack\.me/L0/"
    r"|hubspotlinks\.com/|mailgun\.org/c/|cmail\d+\.com/t/))",
    re.IGNORECASE,
)
"""Links that say only to their own server where they lead: short ones, and those by which newsletters count readers."""
_OTHER_FORM = re.compile(r"^(?:www|m|mobile|amp|touch)\.(?=[^.]+\.)")
_FORMS = ("", "www.", "m.", "mobile.", "amp.")
_AMP_BEGINNING = re.compile(r"^/amp(?=/.)")
_AMP_END = re.compile(r"(?:\.amp(?=\.html?$)|\.amp$|/amp\.html?$|(?<=/)amp/?$)")


def unwrapped(url: str) -> str:
    """Return where a link leads that only leads on (Google's, AMP caches, mail filters); any other as it is."""
    for _layer in range(DEEPEST):
        inner = _inner(url)
        if inner is None:
            break
        url = inner
    return url


def is_sealed(url: str) -> bool:
    """Return whether only the server of a link knows where it leads (news.google.com, t.co, bit.ly)."""
    return _SEALED.match(url) is not None


def article_keys(url: str) -> tuple[str, ...]:
    """Return the keys under which the article at an address may be stored, the likeliest first.

    That is `canonical_url` of it, and of its forms for phones, for AMP, with `www.` and with a slash at the end. Raises
    `ValueError` for what is no http or https address.
    """
    own = canonical_url(unwrapped(url))
    parts = urlsplit(own)
    hosts = dict.fromkeys((parts.netloc, *_hosts(parts.netloc)))
    paths = dict.fromkeys((parts.path, *_paths(parts.path)))
    forms = (urlunsplit(parts._replace(netloc=host, path=path)) for path in paths for host in hosts)
    return tuple(dict.fromkeys((own, *map(canonical_url, forms))))


def plain_host(host: str) -> str:
    """Return a host's name without what stands before it for phones, for AMP or for the web."""
    return _OTHER_FORM.sub("", host)


def _inner(url: str) -> str | None:
    proofpoint = _PROOFPOINT.match(url)
    if proofpoint is not None:
        return _address(re.sub(r"^(https?:/)(?=[^/])", r"\1/", proofpoint[1]))
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if re.fullmatch(r"urldefense\.proofpoint\.com", host) and parts.path.startswith("/v2/url"):
        coded = parse_qs(parts.query).get("u", [""])[0]
        return _address(unquote(coded.replace("-", "%").replace("_", "/")))
    for pattern, path, names in _LEADING_ON:
        if re.fullmatch(pattern, host) and re.match(path, parts.path):
            fields = parse_qs(parts.query)
            for name in names:
                found = _address(fields.get(name, [""])[0])
                if found is not None:
                    return found
    for pattern, path in _AMP_PATHS:
        amp = re.fullmatch(path, parts.path) if re.fullmatch(pattern, host) else None
        if amp is not None:
            query = f"?{parts.query}" if parts.query else ""
            return _address(f"http{'s' if amp[1] else ''}://{amp[2]}{query}")
    return None


def _address(text: str) -> str | None:
    return text if re.match(r"https?://[^/\s]", text, re.IGNORECASE) else None


def _hosts(netloc: str) -> Iterator[str]:
    plain = plain_host(netloc)
    if plain.count(".") < 1 or re.fullmatch(r"[\d.]+(?::\d+)?", plain) or plain.startswith("["):
        return
    for form in _FORMS:
        yield form + plain


def _paths(path: str) -> Iterator[str]:
    plain = _AMP_END.sub("", _AMP_BEGINNING.sub("", path)) or "/"
    for form in dict.fromkeys((path, plain)):
        yield form
        yield form.rstrip("/") or "/" if form.endswith("/") else f"{form}/"
