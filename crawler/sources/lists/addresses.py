"""What an address tells: its shape, whether it is an article's at all, and whether it is of the same site. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from crawler.domains import domain_of_host

_SECTION = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies|ie|ia)|categoria|rubri(?:c|que|k)|authors?|auteurs?|autor(?:es|en)?|writers?|profile|"
    r"users?|members?|account|login|signin|sign-in|register|subscri\w+|newsletters?|about(?:-us)?|contact(?:-us)?|privacy|terms|"
    r"legal|cookies?|imprint|impressum|careers?|jobs|advertis\w+|faq|search|feed|rss|sitemap|events?|calendar|galler(?:y|ies)|"
    r"podcasts?|shop|cart|donate|services?|services-[\w-]+|share|staff|weather|horoscopes?|games?|crosswords?|obituaries|"
    r"classifieds|directory|policies|accessibility|sponsored|promo\w*|partner\w*|agenda|termine|veranstaltung(?:en)?|"
    r"eventos?|evenements?|kalender|calendario|whats-?on|tenders?|vacanc(?:y|ies)|"
    r"vacatures?|stellen(?:angebote)?|karriere|ausschreibung(?:en)?|programm|spielplan|kurse|kurser|seminare?|emplois?|recrutement|empleo|concursos?|"
    r"licita(?:ciones|coes)|evenement(?:en|s)|arrangement(?:er)?|evenemang|tapahtumat|renginiai|karjera|kariera|praca|przetargi|"
    r"wydarzenia|akce|meropriy?atiy?a|vakan[sc]ii|zakupki|etkinlik(?:ler)?|ihale(?:ler)?|kariyer|esemenyek|allas(?:ok)?|"
    r"evenimente|dogodki|dogadjaji|tarifs?|mentions-legales|wp-login\.php|wp-admin|cdn-cgi)(?:/|$|\.\w+$)",
    re.IGNORECASE,
)
_SOFT_SECTION = re.compile(
    r"/(?:people|page|archives?|help|store|apps?|mobile|print|pdf|team|policy|wp-content)(?:/|$|\.\w+$)",
    re.IGNORECASE,
)
"""The same, unless the address ends as an article's does."""
_PAGING = re.compile(r"/(?:page|p|seite|pagina)[/_-]?\d+(?:/|\.\w+)?$", re.IGNORECASE)
_PAGING_NAMES = re.compile(r"\w*page(?:no|num|number|index)?|paged|start|limitstart|offset|pg", re.IGNORECASE)
_SORTING_NAMES = re.compile(
    r"(?:\w*_)?(?:cat(?:egor\w*)?|tags?|rubri\w*|topics?|author)(?:_?ids?)?", re.IGNORECASE
)
"""Names of parameters that tell a page of results, and a category."""
_ARCHIVE = re.compile(r"(?:^|/)(?:19|20)\d\d(?:/\d\d?)*/?$")
"""A path that ends with a year, a month or a day is what came out then."""
_NUMBERED = re.compile(r"\d+$|[\d.,_-]*\d{3,}|\d+[:,-]\w")
"""The value of a parameter that tells one article from another: "3312", "12,3312", "14:talks-resume"."""
_OLD_PAGE = re.compile(r"(?!page|p\d|index|menu|part)[a-z]{1,8}\d{1,3}\.html?")
"""Pages that somebody numbers by hand: "kult2.htm"."""
_NUMBERED_SLUG = re.compile(r"(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d[-_.]|\d{5,}[-_,.]")
"""What a slug begins with that a date or a long number tells apart: "2026-11-27-talks-resume"."""
_TELLING = frozenset("SXNYI")
"""One of the last two parts of an article's address, mostly: a slug, a code, a number, a year (`shape_of`)."""


def is_same_site(address: str, url: str) -> bool:
    """Return whether two addresses are of one site: of one host, "www." aside, or of hosts that are registered as one domain."""
    one, other = (_bare(each) for each in (address, url))
    if one == other or one.endswith(f".{other}") or other.endswith(f".{one}"):
        return True
    return one.split(".")[-2:] == other.split(".")[-2:] and domain_of_host(one) == domain_of_host(other)


def shape_of(address: str) -> str:
    """Return what a path looks like: L a word, S a slug of words at its end, N a number, Y a year, D a day or month, X a code.

    I is a slug with a number of five digits or more, or that begins with a date. Where parameters tell articles apart,
    their names stand at the end.
    """
    parts = urlsplit(address)
    segments = [_segment(segment) for segment in parts.path.split("/") if segment]
    segments[:-1] = ["L" if each == "S" else each for each in segments[:-1]]
    numbers = [
        name.lower() for name, value in parse_qsl(parts.query) if _NUMBERED.match(value) or len(value) > 20
    ]
    if numbers and segments:
        segments[-1] = parts.path.rpartition("/")[2].lower() or segments[-1]
    return "/".join(segments) + (f"?{','.join(sorted(numbers))}" if numbers else "")


def is_section(address: str, ours: Sequence[str] = ()) -> bool:
    """Return whether an address is no article's. What stands in the page's own path (`ours`, its parts) tells nothing."""
    path = urlsplit(address).path.lower()
    parts = path.split("/")
    if parts == list(ours) and "?" not in shape_of(address):
        return True  # the page itself, sifted
    own = next(
        (n for n, (one, other) in enumerate(zip(parts, ours, strict=False)) if one != other), len(ours)
    )
    rest = "/" + "/".join(parts[min(own, len(parts) - 1) :])
    if _SOFT_SECTION.search(rest) and not _TELLING & set(shape_of(address).split("/")[-2:]):
        return True
    return bool(_SECTION.search(rest) or _PAGING.search(path) or _ARCHIVE.search(path)) or _lists_results(
        address
    )


def _lists_results(address: str) -> bool:
    """Return whether parameters ask for a page of results or a category, and nothing beside them tells an article."""
    if "?" not in address:
        return False
    parts = urlsplit(address)
    if {"N", "X", "I"} & {_segment(part) for part in parts.path.split("/")[-2:]}:
        return False
    given = parse_qsl(parts.query)
    results = [
        (name, value)
        for name, value in given
        if value.isdigit()
        and (
            _PAGING_NAMES.fullmatch(name)
            or _SORTING_NAMES.fullmatch(name)
            or (name.lower() == "p" and len(value) <= 3)
        )
    ]
    return bool(results) and not any(
        len(value) >= 3 and _NUMBERED.match(value) for name, value in given if (name, value) not in results
    )


@lru_cache(maxsize=1_024)
def _bare(address: str) -> str:
    return (urlsplit(address).hostname or "").lower().removeprefix("www.")


@lru_cache(maxsize=8_192)
def _segment(segment: str) -> str:
    name = re.sub(r"\.(?:html?|php|aspx?|jsp|shtml|cms|ece)$", "", segment.lower())
    if _OLD_PAGE.fullmatch(segment.lower()):
        return "N"
    if name.isdigit():
        return "Y" if len(name) == 4 and name[:2] in ("19", "20") else "D" if len(name) <= 2 else "N"
    if "%" in name and len(name) > 30:
        return "S"
    words = [word for word in re.split(r"[-_+.~,]|%20", name) if word]
    if len(words) >= 2 and len(words[-1]) >= 5 and words[-1].isdigit():
        return "I"
    if len(words) >= 3 and _NUMBERED_SLUG.match(name):
        return "I"
    if len(words) >= 3 or len(name) > 40:
        return "S"
    digits = sum(map(str.isdigit, name))
    if digits >= 4 or (digits and len(name) >= 8):
        return "X"
    return "S" if not name.isascii() and len(name) >= 12 else "L"
