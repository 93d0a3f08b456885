"""The title: of what a page calls itself in several places, the headline; without the outlet's name behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.text.html_text import html_to_line
from crawler.urls import host_of

_SUFFIX = re.compile(
    r"^(?P<title>.+?)\s*(?P<sign>\s[|ㅣ–—\-·•:»«/]+(?=\s)|[|｜ㅣ_:：»–—])\s*"
    r"(?P<site>(?:(?!\s[|–—·•»-]\s)[^|｜ㅣ–—·•»_]){2,60})$"
)
"""The last part of a title. A colon parts a headline far more often than it brings the outlet's name."""
_DAY = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{2}|\d{4})|\d{4}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}\.?\s(?:de\s)?[^\W\d_]{3,12}\.?\s(?:de\s)?20\d\d"
    r"|[^\W\d_]{3,12}\.?\s\d{1,2},\s20\d\d"
)
_OF_SOFTWARE = re.compile(
    r"(?:loading|please wait)\W*|home(?:[ -]?page)?|startseite|accueil|inicio|início|strona główna|главная|"
    r"anasayfa|الرئيسية|首页|"
    r"untitled(?: (?:document|page|\d+))?|(?:unbenanntes |neues )?dokument(?: ?\d+)?|(?:new |single )?(?:document|"
    r"page|post)(?: ?\d+)?|"
    r"(?:article|news|post|story|press release|noticia|notícia|notizia|artikel|nachricht|nyhet|detail|"
    r"content)s?[ -]?(?:details?|view|page|single|item)?|"
    r"details?(?: page| view)?|détails?|detalle(?: de (?:la )?noticia)?|dettaglio(?: (?:news|notizia))?|"
    r"detailansicht|sans titre|sin título|sem título|"
    r"bez tytułu|без названия|новость|haber detay[ıi]?|detail berita|تفاصيل (?:الخبر|المقال)|ニュース詳細|新闻详情|"
    r"新聞內容|详情|상세보기",
    re.IGNORECASE,
)
"""Titles that publishing software gives pages that were given none."""
_MOST_WORDS = 5
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TAIL = re.compile(r"\s*[|｜_:：»–—<›>-]\s*[^|]{2,40}$")
_PREFIX = re.compile(r"^(?P<site>[^|｜–—·•»:]{2,40})\s*(?:[|｜»:]|\s[–—-])\s+")


def choose_title(
    candidates: Sequence[tuple[str, str | None]], *, site_names: Sequence[str | None], url: str
) -> tuple[str, str]:
    """Return the title and which source gave it: of `candidates` (source, title), in order of trust.

    The first counts, but one that two sources agree on counts more. "" where no source has one.
    """
    known = _known_names(site_names, url)
    cleaned = [(source, _without_site(title, known)) for source, title in candidates if title]
    cleaned = [(source, title) for source, title in cleaned if letters(title)]
    cleaned = [(source, title) for source, title in cleaned if not _is_name_alone(title, known)] or cleaned
    cleaned = [(source, title) for source, title in cleaned if not _OF_SOFTWARE.fullmatch(title)] or cleaned
    cleaned = [(source, title) for source, title in cleaned if not _is_cut(title, cleaned)]
    if not cleaned:
        return "", ""
    times: dict[str, int] = {}
    for _source, title in cleaned:
        times[letters(title)] = times.get(letters(title), 0) + 1
    first = letters(cleaned[0][1])
    for source, title in cleaned[1:]:  # the same, without a name behind it that we don't know as the outlet's
        if first.startswith(letters(title)) and _TAIL.match(cleaned[0][1][len(title) :]) and _is_long(title):
            return title, source
    if times[first] == 1:
        agreed = next(((source, title) for source, title in cleaned if times[letters(title)] > 1), None)
        if agreed is not None:
            return agreed[1], agreed[0]
    return cleaned[0][1], cleaned[0][0]


def _is_name_alone(title: str, known: set[str]) -> bool:
    """Tell whether a title is no more than the outlet's name: a logo in the headline's place."""
    return len(title.split()) <= _MOST_WORDS and any(letters(title) in (name, f"the{name}") for name in known)


def _is_cut(title: str, others: Sequence[tuple[str, str]]) -> bool:
    """Return whether a title is the beginning of another one ("Talks resume in…")."""
    beginning = letters(title)
    return title.endswith(("...", "…")) and any(
        len(letters(other)) > len(beginning) and letters(other).startswith(beginning)
        for _source, other in others
    )


def _is_long(title: str) -> bool:
    """Return whether a title says enough to be one: a letter of some scripts is a word or a syllable."""
    return len(title) > (12 if title.isascii() or _DENSE.search(title) is None else 5)


def letters(text: str) -> str:
    """Return the letters and digits alone, case folded: equal for titles that differ in signs and spaces only."""
    return "".join(filter(str.isalnum, text.casefold()))


def _known_names(site_names: Sequence[str | None], url: str) -> set[str]:
    known = {letters(name) for name in site_names if name}
    try:
        host = host_of(url).removeprefix("www.")
    except ValueError:
        return known - {""}
    parts = host.split(".")
    known |= {letters(host), letters(parts[0])}
    if len(parts) > 1:
        known.add(letters(parts[-2] if len(parts[-2]) > 3 or len(parts) == 2 else parts[-3]))
    return known - {""}


def _without_site(title: str, known: set[str]) -> str:
    """Take " | Site" off the end of a title, and "Site: " off its start, where it is the site's name."""
    title = html_to_line(title)
    sign = ""
    while (match := _SUFFIX.match(title)) is not None and (
        _ends_on_site(match, known) or (match["sign"] == sign and _ends_on_section(match))
    ):
        sign, title = match["sign"], match["title"].rstrip(" |–—-·•:»_")
    if (
        (match := _PREFIX.match(title)) is not None
        and letters(match["site"]) in known
        and len(title) - match.end() > 15
    ):
        title = title[match.end() :]
    return title


def _ends_on_site(match: re.Match[str], known: set[str]) -> bool:
    site = match["site"]
    if letters(site) in known or (match["sign"].strip() != ":" and _DAY.fullmatch(site.strip())):
        return True
    if match["sign"].strip() in (":", "：", "/"):
        return False
    return len(site.split()) <= _MOST_WORDS and not site[0].islower() and is_site(site, known)


def _ends_on_section(match: re.Match[str]) -> bool:
    """Tell whether what stands before the outlet's name is its section: "Council buys two tugs - Politics - The Gazette"."""
    return (
        len(match["site"].split()) <= 2 and len(match["title"].split()) >= 3 and match["site"][:1].isupper()
    )


def is_site(text: str, known: set[str]) -> bool:
    """Tell whether a text is the outlet's name, or holds it, or is a part of it."""
    site = letters(text)
    return bool(site) and any(
        site == name or (len(site) > 3 and site in name) or (len(name) > 4 and name in site) for name in known
    )
