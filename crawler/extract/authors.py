"""Names of authors, cleaned of what stands around them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from crawler.feeds.text import clean

_LEADING = re.compile(
    r"^(?:(?:written|reported|posted|edited|story|text|words|review|analysis|opinion|"
    r"interview)\s+(?:by|von)|by|por|par|von|vom|di|door|af|av|tekst|"
    r"text|texte|texto|autor(?:ka|in|es|a)?|author|auteure?|redactado por|escrito por|a cura di|"
    r"od|автор|от|yazan|yazar|haber|penulis|oleh|"
    r"بقلم|كتبت?|الكاتب|מאת|文|作者|記者|记者|저자|글)\s*[:：/]?\s+",
    re.IGNORECASE,
)
_LEADING_COLON = re.compile(
    r"^(?:by|por|par|von|di|door|text|texte|autor(?:ka|in|es|a)?|author|auteure?|tekst|автор|"
    r"автори|penulis|editor|redaktion|redaktor|"
    r"بقلم|كتبت?|الكاتب|מאת|文|作者|記者|记者|來源|来源)\s*[:：]\s*",
    re.IGNORECASE,
)
_PARTING = re.compile(
    r"\s*(?:[;|•·\n\t]|\s/\s|,(?!\s*(?:[Jj]r|[Ss]r|P[Hh]\.?D|M\.?D|II|III)\b)|\s&\s"
    r"|\b(?:and|AND|et|ET|und|UND|och|og|en|ja|oraz|with|avec|mit)\b|\s[yei]\s|\s(?:и|та)\s|\sو(?=\S)|、|，)\s*"
)
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|org|net)(?:/|$)", re.IGNORECASE)
_AFTER = re.compile(
    r"\s*(?:[(\[].*[)\]]|\s[-–—|]\s.*|,?\s*(?:updated|published|posted|publié|publicado|"
    r"aktualisiert|veröffentlicht)\b.*|\b\d{1,2}[./:-]\d{1,2}.*)$",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:admin|administrator|author|authors|by|staff|editor|unknown|null|none|undefined|n/?a|"
    r"anonymous|view all.*|see all.*|follow.*|more from.*|"
    r"read more.*|share.*|home|news|web|online|website|.*\b(?:cookies?|subscribe|newsletter)\b.*|\W*|\d+)$",
    re.IGNORECASE,
)
_LONGEST = 80
_MOST_WORDS = 8


def clean_authors(names: Iterable[str]) -> tuple[str, ...]:
    """Gives each name once, without "By", titles of jobs in brackets, addresses and what is too long to be a name."""
    found: dict[str, str] = {}
    for name in names:
        whole = clean(html.unescape(name)).strip("-–— .:,|")
        whole = _LEADING_COLON.sub("", _LEADING.sub("", whole))
        for part in _PARTING.split(whole):
            author = _AFTER.sub("", _LEADING_COLON.sub("", clean(part))).strip("-–— .:,;|")
            if not _is_name(author):
                continue
            found.setdefault(author.casefold(), author)
    return tuple(found.values())


def _is_name(author: str) -> bool:
    return bool(
        author
        and len(author) <= _LONGEST
        and len(author.split()) <= _MOST_WORDS
        and not _ADDRESS.search(author)
        and not _NO_NAME.match(author)
    )
