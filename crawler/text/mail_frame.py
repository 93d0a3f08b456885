"""What in a mail is its frame and none of its articles: links to unsubscribe, to share, to settings, to the sender's rules."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.unwrapping import is_sealed, unwrapped

_LEAVING = (
    r"unsubscri|opt[-_ ]?out|manage (?:your )?(?:preferences|subscription|alert)"
    r"|view (?:it )?(?:in|this)|in your browser"
    r"|forward to|share on|report abuse|see all results|edit this alert|mark as irrelevant"
    r"|d[ée]sinscri|se d[ée]sabonner|darse de baja|cancelar (?:la )?suscripci"
    r"|abbestellen|abmelden|annulla l.iscrizione|disiscri|отписаться"
    r"|إلغاء الاشتراك|الغاء الاشتراك"
)
_LEGAL = r"privacy|terms of|feedback|preference|confidentialit|pr[ée]f[ée]rences|privacidad|datenschutz|سياسة الخصوصية"
FRAME_WORDS = re.compile(f"{_LEAVING}|{_LEGAL}", re.IGNORECASE)
"""Words of links that are a mail's own."""
_LEAVING_WORDS = re.compile(_LEAVING, re.IGNORECASE)
_LEAVING_URL = (
    r"unsubscribe|optout|opt-out|/preferences|list-manage\d*\.com/(?:about|profile|subscribe|vcard)"
    r"|//(?:www\.)?(?:facebook\.com/sharer|twitter\.com/(?:intent|share)|x\.com/(?:intent|share)|linkedin\.com/share)"
    r"|//(?:api\.whatsapp\.com|wa\.me|t\.me/share)"
)
FRAME_URL = re.compile(
    rf"{_LEAVING_URL}|/privacy|/terms|mailto:|//(?:[\w-]+\.)?w3\.org/|//(?:support|accounts|policies|myaccount)\.google\."
    r"|\.(?:png|jpe?g|gif|webp|svg|ico|css|js|woff2?)(?:$|\?)",
    re.IGNORECASE,
)
"""Addresses that no article has."""
_LEAVING_ADDRESS = re.compile(_LEAVING_URL, re.IGNORECASE)
_FEW_WORDS = 3
"""A link of more that says "privacy" or "feedback" is a headline."""

_GOOGLE_ITSELF = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}$")


def is_own_link(words: str, url: str) -> bool:
    """Return whether a link is surely the mail's own: to unsubscribe, to share, to see it in a browser, to legal notes."""
    if _LEAVING_WORDS.search(words) or _LEAVING_ADDRESS.search(url):
        return True
    return len(words.split()) <= _FEW_WORDS and FRAME_WORDS.search(words) is not None


def may_be_article(link: str) -> bool:
    """Return whether a link may lead to an article: not to a home page, a picture, or what a mail's own links do."""
    url = unwrapped(link)
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme.lower() not in ("http", "https") or FRAME_URL.search(url):
        return False
    if _GOOGLE_ITSELF.match(host):
        return False
    return is_sealed(url) or bool(parts.path.strip("/") or parts.query)
