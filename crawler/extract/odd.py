"""Pages that are no article: consent walls, walls against robots, and "not found" under status 200. And where a text goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import lxml.html

from crawler.text.html_text import clean
from crawler.urls import canonical_url, resolve

LONGEST_WALL = 2_500
"""Characters of a page that is nothing but a wall."""
MOST_PAGES = 5

_CONSENT = re.compile(
    r"\b(?:before you continue|we (?:and our partners )?value your privacy|"
    r"we care about your privacy|accept all|reject all|manage (?:cookies|options|preferences)"
    r"|cookie (?:consent|settings|policy|preferences)|your (?:privacy|consent) choices|"
    r"our \d+ partners|store and/or access information"
    r"|tout accepter|accepter et fermer|gérer (?:les|mes) (?:cookies|préférences|choix)|"
    r"continuer sans accepter|nos \d* ?partenaires"
    r"|aceptar (?:todo|todas|y continuar)|rechazar todo|configurar cookies|"
    r"valoramos tu privacidad|nuestros \d* ?socios"
    r"|alle akzeptieren|zustimmen und weiter|einwilligung|datenschutzeinstellungen|"
    r"mit werbung (?:weiterlesen|lesen)|unsere \d* ?partner"
    r"|accetta (?:tutti|e continua)|rifiuta tutto|aceitar (?:tudo|todos)|alles accepteren|akkoord|"
    r"godta alle|acceptera alla|accepter alle|hyväksy kaikki"
    r"|przejdź do serwisu|akceptuję|zaakceptuj|принять все|kabul et|قبول الكل|すべて同意|同意する)",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"(?:just a moment\.\.\.|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human|"
    r"are you a robot|enable javascript and cookies to continue"
    r"|attention required!|access (?:to this page has been )?denied|unusual traffic|"
    r"complete the captcha|pardon our interruption|ddos protection by"
    r"|please turn javascript on|bot verification|request unsuccessful)",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"(?:^\W*(?:error )?(?:404|410)\b|\b(?:404|410)\W*$|\b404 (?:error|not found)|\bnot found\b|"
    r"page (?:doesn.t|does not|no longer) exists?|page (?:can.?not|could not|can.t) be found"
    r"|page (?:is )?unavailable|no longer available|content (?:is )?(?:unavailable|not available)|"
    r"nothing (?:was )?found|something went wrong"
    r"|page (?:introuvable|non trouvée)|n.existe (?:pas|plus)|página no (?:encontrada|existe)|"
    r"no (?:se )?(?:ha )?encontrad[ao]|página não (?:encontrada|existe)"
    r"|seite (?:wurde )?nicht gefunden|pagina non trovata|pagina (?:niet|werd niet) gevonden|"
    r"siden (?:finnes|findes) ikke|sidan (?:hittades inte|finns inte)"
    r"|sivua ei löyty|nie znaleziono|strona nie istnieje|stránka nenalezena|"
    r"stránka (?:ne)?existuje|страница не найдена|сторінк[ау] не знайдено"
    r"|sayfa bulunamadı|الصفحة غير موجودة|غير موجود|页面不存在|找不到|頁面不存在|ページが見つかりません|페이지를 찾을 수 없|"
    r"ไม่พบหน้า|không tìm thấy|halaman tidak ditemukan)",
    re.IGNORECASE,
)
_NEXT = frozenset(
    {
        "next",
        "next page",
        "suivant",
        "page suivante",
        "siguiente",
        "página siguiente",
        "weiter",
        "nächste seite",
        "次へ",
        "下一页",
        "下一頁",
        "التالي",
    }
)
_PAGE_NAMES = frozenset({"p", "page", "pg", "seite", "pagina", "pag", "part", "paged"})
_PAGE_IN_PATH = re.compile(
    r"(?:[/_-](?:page|p|seite|part)?[/_-]?(?P<n>\d{1,2}))(?P<end>/?|\.\w{2,5})$", re.IGNORECASE
)


def what_is_wrong(page: lxml.html.HtmlElement, *, title: str, text: str, url: str) -> str | None:
    """Gives `consent wall`, `robot wall` or `not found` for a page that is one; None for all others.

    Only pages with little on them are looked at: an article on cookies is an article.
    """
    if len(text) > LONGEST_WALL:
        return None
    names = " | ".join(
        clean(word)
        for word in (title, page.findtext(".//title") or "", *(h.text_content() for h in page.iter("h1")))
        if word
    )
    if len(text) < 800 and _ROBOT.search(names):
        return "robot wall"
    if len(text) < 600 and _MISSING.search(names):
        return "not found"
    parts = urlsplit(url)
    told = f"{parts.hostname or ''}/{parts.path}".lower()
    hits = {match[0].casefold() for match in _CONSENT.finditer(f"{names}\n{text}")}
    if len(hits) >= 3 or (hits and "consent" in told):
        return "consent wall"
    return None


def next_page(page: lxml.html.HtmlElement, *, url: str) -> str | None:
    """Gives where the article goes on: a link to the following page of the same address; None where it ends here.

    Only a link that counts on from this address is one ("?page=2", "/2"): "next" alone may lead to the next article.
    """
    here = _place(url)
    for link in _next_links(page):
        target = resolve(url, link)
        if target is None:
            continue
        there = _place(target)
        if there[0] == here[0] and there[1] == here[1] + 1:
            return target
    return None


def _next_links(page: lxml.html.HtmlElement) -> Iterator[str]:
    for link in page.iter("link", "a"):
        href = link.get("href")
        if not href:
            continue
        if "next" in (link.get("rel") or "").lower().split():
            yield href
        elif link.tag == "a":
            words = clean(link.text_content()) if len(link) < 5 else ""
            if len(words) <= 16 and (words.casefold().strip(" »›>→") in _NEXT or words.isdigit()):
                yield href


def _place(url: str) -> tuple[str, int]:
    """Gives an address without the number of its page, and that number."""
    try:
        parts = urlsplit(canonical_url(url))
    except ValueError:
        return url, 0
    number, fields = 1, []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() in _PAGE_NAMES and value.isdigit() and len(value) <= 2:
            number = int(value)
        else:
            fields.append(f"{name}={value}")
    path = parts.path
    if number == 1 and (match := _PAGE_IN_PATH.search(path)) is not None and 1 < int(match["n"]) <= 20:
        number = int(match["n"])
        path = path[: match.start()] + match["end"].strip("/")
    return f"{parts.netloc}{path.rstrip('/')}?{'&'.join(fields)}", number
