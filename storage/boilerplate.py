"""Lines of a text that are not its prose: photo credits, bylines, "read also" lines. What stands there is no mention.

On the ground floor because it defines what of the stored text counts: the crawler takes credits out of pages, the matcher looks
away from those that feeds and older articles still hold. Whole short lines only; when in doubt a line is prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["photo-credit", "byline", "read-also"]

LONGEST_LINE = 240


def _any(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


_AGENCY = _any(
    "AFP",
    "AP",
    "EFE",
    "EPA",
    "MAP",
    "ANSA",
    "DPA",
    "dpa",
    "PA",
    "UPI",
    "TASS",
    "RIA",
    "SPA",
    "WAM",
    "KUNA",
    "QNA",
    "MENA",
    "AA",
    "Reuters",
    "REUTERS",
    r"Getty(?: Images)?",
    r"GETTY(?: IMAGES)?",
    "Xinhua",
    "Sputnik",
    "Anadolu",
    "Shutterstock",
    "Alamy",
    "Bloomberg",
    "LUSA",
    "Lusa",
    "EUROPA PRESS",
    "Europa Press",
)
_LABEL = _any(
    "photos?",
    "photograph",
    "photography",
    "picture",
    "image",
    "credit",
    "photo credit",
    "image credit",
    "picture credit",
    "foto",
    "fotos",
    "fotografía",
    "fotografie",
    "imagen",
    "crédito",
    "créditos",
    "crédit",
    "crédits",
    "crédit photo",
    "crédits photo",
    "photo d'illustration",
    "bild",
    "foto di",
    "immagine",
    "تصوير",
    "صورة",
    "الصورة",
    "مصدر الصورة",
)
_ALSO = _any(
    r"(?:read|see|watch|listen) (?:also|more|next)",
    "also read",
    "related",
    r"related (?:articles?|stor(?:y|ies)|content)",
    r"more on this(?: story)?",
    "lire aussi",
    "lire également",
    "à lire",
    "à lire aussi",
    "à lire également",
    "voir aussi",
    "sur le même sujet",
    "lea también",
    "lee también",
    "leer también",
    "le puede interesar",
    "te puede interesar",
    "ver también",
    "más información",
    "noticias relacionadas",
    "lesen sie auch",
    "mehr zum thema",
    "leia também",
    "leggi anche",
    "[اإ]قرأ أيضاً?",
    "[اإ]قرأ ايضاً?",
    "[اإ]قرأ المزيد",
    "اقرأوا أيضا",
    "شاهد أيضاً?",
    "مواضيع ذات صلة",
    "lees (?:ook|meer|verder)",
    "bekijk ook",
    "läs (?:också|även|mer)",
    "l[eæ]s også",
    "se også",
    "(?:lue|katso) myös",
    "loe (?:ka|lisaks)",
    "lasi arī",
    "skaitykite taip pat",
    "(?:prze)?czytaj (?:też|także|również|więcej)",
    "zobacz (?:też|także|również)",
    "(?:pře)?čtěte (?:si )?(?:také|též|i)",
    "(?:pre)?čítajte (?:si )?(?:tiež|aj)",
    "pre(?:berite|čitajte) (?:še|tudi)",
    "pročitajte (?:još|i|također|takođe)",
    "прочитајте (?:још|и)",
    "(?:читайте|читать|смотрите) (?:также|ещё|еще)",
    "(?:материалы )?по теме",
    "(?:читайте|дивіться) (?:також|ще)",
    "(?:вижте|прочетете) (?:още|също)",
    "olvas(?:sa|d) el(?: ezt)? is",
    "ezt is olvas(?:sa|d) el",
    "kapcsolódó(?: cikk(?:ek|ünk)?)?",
    "(?:cite[șşs]te|vezi) [șşs]i",
    "(?:διαβάστε|δείτε) (?:επίσης|ακόμ[ηα]|και)",
    "ilgili haber(?:ler)?",
    "ayrıca (?:oku(?:yun)?|bak(?:ın|ınız))",
    "həmçinin oxu(?:yun)?",
    "lexoni (?:edhe|gjithashtu)",
    "(?:baca|simak|lihat) (?:juga|pula)",
    "(?:artikel|berita) terkait",
    "(?:xem|đọc) thêm",
    "tin liên quan",
    "อ่านเพิ่มเติม",
    "ข่าวที่เกี่ยวข้อง",
    "(?:بیشتر|همچنین) بخوانید",
    "(?:مزید|یہ بھی) پڑھیں",
    "(?:यह|ये|इसे) भी पढ़ें",
    "और पढ़ें",
    "हेही वाचा",
    "यो पनि पढ्नुहोस्",
    "আর[ওো] পড়ুন",
    "மேலும் படிக்க",
    "ఇ(?:ది|వి) కూడా చదవండి",
    "ഇതും വായിക്കുക",
    "קראו (?:גם|עוד)",
    "לקריאה נוספת",
    "lesetipp",
    "関連(?:記事|ニュース)",
    "あわせて読みたい",
    "相关(?:阅读|新闻|文章)",
    "延伸阅读",
    "相關(?:新聞|文章|閱讀)",
    "延伸閱讀",
    "관련 ?(?:기사|뉴스)",
    "soma (?:pia|zaidi)",
)
_PROSE_END = r"(?![^\n]*[a-zà-ÿء-ي]{2}[.!?؟]\s+\S)"
"""No sentence ends in the middle of the line."""

_CREDITS = (
    # "AP/CAROL KASTER - caption", "PHOTO/AFP", "Reuters / somebody"
    re.compile(rf"(?P<credit>{_AGENCY}\s?/\s?[^\n–—-]{{2,60}}?)(?:\s+[-–—]\s+[^\n]*)?$"),
    re.compile(r"(?P<credit>(?:PHOTO|FOTO|Photo|Foto|PHOTOS)\s?/\s?[^\n–—-]{2,60}?)(?:\s+[-–—]\s+[^\n]*)?$"),
    # "Photo: AFP", "Crédit photo : …", "Foto de …:" and the like
    re.compile(rf"(?P<credit>{_LABEL}\s*[:：]\s*[^\n]{{2,100}})$", re.IGNORECASE),
    re.compile(r"(?P<credit>(?:©|\(c\)|copyright)\s*[^\n.]{2,100})\.?$", re.IGNORECASE),
    re.compile(rf"(?P<credit>{_AGENCY}\s+(?:via|/)\s+[^()\n]{{2,40}})$"),
    re.compile(rf"(?P<credit>[^\n.]{{2,60}}\s?/\s?{_AGENCY}(?:\s+(?:via)\s+[^\n.]{{2,40}})?)$"),
    re.compile(rf"(?P<credit>{_AGENCY}(?:\s+via\s+{_AGENCY})?)$"),
)
_NAME = r"(?:[A-ZÀ-Ý][\w.'’-]*|de|del|la|van|von|bin|el|al)"
_NAMES = rf"{_NAME}(?:\s+{_NAME}){{0,5}}"
_BYLINES = (
    re.compile(rf"(?:By|BY|Por|POR|Par|PAR|Von|Di)\s+{_NAMES}(?:\s*(?:,|\||and|et|y|und|e)\s*{_NAMES})*\s*$"),
    re.compile(r"(?:بقلم|كتب|كتبت|إعداد|تحرير)\s*[:：]?\s+\S+(?:\s+\S+){0,4}$"),
)
_MAY_BEGIN = re.compile(
    rf"\(?(?:{_AGENCY}(?!\w)|{_LABEL}\s*[:：]|©|\(c\)|copyright|(?:By|Por|Par|Von|Di)\s|بقلم|كتب|كتبت|إعداد|تحرير)",
    re.IGNORECASE,
)
"""How a credit or byline begins; or it has a slash. Most lines are told from them by this alone."""
_READ_ALSO = re.compile(rf"\W*{_ALSO}\s*(?:[:：|»>–—-]|$)", re.IGNORECASE)


_SIGN = re.compile("[:：|»>–—-]")
LONGEST_ALSO = 40
"""Behind so many letters at most stands the sign that parts "read also" from a headline."""


@dataclass(frozen=True, slots=True)
class Boilerplate:
    """One such line: `text[start:end]`. `credit` is set for a photo credit, without a caption that follows it."""

    start: int
    end: int
    kind: Kind
    credit: str | None = None


def find_boilerplate(text: str) -> tuple[Boilerplate, ...]:
    """Return the lines of `text` that are not its prose, in their order."""
    return tuple(_find(text))


def is_boilerplate(line: str) -> bool:
    """Return whether a line (without its line end) is not prose."""
    stripped = line.strip()
    return bool(stripped) and len(stripped) <= LONGEST_LINE and _classify(stripped)[0] is not None


def _find(text: str) -> Iterator[Boilerplate]:
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        stripped = line.strip()
        if stripped and len(stripped) <= LONGEST_LINE:
            kind, credit = _classify(stripped)
            if kind is not None:
                yield Boilerplate(start, end, kind, credit)
        start = end + 1


def _classify(line: str) -> tuple[Kind | None, str | None]:
    if (len(line) <= LONGEST_ALSO or _SIGN.search(line, 0, LONGEST_ALSO)) and _READ_ALSO.match(line):
        return "read-also", None
    if "/" not in line and _MAY_BEGIN.match(line) is None:
        return None, None
    if re.match(_PROSE_END, line) is None:
        return None, None
    inner = line[1:-1] if line.startswith("(") and line.endswith(")") else line
    for pattern in _CREDITS:
        if (match := pattern.match(inner)) is not None:
            return "photo-credit", match["credit"].strip()
    if len(line) <= 100 and any(pattern.match(line) for pattern in _BYLINES):
        return "byline", None
    return None, None
